//! Ears: whether a recording carries the words that were spoken, how late they came, how loud, and with what gaps.
//!
//! Words are told by the shape of their loudness in bands over time, which survives codecs, noise, volume and a
//! jitter buffer's small stretches. The delay is then refined by the waveform itself. It does not judge beauty.

mod bands;
mod resample;
mod waveform;

use std::io;
use std::path::Path;

use crate::ears::bands::{Bands, FRAME_MS, RATE};

/// A score from here on means the same words. Other speech stays below 0.4, the same speech above 0.7.
const SAME_WORDS: f32 = 0.6;
/// A waveform may be this far from where the bands say.
const FINE_SEARCH_MS: f64 = 30.0;
/// The waveforms agree when their correlation is above this.
const LEAST_WAVEFORM: f64 = 0.2;
/// A frame this far below the loud parts is a gap.
const GAP_DB: f32 = 35.0;

/// Mono sound with its rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// In [-1, 1].
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: u32,
}

/// How a recording compares with what was spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// 0 for nothing in common, 1 for the same.
    pub score: f32,
    /// Where the spoken sound begins in the recording; negative when the recording began later.
    pub delay_ms: f64,
    /// The part of the spoken sound that lies within the recording, 0 to 1.
    pub covered: f32,
}

impl Recording {
    /// Loads a WAV file, mixed down to mono.
    ///
    /// # Errors
    /// When the file cannot be read or is no WAV file.
    pub fn load(path: &Path) -> io::Result<Self> {
        let broken = |error: hound::Error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
        };
        let mut reader = hound::WavReader::open(path).map_err(broken)?;
        let spec = reader.spec();
        let flat: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => {
                reader.samples::<f32>().collect::<Result<_, _>>().map_err(broken)?
            }
            hound::SampleFormat::Int => {
                let scale = 1.0 / (1_u64 << (spec.bits_per_sample.max(1) - 1)) as f32;
                let samples = reader.samples::<i32>().map(|sample| sample.map(|value| value as f32 * scale));
                samples.collect::<Result<_, _>>().map_err(broken)?
            }
        };
        let channels = usize::from(spec.channels).max(1);
        let samples =
            flat.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect();
        Ok(Self { samples, rate: spec.sample_rate })
    }

    /// Saves it as 16-bit WAV, to look at when a test failed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).map_err(io::Error::other)?;
        for sample in &self.samples {
            writer.write_sample((sample * 32_767.0) as i16).map_err(io::Error::other)?;
        }
        writer.finalize().map_err(io::Error::other)
    }

    /// The mean level in dB below full scale; a full sine is at -3, digital silence at -120.
    #[must_use]
    pub fn level_dbfs(&self) -> f32 {
        bands::decibel(power(&self.samples))
    }

    /// The level of the loudest 10 ms: what an ear would call how loud it got.
    #[must_use]
    pub fn peak_dbfs(&self) -> f32 {
        self.frames().map(|frame| bands::decibel(power(frame))).fold(-120.0, f32::max)
    }

    fn frames(&self) -> impl Iterator<Item = &[f32]> {
        self.samples.chunks_exact((self.rate as usize * FRAME_MS / 1000).max(1))
    }

    /// The longest gap within the active part, in ms: a stretch 35 dB below the loudest 10 ms. Speech has
    /// natural ones of a few hundred ms, so compare with what was spoken, or use [`missing_ms`].
    #[must_use]
    pub fn longest_gap_ms(&self) -> usize {
        let floor = self.peak_dbfs() - GAP_DB;
        let loud: Vec<bool> = self.frames().map(|frame| bands::decibel(power(frame)) > floor).collect();
        let (Some(first), Some(last)) = (loud.iter().position(|at| *at), loud.iter().rposition(|at| *at))
        else {
            return 0;
        };
        longest_run(loud[first..=last].iter().map(|at| !at)) * FRAME_MS
    }
}

fn power(samples: &[f32]) -> f32 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (sum / samples.len().max(1) as f64) as f32
}

fn longest_run(flags: impl Iterator<Item = bool>) -> usize {
    let (mut longest, mut run) = (0, 0);
    for flag in flags {
        run = if flag { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Finds `spoken` in `heard`. Two recordings with less than a second in common score 0.
#[must_use]
pub fn correlate(spoken: &Recording, heard: &Recording) -> Heard {
    let (narrow_spoken, narrow_heard) = (bands::narrow(spoken), bands::narrow(heard));
    let (said, got) = (Bands::of(&narrow_spoken), Bands::of(&narrow_heard));
    let Some((score, lag, covered)) = bands::best_lag(&said, &got) else {
        return Heard { score: 0.0, delay_ms: 0.0, covered: 0.0 };
    };
    let coarse_ms = lag as f64 * FRAME_MS as f64;
    let delay_ms = fine_delay(&narrow_spoken, &narrow_heard, coarse_ms);
    Heard { score, delay_ms, covered }
}

/// The stretch of `heard` that agrees best with `spoken`, as long as that and at its own rate; silence beyond its ends.
/// How well it agrees is another question.
#[must_use]
pub fn cut(spoken: &Recording, heard: &Recording) -> Recording {
    let found = correlate(spoken, heard);
    let from = (found.delay_ms * f64::from(heard.rate) / 1000.0).round() as i64;
    let length = spoken.samples.len() as i64 * i64::from(heard.rate) / i64::from(spoken.rate.max(1));
    let at = |index: i64| usize::try_from(index).ok().and_then(|index| heard.samples.get(index));
    let samples = (from..from + length).map(|index| at(index).copied().unwrap_or(0.0)).collect();
    Recording { samples, rate: heard.rate }
}

/// Whether `heard` carries the words of `spoken`, at least the half of them.
#[must_use]
pub fn carries_words(spoken: &Recording, heard: &Recording) -> bool {
    correlate(spoken, heard).score >= SAME_WORDS
}

/// The most sound of `spoken`, in ms, that is missing from `heard` in one stretch: what a listener missed. Pauses
/// of `spoken` don't count. Nothing in common: all of `spoken`.
#[must_use]
pub fn missing_ms(spoken: &Recording, heard: &Recording) -> usize {
    let found = correlate(spoken, heard);
    let said = bands::loudness(&bands::narrow(spoken));
    if found.score < SAME_WORDS {
        return said.len() * FRAME_MS;
    }
    let got = bands::loudness(&bands::narrow(heard));
    let loudest = |frames: &[f32]| frames.iter().copied().fold(-120.0, f32::max);
    // A word counts when it is clearly there; it is missed when even a frame to either side has nothing.
    let (said_floor, got_floor) = (loudest(&said) - GAP_DB + 15.0, loudest(&got) - GAP_DB);
    let lag = (found.delay_ms / FRAME_MS as f64).round() as i64;
    let (mut longest, mut run) = (0, 0);
    for (index, _) in said.iter().enumerate().filter(|(_, level)| **level > said_floor) {
        let around = (lag - 1..=lag + 1).filter_map(|near| usize::try_from(index as i64 + near).ok());
        let there = around.into_iter().any(|at| got.get(at).is_some_and(|level| *level > got_floor));
        // A pause between two lost words neither adds nor ends the stretch.
        run = if there { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    longest * FRAME_MS
}

/// The waveform's own best delay near `coarse_ms`; that itself when the waveforms have too little in common.
fn fine_delay(spoken: &[f32], heard: &[f32], coarse_ms: f64) -> f64 {
    let per_ms = f64::from(RATE) / 1000.0;
    let centre = (coarse_ms * per_ms).round() as i64;
    let reach = (FINE_SEARCH_MS * per_ms) as i64;
    let products = waveform::cross_correlation(spoken, heard);
    let norm =
        (f64::from(power(spoken)) * spoken.len() as f64 * f64::from(power(heard)) * heard.len() as f64)
            .sqrt();
    let best = (centre - reach..=centre + reach)
        .map(|lag| (products.at(lag), lag))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((product, lag)) if f64::from(product) > LEAST_WAVEFORM * norm => lag as f64 / per_ms,
        Some(_) | None => coarse_ms,
    }
}

#[cfg(test)]
mod tests;
