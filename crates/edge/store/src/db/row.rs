//! What is kept of a contact. Plain fields, times in milliseconds since 1970-01-01T00:00:00Z; `Debug` prints nothing
//! personal.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use std::fmt;

/// An enum that is kept as a word, so that the file can be read without this program.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// The word it is kept as.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok($name::$variant),)*
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}

words! {
    /// Who began it.
    Direction {
        /// They called.
        Inbound = "inbound",
        /// We called.
        Outbound = "outbound",
    }
}

words! {
    /// What became of a contact.
    Outcome {
        /// The parties were connected.
        Connected = "connected",
        /// Nobody took it in time.
        Missed = "missed",
        /// The agent gave it back.
        Declined = "declined",
        /// It was taken away.
        Rescinded = "rescinded",
        /// Another device took it.
        AnsweredElsewhere = "answered-elsewhere",
        /// The caller gave up before.
        Abandoned = "abandoned",
        /// It never rang.
        Refused = "refused",
        /// We gave up before it was answered.
        Cancelled = "cancelled",
        /// It did not come about.
        Failed = "failed",
    }
}

words! {
    /// Who ended a call.
    EndedBy {
        /// The agent.
        Agent = "agent",
        /// The other party.
        Party = "party",
        /// Nobody: it broke.
        Failure = "failure",
    }
}

words! {
    /// How far a wrap-up is.
    WrapUpState {
        /// There is none.
        NotDue = "not-due",
        /// Not done yet.
        Pending = "pending",
        /// The agent submitted it.
        Submitted = "submitted",
        /// Time ran out.
        Expired = "expired",
    }
}

/// One contact, complete: kept in place of an earlier row with the same id.
#[derive(Clone, PartialEq)]
pub struct HistoryRow {
    /// Stable, unlike any other ever.
    pub id: String,
    /// Who began it.
    pub direction: Direction,
    /// The other party's name, where known.
    pub party_name: Option<String>,
    /// The other party's number or address, unmasked.
    pub party_number: String,
    /// The queue it came through.
    pub queue: Option<String>,
    /// The number that was dialled to reach us.
    pub dnis: Option<String>,
    /// First offered, or dialled.
    pub started_ms: i64,
    /// Both sides through.
    pub connected_ms: Option<i64>,
    /// Over.
    pub ended_ms: Option<i64>,
    /// What became of it, and who ended it.
    pub outcome: (Outcome, Option<EndedBy>),
    /// How far the wrap-up is.
    pub wrap_up: WrapUpState,
    /// The chosen reason's id.
    pub reason: Option<String>,
    /// What the agent wrote.
    pub notes: String,
    /// How it sounded. `None` keeps what an earlier row said.
    pub quality: Option<Quality>,
}

/// How a call sounded, over all.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The codec's name.
    pub codec: String,
    /// How many of 5 points people would give it, where anything was heard.
    pub mos: Option<f64>,
    /// Packets that did not arrive or came too late.
    pub loss_percent: f64,
    /// Packets of ours that did not arrive there, where known.
    pub remote_loss_percent: Option<f64>,
    /// Mean interarrival jitter.
    pub jitter_ms: f64,
    /// Mean round trip, where known.
    pub round_trip_ms: Option<f64>,
    /// Mean delay from mouth to ear, where known.
    pub delay_ms: Option<f64>,
    /// What was wrong for longest, and for how many seconds.
    pub problem: Option<(String, u32)>,
}

/// What an agent typed so far after a contact.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The [`HistoryRow::id`] it belongs to.
    pub id: String,
    /// Counts up with every change: an older one never replaces a newer.
    pub version: u32,
    /// The chosen reason's id.
    pub reason: Option<String>,
    /// What the agent wrote.
    pub notes: String,
    /// What the caller of the store wants to have kept beside it, as JSON.
    pub summary: String,
}

impl fmt::Debug for HistoryRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryRow")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("outcome", &self.outcome)
            .field("wrap_up", &self.wrap_up)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}
