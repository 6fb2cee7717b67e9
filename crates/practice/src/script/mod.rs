//! What a customer is like and does, as data: one TOML file a customer. Says what can be said in a script; doing it is
//! [`crate::customer`]'s, waiting and being offered [`crate::queue`]'s.

mod library;
mod read;

pub(crate) use library::Library;
pub use read::ScriptError;

use crate::speech::SpeechId;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One customer. A file is read by [`Script::parse`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Unique; lower-case letters, digits and `-`.
    #[serde(deserialize_with = "read::id")]
    pub id: String,
    /// What the menu says.
    #[serde(deserialize_with = "read::line")]
    pub title: String,
    /// What there is to practise, in a sentence.
    #[serde(deserialize_with = "read::line")]
    pub about: String,
    /// Whether the menu shows it. What is left out there answers when the agent dials.
    #[serde(default = "yes")]
    pub menu: bool,
    /// Whether it is part of the rush hour.
    #[serde(default)]
    pub rush_hour: bool,
    /// Who calls.
    pub customer: Person,
    /// The queue; without one the caller wants the agent in person.
    #[serde(default, deserialize_with = "read::some_line")]
    pub queue: Option<String>,
    /// The number that the customer dialled.
    #[serde(default, deserialize_with = "read::some_number")]
    pub dnis: Option<String>,
    /// What is known about the matter: `Order = "4711"` travels as `X-Order: 4711`.
    #[serde(default, deserialize_with = "read::variables")]
    pub variables: BTreeMap<String, String>,
    /// How long the customer waits for the agent, ringing included.
    #[serde(rename = "patience_s", deserialize_with = "read::seconds")]
    pub patience: Duration,
    /// How long the customer stays on hold; without it, for as long as it takes.
    #[serde(default, rename = "hold_patience_s", deserialize_with = "read::some_seconds")]
    pub hold_patience: Option<Duration>,
    /// Calls again this long after the call; without it, not.
    #[serde(default, rename = "repeat_s", deserialize_with = "read::some_seconds")]
    pub repeat: Option<Duration>,
    /// What the customer does in the call, one after the other; then stays until the agent hangs up.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Who calls. Fictional: use numbers with 555.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The display name.
    #[serde(deserialize_with = "read::line")]
    pub name: String,
    /// Digits, perhaps after a `+`.
    #[serde(deserialize_with = "read::number")]
    pub number: String,
}

/// One thing that a customer does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Say a recorded sentence.
    Say(SpeechId),
    /// Let the agent speak.
    Listen(Listen),
    /// Do nothing for so many seconds.
    Wait(#[serde(deserialize_with = "read::seconds")] Duration),
    /// Press keys.
    Press(#[serde(deserialize_with = "read::keys")] String),
    /// Put the agent on hold for so many seconds, and come back.
    Hold(#[serde(deserialize_with = "read::seconds")] Duration),
    /// Wait for the agent to press keys.
    Expect(Expect),
    /// A short tone.
    Beep,
    /// Play back what is heard.
    Echo(Echo),
    /// Leave.
    HangUp,
}

/// How to listen: until the agent has spoken and paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// A pause this long ends the agent's turn.
    #[serde(default = "usual_pause", rename = "pause_s", deserialize_with = "read::seconds")]
    pub pause: Duration,
    /// So long the customer waits for the agent to begin, then goes on.
    #[serde(rename = "at_most_s", deserialize_with = "read::seconds")]
    pub at_most: Duration,
}

/// What the agent is to press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How many keys.
    pub keys: u8,
    /// So long the customer waits, then goes on.
    #[serde(rename = "at_most_s", deserialize_with = "read::seconds")]
    pub at_most: Duration,
}

/// How to echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// How much later.
    #[serde(rename = "delay_s", deserialize_with = "read::echo_delay")]
    pub delay: Duration,
    /// For how long.
    #[serde(rename = "for_s", deserialize_with = "read::seconds")]
    pub lasts: Duration,
}

/// What the menu shows of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptInfo {
    /// For [`Exchange::play`](crate::Exchange::play).
    pub id: String,
    /// What the menu says.
    pub title: String,
    /// What there is to practise.
    pub about: String,
}

const fn yes() -> bool {
    true
}

const fn usual_pause() -> Duration {
    Duration::from_millis(800)
}
