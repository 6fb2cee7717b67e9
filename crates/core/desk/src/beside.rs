//! What runs beside a call's talk: its recording (CALL-8), a greeting that is played (CALL-15), and whether others listen.

use crate::clock::Moment;
use crate::live::Recorded;
use crate::pii::Pii;

/// Beside one call's talk.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) recording: Recording,
    pub(crate) greeting: Greeting,
    /// It hears others than the agent, and they hear it (CONF-1).
    pub(crate) joined: bool,
}

/// How far a recording is. Nothing is shown as done before the phone says that it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Recording {
    /// There is none.
    #[default]
    Off,
    /// Asked for; its file is being made.
    Starting,
    /// What is said is written down.
    Running { since: Moment },
    /// Asked to pause: what is said may still be written down.
    Pausing { since: Moment },
    /// Nothing is written down, until then.
    Paused { since: Moment, paused: Moment, until: Moment },
    /// Asked to go on: nothing is written down yet.
    Resuming { since: Moment, paused: Moment, until: Moment },
    /// Asked to end; its file is being made whole.
    Ending,
}

/// A greeting beside the talk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// None.
    #[default]
    Silent,
    /// The one by this name.
    Playing(Pii<String>),
    /// Asked to stop.
    Stopping,
}

impl Recording {
    /// What of it outlives the program.
    pub(crate) fn live(self) -> Recorded {
        match self {
            Recording::Off | Recording::Ending => Recorded::No,
            Recording::Starting | Recording::Running { .. } | Recording::Resuming { .. } => Recorded::Yes,
            Recording::Pausing { .. } | Recording::Paused { .. } => Recorded::Paused,
        }
    }

    /// When it goes on by itself.
    pub(crate) fn deadline(self) -> Option<Moment> {
        match self {
            Recording::Paused { until, .. } => Some(until),
            Recording::Off
            | Recording::Starting
            | Recording::Running { .. }
            | Recording::Pausing { .. }
            | Recording::Resuming { .. }
            | Recording::Ending => None,
        }
    }
}
