//! What the tests of processing are made of: recorded speech, noises, and a room.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE};
use std::collections::VecDeque;
use std::path::Path;

/// Samples of so many milliseconds.
pub const fn ms(count: usize) -> usize {
    count * SAMPLE_RATE as usize / 1_000
}

/// Recorded sentences one after the other, over and over, at -26 dBFS, for so many milliseconds.
pub fn speech(names: &[&str], length_ms: usize) -> Vec<f32> {
    let sentences: Vec<f32> = names.iter().flat_map(|name| sentence(name)).collect();
    let mut sound: Vec<f32> = sentences.iter().copied().cycle().take(ms(length_ms)).collect();
    set_level(&mut sound, -26.0);
    sound
}

/// The agent.
pub fn agent(length_ms: usize) -> Vec<f32> {
    speech(&["agent-help", "agent-greeting"], length_ms)
}

/// Customers.
pub fn customer(length_ms: usize) -> Vec<f32> {
    speech(&["customer-billing", "customer-delivery", "customer-password", "customer-number"], length_ms)
}

/// One file of `assets/speech`, 16 kHz brought to 48 kHz.
fn sentence(name: &str) -> Vec<f32> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/speech").join(format!("{name}.wav"));
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!(reader.spec().sample_rate, 16_000);
    let samples: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_768.0).collect();
    let sinc = |t: f32| {
        let x = std::f32::consts::PI * t;
        let window = 0.5 + 0.5 * (x / 16.0).cos();
        if t == 0.0 { 1.0 } else { x.sin() / x * window }
    };
    let phases: [Vec<f32>; 3] =
        std::array::from_fn(|phase| (-15..=16).map(|k| sinc(phase as f32 / 3.0 - k as f32)).collect());
    (0..samples.len() * 3)
        .map(|n| {
            let at =
                |k: i32| samples.get((n / 3).wrapping_add_signed(k as isize)).copied().unwrap_or_default();
            (-15..=16).zip(&phases[n % 3]).map(|(k, tap)| at(k) * tap).sum()
        })
        .collect()
}

/// Brings the root mean square of what is not a pause to this level.
pub fn set_level(sound: &mut [f32], dbfs: f32) {
    let factor = 10f32.powf((dbfs - active_dbfs(sound)) / 20.0);
    sound.iter_mut().for_each(|sample| *sample *= factor);
}

/// The level of the blocks that are within 30 dB of the loudest.
pub fn active_dbfs(sound: &[f32]) -> f32 {
    let powers: Vec<f64> = sound.as_chunks::<BLOCK_SAMPLES>().0.iter().map(|block| power(block)).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let active: Vec<f64> = powers.into_iter().filter(|power| *power > loudest / 1_000.0).collect();
    db(active.iter().sum::<f64>() / active.len().max(1) as f64)
}

pub fn power(sound: &[f32]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len().max(1) as f64
}

pub fn db(power: f64) -> f32 {
    (10.0 * power.max(1e-12).log10()) as f32
}

/// How alike two pieces of sound are, whatever their levels: 1 is the same.
pub fn correlation(one: &[f32], other: &[f32]) -> f64 {
    let product: f64 = one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let length = one.len().min(other.len());
    product / length as f64 / (power(&one[..length]) * power(&other[..length])).sqrt().max(1e-12)
}

pub fn white(seed: u64, length_ms: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    // Twelve of them make a bell curve.
    (0..ms(length_ms)).map(|_| (0..12).map(|_| random.random_range(-0.1f32..0.1)).sum()).collect()
}

/// White noise through a filter of 3 dB an octave (Kellet's).
pub fn pink(seed: u64, length_ms: usize) -> Vec<f32> {
    let poles = [(0.99886, 0.0555179), (0.99332, 0.0750759), (0.969, 0.153852), (0.8665, 0.3104856)];
    let mut state = [0.0f32; 4];
    let shape = |white: f32| {
        for (value, (pole, gain)) in state.iter_mut().zip(poles) {
            *value = pole * *value + white * gain;
        }
        0.1 * (state.iter().sum::<f32>() + white * 0.5362)
    };
    white(seed, length_ms).into_iter().map(shape).collect()
}

/// Many people at once: recorded sentences on top of each other, each beginning somewhere else.
pub fn babble(seed: u64, length_ms: usize) -> Vec<f32> {
    let names =
        ["billing", "delivery", "password", "number", "impatient", "echo", "back", "moment", "keypad"];
    let mut random = StdRng::seed_from_u64(seed);
    let mut sum = vec![0.0; ms(length_ms)];
    for name in names {
        let voice = speech(&[&format!("customer-{name}")], length_ms + 3_000);
        let from = random.random_range(0..ms(3_000));
        sum.iter_mut().zip(&voice[from..]).for_each(|(sum, sample)| *sum += sample);
    }
    sum
}

/// `noise` so loud that speech is `snr_db` above it.
pub fn mixed(speech: &[f32], noise: &[f32], snr_db: f32) -> Vec<f32> {
    let mut noise = noise.to_vec();
    set_level(&mut noise, active_dbfs(speech) - snr_db);
    speech.iter().zip(&noise).map(|(speech, noise)| speech + noise).collect()
}

/// From a loudspeaker to a microphone: a direct way and reflections that decay by 60 dB in 0.3 s.
pub struct Room {
    reflections: Vec<(usize, f32)>,
    delay: usize,
    played: VecDeque<f32>,
    longest: usize,
    loudspeaker: fn(f32) -> f32,
}

impl Room {
    /// The echo is `loss_db` below what is played.
    pub fn new(seed: u64, delay_ms: usize, loss_db: f32) -> Room {
        let mut random = StdRng::seed_from_u64(seed);
        let mut reflections: Vec<(usize, f32)> = vec![(0, 1.0)];
        reflections.extend((0..400).map(|_| {
            let at = random.random_range(ms(1)..ms(150));
            let decay = 10f32.powf(-3.0 * at as f32 / ms(300) as f32);
            (at, 0.25 * decay * random.random_range(-1.0f32..1.0))
        }));
        let energy: f32 = reflections.iter().map(|(_, gain)| gain * gain).sum();
        let factor = 10f32.powf(-loss_db / 20.0) / energy.sqrt();
        reflections.iter_mut().for_each(|(_, gain)| *gain *= factor);
        let longest = ms(150 + 500);
        let played = VecDeque::from(vec![0.0; longest]);
        Room { reflections, delay: ms(delay_ms), played, longest, loudspeaker: |sample| sample }
    }

    /// With a small loudspeaker that bends what is loud.
    pub fn bending(mut self) -> Room {
        self.loudspeaker = |sample| (3.0 * sample).tanh() / 3.0;
        self
    }

    /// The way becomes another one.
    pub fn set_delay(&mut self, delay_ms: usize) {
        self.delay = ms(delay_ms);
    }

    /// Takes what is played, gives what the microphone hears of it.
    pub fn echo(&mut self, played: &[f32]) -> Vec<f32> {
        self.played.extend(played.iter().copied().map(self.loudspeaker));
        self.played.drain(..played.len());
        let samples = self.played.make_contiguous();
        (0..played.len())
            .map(|n| {
                let newest = self.longest - played.len() + n - self.delay;
                self.reflections.iter().map(|(at, gain)| samples[newest - at] * gain).sum()
            })
            .collect()
    }
}

/// The `n`th block of a piece.
pub fn block(sound: &[f32], n: usize) -> Block {
    std::array::from_fn(|k| sound.get(n * BLOCK_SAMPLES + k).copied().unwrap_or_default())
}
