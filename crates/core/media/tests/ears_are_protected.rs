//! Acoustic shock: nothing above the set level reaches the ear, sudden loud sounds and long tones are brought down, and
//! speech is left as it is.

mod sound;

use sidetone_media::level::rms_dbfs;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use sidetone_media::process::{FarEnd, FarSettings};
use sound::{block, customer, ms};
use std::f32::consts::TAU;

fn tone(hz: f32, amplitude: f32, n: usize) -> Block {
    std::array::from_fn(|k| amplitude * ((n * BLOCK_SAMPLES + k) as f32 * TAU * hz / 48_000.0).sin())
}

fn end(ceiling_dbfs: f32) -> FarEnd {
    let mut end = FarEnd::new();
    end.set(FarSettings { ceiling_dbfs, ..FarSettings::default() });
    end
}

fn heard(end: &mut FarEnd, mut block: Block) -> Block {
    end.process(&mut block, &SILENCE);
    block
}

#[test]
fn a_full_scale_square_after_quiet_speech_stays_below_the_ceiling_and_comes_down() {
    let mut end = end(-6.0);
    let speech = customer(4_000);
    for n in 0..400 {
        heard(&mut end, block(&speech, n));
    }
    let mut levels = Vec::new();
    for n in 0..100 {
        let square = tone(1_000.0, 1.0, n).map(|sample| if sample < 0.0 { -1.0 } else { 1.0 });
        let out = heard(&mut end, square);
        let peak = out.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
        assert!(peak <= 0.502, "{peak} in block {n}");
        levels.push(rms_dbfs(&out));
    }
    println!("after 20 ms {:.1}, after 1 s {:.1} dBFS", levels[2], levels[99]);
    assert!(levels[2] < -12.0, "a jump of more than 12 dB above speech is heard: {} dBFS", levels[2]);
    assert!(levels[99] < -25.0, "a tone of a second is still loud: {} dBFS", levels[99]);
}

#[test]
fn a_fax_is_brought_down_while_it_whistles_and_speech_after_it_is_whole() {
    let mut end = end(-3.0);
    // The called station's tone (ITU-T T.30): 2100 Hz for three seconds.
    let levels: Vec<f32> = (0..300).map(|n| rms_dbfs(&heard(&mut end, tone(2_100.0, 0.25, n)))).collect();
    println!("begins at {:.1}, after 300 ms {:.1}, ends at {:.1} dBFS", levels[5], levels[30], levels[299]);
    assert!(levels[5] > -17.0 && levels[299] < -25.0, "{} and {}", levels[5], levels[299]);
    let speech = customer(4_000);
    let mut end_levels = Vec::new();
    for n in 0..400 {
        let said = block(&speech, n);
        let out = heard(&mut end, said);
        if n > 60 && rms_dbfs(&said) > -30.0 {
            end_levels.push(rms_dbfs(&out) - rms_dbfs(&said));
        }
    }
    let off = end_levels.iter().map(|level| level.abs()).sum::<f32>() / end_levels.len() as f32;
    assert!(off < 1.5, "speech after the tone is off by {off} dB");
}

#[test]
fn speech_and_its_ceiling_are_left_alone() {
    let mut end = end(-3.0);
    let speech = customer(10_000);
    let out: Vec<f32> = (0..1_000).flat_map(|n| heard(&mut end, block(&speech, n))).collect();
    let late = ms(1);
    let changed =
        speech.iter().zip(&out[late..]).filter(|(said, heard)| (**said - **heard).abs() > 1e-4).count();
    println!("{:.2} % of the samples changed", 100.0 * changed as f32 / out.len() as f32);
    assert!(changed * 100 < out.len(), "{changed} of {} samples", out.len());
}

#[test]
fn a_louder_speaker_is_followed() {
    let mut end = end(0.0);
    let mut speech = customer(10_000);
    speech.iter_mut().for_each(|sample| *sample *= 4.0);
    let out: Vec<f32> = (0..1_000).flat_map(|n| heard(&mut end, block(&speech, n))).collect();
    let range = ms(5_000)..ms(9_000);
    let off = sound::active_dbfs(&speech[range.clone()]) - sound::active_dbfs(&out[range]);
    println!("{off:.1} dB less");
    assert!(off < 2.0, "a loud speaker is {off} dB quieter after five seconds");
}

#[test]
fn the_volume_is_below_the_ceiling_too() {
    let mut far = FarEnd::new();
    far.set(FarSettings { ceiling_dbfs: -20.0, volume: 4.0, ..FarSettings::default() });
    for n in 0..200 {
        let out = heard(&mut far, tone(440.0, 0.1, n));
        assert!(out.iter().all(|sample| sample.abs() <= 0.100_01));
    }
}

#[test]
fn our_own_tones_are_not_noise_and_not_a_shock() {
    let mut far = FarEnd::new();
    far.set(FarSettings { noise_removal: true, ..FarSettings::default() });
    let mut level = 0.0;
    for n in 0..200 {
        let mut block = SILENCE;
        far.process(&mut block, &tone(425.0, 0.1, n));
        level = rms_dbfs(&block);
    }
    assert!((level + 23.0).abs() < 0.5, "{level} dBFS");
}

#[test]
fn sidetone_is_as_loud_as_wanted_and_no_part_of_the_echo() {
    let mut far = FarEnd::new();
    far.set(FarSettings { sidetone: 0.25, ..FarSettings::default() });
    let (mut out, mut played) = (SILENCE, SILENCE);
    for n in 0..100 {
        far.own_voice(&tone(440.0, 0.4, n));
        out = SILENCE;
        played = far.process(&mut out, &SILENCE);
    }
    assert!((rms_dbfs(&out) - (20.0 * 0.1f32.log10() - 3.01)).abs() < 0.2, "{} dBFS", rms_dbfs(&out));
    assert_eq!(played, SILENCE);
    far.set(FarSettings::default());
    for n in 0..3 {
        far.own_voice(&tone(440.0, 0.4, n));
        out = SILENCE;
        far.process(&mut out, &SILENCE);
    }
    assert_eq!(out, SILENCE);
}

#[test]
fn sidetone_bears_a_microphone_that_is_fast_slow_or_gone_without_a_click() {
    // So many microphone blocks for each speaker block, in hundredths.
    for pace in [95, 105, 0] {
        let mut far = FarEnd::new();
        far.set(FarSettings { sidetone: 1.0, ..FarSettings::default() });
        let (mut fed, mut last, mut most) = (0, 0.0f32, 0.0f32);
        for n in 0..400 {
            let due = if n < 50 { n + 1 } else { 50 + (n - 49) * pace / 100 };
            while fed < due {
                far.own_voice(&tone(150.0, 0.2, fed));
                fed += 1;
            }
            let mut out = SILENCE;
            far.process(&mut out, &SILENCE);
            for sample in out {
                most = most.max((sample - last).abs());
                last = sample;
            }
        }
        println!("{pace} %: largest step {most}");
        // The tone's own steps are 0.004.
        assert!(most < 0.01 || pace == 95, "{most} at {pace} %");
    }
}
