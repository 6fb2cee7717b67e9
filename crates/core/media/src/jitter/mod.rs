//! The jitter buffer: packets in as the network brings them, 10 ms of sound out as the speaker wants them.
//!
//! Time is counted in samples of 48 kHz. Every packet has a moment at which it would have come had the network been as
//! quick as it ever was lately ([`Clock`]); how late it is against that is its **lateness**, and how late it could have
//! been is the buffer's **slack** ([`Pace`]). [`Target`] says what slack is wanted, from a histogram of lateness; sound is
//! stretched by a pitch period here and there until the slack is that. So a drifting clock of the sender needs nothing of
//! its own, nor does a speaker that takes its sound in bursts.
//!
//! What is missing when it is due is recovered from a later packet, or made up. When nothing at all is there, sound is
//! made up and play time stands still: what comes late is still heard, and the slack has grown at once. Memory is
//! bounded: [`Store`] has a fixed number of places. Nothing waits longer than it is allowed to, whatever timestamps say.

mod adjust;
mod clock;
mod line;
mod pace;
mod pull;
mod store;
mod stretch;
mod target;
#[cfg(test)]
mod tests;

use crate::{noise::Noise, pcm::SAMPLE_RATE};
use clock::{Clock, Verdict};
use line::Line;
use pace::Pace;
use std::{
    ops::Range,
    time::{Duration, Instant},
};
use store::{Content, Store};
use target::Target;

/// Samples of 48 kHz.
type Samples = i64;

const MILLISECOND: Samples = SAMPLE_RATE as Samples / 1000;

/// After this much of nothing the next packet starts again.
const PAUSE: Samples = 1_000 * MILLISECOND;

/// So many late packets in a row are no accident: we were led astray, and start again.
const ASTRAY: u8 = 10;

/// What a packet carries for the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries<'a> {
    /// Encoded sound.
    Sound(&'a [u8]),
    /// What the sender's silence sounds like, from its place in the sequence on, until sound follows.
    Noise(Noise),
    /// A digit, or what nobody understands. It has its place in the sequence, but no sound, and is no loss.
    Nothing,
}

/// What became of the stream, in samples and packets since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Sound played, from packets or made up.
    pub(crate) played: u64,
    /// Sound made up.
    pub(crate) concealed: u64,
    /// Sound recovered from a later packet.
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
    /// The first packets wait for their time, since the first of them came; noise that came before them waits for nothing.
    Waiting { since: Option<Samples>, silence: Option<Noise> },
    /// Sound is being played. `made_up` was played instead of what is due, while play time stood still.
    Playing { made_up: Samples },
}

impl State {
    const WAITING: State = State::Waiting { since: None, silence: None };
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
    /// The last packet that was believed.
    last: Head,
    store: Store,
    clock: Clock,
    target: Target,
    line: Line,
    pace: Pace,
    epoch: Option<Instant>,
    /// When the last block was pulled.
    now: Samples,
    /// The length of the last packet.
    frame: usize,
    late_in_a_row: u8,
    counts: Counts,
    /// What was left out since it was asked for.
    left_out: Range<u64>,
}

impl Buffer {
    /// `max_delay`: longer than that no packet waits, 20 ms at least.
    pub(crate) fn new(max_delay: Duration) -> Buffer {
        Buffer {
            state: State::WAITING,
            head: Head { sequence: 0, timestamp: 0 },
            last: Head { sequence: 0, timestamp: 0 },
            store: Store::new(),
            clock: Clock::new(),
            target: Target::new(samples(max_delay)),
            line: Line::new(),
            pace: Pace::new(),
            epoch: None,
            now: 0,
            frame: 960,
            late_in_a_row: 0,
            counts: Counts::default(),
            left_out: 0..0,
        }
    }

    /// What became of the stream so far.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// Sequence numbers of which what had come will not be played, since it was last asked for: a burst that is too long
    /// for the most delay, or what waited when the stream began again.
    pub(crate) const fn take_left_out(&mut self) -> Range<u64> {
        std::mem::replace(&mut self.left_out, 0..0)
    }

    /// What is before it was played, or will never be.
    pub(crate) const fn whose_turn(&self) -> u64 {
        if self.store.sounds() > 0 { self.head.sequence } else { u64::MAX }
    }

    /// The slack that is wanted now.
    #[cfg(test)]
    pub(crate) fn target_ms(&self) -> f32 {
        self.target.samples() as f32 / MILLISECOND as f32
    }

    /// How long sound waits here.
    pub(crate) fn delay_ms(&self) -> f32 {
        match self.state {
            State::Waiting { .. } => 0.0,
            State::Playing { .. } => (self.pace.delay() / MILLISECOND as f32).max(0.0),
        }
    }

    /// Another stream begins, or the old one after a hold. What the network is like stays known, and counts go on.
    pub(crate) fn restart(&mut self) {
        self.start_again();
        self.state = State::WAITING;
        self.clock.forget();
    }

    /// Takes a packet; its timestamp in samples of 48 kHz, unwrapped.
    pub(crate) fn insert(&mut self, now: Instant, sequence: u64, timestamp: Samples, carries: Carries<'_>) {
        let arrival = self.samples_since_epoch(now);
        let content = match carries {
            Carries::Sound(payload) => {
                if !self.is_believed(arrival, Head { sequence, timestamp }) {
                    return;
                }
                Content::Sound { timestamp, arrival, payload }
            }
            Carries::Noise(noise) => match &mut self.state {
                State::Waiting { silence, .. } if self.store.sounds() == 0 => {
                    *silence = Some(noise);
                    return;
                }
                State::Waiting { .. } | State::Playing { .. } => Content::Noise(noise),
            },
            Carries::Nothing if self.store.sounds() == 0 && self.is_waiting() => return,
            Carries::Nothing => Content::Nothing,
        };
        if !self.is_waiting() && !self.is_ahead(sequence) {
            return;
        }
        if self.is_waiting()
            && matches!(content, Content::Sound { .. })
            && (self.store.sounds() == 0 || sequence < self.head.sequence)
        {
            self.head = Head { sequence, timestamp };
        }
        if !self.store.insert(sequence, content) {
            self.counts.duplicate += 1;
        } else if let State::Waiting { since, .. } = &mut self.state {
            since.get_or_insert(arrival);
        }
    }

    /// Learns from a timestamp; `false` where the packet is better left out.
    fn is_believed(&mut self, arrival: Samples, packet: Head) -> bool {
        let timestamp = packet.timestamp;
        let packets = packet.sequence as Samples - self.last.sequence as Samples;
        let in_step = timestamp - self.last.timestamp <= packets.saturating_mul(self.frame as Samples);
        let mut verdict = self.judge(arrival, timestamp, in_step);
        if matches!(self.state, State::Playing { made_up } if made_up >= PAUSE) {
            self.start_again();
            if verdict == Verdict::Doubtful {
                self.clock.forget();
                verdict = self.judge(arrival, timestamp, in_step);
            }
        }
        match verdict {
            Verdict::Doubtful => return false,
            Verdict::Another => self.start_again(),
            Verdict::Same => {}
        }
        self.last = packet;
        self.target.observe(arrival - timestamp - self.clock.base());
        true
    }

    /// What a timestamp says about the clock. Where the quickest packet is another one, lateness is counted against it.
    fn judge(&mut self, arrival: Samples, timestamp: Samples, in_step: bool) -> Verdict {
        let known = self.clock.known();
        let verdict = self.clock.observe(arrival, timestamp, in_step);
        if let (Verdict::Same, Some(base)) = (verdict, known) {
            self.target.rebase(self.clock.base() - base);
        }
        verdict
    }

    /// Whether a packet's turn is still to come, while sound is played.
    fn is_ahead(&mut self, sequence: u64) -> bool {
        let ahead = sequence >= self.head.sequence;
        self.late_in_a_row = if ahead { 0 } else { self.late_in_a_row + 1 };
        self.counts.late += u64::from(!ahead);
        if self.late_in_a_row >= ASTRAY || sequence >= self.head.sequence + store::PLACES as u64 {
            self.start_again();
            return true;
        }
        ahead
    }

    const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Forgets what waits. What does not play yet will still begin when it would have.
    fn start_again(&mut self) {
        if !self.is_waiting() {
            self.state = State::WAITING;
        }
        if self.store.sounds() > 0 {
            self.leave_out(self.head.sequence..self.head.sequence + store::PLACES as u64);
        }
        self.store.clear();
        self.late_in_a_row = 0;
    }

    fn leave_out(&mut self, sequences: Range<u64>) {
        self.left_out = if self.left_out.is_empty() {
            sequences
        } else {
            self.left_out.start.min(sequences.start)..self.left_out.end.max(sequences.end)
        };
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
