//! The jitter buffer: packets in as the network brings them, 10 ms of sound out as the speaker wants them.
//!
//! Time is counted in samples of 48 kHz. Every packet has a moment at which it would have come had the network been as
//! quick as it ever was lately; **delay** is how long after that moment its sound is played. [`Target`] says what delay
//! is wanted, from a histogram of how late packets come; sound is stretched by a pitch period here and there until the
//! delay is that. So a drifting clock of the sender needs nothing of its own.
//!
//! What is missing when it is due is recovered from the next packet, or made up. When nothing at all is there, sound is
//! made up and play time stands still: what comes late is still heard, and the delay has grown at once. Memory is
//! bounded: [`Store`] has a fixed number of places.

mod line;
mod pull;
mod store;
mod stretch;
mod target;
#[cfg(test)]
mod tests;

use crate::pcm::SAMPLE_RATE;
use line::Line;
use std::time::{Duration, Instant};
use store::{Content, Store};
use target::Target;

/// Samples of 48 kHz.
type Samples = i64;

const MILLISECOND: Samples = SAMPLE_RATE as Samples / 1000;

/// A packet that differs this much from what was expected has another clock: start again.
const JUMP: Samples = 2_000 * MILLISECOND;

/// After this much of nothing the next packet starts again.
const PAUSE: Samples = 1_000 * MILLISECOND;

/// What a packet carries for the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries<'a> {
    /// Encoded sound.
    Sound(&'a [u8]),
    /// A digit. It has its place in the sequence, but no sound, and its absence is no loss.
    Digit,
}

/// What became of the stream, in samples and packets since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Sound played, from packets or made up.
    pub(crate) played: u64,
    /// Sound made up.
    pub(crate) concealed: u64,
    /// Sound recovered from the packet after.
    pub(crate) recovered: u64,
    /// Packets that came after their turn.
    pub(crate) late: u64,
    /// Packets that came twice.
    pub(crate) duplicate: u64,
    /// Times that sound was shortened or lengthened.
    pub(crate) stretched: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing came yet.
    Empty,
    /// The first packets are there, and wait for their time.
    Filling,
    /// Sound is being played. `made_up` was played instead of what is due, while play time stood still.
    Playing { made_up: Samples },
}

/// Where the sound is taken from next.
#[derive(Debug, Clone, Copy)]
struct Head {
    sequence: u64,
    timestamp: Samples,
}

/// The buffer of one stream.
#[derive(Debug)]
pub(crate) struct Buffer {
    state: State,
    head: Head,
    store: Store,
    target: Target,
    line: Line,
    epoch: Option<Instant>,
    /// When the last block was pulled.
    clock: Samples,
    /// Delay, smoothed over the unevenness of the playout clock.
    delay: f32,
    /// Pulls until sound may be stretched again.
    rest: u32,
    /// The length of the last packet.
    frame: usize,
    /// How often packets are missing, lately.
    lossy: f32,
    counts: Counts,
}

impl Buffer {
    pub(crate) fn new(max_delay: Duration) -> Buffer {
        Buffer {
            state: State::Empty,
            head: Head { sequence: 0, timestamp: 0 },
            store: Store::new(),
            target: Target::new(samples(max_delay)),
            line: Line::new(),
            epoch: None,
            clock: 0,
            delay: 0.0,
            rest: 0,
            frame: 960,
            lossy: 0.0,
            counts: Counts::default(),
        }
    }

    /// What became of the stream so far.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// The delay that is wanted now.
    #[cfg(test)]
    pub(crate) fn target_ms(&self) -> f32 {
        self.target.samples() as f32 / MILLISECOND as f32
    }

    /// How long sound waits here.
    pub(crate) fn delay_ms(&self) -> f32 {
        match self.state {
            State::Empty | State::Filling => 0.0,
            State::Playing { .. } => (self.delay / MILLISECOND as f32).max(0.0),
        }
    }

    /// Another stream begins, or the old one after a hold. Counts go on.
    pub(crate) fn restart(&mut self) {
        self.state = State::Empty;
        self.store.clear();
        self.target.forget_clock();
    }

    /// Takes a packet; its timestamp in samples of 48 kHz, unwrapped.
    pub(crate) fn insert(&mut self, now: Instant, sequence: u64, timestamp: Samples, carries: Carries<'_>) {
        let arrival = self.samples_since_epoch(now);
        if carries != Carries::Digit {
            if self.target.is_jump(arrival - timestamp, JUMP) || self.was_paused() {
                self.restart();
            }
            self.target.observe(arrival, timestamp);
        }
        match self.state {
            State::Playing { .. } if sequence < self.head.sequence => {
                self.counts.late += 1;
                return;
            }
            State::Playing { .. } if sequence >= self.head.sequence + store::PLACES as u64 => {
                self.restart();
                if carries == Carries::Digit {
                    return;
                }
                self.target.observe(arrival, timestamp);
            }
            State::Playing { .. } | State::Filling | State::Empty => {}
        }
        let content = match carries {
            Carries::Sound(payload) => Content::Sound { timestamp, payload },
            Carries::Digit if self.state == State::Empty => return,
            Carries::Digit => Content::Digit,
        };
        if !self.store.insert(sequence, content) {
            self.counts.duplicate += 1;
            return;
        }
        match self.state {
            State::Playing { .. } => {}
            State::Empty => {
                self.state = State::Filling;
                self.head = Head { sequence, timestamp };
            }
            State::Filling if sequence < self.head.sequence && content != Content::Digit => {
                self.head = Head { sequence, timestamp };
            }
            State::Filling => {}
        }
    }

    fn was_paused(&self) -> bool {
        match self.state {
            State::Playing { made_up } => made_up >= PAUSE,
            State::Empty | State::Filling => false,
        }
    }

    fn samples_since_epoch(&mut self, now: Instant) -> Samples {
        let epoch = *self.epoch.get_or_insert(now);
        samples(now.saturating_duration_since(epoch))
    }
}

fn samples(duration: Duration) -> Samples {
    let nanoseconds = duration.as_nanos().min(u128::from(u64::MAX)) as u64;
    (nanoseconds / 1_000 * 48 / 1_000) as Samples
}
