//! A conference of eight takes no memory once it runs, whoever joins, leaves or is muted.

use sidetone_media::mix::{Blocks, Bridge, Mixer, Part, Seat, With};
use sidetone_media::pcm::SILENCE;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// One test: what another thread of the test program allocates would be counted here.
#[test]
fn a_conference_of_eight_takes_no_memory_a_block() {
    let (mut mixer, mut bridge) = (Mixer::default(), Bridge::default());
    let (mut said, mut spoken) = (Blocks::default(), Blocks::default());
    let talking = Part { with: With::Conference, ..Part::default() };
    while let Some(seat) = mixer.sit() {
        mixer.set(seat, talking);
    }
    let seats: Vec<Seat> = Seat::parties().collect();
    let mut run = |blocks: usize| {
        let (mut heard, mut agent) = (SILENCE, SILENCE);
        for n in 0..blocks {
            seats.iter().for_each(|seat| said[*seat].fill(0.3));
            bridge.push(&said);
            bridge.pull(&mut spoken);
            spoken[Seat::AGENT].fill(0.2);
            mixer.hear(Seat::AGENT, &said, &mut heard);
            let one = seats[n % seats.len()];
            mixer.leave(one);
            mixer.sit();
            mixer.set(one, Part { heard: n % 3 != 0, ..talking });
            for seat in &seats {
                mixer.hear(*seat, &spoken, &mut heard);
            }
            mixer.write_down(one, &spoken, &mut agent, &mut heard);
        }
    };
    run(100);
    let region = Region::new(MEMORY);
    run(500);
    assert_eq!(region.change().allocations, 0);
}
