//! How loud sound is, in dBFS: a meter with a quick rise and a slow fall, for bars on a screen.

use crate::pcm::Block;

/// What silence reads.
pub const FLOOR_DBFS: f32 = -90.0;

/// How fast the reading falls after the sound: 20 dB a second, as a 10 ms step.
const FALL_DB_PER_BLOCK: f32 = 0.2;

/// The root mean square of samples, in dB below full scale. A full-scale sine reads -3.01.
pub fn rms_dbfs(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return FLOOR_DBFS;
    }
    let mean_square = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    if mean_square.is_finite() { (10.0 * mean_square.max(1e-9).log10()).max(FLOOR_DBFS) } else { 0.0 }
}

/// Follows one stream of blocks.
#[derive(Debug, Clone)]
pub struct Meter {
    dbfs: f32,
    loudest_dbfs: f32,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { dbfs: FLOOR_DBFS, loudest_dbfs: FLOOR_DBFS }
    }
}

impl Meter {
    /// Takes the next 10 ms in.
    pub fn feed(&mut self, block: &Block) {
        let dbfs = rms_dbfs(block);
        self.dbfs = dbfs.max(self.dbfs - FALL_DB_PER_BLOCK).max(FLOOR_DBFS);
        self.loudest_dbfs = self.loudest_dbfs.max(dbfs);
    }

    /// What it reads, [`FLOOR_DBFS`] to 0.
    pub const fn dbfs(&self) -> f32 {
        self.dbfs
    }

    /// The loudest 10 ms since this was asked last.
    pub fn take_loudest_dbfs(&mut self) -> f32 {
        std::mem::replace(&mut self.loudest_dbfs, FLOOR_DBFS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcm::{BLOCK_SAMPLES, SILENCE};

    #[test]
    fn a_full_scale_sine_reads_minus_three() {
        let sine: Vec<f32> = (0..4800).map(|n| (n as f32 * std::f32::consts::TAU / 48.0).sin()).collect();
        assert!((rms_dbfs(&sine) + 3.01).abs() < 0.01);
    }

    #[test]
    fn rises_at_once_and_falls_twenty_decibels_a_second() {
        let mut meter = Meter::default();
        assert_eq!(meter.dbfs(), FLOOR_DBFS);
        meter.feed(&[0.5; BLOCK_SAMPLES]);
        assert!((meter.dbfs() + 6.02).abs() < 0.01);
        (0..100).for_each(|_| meter.feed(&SILENCE));
        assert!((meter.dbfs() + 26.02).abs() < 0.1);
        (0..1000).for_each(|_| meter.feed(&SILENCE));
        assert_eq!(meter.dbfs(), FLOOR_DBFS);
    }

    #[test]
    fn nonsense_from_a_driver_reads_loud_not_nan() {
        assert_eq!(rms_dbfs(&[f32::NAN; 4]), 0.0);
        assert_eq!(rms_dbfs(&[]), FLOOR_DBFS);
    }
}
