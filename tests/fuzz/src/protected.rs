//! Packets that may be protected, and datagrams of handshakes: what is not authentic is not heard, and little is answered.

use crate::{media::start, pieces};
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::{BLOCK_SAMPLES, SILENCE},
    sdp::{self, Identity, KeyAgreement, Policy, Security},
    session::{Config, Event, Input, Output},
};
use std::{
    net::SocketAddr,
    sync::OnceLock,
    time::{Duration, Instant},
};

const OURS: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const THEIRS: ([u8; 4], u16) = ([192, 0, 2, 2], 5000);

fn negotiation(address: ([u8; 4], u16), keys: KeyAgreement) -> Negotiation {
    let identity = (keys == KeyAgreement::Dtls).then(identity).flatten();
    let security = Security { policy: Policy::Require, keys: vec![keys], identity };
    let config = sdp::Config::new(SocketAddr::from(address));
    Negotiation::new(sdp::Config { security, codecs: vec![Codec::Pcmu], ..config }, [address.0[3]; 32])
}

/// Made once: both sides show the same.
fn identity() -> Option<Identity> {
    static IDENTITY: OnceLock<Option<Identity>> = OnceLock::new();
    let make = || {
        let made = rcgen::generate_simple_self_signed(["fuzz".to_owned()]).ok()?;
        Some(Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der()))
    };
    IDENTITY.get_or_init(make).clone()
}

/// SRTP and SRTCP, 10 ms apart. A piece whose first byte is even changes what is really sent by the rest of it; another one
/// comes as it is.
pub(crate) fn srtp(bytes: &[u8]) {
    let mut caller = negotiation(THEIRS, KeyAgreement::Sdes);
    let offer = caller.offer(Direction::SendRecv);
    let answered = negotiation(OURS, KeyAgreement::Sdes).answer(&offer, Direction::SendRecv);
    let Ok((answer, plan)) = answered else { return };
    let Ok(theirs) = caller.accept_answer(&answer) else { return };
    let [mut session, mut talker] = [2, 3].map(|seed| Session::new(Config::default(), [seed; 32]));
    let mut now = start();
    session.apply(now, &plan);
    talker.apply(now, &theirs);
    let (source, mut heard) = (SocketAddr::from(THEIRS), 0);
    for piece in pieces(bytes).take(256) {
        let Some((kind, rest)) = piece.split_first() else { continue };
        let genuine = if kind % 2 == 0 { next_packet(&mut talker, now) } else { Vec::new() };
        let mut packet = if kind % 2 == 0 { genuine.clone() } else { rest.to_vec() };
        if kind % 2 == 0 {
            packet.iter_mut().zip(rest).for_each(|(byte, change)| *byte ^= change);
        }
        let taken = session.handle_input(now, Input::Rtp { source, bytes: &packet }).is_ok();
        assert!(!taken || packet == genuine, "what was changed is taken");
        let again = session.handle_input(now, Input::Rtp { source, bytes: &packet });
        assert!(again.is_err(), "the same packet is taken twice");
        heard += usize::from(taken);
        let mut block = [0.5; BLOCK_SAMPLES];
        session.capture(now, &SILENCE);
        session.play(now, &mut block);
        assert!(heard > 0 || block.iter().all(|sample| *sample == 0.0), "what is not authentic is heard");
        now += Duration::from_millis(10);
    }
}

/// What somebody who talks sends next.
fn next_packet(talker: &mut Session, now: Instant) -> Vec<u8> {
    loop {
        talker.capture(now, &[0.1; BLOCK_SAMPLES]);
        talker.handle_timeout(now);
        if let Some(Output::Transmit(transmit)) = talker.poll_output() {
            return transmit.payload.to_vec();
        }
    }
}

/// A handshake that we begin, and one that they do. Of each piece the first byte says who sends the rest of it: the other
/// side, or one of four strangers.
pub(crate) fn dtls(bytes: &[u8]) {
    for setup in ["setup:active", "setup:passive"] {
        shake(bytes, setup);
    }
}

fn shake(bytes: &[u8], setup: &str) {
    let offer = negotiation(THEIRS, KeyAgreement::Dtls).offer(Direction::SendRecv);
    let offer = String::from_utf8_lossy(&offer).replace("setup:actpass", setup);
    let answered = negotiation(OURS, KeyAgreement::Dtls).answer(offer.as_bytes(), Direction::SendRecv);
    let Ok((_, plan)) = answered else { return };
    let mut session = Session::new(Config::default(), [2; 32]);
    let mut now = start();
    session.apply(now, &plan);
    let mut sent = 0;
    for datagram in pieces(bytes).take(256) {
        let Some((who, datagram)) = datagram.split_first() else { continue };
        let stranger = SocketAddr::from(([203, 0, 113, who % 4], 4000));
        let source = if who % 8 < 4 { SocketAddr::from(THEIRS) } else { stranger };
        let _ = session.handle_input(now, Input::Rtp { source, bytes: datagram });
        let outputs: Vec<Output> = std::iter::from_fn(|| session.poll_output()).collect();
        assert!(!outputs.contains(&Output::Event(Event::Secured)), "keys without a key");
        assert!(outputs.len() < 20, "much is answered");
        sent += outputs.len();
        now += Duration::from_millis(10);
        session.handle_timeout(now);
    }
    for _ in 0..200 {
        now += Duration::from_millis(100);
        session.handle_timeout(now);
        sent += std::iter::from_fn(|| session.poll_output()).count();
    }
    assert!(sent < 1_500, "{sent} datagrams");
    let due = session.poll_timeout().map(|(at, _)| at);
    assert!(due.is_none_or(|at| at > now), "what is over is never due");
}
