//! What a script asks of a phone without a window: calls go by the numbers they have in what happens, and there is more
//! to ask for than the desk has buttons. Nothing here is meant for an agent.

use crate::engine::Ears;
use sidetone_media::tone::Signal;
use sidetone_sip::package::Package;
use std::fmt;
use std::path::PathBuf;

/// A wish. Where a call is not named, the newest one is meant.
#[derive(Clone, PartialEq, Eq)]
pub enum Control {
    /// Call a number or address.
    Call(String),
    /// Take a call that rings.
    Answer(Option<u32>),
    /// Give it back.
    Decline(Option<u32>),
    /// Put on hold.
    Hold(Option<u32>),
    /// Take off hold.
    Resume(Option<u32>),
    /// Press keys, one after the other.
    Keys(Option<u32>, String),
    /// End it.
    Hangup(Option<u32>),
    /// Something about its sound.
    Sound(Option<u32>, CallSound),
    /// Everybody hears everybody else.
    Merge,
    /// Everybody waits.
    HoldAll,
    /// Send the other side of it to somebody whom nobody spoke to before.
    Transfer(Option<u32>, String),
    /// Send the other side of the first to the other side of the second.
    TransferTo(u32, u32),
    /// Subscribe to somebody's state.
    Subscribe(Package, String),
    /// End every subscription to this.
    Unsubscribe(Package),
    /// Publish this state of ours.
    Publish(Package, Publication),
    /// Send somebody a message.
    Message(String, String),
}

/// What is asked of a call's sound.
#[derive(Clone, PartialEq, Eq)]
pub enum CallSound {
    /// Into the conference, off hold.
    Join,
    /// Out of it; the agent talks on with it.
    Leave,
    /// Whether the agent is muted for it.
    Mute(bool),
    /// Whether anybody hears it.
    Heard(bool),
    /// Whether it hears anybody.
    Hears(bool),
    /// Begin or end a tone for the agent.
    Tone(Signal, bool),
    /// Play a WAV or Ogg Opus file.
    Play(PathBuf, Ears),
    /// End what is being played.
    StopPlaying,
    /// Record it, in a file of its own.
    Record,
    /// Record nothing for now, or go on.
    PauseRecording(bool),
    /// End the recording.
    StopRecording,
}

/// A state to be published.
#[derive(Clone, PartialEq, Eq)]
pub struct Publication {
    /// For example `application/pidf+xml`.
    pub content_type: String,
    /// The state; empty: take it back.
    pub body: String,
}

/// Without numbers, names and words.
impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Call(_) => "Call",
            Self::Answer(_) => "Answer",
            Self::Decline(_) => "Decline",
            Self::Hold(_) => "Hold",
            Self::Resume(_) => "Resume",
            Self::Keys(..) => "Keys",
            Self::Hangup(_) => "Hangup",
            Self::Sound(..) => "Sound",
            Self::Merge => "Merge",
            Self::HoldAll => "HoldAll",
            Self::Transfer(..) => "Transfer",
            Self::TransferTo(..) => "TransferTo",
            Self::Subscribe(..) => "Subscribe",
            Self::Unsubscribe(_) => "Unsubscribe",
            Self::Publish(..) => "Publish",
            Self::Message(..) => "Message",
        })
    }
}
