//! Cross-correlation of waveforms by FFT.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

/// The products of one sound with another, for every lag.
pub(super) struct Products {
    circular: Vec<Complex<f32>>,
}

impl Products {
    /// The sum of `a[i] * b[i + lag]`; 0 beyond the ends.
    pub(super) fn at(&self, lag: i64) -> f32 {
        let size = self.circular.len() as i64;
        if lag.abs() >= size / 2 {
            return 0.0;
        }
        let index = usize::try_from(lag.rem_euclid(size)).unwrap_or(0);
        self.circular.get(index).map_or(0.0, |product| product.re)
    }
}

/// Correlates `a` with `b`.
pub(super) fn cross_correlation(a: &[f32], b: &[f32]) -> Products {
    // Twice the longer, so that no lag wraps into another.
    let size = (2 * a.len().max(b.len())).next_power_of_two().max(2);
    let mut planner = FftPlanner::<f32>::new();
    let forward = planner.plan_fft_forward(size);
    let spectrum = |samples: &[f32]| {
        let mut buffer: Vec<Complex<f32>> = samples.iter().map(|sample| Complex::new(*sample, 0.0)).collect();
        buffer.resize(size, Complex::default());
        forward.process(&mut buffer);
        buffer
    };
    let (left, mut circular) = (spectrum(a), spectrum(b));
    let scale = 1.0 / size as f32;
    for (into, from) in circular.iter_mut().zip(&left) {
        *into = *into * from.conj() * scale;
    }
    planner.plan_fft_inverse(size).process(&mut circular);
    Products { circular }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_found_where_it_is() {
        let (mut a, mut b) = (vec![0.0; 100], vec![0.0; 150]);
        a[10] = 1.0;
        b[75] = 0.5;
        let products = cross_correlation(&a, &b);
        assert!((products.at(65) - 0.5).abs() < 1e-4);
        assert!(products.at(-65).abs() < 1e-4 && products.at(1_000_000) == 0.0);
        assert!((cross_correlation(&b, &a).at(-65) - 0.5).abs() < 1e-4);
    }
}
