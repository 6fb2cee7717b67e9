//! The recording of one leg's talk: which 10 ms of it are written down, and which never leave this thread.
//!
//! What is not to be recorded is never handed on: it is in no queue, no buffer and no file. After a pause nothing is
//! written for another 150 ms, which is longer than sound is on its way here: what was spoken in the pause and comes late is
//! left out, too.

use sidetone_media::pcm::Block;
use sidetone_store::Recording;

/// Longer than the bridge and the microphone's queue hold anything back.
const GUARD_BLOCKS: u32 = 15;

/// A recording at work.
pub(super) struct Take {
    recording: Recording,
    /// How long the recording is, in blocks.
    at: u64,
    state: State,
    /// Whether it is paused, as was said last.
    told_paused: bool,
}

enum State {
    Running,
    Paused,
    /// It goes on after so many blocks.
    Resuming(u32),
}

impl Take {
    /// A recording in place of another: a pause of that one goes on.
    pub(super) fn new(recording: Recording, before: Option<Take>) -> Self {
        let state = before.map_or(State::Running, |before| before.state);
        Self { recording, at: 0, state, told_paused: false }
    }

    pub(super) fn pause(&mut self, on: bool) {
        self.state = match (on, &self.state) {
            (true, _) => State::Paused,
            (false, State::Paused) => State::Resuming(GUARD_BLOCKS),
            (false, State::Running) => State::Running,
            (false, State::Resuming(left)) => State::Resuming(*left),
        };
    }

    /// Whether it is paused by now, where that is not said yet.
    pub(super) fn news(&self) -> Option<bool> {
        let paused = match self.state {
            State::Paused => true,
            State::Running => false,
            State::Resuming(_) => return None,
        };
        (self.told_paused != paused).then_some(paused)
    }

    /// That is said now.
    pub(super) fn told(&mut self, paused: bool) {
        self.told_paused = paused;
    }

    /// Takes the next 10 ms; `None`: the party is on hold.
    pub(super) fn take(&mut self, spoken: Option<(&Block, &Block)>) {
        match (&self.state, spoken) {
            (State::Running, Some((agent, others))) => self.recording.write(self.at, agent, others),
            (State::Running | State::Paused | State::Resuming(_), _) => self.recording.pass(self.at + 1),
        }
        self.at += 1;
        if let State::Resuming(left) = self.state {
            self.state = if left > 1 { State::Resuming(left - 1) } else { State::Running };
        }
    }
}
