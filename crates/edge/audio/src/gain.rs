//! Volume of a block: one multiplication a sample, and a ramp when the slider moves, since a step clicks.

use sidetone_media::pcm::{BLOCK_SAMPLES, Block};

/// The loudest the sliders go: 12 dB above the source.
const MOST: f32 = 4.0;

/// A factor on every sample, moved without a click.
#[derive(Debug)]
pub(crate) struct Gain {
    now: f32,
    wanted: f32,
}

impl Default for Gain {
    fn default() -> Self {
        Self { now: 1.0, wanted: 1.0 }
    }
}

impl Gain {
    /// Asks for `factor`: 0 is silent, 1 as it came. Clamped to 0..=4; what is no number changes nothing.
    pub(crate) fn set(&mut self, factor: f32) {
        if factor.is_finite() {
            self.wanted = factor.clamp(0.0, MOST);
        }
    }

    /// Applies the factor, limited to [-1, 1].
    pub(crate) fn apply(&mut self, block: &mut Block) {
        if self.now == 1.0 && self.wanted == 1.0 {
            return;
        }
        let step = (self.wanted - self.now) / BLOCK_SAMPLES as f32;
        let start = self.now;
        for (index, sample) in block.iter_mut().enumerate() {
            *sample = (*sample * (start + step * (index + 1) as f32)).clamp(-1.0, 1.0);
        }
        self.now = self.wanted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_slider_ramps_and_then_holds() {
        let mut gain = Gain::default();
        gain.set(0.0);
        let mut block = [0.5; BLOCK_SAMPLES];
        gain.apply(&mut block);
        assert!(block[0] > 0.49 && block[BLOCK_SAMPLES - 1].abs() < 1e-6);
        assert!(block.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01));
        let mut next = [0.5; BLOCK_SAMPLES];
        gain.apply(&mut next);
        assert_eq!(next, [0.0; BLOCK_SAMPLES]);
    }

    #[test]
    fn loud_is_limited_and_nonsense_is_ignored() {
        let mut gain = Gain::default();
        gain.set(f32::NAN);
        gain.set(100.0);
        let mut block = [0.9; BLOCK_SAMPLES];
        gain.apply(&mut block);
        gain.apply(&mut block);
        assert_eq!(block, [1.0; BLOCK_SAMPLES]);
    }
}
