//! The last thing before the speaker: no sample above a set level, whatever comes in.
//!
//! It looks 1 ms ahead, so that the gain is down before the peak is there and the wave keeps its form; it is let up again
//! within some 100 ms. What rounding leaves is cut.

use super::make_sound;
use crate::pcm::{BLOCK_SAMPLES, Block, SILENCE};

/// How far it looks ahead, and so how late it is: 1 ms.
const AHEAD: usize = 48;

/// What the gain regains of what it lacks, a sample: a time constant of 50 ms.
const RELEASE: f32 = 1.0 / 2_400.0;

/// More than this above full scale is a fault, not sound.
const MOST: f32 = 16.0;

/// Holds a stream below a ceiling.
#[derive(Debug, Clone)]
pub struct Limiter {
    ceiling: f32,
    late: Late,
    /// How much of the next millisecond's gain is settled already.
    coming: [f32; AHEAD],
    /// The gains before smoothing of the last millisecond.
    past: [f32; AHEAD],
    gain: f32,
}

impl Limiter {
    /// A limiter with this ceiling, in dB below full scale; 0 and above mean full scale, and what is no number, too.
    pub fn new(ceiling_dbfs: f32) -> Limiter {
        let mut limiter =
            Limiter { ceiling: 1.0, late: Late::new(), coming: [1.0; AHEAD], past: [1.0; AHEAD], gain: 1.0 };
        limiter.set_ceiling(ceiling_dbfs);
        limiter
    }

    /// Another ceiling, which holds from the next block on.
    pub fn set_ceiling(&mut self, ceiling_dbfs: f32) {
        let dbfs = if ceiling_dbfs.is_nan() { 0.0 } else { ceiling_dbfs.min(0.0) };
        self.ceiling = 10f32.powf(dbfs / 20.0);
    }

    /// What no sample is above, as an amplitude.
    pub const fn ceiling(&self) -> f32 {
        self.ceiling
    }

    /// Limits 10 ms, which come out 1 ms late. Gives the gain that each sample that came out was multiplied by.
    pub fn limit(&mut self, block: &mut Block) -> Block {
        make_sound(block, MOST);
        let gains = self.gains(block);
        let late = self.late.next(block);
        for ((out, sample), gain) in block.iter_mut().zip(&late).zip(&gains) {
            *out = (sample * gain).clamp(-self.ceiling, self.ceiling);
        }
        gains
    }

    fn gains(&mut self, block: &Block) -> Block {
        // Each sample holds the gain down from when it comes in until it went out, `AHEAD` samples later.
        let mut held = [1.0f32; BLOCK_SAMPLES + AHEAD];
        held[..AHEAD].copy_from_slice(&self.coming);
        for (n, sample) in block.iter().enumerate() {
            let peak = sample.abs();
            if peak > self.ceiling {
                let needed = self.ceiling / peak;
                held[n..=n + AHEAD].iter_mut().for_each(|gain| *gain = gain.min(needed));
            }
        }
        self.coming.copy_from_slice(&held[BLOCK_SAMPLES..]);
        self.smooth(&held)
    }

    /// Down at once, up slowly, and then the mean of a millisecond: a ramp that is down when the peak goes out.
    fn smooth(&mut self, held: &[f32; BLOCK_SAMPLES + AHEAD]) -> Block {
        let mut sum: f32 = self.past.iter().sum();
        let mut gains = SILENCE;
        for (n, gain) in gains.iter_mut().enumerate() {
            self.gain = held[n].min(self.gain + (1.0 - self.gain) * RELEASE);
            let slot = &mut self.past[n % AHEAD];
            sum += self.gain - *slot;
            *slot = self.gain;
            *gain = sum / AHEAD as f32;
        }
        gains
    }
}

/// A stream as late as a [`Limiter`] makes it.
#[derive(Debug, Clone)]
pub(super) struct Late([f32; AHEAD]);

impl Late {
    pub(super) const fn new() -> Late {
        Late([0.0; AHEAD])
    }

    /// Takes 10 ms, gives those that began 1 ms before.
    pub(super) fn next(&mut self, block: &Block) -> Block {
        let mut late = SILENCE;
        late[..AHEAD].copy_from_slice(&self.0);
        late[AHEAD..].copy_from_slice(&block[..BLOCK_SAMPLES - AHEAD]);
        self.0.copy_from_slice(&block[BLOCK_SAMPLES - AHEAD..]);
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f32::consts::TAU;

    #[test]
    fn what_is_below_the_ceiling_passes_unchanged_a_millisecond_late() {
        let mut limiter = Limiter::new(-6.0);
        let sine: Vec<f32> = (0..4_800).map(|n| 0.5 * (n as f32 * TAU * 440.0 / 48_000.0).sin()).collect();
        let mut out = Vec::new();
        for block in sine.as_chunks::<BLOCK_SAMPLES>().0 {
            let mut block = *block;
            limiter.limit(&mut block);
            out.extend(block);
        }
        assert_eq!(out[..AHEAD], [0.0; AHEAD]);
        assert!(out[AHEAD..].iter().zip(&sine).all(|(out, put)| (out - put).abs() < 1e-6));
    }

    #[test]
    fn a_loud_tone_keeps_its_form() {
        let mut limiter = Limiter::new(-12.0);
        let mut last = SILENCE;
        for at in 0..100 {
            last =
                std::array::from_fn(|n| ((at * BLOCK_SAMPLES + n) as f32 * TAU * 1_000.0 / 48_000.0).sin());
            limiter.limit(&mut last);
        }
        let peak = last.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
        assert!((peak - limiter.ceiling()).abs() < 0.01, "{peak}");
        // Cut to a square it would have a third harmonic 10 dB below the tone; bent by the gain it has next to none.
        let harmonic = |times: f32| -> f32 {
            let at = |n: usize| n as f32 * TAU * times / 48.0;
            let (cos, sin) = (last.iter().enumerate())
                .fold((0.0, 0.0), |(cos, sin), (n, s)| (cos + s * at(n).cos(), sin + s * at(n).sin()));
            cos.hypot(sin)
        };
        assert!(harmonic(3.0) < 0.02 * harmonic(1.0), "{} of {}", harmonic(3.0), harmonic(1.0));
    }

    #[test]
    fn quiet_comes_back_after_a_bang() {
        let mut limiter = Limiter::new(-20.0);
        limiter.limit(&mut [1.0; BLOCK_SAMPLES]);
        let mut quiet = [0.05; BLOCK_SAMPLES];
        (0..50).for_each(|_| {
            quiet = [0.05; BLOCK_SAMPLES];
            limiter.limit(&mut quiet);
        });
        assert!(quiet.iter().all(|sample| (sample - 0.05).abs() < 1e-4));
    }

    fn anything() -> impl Strategy<Value = f32> {
        prop_oneof![
            any::<f32>(),
            -2.0f32..2.0,
            Just(f32::NAN),
            Just(f32::INFINITY),
            Just(f32::NEG_INFINITY),
            Just(1.0),
            Just(-1.0)
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_ever_above_the_ceiling(
            ceiling in prop_oneof![-60.0f32..3.0, anything()],
            blocks in prop::collection::vec(prop::collection::vec(anything(), 1..24), 1..6),
        ) {
            let mut limiter = Limiter::new(ceiling);
            for pattern in blocks {
                let mut block: Block = std::array::from_fn(|n| pattern[n % pattern.len()]);
                limiter.limit(&mut block);
                for sample in block {
                    prop_assert!(sample.abs() <= limiter.ceiling(), "{sample} above {}", limiter.ceiling());
                }
            }
        }
    }
}
