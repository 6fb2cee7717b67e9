//! Another rate for a recording, with a long windowed sinc: good enough that no score can tell.

use crate::ears::Recording;
use std::f64::consts::PI;

/// Zero crossings to either side.
const REACH: f64 = 48.0;
/// The part of the narrower band that passes unharmed.
const PASS: f64 = 0.96;

impl Recording {
    /// The same sound at `rate`. What does not fit below half of it is gone.
    #[must_use]
    pub fn at_rate(&self, rate: u32) -> Self {
        if rate == self.rate || rate == 0 || self.rate == 0 {
            return self.clone();
        }
        let step = f64::from(self.rate) / f64::from(rate);
        // Relative to this recording's own rate.
        let cut = PASS * (1.0 / step).min(1.0);
        let reach = REACH / cut;
        let length = (self.samples.len() as f64 / step) as usize;
        // A rational ratio needs few different sets of weights.
        let phases = rate / gcd(self.rate, rate);
        let weights: Vec<Weights> =
            (0..phases).map(|phase| Weights::at((f64::from(phase) * step).fract(), cut, reach)).collect();
        let one = |index: usize| {
            let centre = (index as u64 * u64::from(self.rate) / u64::from(rate)) as i64;
            weights[index % phases as usize].apply(&self.samples, centre)
        };
        Self { samples: (0..length).map(one).collect(), rate }
    }
}

struct Weights {
    first: i64,
    values: Vec<f32>,
}

impl Weights {
    /// For a sample that lies `fraction` behind one of the old rate.
    fn at(fraction: f64, cut: f64, reach: f64) -> Self {
        let first = -(reach.floor() as i64);
        let values: Vec<f64> = (first..=reach.ceil() as i64)
            .map(|tap| {
                let x = tap as f64 - fraction;
                let sinc = if x.abs() < 1e-9 { cut } else { (PI * x * cut).sin() / (PI * x) };
                // Blackman's window.
                let w = (x / (reach + 1.0)).clamp(-1.0, 1.0) * PI;
                sinc * (0.42 + 0.5 * w.cos() + 0.08 * (2.0 * w).cos())
            })
            .collect();
        let sum: f64 = values.iter().sum();
        Self { first, values: values.iter().map(|value| (value / sum) as f32).collect() }
    }

    fn apply(&self, samples: &[f32], centre: i64) -> f32 {
        let from = centre + self.first;
        let skipped = usize::try_from(-from).unwrap_or(0);
        let start = usize::try_from(from).unwrap_or(0);
        let (weights, samples) = (self.values.get(skipped..), samples.get(start..));
        let pairs = weights.unwrap_or_default().iter().zip(samples.unwrap_or_default());
        pairs.map(|(weight, sample)| weight * sample).sum()
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: u32) -> Recording {
        let at = |n: u32| (f64::from(n) * hertz * 2.0 * PI / f64::from(rate)).sin() as f32 * 0.5;
        Recording { samples: (0..rate).map(at).collect(), rate }
    }

    #[test]
    fn a_tone_stays_what_and_where_it_is() {
        for (from, to) in [(16_000, 48_000), (48_000, 16_000), (44_100, 16_000)] {
            let (got, wanted) = (tone(3_000.0, from).at_rate(to), tone(3_000.0, to));
            assert_eq!(got.samples.len(), wanted.samples.len());
            let middle = 1_000..to as usize - 1_000;
            let pairs = got.samples[middle.clone()].iter().zip(&wanted.samples[middle]);
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn what_does_not_fit_is_gone() {
        let got = tone(9_000.0, 48_000).at_rate(16_000);
        let middle = Recording { samples: got.samples[1_000..15_000].to_vec(), rate: 16_000 };
        assert!(middle.level_dbfs() < -60.0, "{}", middle.level_dbfs());
    }
}
