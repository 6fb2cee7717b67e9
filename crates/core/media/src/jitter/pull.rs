//! Taking sound out of the buffer: what is due, what is recovered, and what is made up.

use super::{Buffer, Content, Head, MILLISECOND, Samples, State};
use crate::{
    codec::{Decoder, MOST_SAMPLES},
    pcm::{BLOCK_SAMPLES, Block},
};
use std::time::Instant;

pub(super) const BLOCK: Samples = BLOCK_SAMPLES as Samples;

/// The most that one decoder call makes up: 60 ms.
const MOST_MADE_UP: Samples = 60 * MILLISECOND;
/// The most that is recovered at once.
const MOST_RECOVERED: Samples = MOST_SAMPLES as Samples;
/// Opus makes up whole units of 2.5 ms.
const UNIT: Samples = 120;
/// Made-up sound counts as concealment up to here; then the other side is just silent.
const SILENT: Samples = 1_000 * MILLISECOND;

impl Buffer {
    /// The next 10 ms; `false` where the stream has not begun, and the block is silence.
    pub(crate) fn pull(&mut self, now: Instant, decoder: &mut Decoder, block: &mut Block) -> bool {
        block.fill(0.0);
        self.now = self.samples_since_epoch(now);
        if !self.is_time() {
            return self.wait(decoder, block);
        }
        self.leave_out_hopeless();
        if self.state == (State::Playing { made_up: 0 }) {
            self.pace.delayed(self.delay());
            self.pace.turned(self.now + self.turn());
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
            self.pace.played(block);
            self.counts.played += BLOCK_SAMPLES as u64;
        }
        true
    }

    /// Nothing is to be played yet but the sender's silence, where it told what that sounds like.
    fn wait(&mut self, decoder: &mut Decoder, block: &mut Block) -> bool {
        if let State::Waiting { silence, .. } = &mut self.state
            && let Some(noise) = silence.take()
        {
            decoder.begin_noise(noise);
        }
        if decoder.is_noise() {
            decoder.conceal(block);
            self.counts.played += BLOCK_SAMPLES as u64;
        }
        decoder.is_noise()
    }

    /// Whether sound is to be played, which the first packets wait for.
    fn is_time(&mut self) -> bool {
        let State::Waiting { since, .. } = self.state else { return true };
        let Some(since) = since.filter(|_| self.store.sounds() > 0) else { return false };
        if self.now - since < self.target.samples() && !self.is_due(self.head.timestamp) {
            return false;
        }
        self.line.discard();
        self.state = State::Playing { made_up: 0 };
        self.pace.begin(self.delay());
        true
    }

    /// Whether a packet of that timestamp has the slack that is wanted.
    fn is_due(&self, timestamp: Samples) -> bool {
        self.now - timestamp - self.clock.base() >= self.target.samples()
    }

    /// How long after its ideal arrival the next sample is played.
    fn delay(&self) -> Samples {
        self.now - self.clock.base() - (self.head.timestamp - self.line.len() as Samples)
    }

    /// A burst after a long stall: what can't be caught up with in time is left out. And whatever a timestamp says,
    /// nothing waits longer than it may.
    fn leave_out_hopeless(&mut self) {
        let (most, before) = (self.target.most(), self.turn());
        while let Some(sequence) = self.store.first_from(self.head.sequence)
            && let Some(Content::Sound { timestamp, arrival, .. }) = self.store.get(sequence)
            && (self.now - arrival > most || (self.store.sounds() * self.frame) as Samples > most)
        {
            if self.store.first_from(sequence + 1).is_none() {
                self.go_to(Head { sequence, timestamp });
                break;
            }
            self.store.remove(sequence);
            self.leave_out(sequence..sequence + 1);
            self.go_to(Head { sequence: sequence + 1, timestamp: timestamp + self.frame as Samples });
        }
        self.pace.shift(self.turn() - before);
    }

    /// One step of the head: decodes, recovers, makes up, or passes by.
    pub(super) fn produce(&mut self, decoder: &mut Decoder) {
        let State::Playing { made_up } = self.state else { return };
        let before = self.turn();
        match self.store.get(self.head.sequence) {
            Some(Content::Nothing) => {
                self.store.remove(self.head.sequence);
                self.head.sequence += 1;
            }
            Some(Content::Noise(noise)) => {
                if !decoder.is_noise() {
                    // What was made up before it was known stood for silence.
                    self.uncount(made_up);
                }
                decoder.begin_noise(noise);
                self.store.remove(self.head.sequence);
                self.head.sequence += 1;
            }
            Some(Content::Sound { timestamp, .. }) => {
                let pause = timestamp - self.head.timestamp;
                if pause > made_up && !self.is_due(timestamp) {
                    let step = BLOCK.min(pause - made_up);
                    self.make_up(step, decoder);
                    self.uncount(step);
                    self.head.timestamp += step;
                } else {
                    // The sender was silent for that long: made-up silence stood for silence.
                    if !decoder.is_noise() {
                        self.uncount(made_up.min(pause.max(0)));
                    }
                    self.decode(timestamp, decoder);
                }
            }
            None => match self.store.first_from(self.head.sequence) {
                Some(next) => self.bridge(next, made_up, decoder),
                None => self.stand_still(made_up, decoder),
            },
        }
        self.pace.shift(self.turn() - before);
    }

    /// When the head's turn comes, as samples from now minus its timestamp: what changes it changes the slack.
    pub(super) const fn turn(&self) -> Samples {
        self.line.len() as Samples / BLOCK * BLOCK - self.head.timestamp
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
        let frame = self.frame as Samples;
        // A timestamp that is far back is wrong, and after it the next one would seem to follow a pause.
        let timestamp = timestamp.max(self.head.timestamp - frame);
        self.go_to(Head { sequence: sequence + 1, timestamp: timestamp + frame });
    }

    /// Packets are missing before `next`, which is there.
    fn bridge(&mut self, next: u64, made_up: Samples, decoder: &mut Decoder) {
        let Some(Content::Sound { timestamp, arrival, payload }) = self.store.get(next) else {
            // Only of sound a timestamp says when: go to it.
            self.head.sequence = next;
            return;
        };
        let Head { sequence, timestamp: begun } = self.head;
        let (frame, lost) = (self.frame as Samples, next - sequence);
        let mut missing = (timestamp - begun - made_up).max(0);
        let at_most = frame.saturating_mul(lost as Samples);
        if missing > at_most && self.is_due(timestamp - at_most) {
            // The rest is a pause of the sender, which is long enough.
            missing = at_most;
        }
        let (step, passed) = match missing {
            0..=MOST_RECOVERED if missing % UNIT == 0 => (missing, lost),
            0..=MOST_RECOVERED => (missing % UNIT, 0),
            _ => (frame.min(missing - MOST_RECOVERED), u64::from(lost > 1)),
        };
        let recovered = self.line.append(step as usize, |room| {
            let is_all = step > 0 && step == missing;
            if is_all && decoder.recover(payload, room.len(), room) { room.len() } else { 0 }
        });
        let reach = decoder.reach(payload);
        let told = recovered.min(reach) as u64;
        self.counts.recovered += told;
        self.counts.concealed += recovered as u64 - told;
        let lateness = arrival - timestamp - self.clock.base();
        self.make_up(step - recovered as Samples, decoder);
        self.learn_of_loss(lateness, (lost, passed), reach as Samples / frame);
        self.go_to(Head { sequence: sequence + passed, timestamp: timestamp - missing + step });
    }

    /// Lost packets that the next one can tell of are no later than it: worth waiting for, or not.
    fn learn_of_loss(&mut self, lateness: Samples, (lost, passed): (u64, u64), reach: Samples) {
        for back in (lost - passed + 1..=lost).map(|back| back as Samples).filter(|back| *back <= reach) {
            self.target.observe(lateness + back * self.frame as Samples);
        }
    }

    /// Nothing is there: sound is made up, and what comes later is still heard.
    fn stand_still(&mut self, made_up: Samples, decoder: &mut Decoder) {
        if decoder.is_noise() {
            self.line.append(BLOCK_SAMPLES, |room| {
                decoder.conceal(room);
                room.len()
            });
        } else if made_up < SILENT {
            self.make_up(BLOCK, decoder);
        } else {
            self.line.append(BLOCK_SAMPLES, |room| {
                room.fill(0.0);
                room.len()
            });
        }
        self.state = State::Playing { made_up: made_up.saturating_add(BLOCK) };
    }

    /// Play time goes on.
    const fn go_to(&mut self, head: Head) {
        self.head = head;
        self.state = State::Playing { made_up: 0 };
    }

    fn make_up(&mut self, samples: Samples, decoder: &mut Decoder) {
        let mut left = samples;
        while left > 0 {
            let step = left.min(MOST_MADE_UP);
            let whole = (step + UNIT - 1) / UNIT * UNIT;
            self.line.append(whole as usize, |room| {
                decoder.conceal(room);
                step as usize
            });
            left -= step;
        }
        self.counts.concealed += samples.max(0) as u64;
    }

    fn uncount(&mut self, samples: Samples) {
        self.counts.concealed = self.counts.concealed.saturating_sub(samples.min(SILENT) as u64);
    }
}
