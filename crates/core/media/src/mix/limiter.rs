//! What keeps a sum of voices below full scale: a gain that is quick down and slow up again, and a soft knee for what is
//! quicker than that. What stays below the threshold passes as it is.

use crate::pcm::{BLOCK_SAMPLES, Block};

/// -1 dBFS.
const THRESHOLD: f32 = 0.891;
/// Down within 1 ms.
const ATTACK_SAMPLES: usize = BLOCK_SAMPLES / 10;
/// Up by 0.2 dB in 10 ms: 12 dB take 0.6 s, which no ear takes for pumping.
const RELEASE: f32 = 1.023;

/// One sum's limiter.
#[derive(Debug, Clone)]
pub struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter::new()
    }
}

impl Limiter {
    /// At rest.
    pub const fn new() -> Limiter {
        Limiter { gain: 1.0 }
    }

    /// Whether it changes nothing but what is too loud.
    pub const fn is_at_rest(&self) -> bool {
        self.gain == 1.0
    }

    /// Limits the next 10 ms: every sample is in [-1, 1] afterwards, and what is no number is silence.
    pub fn apply(&mut self, block: &mut Block) {
        let peak = block.iter().fold(0.0f32, |peak, sample| peak.max(finite(*sample).abs()));
        let wanted = if peak > THRESHOLD { THRESHOLD / peak } else { 1.0 };
        let before = self.gain;
        let (target, samples) = if wanted < before {
            (wanted, ATTACK_SAMPLES)
        } else {
            ((before * RELEASE).min(wanted), BLOCK_SAMPLES)
        };
        self.gain = target;
        if before == 1.0 && target == 1.0 {
            return block.iter_mut().for_each(|sample| *sample = finite(*sample));
        }
        let step = (target - before) / samples as f32;
        for (n, sample) in block.iter_mut().enumerate() {
            let gain = if n < samples { before + step * (n + 1) as f32 } else { target };
            *sample = knee(finite(*sample) * gain);
        }
    }
}

fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// As it is up to the threshold; what is above it nears full scale and never reaches past it.
fn knee(sample: f32) -> f32 {
    let over = sample.abs() - THRESHOLD;
    if over <= 0.0 {
        return sample;
    }
    let room = 1.0 - THRESHOLD;
    (THRESHOLD + room * (over / room).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn sine(amplitude: f32, at: usize) -> Block {
        std::array::from_fn(|n| amplitude * ((at * BLOCK_SAMPLES + n) as f32 * TAU * 440.0 / 48_000.0).sin())
    }

    #[test]
    fn what_is_not_too_loud_passes_as_it_is() {
        let mut limiter = Limiter::new();
        let mut block = sine(0.89, 0);
        limiter.apply(&mut block);
        assert_eq!(block, sine(0.89, 0));
        assert!(limiter.is_at_rest());
    }

    #[test]
    fn a_sum_of_seven_is_brought_down_without_its_tops_cut_off() {
        let mut limiter = Limiter::new();
        let mut worst = 0.0f32;
        for at in 0..100 {
            let mut block = sine(5.0, at);
            limiter.apply(&mut block);
            assert!(block.iter().all(|sample| sample.abs() <= 1.0));
            if at > 0 {
                let clean = sine(THRESHOLD, at);
                worst = block.iter().zip(clean).fold(worst, |worst, (is, be)| worst.max((is - be).abs()));
            }
        }
        assert!(worst < 0.03, "another wave than before: by {worst}");
    }

    #[test]
    fn it_comes_back_slowly_and_wholly() {
        let mut limiter = Limiter::new();
        limiter.apply(&mut sine(3.0, 0));
        let mut blocks = 0;
        while !limiter.is_at_rest() {
            limiter.apply(&mut sine(0.1, blocks));
            blocks += 1;
        }
        assert!((30..80).contains(&blocks), "{blocks} blocks");
    }

    #[test]
    fn nonsense_is_silence() {
        let mut block = [f32::NAN; BLOCK_SAMPLES];
        block[0] = f32::INFINITY;
        block[1] = 0.5;
        Limiter::new().apply(&mut block);
        assert!(block[0] == 0.0 && block[1] == 0.5 && block[2..].iter().all(|sample| *sample == 0.0));
    }
}
