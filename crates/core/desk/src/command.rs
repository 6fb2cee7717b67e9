//! What the agent can ask for. Every command is safe at any time: one that cannot be done now changes nothing and
//! comes back as an [`Error`](crate::Error) that the window can word.

#![allow(missing_docs, reason = "a variant's doc explains its fields")]

use crate::view::{ChoiceView, CodeId, ContactId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One wish of the agent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Change state now, or, during a contact, pick the state that follows it (STATE-3).
    SetState { to: ChoiceView },
    /// Open a contact's panel.
    Select { contact: ContactId },
    /// Take an offer.
    Accept { contact: ContactId },
    /// Give an offer back.
    Decline { contact: ContactId },
    /// Call a number or address (CALL-6).
    Dial { target: String },
    /// Put on hold.
    Hold { contact: ContactId },
    /// Take off hold; another active one is held first.
    Resume { contact: ContactId },
    /// Mute or unmute the agent.
    Mute { contact: ContactId, on: bool },
    /// Press one key: `0` to `9`, `*`, `#`, `A` to `D`.
    Key { contact: ContactId, key: char },
    /// Begin a recording of the call, or end it (CALL-8).
    Record { contact: ContactId, on: bool },
    /// Write nothing down for a while, or go on (CALL-8).
    PauseRecording { contact: ContactId, on: bool },
    /// Play one of the agent's greetings to both sides (CALL-15).
    Greet { contact: ContactId, name: String },
    /// End the greeting that is played.
    StopGreeting { contact: ContactId },
    /// End the call, or stop calling.
    End { contact: ContactId },
    /// Choose or clear the wrap-up reason.
    ChooseReason { contact: ContactId, reason: Option<CodeId> },
    /// The notes as they stand now, while they are typed.
    WriteNotes { contact: ContactId, notes: String },
    /// Done with the contact.
    SubmitWrapUp { contact: ContactId },
    /// More time for the wrap-up, where allowed.
    ExtendWrapUp { contact: ContactId },
    /// Answer the missed-offer dialog.
    AnswerRona { go_available: bool },
    /// Put a notice away.
    Dismiss { notice: u32 },
    /// Leave, where nothing is in the way (SESSION-8).
    SignOut,
}

/// Without what was typed: a number, notes, keys (card numbers, PINs).
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, contact) = match self {
            Self::SetState { to } => return write!(f, "SetState({to:?})"),
            Self::Select { contact } => ("Select", contact),
            Self::Accept { contact } => ("Accept", contact),
            Self::Decline { contact } => ("Decline", contact),
            Self::Dial { .. } => return f.write_str("Dial(…)"),
            Self::Hold { contact } => ("Hold", contact),
            Self::Resume { contact } => ("Resume", contact),
            Self::Mute { contact, on: true } => ("Mute", contact),
            Self::Mute { contact, on: false } => ("Unmute", contact),
            Self::Key { contact, .. } => ("Key", contact),
            Self::Record { contact, on: true } => ("Record", contact),
            Self::Record { contact, on: false } => ("StopRecording", contact),
            Self::PauseRecording { contact, on: true } => ("PauseRecording", contact),
            Self::PauseRecording { contact, on: false } => ("ResumeRecording", contact),
            Self::Greet { contact, .. } => ("Greet", contact),
            Self::StopGreeting { contact } => ("StopGreeting", contact),
            Self::End { contact } => ("End", contact),
            Self::ChooseReason { contact, .. } => ("ChooseReason", contact),
            Self::WriteNotes { contact, .. } => ("WriteNotes", contact),
            Self::SubmitWrapUp { contact } => ("SubmitWrapUp", contact),
            Self::ExtendWrapUp { contact } => ("ExtendWrapUp", contact),
            Self::AnswerRona { go_available } => return write!(f, "AnswerRona({go_available})"),
            Self::Dismiss { notice } => return write!(f, "Dismiss({notice})"),
            Self::SignOut => return f.write_str("SignOut"),
        };
        write!(f, "{word}({})", contact.0)
    }
}
