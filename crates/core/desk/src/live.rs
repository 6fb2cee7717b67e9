//! What of a running call outlives the program (CALL-10): enough to show its contact again as it was.

use crate::history::HistoryRow;
use crate::input::Variable;

/// A call that is up.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveCall {
    /// Its history row as it stands, with what was typed so far.
    pub row: HistoryRow,
    /// To the agent in person, not through a queue.
    pub direct: bool,
    /// Call-associated data.
    pub variables: Vec<Variable>,
    /// How the two parties hear each other.
    pub sound: Sound,
    /// Whether it is recorded: what goes on after a crash is recorded, too, in another file (CALL-8).
    pub recorded: Recorded,
}

/// Whether a call is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is not.
    No,
    /// It is, or is to be.
    Yes,
    /// It is, and nothing of what is said now is to be in it.
    Paused,
}

/// How the two parties of a call hear each other, as far as that is ours to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// Both hear the other.
    On,
    /// The agent is muted.
    Muted,
    /// We hold them.
    Held,
}
