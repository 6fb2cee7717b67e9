//! What knowing how a call sounds takes: `cargo bench -p sidetone-media --bench quality`. Packets come at every 20 ms, one of
//! twenty is lost; a call of a minute is behind what is asked once.

use divan::{Bencher, black_box, counter::ItemsCount};
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::SILENCE,
    quality::report::{Signalling, session},
    sdp,
    session::{Config, Input, Output},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

fn main() {
    divan::main();
}

const PTIME: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(1);

fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n], 4_000))
}

/// The end of a call that is watched, and the packets that come to it: PCMU, which takes nothing to decode.
struct Watched {
    session: Session,
    now: Instant,
    sequence: u16,
}

impl Watched {
    fn new() -> Option<Watched> {
        let side = |n| {
            let config = sdp::Config { codecs: vec![Codec::Pcmu], ..sdp::Config::new(address(n)) };
            Negotiation::new(config, [n; 32])
        };
        let (mut caller, mut callee) = (side(1), side(2));
        let (_, plan) = callee.answer(&caller.offer(Direction::SendRecv), Direction::SendRecv).ok()?;
        #[allow(clippy::disallowed_methods)]
        let now = Instant::now();
        let mut session = Session::new(Config::default(), [3; 32]);
        session.apply(now, &plan);
        Some(Watched { session, now, sequence: 0 })
    }

    fn after_a_minute() -> Option<Watched> {
        let mut watched = Watched::new()?;
        for _ in 0..60 * 50 {
            watched.packet();
            watched.rest();
        }
        Some(watched)
    }

    /// A packet comes, or would have.
    fn packet(&mut self) {
        let mut packet = [0x55; 172];
        let timestamp = u32::from(self.sequence).wrapping_mul(160);
        packet[..2].copy_from_slice(&[0x80, 0]);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&7u32.to_be_bytes());
        if !self.sequence.is_multiple_of(20) {
            let input = Input::Rtp { source: address(1), bytes: &packet };
            let _ = self.session.handle_input(self.now, input);
        }
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// What else there is in 20 ms.
    fn rest(&mut self) {
        for _ in 0..2 {
            let mut block = SILENCE;
            self.session.capture(self.now, &block);
            self.session.play(self.now, &mut block);
        }
        self.now += PTIME;
        self.session.handle_timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            black_box(matches!(output, Output::Event(_)));
        }
    }
}

/// Taking a packet in: everything but sound. What accounting adds is the ledger and the reception's statistics.
#[divan::bench]
fn a_packet(bencher: Bencher<'_, '_>) {
    let Some(mut watched) = Watched::after_a_minute() else { return };
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        watched.packet();
        watched.now += PTIME;
    });
}

/// A second is over: what it was like, what is wrong. Every fifth also has a report by RTCP.
#[divan::bench]
fn a_second(bencher: Bencher<'_, '_>) {
    let Some(mut watched) = Watched::after_a_minute() else { return };
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        watched.now += SECOND;
        watched.session.handle_timeout(watched.now);
        watched.drain();
    });
}

/// The live figures.
#[divan::bench]
fn figures(bencher: Bencher<'_, '_>) {
    let Some(watched) = Watched::after_a_minute() else { return };
    bencher.bench_local(|| black_box(watched.session.quality(watched.now)));
}

/// The whole call.
#[divan::bench]
fn summary(bencher: Bencher<'_, '_>) {
    let Some(watched) = Watched::after_a_minute() else { return };
    bencher.bench_local(|| black_box(watched.session.summary()));
}

/// The report to a collector.
#[divan::bench]
fn report(bencher: Bencher<'_, '_>) {
    let Some(summary) = Watched::after_a_minute().and_then(|watched| watched.session.summary()) else {
        return;
    };
    let call = Signalling {
        call_id: "6dg37f@example.org",
        tags: ("ours", "theirs"),
        local: "sip:ann@example.org",
        remote: "sip:anonymous@example.net",
        domains: ("example.org", "example.net"),
        ours: true,
        address: address(2),
        ended_s: 1_795_287_286,
    };
    bencher.bench_local(|| black_box(session(&call, &summary)));
}
