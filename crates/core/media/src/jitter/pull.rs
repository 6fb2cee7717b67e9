//! Taking sound out of the buffer: what is due, what is recovered, what is made up, and how delay is kept at its target.

use super::{
    Buffer, Content, Head, MILLISECOND, Samples, State,
    stretch::{self, LOOKAHEAD, Likeness},
};
use crate::{
    codec::{Decoder, MOST_SAMPLES},
    pcm::{BLOCK_SAMPLES, Block},
};
use std::time::Instant;

const BLOCK: Samples = BLOCK_SAMPLES as Samples;

/// The most that one decoder call makes up: 60 ms.
const MOST_MADE_UP: Samples = 60 * MILLISECOND;
/// Loss is remembered for so long, and matters from one in 200 on.
const CALM: f32 = 0.995;
const LOSSY: f32 = 0.05;
/// Over the length of a packet.
const MARGIN: Samples = 15 * MILLISECOND;
/// Opus makes up whole units of 2.5 ms.
const UNIT: Samples = 120;
/// How far delay may be over the target, or under it, before sound is stretched.
const OVER: f32 = 15.0 * MILLISECOND as f32;
const UNDER: f32 = 5.0 * MILLISECOND as f32;
/// From here on it is stretched with less care.
const FAR: f32 = 60.0 * MILLISECOND as f32;
/// Over the most allowed delay by this, packets are dropped.
const HOPELESS: Samples = 100 * MILLISECOND;
/// Made-up sound counts as concealment up to here; then the other side is just silent.
const SILENT: Samples = 1_000 * MILLISECOND;

impl Buffer {
    /// The next 10 ms; `false` where the stream has not begun, and the block is silence.
    pub(crate) fn pull(&mut self, now: Instant, decoder: &mut Decoder, block: &mut Block) -> bool {
        block.fill(0.0);
        let now = self.samples_since_epoch(now);
        if !self.is_time(now) {
            return false;
        }
        self.drop_hopeless(now);
        self.clock = now;
        if self.state == (State::Playing { made_up: 0 }) {
            self.delay += (self.delay_at(now) as f32 - self.delay) / 8.0;
            self.adjust(decoder);
        }
        // Each turn adds sound or moves the head past a packet: the bound is for a proof, not for use.
        for _ in 0..2 * super::store::PLACES {
            if self.line.len() >= BLOCK_SAMPLES {
                break;
            }
            self.produce(decoder);
        }
        if self.line.pop(block) {
            self.counts.played += BLOCK_SAMPLES as u64;
        }
        true
    }

    /// Whether sound is to be played, which the first packets wait for.
    fn is_time(&mut self, now: Samples) -> bool {
        match self.state {
            State::Empty => false,
            State::Playing { .. } => true,
            State::Filling => {
                let delay = now - self.target.base() - self.head.timestamp;
                if delay < self.target.samples() {
                    return false;
                }
                self.line.discard();
                self.state = State::Playing { made_up: 0 };
                self.delay = delay as f32;
                true
            }
        }
    }

    /// How long after its ideal arrival the next sample is played.
    fn delay_at(&self, now: Samples) -> Samples {
        now - self.target.base() - (self.head.timestamp - self.line.len() as Samples)
    }

    /// A burst after a long stall: what can't be caught up with in time is left out.
    fn drop_hopeless(&mut self, now: Samples) {
        let State::Playing { mut made_up } = self.state else { return };
        while self.delay_at(now) - made_up > self.target.most() + HOPELESS {
            let Some(Content::Sound { timestamp, .. }) = self.store.get(self.head.sequence + 1) else {
                return;
            };
            self.store.remove(self.head.sequence);
            self.head = Head { sequence: self.head.sequence + 1, timestamp };
            self.delay = self.delay_at(now) as f32;
            self.state = State::Playing { made_up: 0 };
            made_up = 0;
        }
    }

    /// Stretches sound where delay is not what it should be.
    fn adjust(&mut self, decoder: &mut Decoder) {
        self.rest = self.rest.saturating_sub(1);
        let error = self.delay - self.target.samples() as f32;
        if self.rest > 0 || (-UNDER..=OVER).contains(&error) {
            return;
        }
        let least = Likeness(if error.abs() > FAR { 0.3 } else { 0.7 });
        while self.line.len() < LOOKAHEAD && self.is_ready() {
            self.produce(decoder);
        }
        let changed = if error > 0.0 {
            -(stretch::shorten(&mut self.line, least) as f32)
        } else {
            stretch::lengthen(&mut self.line, least) as f32
        };
        if changed != 0.0 {
            self.delay += changed;
            self.counts.stretched += 1;
            self.rest = if error.abs() > FAR { 2 } else { 4 };
        }
    }

    /// Whether the next sound is there, with nothing missing before it.
    fn is_ready(&self) -> bool {
        matches!(self.store.get(self.head.sequence),
            Some(Content::Sound { timestamp, .. }) if timestamp == self.head.timestamp)
    }

    /// One step of the head: decodes, recovers, makes up, or passes by.
    fn produce(&mut self, decoder: &mut Decoder) {
        let State::Playing { made_up } = self.state else { return };
        match self.store.get(self.head.sequence) {
            Some(Content::Digit) => {
                self.store.remove(self.head.sequence);
                self.head.sequence += 1;
            }
            Some(Content::Sound { timestamp, .. }) => {
                let gap = timestamp - self.head.timestamp;
                if gap <= made_up {
                    // The sender was silent for that long: made-up silence stood for silence.
                    self.uncount(gap.max(0));
                    self.decode(timestamp, decoder);
                } else {
                    let step = (gap - made_up).min(BLOCK);
                    self.make_up(step, decoder);
                    self.uncount(step);
                    self.head.timestamp += step;
                }
            }
            None => match self.store.after(self.head.sequence) {
                Some(next) => self.bridge(next, made_up, decoder),
                None => {
                    self.stand_still(made_up, decoder);
                }
            },
        }
    }

    fn decode(&mut self, timestamp: Samples, decoder: &mut Decoder) {
        let sequence = self.head.sequence;
        let Some(Content::Sound { payload, .. }) = self.store.get(sequence) else { return };
        let made = self.line.append(MOST_SAMPLES, |room| decoder.decode(payload, room).unwrap_or(0));
        if made > 0 {
            self.frame = made;
        } else {
            self.make_up(self.frame as Samples, decoder);
        }
        self.store.remove(sequence);
        self.lossy *= CALM;
        // Where packets are lost and the next one can tell, it must be there in time.
        let next_is_there = if decoder.recovers() && self.lossy > LOSSY { self.frame as Samples } else { 0 };
        self.target.at_least(next_is_there + MARGIN);
        self.go_on(Head { sequence: sequence + 1, timestamp: timestamp + self.frame as Samples });
    }

    /// Packets are missing before `next`, which is there.
    fn bridge(&mut self, next: u64, made_up: Samples, decoder: &mut Decoder) {
        let Some(Content::Sound { timestamp, payload }) = self.store.get(next) else {
            // Of a digit the timestamp says nothing about sound: go to it.
            self.head.sequence = next;
            return;
        };
        let missing = timestamp - self.head.timestamp - made_up;
        let frame = self.frame as Samples;
        if missing > frame {
            let step = (missing - frame).min(BLOCK);
            self.make_up(step, decoder);
            self.head.timestamp += step;
            return;
        }
        let recovered = self.line.append(self.frame, |room| {
            if missing == frame && decoder.recover(payload, frame as usize, room) { room.len() } else { 0 }
        });
        self.counts.recovered += recovered as u64;
        if recovered == 0 {
            self.make_up(missing.max(0), decoder);
        }
        self.lossy = (self.lossy + 0.05).min(1.0);
        self.go_on(Head { sequence: next, timestamp });
    }

    /// Nothing is there: sound is made up, and what comes later is still heard.
    fn stand_still(&mut self, made_up: Samples, decoder: &mut Decoder) {
        if made_up < SILENT {
            self.make_up(BLOCK, decoder);
        } else {
            self.line.append(BLOCK_SAMPLES, |room| {
                room.fill(0.0);
                room.len()
            });
        }
        self.state = State::Playing { made_up: made_up.saturating_add(BLOCK) };
    }

    /// Play time goes on. If it stood still, delay is another than it was.
    fn go_on(&mut self, head: Head) {
        self.head = head;
        if self.state != (State::Playing { made_up: 0 }) {
            self.state = State::Playing { made_up: 0 };
            self.delay = self.delay_at(self.clock) as f32;
        }
    }

    fn make_up(&mut self, samples: Samples, decoder: &mut Decoder) {
        if samples <= 0 {
            return;
        }
        let whole = (samples.clamp(UNIT, MOST_MADE_UP) + UNIT - 1) / UNIT * UNIT;
        self.line.append(whole as usize, |room| {
            decoder.conceal(room);
            samples.clamp(0, whole) as usize
        });
        self.counts.concealed += samples.clamp(0, whole) as u64;
    }

    fn uncount(&mut self, samples: Samples) {
        self.counts.concealed = self.counts.concealed.saturating_sub(samples.min(SILENT) as u64);
    }
}
