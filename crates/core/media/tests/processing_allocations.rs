//! What is done to sound takes no memory once it runs: none with everything off, and none by what is our own, by
//! `nnnoiseless` or by `sonora`'s noise suppression. Echo cancellation (43 times a block) and gain control (11) do, inside
//! of `sonora` 0.2, which gathers its channels anew in every block; no setting of it changes that. That it is all
//! theirs, and does not grow, is watched here.

mod sound;

use sidetone_media::pcm::SAMPLE_RATE;
use sidetone_media::process::{FarEnd, FarSettings, NearEnd, NearSettings};
use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate, Pipeline,
    TransparentModeType,
};
use sonora::{AudioProcessing, Config, StreamConfig};
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
    let gain = allocations(NearSettings { gain_control: true, ..near }, far);
    let echo = allocations(NearSettings { echo_cancellation: true, ..near }, far);
    let theirs = [sonora_alone(false), sonora_alone(true)];
    println!("gain control, echo cancellation: {:?} a block", [gain / BLOCKS, echo / BLOCKS]);
    assert_eq!([gain, echo], theirs, "all that is taken is taken by sonora itself");
    assert!(gain <= 11 * BLOCKS, "gain control takes memory {gain} times");
    assert!(echo <= 44 * BLOCKS, "echo cancellation takes memory {echo} times");
}

/// The same of the crate by itself, set up as we do.
fn sonora_alone(echo: bool) -> usize {
    let stream = StreamConfig::new(SAMPLE_RATE, 1);
    let pipeline = Pipeline {
        maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
        multi_channel_render: false,
        multi_channel_capture: false,
        ..Pipeline::default()
    };
    let adaptive = AdaptiveDigital { max_gain_db: 24.0, initial_gain_db: 0.0, ..AdaptiveDigital::default() };
    let gain = GainController2 { adaptive_digital: Some(adaptive), ..GainController2::default() };
    let config = Config {
        pipeline,
        high_pass_filter: echo.then(HighPassFilter::default),
        echo_canceller: echo.then(|| EchoCanceller {
            transparent_mode: TransparentModeType::Hmm,
            ..EchoCanceller::default()
        }),
        gain_controller2: (!echo).then_some(gain),
        ..Config::default()
    };
    let builder = AudioProcessing::builder().config(config);
    let mut alone = builder.capture_config(stream).render_config(stream).build();
    let (said, heard) = (agent(4_000), customer(4_000));
    let mut run = |from: usize, to: usize| {
        for n in from..to {
            let (said, heard) = (block(&said, n), block(&heard, n));
            let (mut sent, mut played) = (said, heard);
            if echo {
                assert!(alone.process_render_f32(&[&heard], &mut [&mut played]).is_ok());
            }
            assert!(alone.process_capture_f32(&[&said], &mut [&mut sent]).is_ok());
        }
    };
    run(0, 100);
    let region = Region::new(MEMORY);
    run(100, 100 + BLOCKS);
    region.change().allocations
}
