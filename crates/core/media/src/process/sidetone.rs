//! Sidetone: the agent's own voice in the agent's ear, so that nobody shouts.
//!
//! It is taken from the microphone before any processing, which would delay it, and waits as briefly as two devices with
//! clocks of their own allow: for a block, or two.

use super::crossfade;
use crate::pcm::{BLOCK_SAMPLES, Block, SILENCE};

/// Between the microphone's clock and the speaker's.
#[derive(Debug)]
pub(super) struct Sidetone {
    waiting: [Block; 2],
    count: usize,
    gain: f32,
    wanted: f32,
    last: f32,
}

impl Sidetone {
    pub(super) const fn new() -> Self {
        Self { waiting: [SILENCE; 2], count: 0, gain: 0.0, wanted: 0.0, last: 0.0 }
    }

    /// How loud: 0 is none, 1 as the microphone gives it.
    pub(super) fn set(&mut self, gain: f32) {
        self.wanted = if gain.is_finite() { gain.clamp(0.0, 1.0) } else { 0.0 };
    }

    /// 10 ms of the microphone.
    pub(super) fn feed(&mut self, block: &Block) {
        if self.is_off() {
            self.count = 0;
            return;
        }
        if self.count == self.waiting.len() {
            // The microphone's clock is ahead: two blocks become one.
            let [first, second] = &mut self.waiting;
            crossfade(first, second);
            *first = *second;
            self.count = 1;
        }
        if let Some(slot) = self.waiting.get_mut(self.count) {
            *slot = *block;
            self.count += 1;
        }
    }

    /// Adds it to 10 ms of what the agent hears.
    pub(super) fn add_to(&mut self, heard: &mut Block) {
        if self.is_off() {
            return;
        }
        let block = self.next();
        let step = (self.wanted - self.gain) / BLOCK_SAMPLES as f32;
        for (n, (sum, sample)) in heard.iter_mut().zip(&block).enumerate() {
            *sum += sample * (self.gain + step * (n + 1) as f32);
        }
        self.gain = self.wanted;
    }

    fn is_off(&self) -> bool {
        self.gain == 0.0 && self.wanted == 0.0
    }

    fn next(&mut self) -> Block {
        let block = if self.count == 0 {
            // The speaker's clock is ahead, or the microphone is gone: an end without a click.
            let mut end = SILENCE;
            crossfade(&[self.last; BLOCK_SAMPLES], &mut end);
            end
        } else {
            self.count -= 1;
            let first = self.waiting[0];
            self.waiting[0] = self.waiting[1];
            first
        };
        self.last = block[BLOCK_SAMPLES - 1];
        block
    }
}
