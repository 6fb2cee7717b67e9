//! How likely sound is speech, by `earshot`.

use crate::pcm::{Block, SAMPLE_RATE};
use earshot::Detector;
use std::f32::consts::PI;

/// What the detector was trained on.
const DETECTOR_RATE: u32 = 16_000;
const RATIO: usize = (SAMPLE_RATE / DETECTOR_RATE) as usize;
/// 16 ms at 16 kHz.
const FRAME: usize = 256;
const TAPS: usize = 48;

/// Listens to blocks of 48 kHz, and judges frames of 16 ms.
pub(crate) struct Likelihood {
    detector: Box<Detector>,
    taps: [f32; TAPS],
    history: [f32; TAPS],
    frame: [f32; FRAME],
    filled: usize,
}

impl Likelihood {
    pub(crate) fn new() -> Self {
        Self {
            detector: Detector::default_boxed(),
            taps: low_pass(),
            history: [0.0; TAPS],
            frame: [0.0; FRAME],
            filled: 0,
        }
    }

    /// Takes 10 ms, in [-1, 1]; `judged` learns of each frame that is complete how likely it is speech, 0 to 1, and its
    /// root mean square.
    pub(crate) fn feed(&mut self, block: &Block, mut judged: impl FnMut(f32, f32)) {
        for samples in block.as_chunks::<RATIO>().0 {
            self.history.copy_within(RATIO.., 0);
            self.history[TAPS - RATIO..].copy_from_slice(samples);
            let low: f32 = self.history.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum();
            self.frame[self.filled] = low.clamp(-1.0, 1.0);
            self.filled += 1;
            if self.filled == FRAME {
                self.filled = 0;
                let power: f32 = self.frame.iter().map(|sample| sample * sample).sum::<f32>() / FRAME as f32;
                judged(self.detector.predict_f32(&self.frame), power.sqrt());
            }
        }
    }
}

impl std::fmt::Debug for Likelihood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Likelihood")
    }
}

/// 48 kHz to 16 kHz: a windowed sinc, down by 6 dB at 7.2 kHz.
fn low_pass() -> [f32; TAPS] {
    let cutoff = 2.0 * 7_200.0 / SAMPLE_RATE as f32;
    let mut taps = std::array::from_fn(|n| {
        let t = n as f32 - (TAPS as f32 - 1.0) / 2.0;
        let hann = 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / TAPS as f32).cos();
        (PI * cutoff * t).sin() / (PI * t) * hann
    });
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}
