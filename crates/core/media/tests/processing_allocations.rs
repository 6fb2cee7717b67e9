//! What is done to sound takes no memory once it runs; but for `sonora`, whose echo cancellation and gain control take
//! and return small pieces in every block. How many is watched here.

mod sound;

use sidetone_media::process::{FarEnd, FarSettings, NearEnd, NearSettings};
use sound::{agent, block, customer};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BLOCKS: usize = 300;

/// Allocations in three seconds after one.
fn allocations(near_settings: NearSettings, far_settings: FarSettings) -> usize {
    let (said, heard) = (agent(4_000), customer(4_000));
    let (mut near, mut far) = (NearEnd::new(), FarEnd::new());
    near.set(near_settings);
    far.set(far_settings);
    let mut run = |from: usize, to: usize| {
        for n in from..to {
            let (mut said, mut heard) = (block(&said, n), block(&heard, n));
            far.own_voice(&said);
            let played = far.process(&mut heard, &said);
            near.hear(&played);
            near.process(&mut said);
        }
    };
    run(0, 100);
    let region = Region::new(MEMORY);
    run(100, 100 + BLOCKS);
    region.change().allocations
}

// One test: what another thread of the test program allocates would be counted here.
#[test]
fn a_running_stage_takes_no_memory() {
    let (near, far) = (NearSettings::default(), FarSettings::default());
    let all_far = FarSettings { noise_removal: true, volume: 1.2, sidetone: 0.2, ceiling_dbfs: -12.0 };
    let found = [
        ("nothing on", allocations(near, far)),
        ("protection, sidetone", allocations(near, FarSettings { noise_removal: false, ..all_far })),
        ("removal both ways", allocations(NearSettings { noise_removal: true, ..near }, all_far)),
        ("noise", allocations(NearSettings { noise_suppression: true, ..near }, far)),
    ];
    println!("{found:?}");
    for (what, count) in found {
        assert_eq!(count, 0, "{what}");
    }
    let gain = allocations(NearSettings { gain_control: true, ..near }, far) / BLOCKS;
    let echo = allocations(NearSettings { echo_cancellation: true, ..near }, far) / BLOCKS;
    println!("gain control {gain}, echo cancellation {echo} a block");
    assert!(gain <= 11, "gain control takes memory {gain} times a block");
    assert!(echo <= 44, "echo cancellation takes memory {echo} times a block");
}
