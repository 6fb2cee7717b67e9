//! What protection costs a packet, each way, in every suite, beside what it costs without:
//! `cargo bench -p sidetone-media --bench srtp`. A packet is 20 ms of PCMU, whose coding costs next to nothing; a turn is
//! a hundred of them.

use divan::{Bencher, counter::ItemsCount};
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::BLOCK_SAMPLES,
    sdp::{self, KeyAgreement, Policy, Security},
    session::{Config, Input, Output},
    srtp::Suite,
};
use std::{net::SocketAddr, time::Instant};

fn main() {
    divan::main();
}

const PACKETS: usize = 100;

const SUITES: [&str; 6] = [
    "none",
    "AEAD_AES_256_GCM",
    "AEAD_AES_128_GCM",
    "AES_256_CM_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
];

fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n], 4_000))
}

/// Who talks and who listens, protected by this suite.
fn pair(suite: &str) -> Option<(Session, Session, Instant)> {
    let suite = Suite::named(suite);
    let config = |n| {
        let policy = if suite.is_some() { Policy::Require } else { Policy::Never };
        let security = Security { policy, keys: vec![KeyAgreement::Sdes], identity: None };
        sdp::Config { codecs: vec![Codec::Pcmu], security, ..sdp::Config::new(address(n)) }
    };
    let (mut caller, mut callee) =
        (Negotiation::new(config(1), [1; 32]), Negotiation::new(config(2), [2; 32]));
    let offer = caller.offer(Direction::SendRecv);
    let is_said = |line: &&str| {
        !line.starts_with("a=crypto")
            || suite.is_some_and(|suite| line.contains(&format!(" {} ", suite.name())))
    };
    let offer: String = std::str::from_utf8(&offer).ok()?.split_inclusive("\r\n").filter(is_said).collect();
    let (answer, theirs) = callee.answer(offer.as_bytes(), Direction::SendRecv).ok()?;
    let ours = caller.accept_answer(&answer).ok()?;
    #[allow(clippy::disallowed_methods)]
    let start = Instant::now();
    let mut talker = Session::new(Config::default(), [1; 32]);
    talker.apply(start, &ours);
    let mut listener = Session::new(Config::default(), [2; 32]);
    listener.apply(start, &theirs);
    Some((talker, listener, start))
}

/// Lets `talker` make so many packets.
fn talk(talker: &mut Session, start: Instant) -> Vec<Vec<u8>> {
    let mut packets = Vec::with_capacity(PACKETS);
    for _ in 0..2 * PACKETS {
        talker.capture(start, &[0.1; BLOCK_SAMPLES]);
        while let Some(output) = talker.poll_output() {
            if let Output::Transmit(transmit) = output {
                packets.push(transmit.payload.to_vec());
            }
        }
    }
    packets
}

#[divan::bench(args = SUITES)]
fn send(bencher: Bencher<'_, '_>, suite: &str) {
    bencher
        .counter(ItemsCount::new(PACKETS))
        .with_inputs(|| pair(suite))
        .bench_local_values(|pair| pair.map(|(mut talker, _, start)| talk(&mut talker, start).len()));
}

#[divan::bench(args = SUITES)]
fn receive(bencher: Bencher<'_, '_>, suite: &str) {
    bencher
        .counter(ItemsCount::new(PACKETS))
        .with_inputs(|| {
            let (mut talker, listener, start) = pair(suite)?;
            Some((listener, talk(&mut talker, start), start))
        })
        .bench_local_values(|input| {
            let (mut listener, packets, start) = input?;
            let source = address(1);
            let taken = |bytes: &Vec<u8>| listener.handle_input(start, Input::Rtp { source, bytes }).is_ok();
            Some(packets.iter().map(taken).filter(|taken| *taken).count())
        });
}
