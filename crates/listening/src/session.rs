//! Our own media in virtual time: packets in as a network brings them, 10 ms out as a speaker takes them.

use crate::sender::{FRAME, RATE};
use sidetone_lab::ears::Recording;
use sidetone_media::pcm::SILENCE;
use sidetone_media::session::{Config, Input, Session};
use sidetone_media::{Direction, Negotiation, sdp};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(10);
/// Sound that is still waiting when the last packet has come.
const TAIL: Duration = Duration::from_secs(1);
/// The far end's `m=` line.
const PAYLOAD_TYPE: u8 = 96;

/// A packet of a stream, and when it arrives after the stream's beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) at: Duration,
    pub(crate) place: usize,
    pub(crate) payload: &'a [u8],
}

/// What is heard of `arrivals`, which are in their order of arrival. The speaker's clock ticks `phase` after the sender's.
///
/// # Errors
/// The session refuses what we say to it.
pub(crate) fn listen(arrivals: &[Arrival<'_>], phase: Duration) -> Result<Recording, String> {
    let far = SocketAddr::from(([192, 0, 2, 2], 5_004));
    let near = SocketAddr::from(([192, 0, 2, 1], 4_000));
    let start = Instant::now();
    let mut session = agreed(near, far, start)?;
    let ends = arrivals.last().map_or(Duration::ZERO, |it| it.at) + TAIL;
    let mut due = arrivals.iter().peekable();
    let mut samples = Vec::new();
    let mut block = SILENCE;
    let mut now = phase;
    while now < ends {
        while let Some(arrival) = due.next_if(|it| it.at <= now) {
            let bytes = datagram(arrival);
            let input = Input::Rtp { source: far, bytes: &bytes };
            session.handle_input(start + arrival.at, input).map_err(|error| error.to_string())?;
        }
        session.capture(start + now, &SILENCE);
        session.play(start + now, &mut block);
        samples.extend_from_slice(&block);
        if session.poll_timeout().is_some_and(|(due, _)| due <= start + now) {
            session.handle_timeout(start + now);
        }
        while session.poll_output().is_some() {}
        now += TICK;
    }
    Ok(Recording { samples, rate: RATE })
}

fn agreed(near: SocketAddr, far: SocketAddr, start: Instant) -> Result<Session, String> {
    let mut negotiation = Negotiation::new(sdp::Config::new(near), [1; 32]);
    let offer = format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} opus/48000/2\r\n\
         a=fmtp:{PAYLOAD_TYPE} useinbandfec=1\r\n",
        address = far.ip(),
        port = far.port()
    );
    let answered = negotiation.answer(offer.as_bytes(), Direction::SendRecv);
    let (_, plan) = answered.map_err(|error| error.to_string())?;
    let mut session = Session::new(Config::default(), [2; 32]);
    session.apply(start, &plan);
    Ok(session)
}

/// RFC 3550 section 5.1.
fn datagram(arrival: &Arrival<'_>) -> Vec<u8> {
    let (sequence, timestamp) = (arrival.place as u16, (arrival.place * FRAME) as u32);
    let mut bytes = vec![0x80, PAYLOAD_TYPE];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(0x5EED_u32.to_be_bytes());
    bytes.extend(arrival.payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender;
    use sidetone_lab::ears;
    use std::path::Path;

    #[test]
    fn what_is_said_is_heard() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/speech/customer-billing.wav");
        let speech = Recording::load(&file).unwrap();
        let sent = sender::packets(&speech, 0).unwrap();
        let arrivals =
            (0..).zip(&sent).map(|(place, payload)| Arrival { at: sender::leaves(place), place, payload });
        let arrivals = arrivals.collect::<Vec<_>>();
        let heard = listen(&arrivals, Duration::from_millis(3)).unwrap();
        let found = ears::correlate(&speech, &heard);
        assert!(found.score > 0.9 && (20.0..150.0).contains(&found.delay_ms), "{found:?}");
    }
}
