//! 48 kHz to the lower rates of codecs and back by a windowed-sinc filter of 240 taps (5 ms, so 2.5 ms of delay each way):
//! to 8 kHz flat to 3.3 kHz and 60 dB down from 4.1 kHz, to 16 kHz flat to 7.2 kHz and down from 8 kHz. Allocates nothing
//! after it is made.

use crate::pcm::SAMPLE_RATE;
use std::f64::consts::PI;

/// 48 kHz over 8 kHz.
pub(crate) const TO_8_KHZ: usize = 6;
/// 48 kHz over 16 kHz.
pub(crate) const TO_16_KHZ: usize = 3;

const TAPS: usize = 240;
const KAISER_BETA: f64 = 5.65;

/// The filter for a ratio, shared by both ways; unity gain.
fn filter(ratio: usize) -> Box<[f32; TAPS]> {
    let cutoff_hz = if ratio == TO_8_KHZ { 3_700.0 } else { 7_600.0 };
    let mut taps = Box::new([0.0f32; TAPS]);
    let middle = (TAPS as f64 - 1.0) / 2.0;
    let cutoff = 2.0 * cutoff_hz / f64::from(SAMPLE_RATE);
    let mut sum = 0.0;
    let tap = |n: usize| {
        let t = n as f64 - middle;
        let sinc = (PI * cutoff * t).sin() / (PI * t);
        let r = t / middle;
        sinc * bessel_i0(KAISER_BETA * (1.0 - r * r).max(0.0).sqrt())
    };
    (0..TAPS).for_each(|n| sum += tap(n));
    (0..TAPS).for_each(|n| taps[n] = (tap(n) / sum) as f32);
    taps
}

/// The modified Bessel function of the first kind and order 0: what Kaiser's window is made of.
pub(crate) fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..32 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// 48 kHz down by a ratio.
#[derive(Debug)]
pub(crate) struct Down<const RATIO: usize> {
    taps: Box<[f32; TAPS]>,
    /// The newest samples, newest last; the second half mirrors the first so that a window is always in one piece.
    window: Box<[f32; 2 * TAPS]>,
    position: usize,
}

impl<const RATIO: usize> Down<RATIO> {
    pub(crate) fn new() -> Self {
        Down { taps: filter(RATIO), window: Box::new([0.0; 2 * TAPS]), position: 0 }
    }

    /// As many samples as the ratio says to one.
    pub(crate) fn push(&mut self, input: &[f32; RATIO]) -> f32 {
        for sample in input {
            self.window[self.position] = *sample;
            self.window[self.position + TAPS] = *sample;
            self.position = (self.position + 1) % TAPS;
        }
        let window = &self.window[self.position..self.position + TAPS];
        window.iter().zip(self.taps.iter()).map(|(x, h)| x * h).sum()
    }
}

/// Up to 48 kHz by a ratio.
#[derive(Debug)]
pub(crate) struct Up<const RATIO: usize> {
    /// Phase after phase, oldest sample's tap first.
    phases: Box<[f32; TAPS]>,
    /// The newest samples twice, as above; a phase's length of each is used.
    window: Box<[f32; 2 * TAPS]>,
    position: usize,
}

impl<const RATIO: usize> Up<RATIO> {
    const PER_PHASE: usize = TAPS / RATIO;

    pub(crate) fn new() -> Self {
        let taps = filter(RATIO);
        let mut phases = Box::new([0.0; TAPS]);
        for (phase, row) in phases.chunks_exact_mut(Self::PER_PHASE).enumerate() {
            for (k, tap) in row.iter_mut().rev().enumerate() {
                *tap = taps[k * RATIO + phase] * RATIO as f32;
            }
        }
        Up { phases, window: Box::new([0.0; 2 * TAPS]), position: 0 }
    }

    /// One sample to as many as the ratio says.
    pub(crate) fn push(&mut self, input: f32) -> [f32; RATIO] {
        self.window[self.position] = input;
        self.window[self.position + Self::PER_PHASE] = input;
        self.position = (self.position + 1) % Self::PER_PHASE;
        let window = &self.window[self.position..self.position + Self::PER_PHASE];
        let mut made = [0.0; RATIO];
        for (made, phase) in made.iter_mut().zip(self.phases.chunks_exact(Self::PER_PHASE)) {
            *made = window.iter().zip(phase).map(|(x, h)| x * h).sum();
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn sine(hz: f32, rate: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n as f32 * TAU * hz / rate).sin()).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    fn down<const RATIO: usize>(input: &[f32]) -> Vec<f32> {
        let mut down = Down::<RATIO>::new();
        input.as_chunks::<RATIO>().0.iter().map(|some| down.push(some)).collect()
    }

    fn up<const RATIO: usize>(input: &[f32]) -> Vec<f32> {
        let mut up = Up::<RATIO>::new();
        input.iter().flat_map(|sample| up.push(*sample)).collect()
    }

    #[test]
    fn speech_band_passes_and_what_would_fold_does_not() {
        for (hz, least, most) in [
            (100.0, 0.70, 0.715),
            (1000.0, 0.70, 0.715),
            (3300.0, 0.68, 0.72),
            (4200.0, 0.0, 0.001),
            (7000.0, 0.0, 0.001),
            (15_000.0, 0.0, 0.001),
        ] {
            let level = rms(&down::<TO_8_KHZ>(&sine(hz, 48_000.0, 48_000))[800..]);
            assert!((least..=most).contains(&level), "{hz} Hz: {level}");
        }
        for (hz, least, most) in [(100.0, 0.70, 0.715), (7_200.0, 0.68, 0.72), (8_050.0, 0.0, 0.001)] {
            let level = rms(&down::<TO_16_KHZ>(&sine(hz, 48_000.0, 48_000))[1_600..]);
            assert!((least..=most).contains(&level), "{hz} Hz at 16 kHz: {level}");
        }
    }

    #[test]
    fn there_and_back_is_the_same_sine_five_milliseconds_later() {
        let input = sine(1000.0, 48_000.0, 48_000);
        there_and_back(&input, &up::<TO_8_KHZ>(&down::<TO_8_KHZ>(&input)));
        there_and_back(&input, &up::<TO_16_KHZ>(&down::<TO_16_KHZ>(&input)));
    }

    fn there_and_back(input: &[f32], output: &[f32]) {
        // 2 * 119.5 taps of delay, and the five samples that the last of six waits for the first.
        let best = (200..260)
            .map(|lag| (4800..40_000).map(|n| (output[n] - input[n - lag]).powi(2)).sum::<f32>())
            .fold(f32::MAX, f32::min);
        let signal: f32 = input[4800..40_000].iter().map(|x| x * x).sum();
        assert!(best / signal < 1e-4, "error {}", best / signal);
    }

    #[test]
    fn images_of_the_low_rate_are_gone() {
        let output = up::<TO_8_KHZ>(&sine(1000.0, 8_000.0, 8_000));
        let (mut re, mut im) = (0.0f32, 0.0f32);
        for (n, sample) in output[4800..43_200].iter().enumerate() {
            re += sample * (n as f32 * TAU * 7_000.0 / 48_000.0).cos();
            im += sample * (n as f32 * TAU * 7_000.0 / 48_000.0).sin();
        }
        let image = (re * re + im * im).sqrt() / 19_200.0;
        assert!(image < 0.001, "image at 7 kHz: {image}");
    }
}
