//! Sound between two samples: a windowed sinc of 16 points, by a table of 256 places between them.

use crate::codec::bessel_i0;

/// Points of the kernel.
pub(super) const TAPS: usize = 16;
const PLACES: usize = 256;
const KAISER_BETA: f64 = 7.0;

/// The table; one row more than places, so that the next one is always there.
#[derive(Debug)]
pub(super) struct Kernel(Box<[[f32; TAPS]; PLACES + 1]>);

impl Kernel {
    pub(super) fn new() -> Kernel {
        let mut rows = Box::new([[0.0; TAPS]; PLACES + 1]);
        for (place, row) in rows.iter_mut().enumerate() {
            let shift = place as f64 / PLACES as f64;
            let tap = |n: usize| point(n as f64 - (TAPS / 2 - 1) as f64 - shift);
            let sum: f64 = (0..TAPS).map(tap).sum();
            row.iter_mut().enumerate().for_each(|(n, value)| *value = (tap(n) / sum) as f32);
        }
        Kernel(rows)
    }

    /// The weights for a place `between` 0 and 1 behind the middle sample, which is number `TAPS / 2 - 1`.
    pub(super) fn at(&self, between: f64) -> [f32; TAPS] {
        let place = between.clamp(0.0, 1.0) * PLACES as f64;
        let row = (place as usize).min(PLACES - 1);
        let part = (place - row as f64) as f32;
        let (low, high) = (&self.0[row], &self.0[row + 1]);
        std::array::from_fn(|n| low[n] + part * (high[n] - low[n]))
    }
}

/// The sum of samples by their weights, in four columns, which a processor adds at once.
pub(super) fn weigh(samples: &[f32; TAPS], weights: &[f32; TAPS]) -> f32 {
    let mut columns = [0.0f32; 4];
    for (samples, weights) in samples.as_chunks::<4>().0.iter().zip(weights.as_chunks::<4>().0) {
        for (column, (sample, weight)) in columns.iter_mut().zip(samples.iter().zip(weights)) {
            *column += sample * weight;
        }
    }
    columns.iter().sum()
}

/// Kaiser's window around the sinc.
fn point(x: f64) -> f64 {
    let r = x / (TAPS / 2) as f64;
    let window = bessel_i0(KAISER_BETA * (1.0 - r * r).max(0.0).sqrt()) / bessel_i0(KAISER_BETA);
    if r.abs() >= 1.0 {
        return 0.0;
    }
    let t = std::f64::consts::PI * x;
    if x == 0.0 { 1.0 } else { window * t.sin() / t }
}
