//! What 10 ms of a conference take, without codecs: `cargo bench -p sidetone-media --bench mix`.

use divan::{Bencher, black_box};
use sidetone_media::mix::{Blocks, Bridge, Mixer, Part, Seat, With};
use sidetone_media::pcm::{Block, SILENCE};

fn main() {
    divan::main();
}

/// A conference of so many parties beside the agent.
fn mixer(parties: usize) -> Mixer {
    let mut mixer = Mixer::default();
    for _ in 0..parties {
        if let Some(seat) = mixer.sit() {
            mixer.set(seat, Part { with: With::Conference, ..Part::default() });
        }
    }
    mixer
}

fn loud() -> Blocks {
    let mut blocks = Blocks::default();
    for seat in Seat::parties().chain([Seat::AGENT]) {
        blocks[seat] = std::array::from_fn(|n| 0.4 * (n as f32 * 0.05).sin());
    }
    blocks
}

/// Everybody's mix.
#[divan::bench(args = [1, 2, 7])]
fn hear(bencher: Bencher<'_, '_>, parties: usize) {
    let (mut mixer, sources) = (mixer(parties), loud());
    bencher.bench_local(|| {
        let mut heard: Block = SILENCE;
        for seat in Seat::parties().take(parties).chain([Seat::AGENT]) {
            mixer.hear(seat, black_box(&sources), &mut heard);
        }
        heard
    });
}

/// From the one clock to the other.
#[divan::bench]
fn bridge(bencher: Bencher<'_, '_>) {
    let (mut bridge, mut blocks) = (Bridge::default(), loud());
    bencher.bench_local(|| {
        bridge.push(black_box(&blocks));
        bridge.pull(&mut blocks);
    });
}
