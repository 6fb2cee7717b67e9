//! A running call takes no memory for its packets: two sessions talk over a network that loses and delays, and what they
//! allocate is counted.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::{BLOCK_SAMPLES, Block, SILENCE},
    sdp::{self, KeyAgreement, Policy, Security},
    session::{Channel, Config, Input, Output},
    srtp::Suite,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{
    alloc::System,
    net::SocketAddr,
    time::{Duration, Instant},
};

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Ticks of 10 ms until everything has been used once, and ticks that are watched.
const WARM_UP: usize = 1_000;
const WATCHED: usize = 2_000;

const LONGEST: usize = 1_500;
const SLOTS: usize = 32;

/// A datagram on its way, without memory of its own to take.
#[derive(Clone, Copy)]
struct Flying {
    due: usize,
    length: usize,
    bytes: [u8; LONGEST],
}

struct Call {
    sessions: [Session; 2],
    addresses: [SocketAddr; 2],
    flying: [[Option<Flying>; SLOTS]; 2],
    start: Instant,
    sent: usize,
    heard: f32,
}

impl Call {
    #[allow(clippy::disallowed_methods)]
    fn new(codec: Codec, comfort_noise: bool, suite: Option<Suite>) -> Call {
        let addresses = [1, 2].map(|n| SocketAddr::from(([192, 0, 2, n], 4_000)));
        let policy = if suite.is_some() { Policy::Require } else { Policy::Never };
        let config = |n: usize| {
            let security = Security { policy, keys: vec![KeyAgreement::Sdes], identity: None };
            sdp::Config { codecs: vec![codec], comfort_noise, security, ..sdp::Config::new(addresses[n]) }
        };
        let mut caller = Negotiation::new(config(0), [1; 32]);
        let mut callee = Negotiation::new(config(1), [2; 32]);
        let (answer, theirs) =
            callee.answer(&only(suite, &caller.offer(Direction::SendRecv)), Direction::SendRecv).unwrap();
        let ours = caller.accept_answer(&answer).unwrap();
        let start = Instant::now();
        let sessions = [(1, ours), (2, theirs)].map(|(seed, plan)| {
            let mut session = Session::new(Config::default(), [seed; 32]);
            session.apply(start, &plan);
            session
        });
        Call { sessions, addresses, flying: [[None; SLOTS]; 2], start, sent: 0, heard: 0.0 }
    }

    /// 10 ms of both: one in ten packets is lost, and the others take up to 40 ms.
    fn tick(&mut self, n: usize, said: &Block) {
        let now = self.start + Duration::from_millis(10) * n as u32;
        for me in 0..2 {
            let source = self.addresses[1 - me];
            for slot in &mut self.flying[me] {
                if let Some(Flying { length, bytes, .. }) = slot.take_if(|flying| flying.due <= n) {
                    let input = Input::Rtp { source, bytes: &bytes[..length] };
                    self.sessions[me].handle_input(now, input).unwrap();
                }
            }
            let mut block = SILENCE;
            self.sessions[me].capture(now, said);
            self.sessions[me].play(now, &mut block);
            self.heard += block.iter().map(|sample| sample * sample).sum::<f32>();
            while let Some(output) = self.sessions[me].poll_output() {
                let Output::Transmit(transmit) = output else { continue };
                assert_eq!(transmit.channel, Channel::Rtp);
                self.sent += 1;
                if self.sent % 10 == 3 {
                    continue;
                }
                let mut flying = Flying {
                    due: n + 1 + self.sent * 7 % 5,
                    length: transmit.payload.len(),
                    bytes: [0; LONGEST],
                };
                flying.bytes[..flying.length].copy_from_slice(&transmit.payload);
                let free = self.flying[1 - me].iter_mut().find(|slot| slot.is_none()).unwrap();
                *free = Some(flying);
            }
        }
    }
}

/// An offer without the keys of other suites.
fn only(suite: Option<Suite>, offer: &[u8]) -> Vec<u8> {
    let is_said = |line: &&str| {
        !line.starts_with("a=crypto")
            || suite.is_some_and(|suite| line.contains(&format!(" {} ", suite.name())))
    };
    std::str::from_utf8(offer)
        .unwrap()
        .split_inclusive("\r\n")
        .filter(is_said)
        .collect::<String>()
        .into_bytes()
}

/// A hum that swells like speech does, a second of it, and a second of a room.
fn voice() -> Vec<Block> {
    let sample = |n: usize| {
        let t = n as f32 / 48_000.0 * std::f32::consts::TAU;
        let wave: f32 = (1..6).map(|k| (t * 140.0 * k as f32).sin() / k as f32).sum();
        0.15 * (0.6 + 0.4 * (t * 3.0).sin()) * wave
    };
    let room = |n: usize| 0.003 * (n.wrapping_mul(2_654_435_761) as u16 as f32 / 32_768.0 - 1.0);
    let at = |n: usize| if n < 48_000 { sample(n) } else { room(n) };
    (0..200).map(|block| std::array::from_fn(|n| at(block * BLOCK_SAMPLES + n))).collect()
}

// One test: what another thread of the test program allocates would be counted here.
#[test]
fn a_running_call_takes_no_memory_for_its_packets() {
    let voice = voice();
    let open = [(Codec::Opus, false), (Codec::Pcmu, false), (Codec::Pcmu, true), (Codec::G722, true)];
    let open = open.map(|(codec, comfort_noise)| (codec, comfort_noise, None));
    let protected = Suite::ALL.map(|suite| (Codec::Pcmu, false, Some(suite)));
    for (codec, comfort_noise, suite) in open.into_iter().chain(protected) {
        let mut call = Call::new(codec, comfort_noise, suite);
        (0..WARM_UP).for_each(|n| call.tick(n, &voice[n % 200]));
        call.heard = 0.0;
        let region = Region::new(MEMORY);
        (WARM_UP..WARM_UP + WATCHED).for_each(|n| call.tick(n, &voice[n % 200]));
        let change = region.change();
        assert_eq!(change.allocations + change.reallocations, 0, "{codec:?}: {change:?}");
        let all = WARM_UP + WATCHED;
        assert_eq!(call.sent < all * 9 / 10, comfort_noise, "{codec:?}: {} packets", call.sent);
        assert!(call.sent > WATCHED / 2 && call.heard > 100.0, "{codec:?}: nobody talked");
    }
}
