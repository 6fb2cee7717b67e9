//! What the history keeps of a contact (DIR-2). A row is given out when the parties are connected, when the call is
//! over, and when its wrap-up is done: the same id each time, each time complete, so the store replaces it.

use crate::input::Party;
use crate::pii::Pii;
use crate::view::{CodeId, ContactId, Direction, SoundSummary, UnixMillis};

/// A row's id: 80 random bits in base32, for no other row of this or any other run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub String);

/// One contact as the history keeps it, in the clear.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    /// The row's id.
    pub id: RowId,
    /// The contact's id in the run that made the row.
    pub contact: ContactId,
    /// Who began it.
    pub direction: Direction,
    /// The other party, unmasked.
    pub party: Pii<Party>,
    /// The queue it came through.
    pub queue: Option<String>,
    /// The number that was dialled to reach us.
    pub dnis: Option<String>,
    /// When things happened.
    pub times: Times,
    /// What became of it.
    pub outcome: Outcome,
    /// Who ended the call; `None` while it runs, and where there never was one.
    pub ended_by: Option<EndedBy>,
    /// How it sounded; `None`: nothing new is known of that.
    pub sounded: Option<SoundSummary>,
    /// What the agent wrote down.
    pub wrap_up: WrapUpRecord,
}

/// When things happened, by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// First offered, or dialled.
    pub started: UnixMillis,
    /// Both sides through.
    pub connected: Option<UnixMillis>,
    /// The call over.
    pub ended: Option<UnixMillis>,
}

/// What became of a contact. These are never confused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The parties were connected.
    Connected,
    /// Nobody took it in time.
    Missed,
    /// The agent gave it back.
    Declined,
    /// It was taken away: by the platform, or because the agent was no longer free for it.
    Rescinded,
    /// Another device took it.
    AnsweredElsewhere,
    /// The caller gave up before.
    Abandoned,
    /// A direct call that never rang, since the agent was busy or not ready.
    Refused,
    /// A call we made, and gave up before it was answered.
    Cancelled,
    /// It did not come about.
    Failed,
}

/// Who ended a connected call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The agent.
    Agent,
    /// The other party.
    Party,
    /// Nobody: it broke.
    Failure,
}

/// What the agent wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapUpRecord {
    /// How far it is.
    pub state: WrapUpState,
    /// The chosen reason.
    pub reason: Option<CodeId>,
    /// The notes.
    pub notes: Pii<String>,
}

/// How far a wrap-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapUpState {
    /// There is none.
    NotDue,
    /// Not done yet. Found so at the next start, it goes back in as `RestoredDrafts`.
    Pending,
    /// The agent submitted it.
    Submitted,
    /// Time ran out: saved as it stood, the mandatory reason missing perhaps.
    Expired,
}
