//! What each stage of processing takes for 10 ms of speech: `cargo bench -p sidetone-media --bench process`.

use divan::{Bencher, black_box};
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use sidetone_media::process::{FarEnd, FarSettings, Limiter, NearEnd, NearSettings};
use std::path::Path;

fn main() {
    divan::main();
}

/// A sentence, as blocks; its rate does not matter here.
fn speech() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/speech/agent-help.wav");
    let Ok(reader) = hound::WavReader::open(path) else { return vec![SILENCE] };
    let samples: Vec<f32> =
        reader.into_samples::<i16>().filter_map(Result::ok).map(|s| f32::from(s) / 32_768.0).collect();
    samples.as_chunks::<BLOCK_SAMPLES>().0.to_vec()
}

fn near(bencher: Bencher<'_, '_>, settings: NearSettings) {
    let mut end = NearEnd::new();
    end.set(settings);
    let mut blocks = speech().into_iter().cycle();
    let mut next = move || blocks.next().unwrap_or(SILENCE);
    let mut turn = move || {
        let mut block = next();
        end.hear(&block);
        end.process(&mut block);
        block
    };
    for _ in 0..100 {
        black_box(turn());
    }
    bencher.bench_local(turn);
}

fn far(bencher: Bencher<'_, '_>, settings: FarSettings) {
    let mut end = FarEnd::new();
    end.set(settings);
    let mut blocks = speech().into_iter().cycle();
    let mut next = move || blocks.next().unwrap_or(SILENCE);
    let mut turn = move || {
        let mut block = next();
        end.own_voice(&block);
        end.process(&mut block, &SILENCE)
    };
    for _ in 0..100 {
        black_box(turn());
    }
    bencher.bench_local(turn);
}

const NOTHING: NearSettings = NearSettings {
    echo_cancellation: false,
    noise_suppression: false,
    gain_control: false,
    noise_removal: false,
};

#[divan::bench]
fn near_speech_detection_alone(bencher: Bencher<'_, '_>) {
    near(bencher, NOTHING);
}

#[divan::bench]
fn near_echo(bencher: Bencher<'_, '_>) {
    near(bencher, NearSettings { echo_cancellation: true, ..NOTHING });
}

#[divan::bench]
fn near_noise(bencher: Bencher<'_, '_>) {
    near(bencher, NearSettings { noise_suppression: true, ..NOTHING });
}

#[divan::bench]
fn near_gain(bencher: Bencher<'_, '_>) {
    near(bencher, NearSettings { gain_control: true, ..NOTHING });
}

#[divan::bench]
fn near_echo_noise_and_gain(bencher: Bencher<'_, '_>) {
    let settings =
        NearSettings { echo_cancellation: true, noise_suppression: true, gain_control: true, ..NOTHING };
    near(bencher, settings);
}

#[divan::bench]
fn near_removal(bencher: Bencher<'_, '_>) {
    near(bencher, NearSettings { noise_removal: true, ..NOTHING });
}

#[divan::bench]
fn far_protection(bencher: Bencher<'_, '_>) {
    far(bencher, FarSettings::default());
}

#[divan::bench]
fn far_protection_and_sidetone(bencher: Bencher<'_, '_>) {
    far(bencher, FarSettings { sidetone: 0.1, ..FarSettings::default() });
}

#[divan::bench]
fn far_removal(bencher: Bencher<'_, '_>) {
    far(bencher, FarSettings { noise_removal: true, ..FarSettings::default() });
}

#[divan::bench]
fn limiter_at_work(bencher: Bencher<'_, '_>) {
    let mut limiter = Limiter::new(-30.0);
    let mut blocks = speech().into_iter().cycle();
    bencher.bench_local(move || {
        let mut block = blocks.next().unwrap_or(SILENCE);
        limiter.limit(&mut block);
        block
    });
}
