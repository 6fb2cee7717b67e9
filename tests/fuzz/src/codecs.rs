//! What packets carry, past every check of the packets themselves: sound of each codec, comfort noise, and what is made of
//! them where packets before are missing.

use crate::{media::start, pieces};
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::{BLOCK_SAMPLES, SAMPLE_RATE},
    sdp::{self, Payload},
    session::{Config, Input},
};
use std::{net::SocketAddr, time::Duration};

const OURS: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const THEIRS: ([u8; 4], u16) = ([192, 0, 2, 2], 5000);

/// A packet is 20 ms by its timestamp, whatever it carries.
const PACKET: Duration = Duration::from_millis(20);

/// Each piece is a payload behind a byte that says what it is (the lowest three bits), how many packets were lost before it
/// (the next three), and how many blocks are played after it (the rest, and one).
pub(crate) fn codecs(bytes: &[u8]) {
    let negotiation = |address: ([u8; 4], u16)| {
        let config = sdp::Config { comfort_noise: true, ..sdp::Config::new(SocketAddr::from(address)) };
        Negotiation::new(config, [1; 32])
    };
    let mut caller = negotiation(OURS);
    let offer = caller.offer(Direction::SendRecv);
    let Ok((answer, _)) = negotiation(THEIRS).answer(&offer, Direction::SendRecv) else { return };
    let Ok(plan) = caller.accept_answer(&answer) else { return };
    assert_eq!(plan.receive.len(), Codec::ALL.len() + 1, "all that was offered may come");
    let mut session = Session::new(Config::default(), [2; 32]);
    let (mut now, mut sequence) = (start(), 0u16);
    session.apply(now, &plan);
    for piece in pieces(bytes).take(256) {
        let Some((what, payload)) = piece.split_first() else { continue };
        let Some((number, kind)) = plan.receive.get(usize::from(what & 7) % plan.receive.len()) else {
            continue;
        };
        sequence = sequence.wrapping_add(1 + u16::from(what >> 3 & 7));
        let packet = packet(*number, *kind, sequence, payload);
        let _ = session.handle_input(now, Input::Rtp { source: SocketAddr::from(THEIRS), bytes: &packet });
        for _ in 0..=what >> 6 {
            let mut block = [0.5; BLOCK_SAMPLES];
            session.play(now, &mut block);
            assert!(
                block.iter().all(|sample| sample.is_finite() && sample.abs() < 16.0),
                "sound that is none"
            );
            now += Duration::from_millis(10);
        }
    }
}

fn packet(number: u8, kind: Payload, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let clock = match kind {
        Payload::Speech(codec) => codec.clock_rate().hz(),
        Payload::Noise => SAMPLE_RATE / 6,
    };
    let timestamp = u32::from(sequence).wrapping_mul(clock / 1_000 * PACKET.as_millis() as u32);
    let mut bytes = vec![0x80, number];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(7u32.to_be_bytes());
    bytes.extend(payload);
    bytes
}
