//! Every stage is switched in a call without a click (CALL-4, AUDIO-7): a click is a step between two samples, or a gap.

mod sound;

use proptest::prelude::*;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use sidetone_media::process::{FarEnd, FarSettings, NearEnd, NearSettings};
use sound::{db, power};
use std::f32::consts::TAU;

/// A hum at -20 dBFS, whose own steps are small; noise suppression and removal leave of it what they like.
fn hum(n: usize) -> Block {
    std::array::from_fn(|k| 0.14 * ((n * BLOCK_SAMPLES + k) as f32 * TAU * 150.0 / 48_000.0).sin())
}

/// The hum's own steps are at most 0.0028.
const MOST_STEP: f32 = 0.01;

#[test]
fn call_4_removal_is_switched_without_a_click_both_ways() {
    let (mut near, mut far) = (NearEnd::new(), FarEnd::new());
    let (mut last, mut steps) = ([0.0f32; 2], [0.0f32; 2]);
    for n in 0..600 {
        let on = n / 100 % 2 == 1;
        near.set(NearSettings { noise_removal: on, ..NearSettings::default() });
        far.set(FarSettings { noise_removal: on, ..FarSettings::default() });
        let (mut sent, mut heard) = (hum(n), hum(n));
        near.process(&mut sent);
        far.process(&mut heard, &SILENCE);
        for (way, block) in [sent, heard].iter().enumerate() {
            for sample in block {
                steps[way] = steps[way].max((sample - last[way]).abs());
                last[way] = *sample;
            }
        }
    }
    println!("largest steps {steps:?}");
    assert!(steps.iter().all(|step| *step < MOST_STEP), "{steps:?}");
}

#[test]
fn audio_7_every_switch_of_the_microphone_is_without_a_click() {
    let mut near = NearEnd::new();
    let (mut last, mut most) = (0.0f32, 0.0f32);
    for n in 0..1_600 {
        // Every set of switches after another, in the order of a Gray code and back.
        let code = (n / 50) ^ (n / 100);
        near.set(NearSettings {
            echo_cancellation: code & 1 != 0,
            noise_suppression: code & 2 != 0,
            gain_control: code & 4 != 0,
            noise_removal: code & 8 != 0,
        });
        let mut block = hum(n);
        near.hear(&SILENCE);
        near.process(&mut block);
        for sample in block {
            most = most.max((sample - last).abs());
            last = sample;
        }
    }
    println!("largest step {most}");
    assert!(most < MOST_STEP, "{most}");
}

#[test]
fn call_4_a_machines_noise_is_heard_again_at_once() {
    let mut noise = sound::pink(3, 4_000);
    sound::set_level(&mut noise, -30.0);
    let mut far = FarEnd::new();
    let mut levels = Vec::new();
    for n in 0..400 {
        far.set(FarSettings { noise_removal: n < 300, ..FarSettings::default() });
        let mut block = sound::block(&noise, n);
        far.process(&mut block, &SILENCE);
        levels.push(db(power(&block)));
    }
    println!("removed {:.1} dBFS, heard {:.1} dBFS", levels[295], levels[302]);
    assert!(levels[295] < levels[305] - 6.0, "{} with removal, {} without", levels[295], levels[305]);
    assert!(levels[302] > -36.0, "{} dBFS 20 ms after the switch", levels[302]);
}

fn anything() -> impl Strategy<Value = f32> {
    prop_oneof![any::<f32>(), -1.0f32..1.0, Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_in_sound_comes_out(
        blocks in prop::collection::vec((prop::collection::vec(anything(), 1..24), 0u8..16, any::<bool>()), 1..40),
    ) {
        let (mut near, mut far) = (NearEnd::new(), FarEnd::new());
        for (pattern, switches, removal) in blocks {
            let mut block: Block = std::array::from_fn(|n| pattern[n % pattern.len()]);
            let mut heard = block;
            near.set(NearSettings {
                echo_cancellation: switches & 1 != 0,
                noise_suppression: switches & 2 != 0,
                gain_control: switches & 4 != 0,
                noise_removal: switches & 8 != 0,
            });
            far.set(FarSettings { noise_removal: removal, sidetone: 0.3, ceiling_dbfs: -6.0, volume: 1.5 });
            far.own_voice(&block);
            let played = far.process(&mut heard, &block);
            near.hear(&played);
            near.process(&mut block);
            prop_assert!(block.iter().all(|sample| sample.abs() <= 1.0));
            prop_assert!(heard.iter().all(|sample| sample.abs() <= 0.502));
            prop_assert!(played.iter().all(|sample| sample.is_finite()));
        }
    }
}
