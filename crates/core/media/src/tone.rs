//! Call progress tones for the agent's own ear: ringback, busy, a beep (ITU-T E.180; North America's plan beside it).
//!
//! A [`Tone`] fills one block after the other; edges are softened over 5 ms so that nothing clicks.

use crate::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE};
use std::f32::consts::TAU;

/// Whose tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TonePlan {
    /// 425 Hz, as in most of Europe.
    #[default]
    Europe,
    /// Two tones at once, as in North America.
    NorthAmerica,
}

/// What a tone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// It rings over there.
    Ringback,
    /// The other side is engaged.
    Busy,
    /// The call could not be completed (congestion).
    Congestion,
    /// Another call waits (ITU-T E.180 section 11): now and then, so that it does not disturb.
    CallWaiting,
    /// Somebody is on hold: a reminder, rarer still.
    Hold,
    /// One short beep, for example before an automatic answer. Ends by itself.
    Beep,
}

/// How loud a tone is at most; -20 dBFS a component keeps ears safe in a headset.
const AMPLITUDE: f32 = 0.1;

/// The rise and the fall of a tone, in samples.
const EDGE_SAMPLES: u32 = SAMPLE_RATE / 200;

/// One tone, being played.
#[derive(Debug, Clone)]
pub struct Tone {
    frequencies: [f32; 2],
    on: u32,
    period: Option<u32>,
    position: u64,
}

impl Tone {
    /// The tone from its start.
    pub fn new(signal: Signal, plan: TonePlan) -> Tone {
        let (frequencies, on_ms, off_ms) = match (signal, plan) {
            (Signal::Ringback, TonePlan::Europe) => ([425.0, 0.0], 1000, Some(4000)),
            (Signal::Ringback, TonePlan::NorthAmerica) => ([440.0, 480.0], 2000, Some(4000)),
            (Signal::Busy, TonePlan::Europe) => ([425.0, 0.0], 500, Some(500)),
            (Signal::Busy, TonePlan::NorthAmerica) => ([480.0, 620.0], 500, Some(500)),
            (Signal::Congestion, TonePlan::Europe) => ([425.0, 0.0], 250, Some(250)),
            (Signal::Congestion, TonePlan::NorthAmerica) => ([480.0, 620.0], 250, Some(250)),
            (Signal::CallWaiting, TonePlan::Europe) => ([425.0, 0.0], 200, Some(4800)),
            (Signal::CallWaiting, TonePlan::NorthAmerica) => ([440.0, 0.0], 300, Some(9700)),
            (Signal::Hold, TonePlan::Europe | TonePlan::NorthAmerica) => ([550.0, 0.0], 150, Some(14_850)),
            (Signal::Beep, TonePlan::Europe | TonePlan::NorthAmerica) => ([1000.0, 0.0], 200, None),
        };
        let samples = |ms: u32| ms * (SAMPLE_RATE / 1000);
        Tone { frequencies, on: samples(on_ms), period: off_ms.map(|off| samples(on_ms + off)), position: 0 }
    }

    /// Fills the next 10 ms; `false` when the tone is over and nothing was filled in but silence.
    pub fn fill(&mut self, block: &mut Block) -> bool {
        if self.period.is_none() && self.position >= u64::from(self.on) {
            block.fill(0.0);
            return false;
        }
        for (n, sample) in block.iter_mut().enumerate() {
            *sample = self.sample_at(self.position + n as u64);
        }
        self.position += BLOCK_SAMPLES as u64;
        true
    }

    fn sample_at(&self, position: u64) -> f32 {
        let within = match self.period {
            Some(period) => (position % u64::from(period)) as u32,
            None => u32::try_from(position).unwrap_or(u32::MAX),
        };
        if within >= self.on {
            return 0.0;
        }
        let edge = within.min(self.on - 1 - within).min(EDGE_SAMPLES) as f32 / EDGE_SAMPLES as f32;
        let seconds = within as f32 / SAMPLE_RATE as f32;
        let wave: f32 = self.frequencies.iter().map(|f| (TAU * f * seconds).sin()).sum();
        AMPLITUDE * edge * wave
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{level::rms_dbfs, pcm::SILENCE};

    /// Which blocks sound.
    fn pattern(tone: &mut Tone, blocks: usize) -> Vec<bool> {
        (0..blocks)
            .map(|_| {
                let mut block = SILENCE;
                tone.fill(&mut block);
                rms_dbfs(&block) > -40.0
            })
            .collect()
    }

    #[test]
    fn ringback_rings_one_second_in_five() {
        let sounds = pattern(&mut Tone::new(Signal::Ringback, TonePlan::Europe), 1000);
        assert!(sounds[..100].iter().all(|on| *on));
        assert!(sounds[100..500].iter().all(|on| !*on));
        assert_eq!(sounds[..500], sounds[500..]);
    }

    #[test]
    fn busy_is_half_on_half_off_in_both_plans() {
        for plan in [TonePlan::Europe, TonePlan::NorthAmerica] {
            let sounds = pattern(&mut Tone::new(Signal::Busy, plan), 1000);
            assert_eq!(sounds.iter().filter(|on| **on).count(), 500);
        }
    }

    #[test]
    fn a_beep_ends_and_says_so() {
        let mut tone = Tone::new(Signal::Beep, TonePlan::default());
        let mut block = SILENCE;
        let length = std::iter::from_fn(|| tone.fill(&mut block).then_some(())).count();
        assert_eq!(length, 20);
        assert_eq!(block, SILENCE);
    }

    #[test]
    fn nothing_clicks() {
        let mut tone = Tone::new(Signal::Congestion, TonePlan::NorthAmerica);
        let (mut last, mut block) = (0.0f32, SILENCE);
        for _ in 0..200 {
            tone.fill(&mut block);
            for sample in block {
                assert!((sample - last).abs() < 0.02, "step of {}", (sample - last).abs());
                last = sample;
            }
        }
    }
}
