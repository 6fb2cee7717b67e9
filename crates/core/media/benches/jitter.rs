//! What packets and pulls take of a session, where nothing is wrong, where packets are lost, and where sound is stretched:
//! `cargo bench -p sidetone-media --bench jitter`. A turn is 10 ms of sound; every second brings a packet.

use divan::{Bencher, counter::ItemsCount};
use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::{BLOCK_SAMPLES, SILENCE},
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

const TICK: Duration = Duration::from_millis(10);
/// Blocks of sound that are encoded once, and said again and again.
const BLOCKS: usize = 1_000;
const CODECS: [Codec; 2] = [Codec::Opus, Codec::Pcmu];

fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n], 4_000))
}

/// A session, another that talks to it, and the moment they began.
fn pair(codec: Codec) -> Option<(Session, Session, Instant)> {
    let config = |n| sdp::Config { codecs: vec![codec], ..sdp::Config::new(address(n)) };
    let (mut caller, mut callee) =
        (Negotiation::new(config(1), [1; 32]), Negotiation::new(config(2), [2; 32]));
    let (answer, theirs) = callee.answer(&caller.offer(Direction::SendRecv), Direction::SendRecv).ok()?;
    let ours = caller.accept_answer(&answer).ok()?;
    #[allow(clippy::disallowed_methods)]
    let start = Instant::now();
    let mut talker = Session::new(Config::default(), [1; 32]);
    talker.apply(start, &ours);
    let mut listener = Session::new(Config::default(), [2; 32]);
    listener.apply(start, &theirs);
    Some((listener, talker, start))
}

/// Packets of a hum, one for every 20 ms.
fn packets(talker: &mut Session, start: Instant) -> Vec<Vec<u8>> {
    let hum = |n: usize| {
        let t = n as f32 / 48_000.0 * std::f32::consts::TAU;
        (1..6).map(|k| 0.1 * (t * 140.0 * k as f32).sin() / k as f32).sum::<f32>()
    };
    let mut packets = Vec::new();
    for block in 0..BLOCKS {
        talker.capture(start, &std::array::from_fn(|n| hum(block * BLOCK_SAMPLES + n)));
        while let Some(output) = talker.poll_output() {
            if let Output::Transmit(transmit) = output {
                packets.push(transmit.payload.to_vec());
            }
        }
    }
    packets
}

/// Runs a listener whose clock ticks `tick`, of every ten packets the first `lost` being lost.
fn run(bencher: Bencher<'_, '_>, codec: Codec, lost: usize, tick: Duration, plays: bool) {
    let Some((mut listener, mut talker, start)) = pair(codec) else { return };
    let mut packets = packets(&mut talker, start);
    let (mut n, mut now, mut block) = (0usize, start, SILENCE);
    let (mut sequence, mut timestamp) = (0u16, 0u32);
    let step = if codec == Codec::Opus { 960 } else { 160 };
    bencher.counter(ItemsCount::new(1u32)).bench_local(move || {
        let count = packets.len();
        if n.is_multiple_of(2)
            && let Some(packet) = packets.get_mut(n / 2 % count)
        {
            if let Some(header) = packet.get_mut(2..8) {
                let (numbers, times) = header.split_at_mut(2);
                numbers.copy_from_slice(&sequence.to_be_bytes());
                times.copy_from_slice(&timestamp.to_be_bytes());
            }
            if n / 2 % 10 >= lost {
                let _ = listener
                    .handle_input(start + TICK * n as u32, Input::Rtp { source: address(1), bytes: packet });
            }
            (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(step));
        }
        if plays {
            listener.play(now, &mut block);
        }
        n += 1;
        now += tick;
        block[0]
    });
}

/// Packets come, and nobody listens: what taking them in takes.
#[divan::bench(args = CODECS)]
fn insert(bencher: Bencher<'_, '_>, codec: &Codec) {
    run(bencher, *codec, 0, TICK, false);
}

#[divan::bench(args = CODECS)]
fn pull_calm(bencher: Bencher<'_, '_>, codec: &Codec) {
    run(bencher, *codec, 0, TICK, true);
}

/// One packet of ten is lost, which redundancy mends where the codec has it.
#[divan::bench(args = CODECS)]
fn pull_under_loss(bencher: Bencher<'_, '_>, codec: &Codec) {
    run(bencher, *codec, 1, TICK, true);
}

/// Three packets in a row of ten are lost.
#[divan::bench(args = CODECS)]
fn pull_under_bursts(bencher: Bencher<'_, '_>, codec: &Codec) {
    run(bencher, *codec, 3, TICK, true);
}

/// The speaker is 5 % slower than the sender: sound is shortened all the time.
#[divan::bench(args = CODECS)]
fn pull_stretched(bencher: Bencher<'_, '_>, codec: &Codec) {
    run(bencher, *codec, 0, Duration::from_micros(10_500), true);
}
