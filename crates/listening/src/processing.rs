//! Speech in noise, before and after what is done to it: each as a file, and a line of JSON that says which.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use sidetone_lab::ears::Recording;
use sidetone_media::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};
use sidetone_media::process::{NearEnd, NearSettings};
use std::error::Error;
use std::path::{Path, PathBuf};

/// What speech is scored at: wideband PESQ (ITU-T P.862.2).
const SCORED_RATE: u32 = 16_000;
/// Speech is so much louder than the noise.
const SNR_DB: f32 = 5.0;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Recordings, each with `--lead-in` seconds that are heard and not scored.
    #[arg(long, required = true, num_args = 1..)]
    speech: Vec<PathBuf>,
    /// What babble is made of: recordings of others.
    #[arg(long, required = true, num_args = 1..)]
    others: Vec<PathBuf>,
    /// Where what is heard is written.
    #[arg(long)]
    folder: PathBuf,
    #[arg(long, default_value_t = 3.0)]
    lead_in: f64,
}

/// A noise, and how so many samples of it are made.
type Noise = (&'static str, fn(&mut StdRng, usize, &[Vec<f32>]) -> Vec<f32>);

const NOISES: [Noise; 4] = [("none", silence), ("white", white), ("pink", pink), ("babble", babble)];

/// What is done, by name.
const TREATMENTS: [(&str, NearSettings); 5] = [
    ("nothing", settings(false, false, false, false)),
    ("suppression", settings(false, true, false, false)),
    ("removal", settings(false, false, false, true)),
    ("echo, noise and gain", settings(true, true, true, false)),
    ("everything", settings(true, true, true, true)),
];

const fn settings(echo: bool, noise: bool, gain: bool, removal: bool) -> NearSettings {
    NearSettings {
        echo_cancellation: echo,
        noise_suppression: noise,
        gain_control: gain,
        noise_removal: removal,
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&arguments.folder)?;
    let others: Vec<Vec<f32>> = arguments.others.iter().map(|file| load(file)).collect::<Result<_, _>>()?;
    let lead_in = (arguments.lead_in * f64::from(SAMPLE_RATE)) as usize;
    for (index, file) in arguments.speech.iter().enumerate() {
        let speech = load(file)?;
        let reference = arguments.folder.join(format!("{index}-reference.wav"));
        save(&reference, &speech, lead_in)?;
        for (noise, make) in NOISES {
            let mut random = StdRng::seed_from_u64(index as u64);
            let noisy = mix(&speech, &make(&mut random, speech.len(), &others));
            for (number, (treatment, settings)) in TREATMENTS.into_iter().enumerate() {
                let degraded = arguments.folder.join(format!("{index}-{noise}-{number}.wav"));
                save(&degraded, &treated(&noisy, settings), lead_in)?;
                println!(
                    "{}",
                    json!({"row": noise, "who": treatment, "reference": reference, "degraded": degraded})
                );
            }
        }
    }
    Ok(())
}

/// Through the agent's end of a call.
fn treated(sound: &[f32], settings: NearSettings) -> Vec<f32> {
    let mut end = NearEnd::new();
    end.set(settings);
    let mut treated = sound.to_vec();
    treated.as_chunks_mut::<BLOCK_SAMPLES>().0.iter_mut().for_each(|block| end.process(block));
    treated
}

fn silence(_: &mut StdRng, length: usize, _: &[Vec<f32>]) -> Vec<f32> {
    vec![0.0; length]
}

fn white(random: &mut StdRng, length: usize, _: &[Vec<f32>]) -> Vec<f32> {
    (0..length).map(|_| (0..12).map(|_| random.random_range(-0.1f32..0.1)).sum()).collect()
}

/// White noise through a filter of 3 dB an octave (Kellet's).
fn pink(random: &mut StdRng, length: usize, others: &[Vec<f32>]) -> Vec<f32> {
    let poles = [(0.99886, 0.0555179), (0.99332, 0.0750759), (0.969, 0.153852), (0.8665, 0.3104856)];
    let mut state = [0.0f32; 4];
    let shape = |white: f32| {
        state.iter_mut().zip(poles).for_each(|(value, (pole, gain))| *value = pole * *value + white * gain);
        state.iter().sum::<f32>() + white * 0.5362
    };
    white(random, length, others).into_iter().map(shape).collect()
}

/// All the others at once, each beginning somewhere.
fn babble(random: &mut StdRng, length: usize, others: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    for voice in others.iter().filter(|voice| !voice.is_empty()) {
        let from = random.random_range(0..voice.len());
        let level = 10f32.powf(-active_dbfs(voice) / 20.0);
        let voice = voice.iter().cycle().skip(from);
        sum.iter_mut().zip(voice).for_each(|(sum, sample)| *sum += sample * level);
    }
    sum
}

fn mix(speech: &[f32], noise: &[f32]) -> Vec<f32> {
    let level = if noise.iter().any(|sample| *sample != 0.0) {
        10f32.powf((active_dbfs(speech) - SNR_DB - active_dbfs(noise)) / 20.0)
    } else {
        0.0
    };
    speech.iter().zip(noise).map(|(speech, noise)| speech + noise * level).collect()
}

/// The level of the 10 ms that are within 30 dB of the loudest.
fn active_dbfs(sound: &[f32]) -> f32 {
    let power = |part: &[f32]| part.iter().map(|s| s * s).sum::<f32>() / part.len().max(1) as f32;
    let powers: Vec<f32> = sound.chunks(BLOCK_SAMPLES).map(power).collect();
    let loudest = powers.iter().copied().fold(1e-12, f32::max);
    let active: Vec<f32> = powers.into_iter().filter(|power| *power > loudest / 1_000.0).collect();
    10.0 * (active.iter().sum::<f32>() / active.len().max(1) as f32).log10()
}

/// As the house has it.
fn load(file: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    Ok(Recording::load(file)?.at_rate(SAMPLE_RATE).samples)
}

/// As it is scored.
fn save(file: &Path, sound: &[f32], lead_in: usize) -> Result<(), Box<dyn Error>> {
    let samples = sound.get(lead_in..).unwrap_or_default().to_vec();
    Ok(Recording { samples, rate: SAMPLE_RATE }.at_rate(SCORED_RATE).save(file)?)
}
