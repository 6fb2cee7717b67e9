//! What a script asks of a phone without a window: calls go by the numbers they have in what happens, and there is more
//! to ask for than the desk has buttons. Nothing here is meant for an agent.

use sidetone_sip::package::Package;
use std::fmt;

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
            Self::Transfer(..) => "Transfer",
            Self::TransferTo(..) => "TransferTo",
            Self::Subscribe(..) => "Subscribe",
            Self::Unsubscribe(_) => "Unsubscribe",
            Self::Publish(..) => "Publish",
            Self::Message(..) => "Message",
        })
    }
}
