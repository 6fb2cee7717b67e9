//! Which words can be told apart, after codecs, noise and delay: every pair of sentences.

use std::path::PathBuf;

use super::*;

fn speech(name: &str) -> Recording {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/speech").join(name);
    Recording::load(&path).unwrap()
}

const ALL: [&str; 7] = [
    "agent-greeting.wav",
    "agent-help.wav",
    "customer-billing.wav",
    "customer-delivery.wav",
    "customer-echo.wav",
    "customer-impatient.wav",
    "customer-password.wav",
];

/// Linear interpolation: a poor resampler, as some far ends have.
fn at_rate(sound: &Recording, rate: u32) -> Recording {
    let step = f64::from(sound.rate) / f64::from(rate);
    let length = (sound.samples.len() as f64 / step) as usize;
    let one = |index: usize| {
        let at = index as f64 * step;
        let (whole, part) = (at as usize, at.fract() as f32);
        let next = sound.samples.get(whole + 1).copied().unwrap_or(0.0);
        sound.samples[whole] * (1.0 - part) + next * part
    };
    Recording { samples: (0..length).map(one).collect(), rate }
}

fn delayed(sound: &Recording, ms: usize, tail_ms: usize) -> Recording {
    let silence = |ms: usize| vec![0.0; sound.rate as usize * ms / 1000];
    let samples = [silence(ms), sound.samples.clone(), silence(tail_ms)].concat();
    Recording { samples, rate: sound.rate }
}

fn noisy(sound: &Recording, strength: f32) -> Recording {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / 8_388_608.0 - 1.0) * strength
    };
    Recording { samples: sound.samples.iter().map(|sample| sample + noise()).collect(), rate: sound.rate }
}

/// G.711 mu-law there and back (ITU-T G.711), by the formula of continuous companding in 8 bits.
fn through_mu_law(sound: &Recording) -> Recording {
    let sound = at_rate(sound, 8_000);
    let one = |sample: &f32| {
        let pressed = (1.0 + 255.0 * sample.abs()).ln() / 256.0_f32.ln();
        let coded = (pressed * 127.0).round() / 127.0;
        sample.signum() * (256.0_f32.powf(coded) - 1.0) / 255.0
    };
    Recording { samples: sound.samples.iter().map(one).collect(), rate: 8_000 }
}

fn through_opus(sound: &Recording, bits_per_second: i32) -> Recording {
    let sound = at_rate(sound, 48_000);
    let mut encoder = opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
    encoder.set_bitrate(opus::Bitrate::Bits(bits_per_second)).unwrap();
    let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
    let mut samples = Vec::new();
    for frame in sound.samples.chunks_exact(960) {
        let packet = encoder.encode_vec_float(frame, 1_500).unwrap();
        let mut out = [0.0; 960];
        decoder.decode_float(&packet, &mut out, false).unwrap();
        samples.extend(out);
    }
    Recording { samples, rate: 48_000 }
}

#[test]
fn every_sentence_is_told_from_every_other() {
    for said in ALL {
        for got in ALL {
            let heard = correlate(&speech(said), &delayed(&speech(got), 300, 300));
            println!("{said} in {got}: {:.2}", heard.score);
            if said == got {
                assert!(heard.score > 0.9, "{said}: {heard:?}");
            } else {
                assert!(heard.score < 0.5, "{said} in {got}: {heard:?}");
            }
        }
    }
}

#[test]
fn a_delay_is_measured_to_the_millisecond() {
    let said = speech("customer-billing.wav");
    for ms in [0, 7, 120, 1_500] {
        let heard = correlate(&said, &at_rate(&delayed(&said, ms, 500), 48_000));
        assert!((heard.delay_ms - ms as f64).abs() < 1.0, "{ms}: {heard:?}");
        assert!(heard.covered > 0.99);
    }
}

/// What becomes of a sound on its way.
type Way<'a> = &'a dyn Fn(&Recording) -> Recording;

#[test]
fn words_survive_codecs_noise_and_distance() {
    let said = speech("customer-password.wav");
    let other = speech("customer-impatient.wav");
    let far = |sound: &Recording| {
        let samples = sound.samples.iter().map(|sample| sample * 0.05).collect();
        Recording { samples, rate: sound.rate }
    };
    let ways: [(&str, Way<'_>); 5] = [
        ("mu-law", &through_mu_law),
        ("Opus at 24 kbit/s", &|sound| through_opus(sound, 24_000)),
        ("Opus at 8 kbit/s", &|sound| through_opus(sound, 8_000)),
        ("noise", &|sound| noisy(sound, 0.02)),
        ("far, coded and noisy", &|sound| noisy(&through_mu_law(&far(sound)), 0.001)),
    ];
    for (name, way) in ways {
        let (same, differs) =
            (correlate(&said, &way(&delayed(&said, 230, 400))), correlate(&said, &way(&other)));
        println!("{name}: same {:.2} at {:.1} ms, other {:.2}", same.score, same.delay_ms, differs.score);
        assert!(carries_words(&said, &way(&delayed(&said, 230, 400))), "{name}: {same:?}");
        assert!(!carries_words(&said, &way(&other)), "{name}: {differs:?}");
        assert!((same.delay_ms - 230.0).abs() < 15.0, "{name}: {same:?}");
    }
}

#[test]
fn silence_noise_and_a_tone_carry_no_words() {
    let said = speech("agent-greeting.wav");
    let silence = Recording { samples: vec![0.0; 160_000], rate: 16_000 };
    let tone = (0..160_000).map(|index| (index as f32 * 0.3).sin() * 0.5).collect();
    assert!(!carries_words(&said, &silence));
    assert!(!carries_words(&said, &noisy(&silence, 0.1)));
    assert!(!carries_words(&said, &Recording { samples: tone, rate: 16_000 }));
    assert!(!carries_words(&said, &Recording { samples: Vec::new(), rate: 16_000 }));
}

#[test]
fn a_recording_that_began_late_still_carries_its_words() {
    let said = speech("agent-help.wav");
    let late = Recording { samples: said.samples[32_000..].to_vec(), rate: said.rate };
    let heard = correlate(&said, &late);
    assert!(heard.score > 0.9 && (heard.delay_ms + 2_000.0).abs() < 2.0, "{heard:?}");
    assert!(heard.covered < 0.8);
}

#[test]
fn a_hole_in_the_words_is_found() {
    let said = speech("customer-billing.wav");
    assert!(missing_ms(&said, &delayed(&said, 100, 100)) <= 20);
    let mut holed = said.clone();
    holed.samples[64_000..72_000].fill(0.0);
    let missing = missing_ms(&said, &holed);
    assert!((200..=520).contains(&missing), "{missing} ms");
    assert!(holed.longest_gap_ms() >= 480, "{} ms", holed.longest_gap_ms());
    assert!(missing_ms(&said, &speech("customer-echo.wav")) > 5_000);
}

#[test]
fn levels_are_in_decibels_of_full_scale() {
    let sine = (0..48_000).map(|index| (index as f32 * std::f32::consts::TAU / 48.0).sin()).collect();
    let full = Recording { samples: sine, rate: 48_000 };
    assert!((full.level_dbfs() + 3.01).abs() < 0.05, "{}", full.level_dbfs());
    assert!((full.peak_dbfs() + 3.01).abs() < 0.05);
    let silence = Recording { samples: vec![0.0; 4_800], rate: 48_000 };
    assert_eq!(silence.level_dbfs(), -120.0);
}

#[test]
fn what_was_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    let said = speech("agent-help.wav");
    said.save(&path).unwrap();
    assert!(correlate(&said, &Recording::load(&path).unwrap()).score > 0.99);
    std::fs::write(&path, b"no sound").unwrap();
    assert!(Recording::load(&path).is_err());
}
