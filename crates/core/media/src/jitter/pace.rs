//! How sound is played against when it came: the slack there is, the delay that is told, and how loud it is.

use super::Samples;
use crate::pcm::Block;

/// Slack is the least of the last 160 to 320 ms: so a speaker that takes much at once is seen at its worst.
const WINDOW: u8 = 16;
/// The loudest is forgotten by 0.9 dB a second.
const FADE: f32 = 0.998;

/// What was seen.
#[derive(Debug)]
pub(super) struct Pace {
    /// The least of when a packet's turn was, minus its timestamp: in this window, and in the one before.
    least: [Samples; 2],
    seen: u8,
    /// Delay, smoothed over the unevenness of the playout clock.
    delay: f32,
    /// Pulls until sound may be stretched again.
    rest: u32,
    /// The mean square of the loudest sound of late.
    loudest: f32,
}

impl Pace {
    pub(super) const fn new() -> Pace {
        Pace { least: [Samples::MAX; 2], seen: 0, delay: 0.0, rest: 0, loudest: 0.0 }
    }

    /// Play begins, with that delay.
    pub(super) fn begin(&mut self, delay: Samples) {
        *self = Pace { delay: delay as f32, loudest: self.loudest, ..Pace::new() };
    }

    /// A packet's turn is so much later than its timestamp.
    pub(super) fn turned(&mut self, turn: Samples) {
        if self.seen >= WINDOW {
            self.least = [Samples::MAX, self.least[0]];
            self.seen = 0;
        }
        self.seen += 1;
        self.least[0] = self.least[0].min(turn);
    }

    /// How late a packet may be at most to be in time; `None` before it is known.
    pub(super) fn slack(&self, base: Samples) -> Option<Samples> {
        let least = self.least[0].min(self.least[1]);
        (least != Samples::MAX).then(|| least - base)
    }

    /// Everything is played so much later from now on.
    pub(super) fn shift(&mut self, by: Samples) {
        for least in self.least.iter_mut().filter(|least| **least != Samples::MAX) {
            *least += by;
        }
    }

    /// The sound that is played next has that delay.
    pub(super) fn delayed(&mut self, delay: Samples) {
        self.delay += (delay as f32 - self.delay) / 8.0;
    }

    /// Delay in samples.
    pub(super) const fn delay(&self) -> f32 {
        self.delay
    }

    /// Whether sound may be stretched at this pull.
    pub(super) const fn is_rested(&mut self) -> bool {
        self.rest = self.rest.saturating_sub(1);
        self.rest == 0
    }

    /// Sound was stretched: not again for so many pulls.
    pub(super) const fn rest(&mut self, pulls: u32) {
        self.rest = pulls;
    }

    /// This was played.
    pub(super) fn played(&mut self, block: &Block) {
        let mean_square = block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32;
        self.loudest = mean_square.max(self.loudest * FADE);
    }

    /// The mean square of the loudest sound of late.
    pub(super) const fn loudest(&self) -> f32 {
        self.loudest
    }
}
