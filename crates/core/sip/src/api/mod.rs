//! The words between a [`UserAgent`](crate::UserAgent) and whoever drives it. SDP is opaque bytes here: sessions are
//! described by `core/media`, and joined to calls by `phone::engine`.

mod about;
mod account;
mod command;
mod event;
mod flow;
mod keys;
mod lookup;
mod saved;

pub use about::{About, Diversion, RingChoice, UserToUser};
pub use account::{Account, Server};
pub use command::{Command, Outgoing, Publishing, Subscribing, TransferTarget};
pub use event::{
    Asked, BoundContact, EndCause, Event, Failure, IncomingCall, IncomingMessage, IncomingRefer,
    Notification, SubscriptionEnd, SubscriptionState, TerminationReason,
};
pub use flow::{Flow, Transport};
pub use keys::{
    AccountKey, CallKey, LookupKey, MessageKey, PublicationKey, ReferKey, ReportKey, SubscriptionKey,
};
pub use lookup::{Found, LookupError, Naptr, Question, Srv};
pub use saved::{SavedCall, SavedCallError};

use bytes::Bytes;

/// What a [`UserAgent`](crate::UserAgent) takes in.
pub enum Input<'a> {
    /// One whole message, or a keep-alive: a datagram, or what a stream's [`Framer`](crate::message::Framer) cut out.
    Received {
        /// The path it came by.
        flow: Flow,
        /// Its bytes, as they came.
        message: &'a [u8],
    },
    /// The path is gone, or a message could not be sent on it (RFC 3261 section 18.4).
    FlowFailed {
        /// The path.
        flow: Flow,
    },
    /// The answer to [`Output::LookUp`].
    LookedUp {
        /// Which question.
        lookup: LookupKey,
        /// What there is.
        found: Result<Found, LookupError>,
    },
    /// Our addresses are others than before, or the machine slept: every path is in doubt.
    NetworkChanged,
    /// A wish of our side.
    Command(Command),
}

/// What a [`UserAgent`](crate::UserAgent) gives out.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit(Transmit),
    /// Nothing comes by this path any more, though nobody closed it: a connection is dropped, so that what is sent by
    /// it next opens another one. Nothing to do for datagrams. Not answered.
    Close {
        /// The path.
        flow: Flow,
    },
    /// Find this out; [`Input::LookedUp`] answers, always.
    LookUp {
        /// For the answer.
        lookup: LookupKey,
        /// What is asked.
        question: Question,
    },
    /// Keep what a call can be resumed with after a crash, in place of what was kept for it before; `None`: it is over.
    Keep {
        /// Which call.
        call: CallKey,
        /// What to keep.
        saved: Option<Box<SavedCall>>,
    },
    /// Something happened.
    Event(Event),
}

/// Bytes to be sent.
#[derive(Clone)]
pub struct Transmit {
    /// The path.
    pub flow: Flow,
    /// One whole message, or a keep-alive.
    pub payload: Bytes,
}

/// A name-addr (RFC 3261 section 20.10).
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// The display name, unquoted.
    pub display_name: Option<String>,
    /// The URI as text, for example `sip:+15551234@example.org` or `tel:+15551234`.
    pub uri: String,
}
