//! Whether the agent speaks, by `earshot`, for the hint that the microphone is muted (CALL-3).
//!
//! One who says three words is speaking, one who coughs is not; and a pause between sentences is not the end.

use super::likelihood::Likelihood;
use crate::pcm::Block;

/// More likely than this, a frame is speech.
const LIKELY: f32 = 0.6;
/// What is quieter is not meant for anybody: the neighbour's voice, a breath.
const QUIET: f32 = 0.003;
/// Frames of speech that make a speaker: 320 ms, less what pauses took back.
const BEGINS: u32 = 20;
/// Frames without speech that end it: 2 s.
const ENDS: u32 = 125;

/// Listens to the microphone.
pub(super) struct Speech {
    likelihood: Likelihood,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// With so many frames of speech so far.
    Silent(u32),
    /// With so many frames without speech so far.
    Speaking(u32),
}

impl Speech {
    pub(super) fn new() -> Self {
        Self { likelihood: Likelihood::new(), state: State::Silent(0) }
    }

    pub(super) fn is_there(&self) -> bool {
        matches!(self.state, State::Speaking(_))
    }

    /// Takes 10 ms, in [-1, 1].
    pub(super) fn feed(&mut self, block: &Block) {
        let Self { likelihood, state } = self;
        likelihood.feed(block, |likely, rms| *state = state.judge(likely > LIKELY && rms > QUIET));
    }
}

impl State {
    fn judge(self, speech: bool) -> State {
        match (self, speech) {
            (State::Silent(frames), true) if frames + 1 >= BEGINS => State::Speaking(0),
            (State::Silent(frames), true) => State::Silent(frames + 1),
            (State::Silent(frames), false) => State::Silent(frames.saturating_sub(1)),
            (State::Speaking(_), true) => State::Speaking(0),
            (State::Speaking(frames), false) if frames + 1 >= ENDS => State::Silent(0),
            (State::Speaking(frames), false) => State::Speaking(frames + 1),
        }
    }
}
