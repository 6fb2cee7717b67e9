//! Loudness in bands over time: what speech looks like to the ear, whatever a codec did to its waveform.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use crate::ears::Recording;

/// All comparing is done at this rate: telephony's band, 300 to 3400 Hz.
pub(super) const RATE: u32 = 8_000;
/// The step in time.
pub(super) const FRAME_MS: usize = 10;

const HOP: usize = RATE as usize * FRAME_MS / 1000;
const WINDOW: usize = 256;
const BANDS: usize = 12;
/// What is so far below the loudest frame's band is nothing: the noise of codecs and rooms lives there.
const RANGE_DB: f32 = 45.0;
/// Frames that two sounds must share to be compared: a second.
const LEAST_SHARED: usize = 100;
/// The coarse search's step, in frames.
const STRIDE: usize = 3;

/// 10 log10 of a power, not below -120.
pub(super) fn decibel(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

/// The recording at [`RATE`]: a mean over each output sample's span first, so that little aliases.
pub(super) fn narrow(recording: &Recording) -> Vec<f32> {
    if recording.rate == RATE {
        return recording.samples.clone();
    }
    let step = f64::from(recording.rate) / f64::from(RATE);
    let length = (recording.samples.len() as f64 / step) as usize;
    let reach = step / 2.0;
    let one = |index: usize| {
        let centre = (index as f64 + 0.5) * step - 0.5;
        let from = (centre - reach).round().max(0.0) as usize;
        let until = ((centre + reach).round().max(0.0) as usize + 1).min(recording.samples.len());
        let span = recording.samples.get(from..until).unwrap_or_default();
        span.iter().sum::<f32>() / span.len().max(1) as f32
    };
    (0..length).map(one).collect()
}

/// The level of each frame in dB.
pub(super) fn loudness(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(HOP).map(|frame| decibel(super::power(frame))).collect()
}

/// For each frame the level of each band in dB.
pub(super) struct Bands {
    frames: Vec<[f32; BANDS]>,
}

impl Bands {
    pub(super) fn of(samples: &[f32]) -> Self {
        let fft = FftPlanner::<f32>::new().plan_fft_forward(WINDOW);
        let window: Vec<f32> = (0..WINDOW)
            .map(|index| 0.5 - 0.5 * (std::f32::consts::TAU * index as f32 / WINDOW as f32).cos())
            .collect();
        let edges = edges();
        let mut frames = Vec::new();
        let mut at = 0;
        while let Some(piece) = samples.get(at..at + WINDOW) {
            let mut spectrum: Vec<Complex<f32>> = piece
                .iter()
                .zip(&window)
                .map(|(sample, weight)| Complex::new(sample * weight, 0.0))
                .collect();
            fft.process(&mut spectrum);
            let band = |index: usize| {
                let bins = spectrum.get(edges[index]..edges[index + 1]).unwrap_or_default();
                decibel(bins.iter().map(Complex::norm_sqr).sum::<f32>() / bins.len().max(1) as f32)
            };
            frames.push(std::array::from_fn(band));
            at += HOP;
        }
        let loudest = frames.iter().flatten().copied().fold(-120.0, f32::max);
        for level in frames.iter_mut().flatten() {
            *level = level.max(loudest - RANGE_DB);
        }
        Self { frames }
    }
}

/// Bin numbers of the bands' edges, spaced as the ear hears: mel from 250 to 3500 Hz.
fn edges() -> [usize; BANDS + 1] {
    let mel = |hertz: f32| 1127.0 * (1.0 + hertz / 700.0).ln();
    let hertz = |mel: f32| 700.0 * ((mel / 1127.0).exp() - 1.0);
    let (low, high) = (mel(250.0), mel(3_500.0));
    std::array::from_fn(|index| {
        let at = hertz(low + (high - low) * index as f32 / BANDS as f32);
        (at / RATE as f32 * WINDOW as f32).round() as usize
    })
}

/// The best agreement of `said` with a stretch of `got`: score, lag in frames, share of `said` that is covered.
pub(super) fn best_lag(said: &Bands, got: &Bands) -> Option<(f32, i64, f32)> {
    let (said, got) = (&said.frames, &got.frames);
    let least = (said.len() / 2).max(LEAST_SHARED);
    if said.len() < least || got.len() < least {
        return None;
    }
    let earliest = least as i64 - said.len() as i64;
    let latest = got.len() as i64 - least as i64;
    let best_of = |lags: &mut dyn Iterator<Item = i64>| {
        let tried = lags.filter_map(|lag| Some((agreement(said, got, lag)?, lag)));
        tried.max_by(|a, b| a.0.0.total_cmp(&b.0.0))
    };
    // Loudness moves slowly: every third lag finds the hill, and its neighbours the top.
    let (_, near) = best_of(&mut (earliest..=latest).step_by(STRIDE))?;
    let reach = STRIDE as i64;
    let ((score, covered), lag) = best_of(&mut (near - reach..=near + reach))?;
    Some((score.max(0.0), lag, covered))
}

/// Pearson's correlation over all bands of the shared stretch, each band about its own mean, and the share.
fn agreement(said: &[[f32; BANDS]], got: &[[f32; BANDS]], lag: i64) -> Option<(f32, f32)> {
    let from = usize::try_from((-lag).max(0)).ok()?;
    let until = said.len().min(usize::try_from(got.len() as i64 - lag).ok()?);
    let a = said.get(from..until)?;
    let start = usize::try_from(from as i64 + lag).ok()?;
    let b = got.get(start..start + a.len())?;
    let count = a.len() as f32;
    let mut sums = [[0.0_f32; 5]; BANDS];
    for (x, y) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            let [sx, sy, xx, yy, xy] = *sum;
            *sum = [sx + x, sy + y, xx + x * x, yy + y * y, xy + x * y];
        }
    }
    let (mut product, mut left, mut right) = (0.0, 1e-6, 1e-6);
    for [x, y, xx, yy, xy] in sums {
        product += xy - x * y / count;
        left += (xx - x * x / count).max(0.0);
        right += (yy - y * y / count).max(0.0);
    }
    // A stretch of hardly any movement agrees with anything.
    let moving = (right / (count * BANDS as f32)).sqrt() > 1.0;
    let score = if moving { product / (left * right).sqrt() } else { 0.0 };
    Some((score, count / said.len() as f32))
}
