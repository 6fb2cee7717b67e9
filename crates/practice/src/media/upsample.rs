//! 16 kHz to 48 kHz by a windowed-sinc filter of 72 taps: flat to 6.5 kHz, images more than 50 dB down. Sample by
//! sample, so that a sentence costs nothing before it is spoken.

use crate::speech::SPEECH_RATE;
use sidetone_media::pcm::SAMPLE_RATE;
use std::f64::consts::PI;
use std::sync::OnceLock;

/// 48 kHz over 16 kHz.
pub(super) const RATIO: usize = (SAMPLE_RATE / SPEECH_RATE) as usize;

const TAPS_PER_PHASE: usize = 24;
const TAPS: usize = RATIO * TAPS_PER_PHASE;
/// The middle of the edge, as a part of the new rate.
const CUTOFF: f64 = 7_300.0 / 48_000.0;

type Phases = [[f32; TAPS_PER_PHASE]; RATIO];

/// By phase, oldest sample's tap first.
fn phases() -> &'static Phases {
    static PHASES: OnceLock<Phases> = OnceLock::new();
    PHASES.get_or_init(|| {
        let taps: [f64; TAPS] = std::array::from_fn(tap);
        let gain = RATIO as f64 / taps.iter().sum::<f64>();
        std::array::from_fn(|phase| {
            std::array::from_fn(|k| (taps[(TAPS_PER_PHASE - 1 - k) * RATIO + phase] * gain) as f32)
        })
    })
}

/// Blackman's window over a sinc.
fn tap(n: usize) -> f64 {
    let turn = n as f64 / (TAPS as f64 - 1.0);
    let window = 0.42 - 0.5 * (2.0 * PI * turn).cos() + 0.08 * (4.0 * PI * turn).cos();
    // Never 0: the middle lies between two taps.
    let t = n as f64 - (TAPS as f64 - 1.0) / 2.0;
    window * (2.0 * PI * CUTOFF * t).sin() / (PI * t)
}

/// One stream.
pub(super) struct Upsample {
    /// The newest samples; the second half mirrors the first, so that a window is always in one piece.
    window: [f32; 2 * TAPS_PER_PHASE],
    position: usize,
}

impl Default for Upsample {
    fn default() -> Self {
        Self { window: [0.0; 2 * TAPS_PER_PHASE], position: 0 }
    }
}

impl Upsample {
    /// One sample to three.
    pub(super) fn push(&mut self, input: f32) -> [f32; RATIO] {
        self.window[self.position] = input;
        self.window[self.position + TAPS_PER_PHASE] = input;
        self.position = (self.position + 1) % TAPS_PER_PHASE;
        let window = &self.window[self.position..self.position + TAPS_PER_PHASE];
        let phases = phases();
        std::array::from_fn(|phase| window.iter().zip(&phases[phase]).map(|(x, h)| x * h).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn upsampled(hz: f32) -> Vec<f32> {
        let mut upsample = Upsample::default();
        let sine = (0..1_600_u16).map(|n| (f32::from(n) * TAU * hz / 16_000.0).sin());
        sine.flat_map(|sample| upsample.push(sample)).collect()
    }

    /// The amplitude of one frequency in the settled part.
    fn amplitude(sound: &[f32], hz: f32) -> f32 {
        let settled = &sound[480..4_320];
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in settled.iter().enumerate() {
            let angle = n as f32 * TAU * hz / 48_000.0;
            re += sample * angle.cos();
            im += sample * angle.sin();
        }
        2.0 * f32::hypot(re, im) / settled.len() as f32
    }

    #[test]
    fn voice_passes_as_it_is() {
        for hz in [300.0, 1_000.0, 3_000.0, 6_000.0] {
            let level = amplitude(&upsampled(hz), hz);
            assert!((level - 1.0).abs() < 0.05, "{hz} Hz: {level}");
        }
    }

    #[test]
    fn images_stay_out() {
        for hz in [300.0, 1_000.0, 3_000.0, 6_000.0] {
            for image in [16_000.0 - hz, 16_000.0 + hz] {
                let level = amplitude(&upsampled(hz), image);
                assert!(level < 0.003, "{hz} Hz at {image} Hz: {level}");
            }
        }
    }
}
