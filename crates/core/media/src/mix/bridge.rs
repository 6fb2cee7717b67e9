//! From one clock to another: what the parties say is taken from their jitter buffers by the loudspeaker's clock, and
//! goes to the other parties by the microphone's. The two differ by some parts in a million, and both come in bursts.
//!
//! What waits is measured before every block that is taken, at its lowest within half a second: that is what the bursts
//! leave over. A little of it is kept; more or less than that is made up for by playing up to 0.5 % quicker or slower,
//! which no ear hears. After a stall of one of the clocks all but that little is skipped.

use super::{
    Blocks, SEATS, Seat,
    kernel::{Kernel, TAPS, weigh},
};
use crate::pcm::{BLOCK_SAMPLES, SILENCE};

/// 120 ms: more never waits.
const ROOM: usize = 12 * BLOCK_SAMPLES;
/// What is to be left over at the lowest: a block, since one day the other clock's next one comes just too late, and 2.5 ms.
const SPARE: usize = BLOCK_SAMPLES + BLOCK_SAMPLES / 4;
/// So much more than that is skipped rather than played away: 30 ms.
const TOO_MUCH: usize = 3 * BLOCK_SAMPLES;
/// Half a second, in blocks.
const WINDOW: u32 = 50;
/// An error is made up for within a second.
const CORRECTION: f64 = 1.0 / 48_000.0;
const MOST_CORRECTION: f64 = 0.005;
/// From silence to sound and back, and from before a skip to after it: 5 ms.
const FADE: usize = BLOCK_SAMPLES / 2;
/// What waits before the first block is taken: one, and the spare.
const START: usize = BLOCK_SAMPLES + SPARE + TAPS;
/// And at most, when that was too little again and again.
const LATEST_START: usize = ROOM - 2 * BLOCK_SAMPLES;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Too little waits: silence is given.
    Filling,
    /// Sound flows; `begun` at this block.
    Flowing { begun: bool },
}

/// The sound on its way, of all seats at once.
#[derive(Debug)]
pub struct Bridge {
    kernel: Kernel,
    lanes: Box<[[f32; ROOM]; SEATS]>,
    /// Samples that wait, the same in every lane.
    filled: usize,
    /// Where the next sample is taken, behind the first that waits.
    at: f64,
    /// Samples taken for each that is given.
    pace: f64,
    /// The least that was left over in this window, and how far the window is.
    lowest: usize,
    blocks: u32,
    state: State,
    /// What is to wait before sound flows.
    start: usize,
    last: [f32; SEATS],
}

impl Default for Bridge {
    fn default() -> Bridge {
        Bridge {
            kernel: Kernel::new(),
            lanes: Box::new([[0.0; ROOM]; SEATS]),
            filled: 0,
            at: 0.0,
            pace: 1.0,
            lowest: usize::MAX,
            blocks: 0,
            state: State::Filling,
            start: START,
            last: [0.0; SEATS],
        }
    }
}

impl Bridge {
    /// Forgets what waits: what comes out from now on was put in from now on.
    pub fn restart(&mut self) {
        self.filled = 0;
        self.at = 0.0;
        self.blocks = 0;
        self.lowest = usize::MAX;
        self.state = State::Filling;
        self.start = START;
    }

    /// Takes the next 10 ms of everybody, by the one clock.
    pub fn push(&mut self, blocks: &Blocks) {
        if self.filled + BLOCK_SAMPLES > ROOM {
            self.skip(ROOM / 2);
        }
        let room = self.filled..self.filled + BLOCK_SAMPLES;
        for (lane, block) in self.lanes.iter_mut().zip(blocks.0.iter()) {
            lane[room.clone()].copy_from_slice(block);
        }
        self.filled += BLOCK_SAMPLES;
    }

    /// Gives the next 10 ms of everybody, by the other clock; the agent's block is left as it is.
    pub fn pull(&mut self, blocks: &mut Blocks) {
        if self.state == State::Filling {
            if self.filled < self.start {
                return self.hush(blocks);
            }
            self.state = State::Flowing { begun: true };
        }
        let needed = (self.at + BLOCK_SAMPLES as f64 * self.pace) as usize + TAPS;
        let Some(spare) = self.filled.checked_sub(needed) else {
            // These bursts are longer than what waits: more is to.
            self.start = (self.start + BLOCK_SAMPLES).min(LATEST_START);
            self.state = State::Filling;
            return self.hush(blocks);
        };
        self.give(blocks);
        self.watch(spare);
    }

    /// How long sound is on its way, in samples: what waits, and the kernel's half.
    pub const fn delay(&self) -> usize {
        self.filled + TAPS / 2
    }

    fn give(&mut self, blocks: &mut Blocks) {
        for n in 0..BLOCK_SAMPLES {
            let place = self.at + n as f64 * self.pace;
            let (from, weights) = (place as usize, self.kernel.at(place.fract()));
            let gain = match self.state {
                State::Flowing { begun: true } if n < FADE => n as f32 / FADE as f32,
                State::Flowing { .. } | State::Filling => 1.0,
            };
            for (lane, block) in self.lanes.iter().zip(blocks.0.iter_mut()).skip(1) {
                if let Some(window) = lane[from..].first_chunk() {
                    block[n] = gain * weigh(window, &weights);
                }
            }
        }
        self.state = State::Flowing { begun: false };
        self.remember(blocks);
        let end = self.at + BLOCK_SAMPLES as f64 * self.pace;
        self.drop_first(end as usize);
        self.at = end.fract();
    }

    /// From where the sound was to silence.
    fn hush(&mut self, blocks: &mut Blocks) {
        for seat in Seat::parties() {
            let from = std::mem::take(&mut self.last[seat.index()]);
            let block = &mut blocks[seat];
            *block = SILENCE;
            if from != 0.0 {
                for (n, sample) in block.iter_mut().take(FADE).enumerate() {
                    *sample = from * (1.0 - n as f32 / FADE as f32);
                }
            }
        }
    }

    fn remember(&mut self, blocks: &Blocks) {
        for (last, block) in self.last.iter_mut().zip(blocks.0.iter()) {
            *last = block[BLOCK_SAMPLES - 1];
        }
    }

    fn watch(&mut self, spare: usize) {
        self.lowest = self.lowest.min(spare);
        self.blocks += 1;
        if self.blocks < WINDOW {
            return;
        }
        let lowest = std::mem::replace(&mut self.lowest, usize::MAX);
        self.blocks = 0;
        if lowest > SPARE + TOO_MUCH {
            self.skip(lowest - SPARE);
            self.pace = 1.0;
        } else {
            let error = lowest as f64 - SPARE as f64;
            self.pace = 1.0 + (error * CORRECTION).clamp(-MOST_CORRECTION, MOST_CORRECTION);
        }
    }

    /// Leaves so many samples out, from one place to the other over 5 ms.
    fn skip(&mut self, samples: usize) {
        let samples = samples.min(self.filled.saturating_sub(FADE + TAPS));
        for lane in self.lanes.iter_mut() {
            for n in 0..FADE + TAPS {
                let part = n.saturating_sub(TAPS) as f32 / FADE as f32;
                lane[samples + n] = lane[n] * (1.0 - part) + lane[samples + n] * part;
            }
        }
        self.drop_first(samples);
    }

    fn drop_first(&mut self, samples: usize) {
        for lane in self.lanes.iter_mut() {
            lane.copy_within(samples..self.filled, 0);
        }
        self.filled -= samples;
    }
}
