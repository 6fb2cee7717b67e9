//! A description leads to a plan or to a refusal, and what we answer can be read; packets are played or dropped.

use crate::pieces;
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::{BLOCK_SAMPLES, SILENCE},
    sdp,
    session::{Config, Input},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const OURS: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const THEIRS: ([u8; 4], u16) = ([192, 0, 2, 2], 5000);

fn negotiation(address: ([u8; 4], u16)) -> Negotiation {
    Negotiation::new(sdp::Config::new(SocketAddr::from(address)), [1; 32])
}

/// Offer and answer (RFC 3264): first as an offer to us, then as the answer to ours.
pub(crate) fn sdp(bytes: &[u8]) {
    let mut callee = negotiation(OURS);
    if let Ok((answer, plan)) = callee.answer(bytes, Direction::SendRecv) {
        assert!((10..=60).contains(&plan.ptime.as_millis()), "{:?}", plan.ptime);
        assert!(answer.len() <= 2 * bytes.len() + 1_000, "an answer much longer than its offer");
        let again = callee.answer(bytes, Direction::SendOnly);
        assert!(again.is_ok(), "the same offer is refused when it comes again");
        callee.offer(Direction::SendRecv);
    }
    let mut caller = negotiation(OURS);
    caller.offer(Direction::SendRecv);
    if let Ok(plan) = caller.accept_answer(bytes) {
        assert_eq!(caller.accept_answer(bytes), Ok(plan), "the same answer means something else");
    }
}

/// RTP, and what else comes to its port.
pub(crate) fn rtp(bytes: &[u8]) {
    packets(bytes, |source, bytes| Input::Rtp { source, bytes });
}

/// RTCP on its own port.
pub(crate) fn rtcp(bytes: &[u8]) {
    packets(bytes, |source, bytes| Input::Rtcp { source, bytes });
}

/// Each piece is a packet, 10 ms after the one before.
fn packets(bytes: &[u8], input: impl for<'a> Fn(SocketAddr, &'a [u8]) -> Input<'a>) {
    let mut caller = negotiation(THEIRS);
    let offer = caller.offer(Direction::SendRecv);
    let Ok((_, plan)) = negotiation(OURS).answer(&offer, Direction::SendRecv) else { return };
    assert_eq!(plan.codec, Codec::ALL[0]);
    let mut session = Session::new(Config::default(), [2; 32]);
    let mut now = start();
    session.apply(now, &plan);
    let source = SocketAddr::from(THEIRS);
    for packet in pieces(bytes).take(256) {
        let _ = session.handle_input(now, input(source, packet));
        let mut block = [0.5; BLOCK_SAMPLES];
        session.capture(now, &SILENCE);
        session.play(now, &mut block);
        assert!(block.iter().all(|sample| sample.is_finite()), "sound that is none");
        now += Duration::from_millis(10);
        if session.poll_timeout().is_some_and(|(at, _)| at <= now) {
            session.handle_timeout(now);
        }
        let quality = session.quality(now);
        assert!((0.0..=100.0).contains(&quality.loss_percent), "{quality:?}");
        let times = [quality.delay_ms, quality.round_trip_ms].into_iter().flatten();
        assert!(times.chain([quality.jitter_ms]).all(|ms| (0.0..=200_000.0).contains(&ms)), "{quality:?}");
        let ratings = quality.opinion.into_iter().flat_map(|all| [Some(all.listening), all.conversation]);
        assert!(ratings.flatten().all(|rating| (1.0..=4.5).contains(&rating.mos())), "{quality:?}");
        // Two seconds of another clock are believed, and as many of a burst are kept.
        assert!(quality.buffer_ms <= 5_000.0, "{quality:?}");
        assert!(std::iter::from_fn(|| session.poll_output()).count() < 100);
    }
    session.close(now);
}

#[allow(clippy::disallowed_methods, reason = "the time of the session has to begin somewhere")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
