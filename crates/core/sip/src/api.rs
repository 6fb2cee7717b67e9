//! The words between a [`UserAgent`](crate::UserAgent) and whoever drives it. SDP is opaque bytes here: sessions are
//! described by `core/media`, and joined to calls by `phone::translate`.

use bytes::Bytes;
use std::{net::SocketAddr, time::Duration};

/// What carries a message (RFC 3261 section 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: retransmissions are ours.
    Udp,
    /// A stream: connected when first sent on.
    Tcp,
}

/// A path that messages take: one socket or connection here, one address there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// What carries it.
    pub transport: Transport,
    /// Our address, as bound.
    pub local: SocketAddr,
    /// Their address, as seen.
    pub remote: SocketAddr,
}

/// One call (an INVITE usage, RFC 3261 sections 13 to 15): a number of our own, never used twice, not the Call-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u32);

/// What a [`UserAgent`](crate::UserAgent) takes in.
pub enum Input<'a> {
    /// One whole message: a datagram, or what a stream's [`Framer`](crate::message::Framer) cut out.
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
    /// A wish of our side.
    Command(Command),
}

/// Who we are to a server, and where it is.
#[derive(Clone)]
pub struct Account {
    /// `sip:user@domain`, the address of record.
    pub aor: String,
    /// The name others see; may be empty.
    pub display_name: String,
    /// The name for digest authentication; usually the user part.
    pub auth_user: String,
    /// The password. Never printed: `Debug` leaves it out.
    pub password: String,
    /// The path to the server (registrar and outbound proxy in one).
    pub server: Flow,
    /// How long a registration is asked to last.
    pub expires: Duration,
}

/// A wish of our side.
pub enum Command {
    /// Register, and stay registered until [`Command::Unregister`] (RFC 3261 section 10).
    Register(Account),
    /// Leave the server.
    Unregister,
    /// Call someone. Without registration the call goes straight to `via`.
    Call {
        /// Made by [`UserAgent::new_call_key`](crate::UserAgent::new_call_key).
        call: CallKey,
        /// The Request-URI, for example `sip:100@example.org`.
        target: String,
        /// The path, where it is not the account's server.
        via: Option<Flow>,
        /// Who calls, where it is not the account: an exchange calls for its customers.
        from: Option<Address>,
        /// Headers of one's own, for example `X-Queue`. A name that is no token, or that the stack itself writes,
        /// fails the call; control characters in a value become spaces.
        headers: Vec<(String, String)>,
        /// The offer.
        sdp: Bytes,
    },
    /// Say that it rings here (180).
    Ring {
        /// Which call.
        call: CallKey,
    },
    /// Take an incoming call (200).
    Answer {
        /// Which call.
        call: CallKey,
        /// The answer; the offer, where the INVITE brought none.
        sdp: Bytes,
    },
    /// Refuse an incoming call.
    Reject {
        /// Which call.
        call: CallKey,
        /// A final status code of 300 or more, for example 486.
        code: u16,
    },
    /// End a call in whatever state it is: CANCEL, BYE, or a refusal.
    Hangup {
        /// Which call.
        call: CallKey,
    },
    /// Change a running call (re-INVITE, RFC 3261 section 14), for example to hold it.
    Offer {
        /// Which call.
        call: CallKey,
        /// The new offer.
        sdp: Bytes,
    },
    /// Answer their change.
    AnswerOffer {
        /// Which call.
        call: CallKey,
        /// The answer; the offer, where their re-INVITE brought none.
        sdp: Bytes,
    },
    /// Refuse their change: the call goes on as it was.
    RefuseOffer {
        /// Which call.
        call: CallKey,
        /// Usually 488.
        code: u16,
    },
}

/// What a [`UserAgent`](crate::UserAgent) gives out.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit(Transmit),
    /// Something happened.
    Event(Event),
}

/// Bytes to be sent.
#[derive(Clone)]
pub struct Transmit {
    /// The path.
    pub flow: Flow,
    /// One whole message.
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

/// What happened.
pub enum Event {
    /// The server knows us for this long; renewed by itself. Said once for every success.
    Registered {
        /// Until then, from now.
        expires: Duration,
    },
    /// It does not. Tried again by itself where `retry_in` says when.
    RegistrationFailed {
        /// Why.
        why: Failure,
        /// When it is tried again; `None`: not before [`Command::Register`].
        retry_in: Option<Duration>,
    },
    /// The server let us go.
    Unregistered,
    /// Somebody calls. Answered with 100 already; [`Command::Ring`], `Answer` or `Reject` is next.
    IncomingCall(Box<IncomingCall>),
    /// A provisional response to our call.
    Progress {
        /// Which call.
        call: CallKey,
        /// 180, 183, ...
        code: u16,
        /// Early media's description.
        sdp: Option<Bytes>,
    },
    /// Our call was taken; the ACK is sent.
    Answered {
        /// Which call.
        call: CallKey,
        /// The answer.
        sdp: Bytes,
    },
    /// The ACK for our 200 came: to the call, or to a change of theirs that brought no offer.
    Confirmed {
        /// Which call.
        call: CallKey,
        /// The answer, where the offer was ours.
        sdp: Option<Bytes>,
    },
    /// They want to change the running call. [`Command::AnswerOffer`] or `RefuseOffer` is next.
    OfferReceived {
        /// Which call.
        call: CallKey,
        /// The offer; without one, ours is wanted.
        sdp: Option<Bytes>,
    },
    /// Our change was taken.
    OfferAnswered {
        /// Which call.
        call: CallKey,
        /// The answer.
        sdp: Bytes,
    },
    /// Our change was not taken: the call goes on as it was.
    OfferRefused {
        /// Which call.
        call: CallKey,
        /// Why.
        why: Failure,
    },
    /// The call is over. The last event of a call, and every call has one.
    Ended {
        /// Which call.
        call: CallKey,
        /// Who ended it, and why.
        cause: EndCause,
    },
    /// Our registrar: somebody can be called at another place now, or nowhere any more.
    Binding {
        /// The user part of the address of record.
        aor_user: String,
        /// Where; `None`: nowhere.
        contact: Option<BoundContact>,
    },
}

/// A place where a user registered at ours can be called: [`Command::Call`] with both.
#[derive(Clone, PartialEq, Eq)]
pub struct BoundContact {
    /// The Contact as the user gave it: the target.
    pub uri: String,
    /// The path the registration came by.
    pub flow: Flow,
}

/// An INVITE that wants to be answered.
pub struct IncomingCall {
    /// Its key from now on.
    pub call: CallKey,
    /// The path it came by; its local address is where our media is reached, too.
    pub flow: Flow,
    /// From: who calls.
    pub from: Address,
    /// To: who was called.
    pub to: Address,
    /// The Request-URI.
    pub request_uri: String,
    /// The offer; `None`: they want ours.
    pub sdp: Option<Bytes>,
    /// Every other header, in order, names as received. For the admin's rules (queue, variables).
    pub headers: Vec<(String, String)>,
}

/// Why something asked for was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A final response of 300 or more.
    Status {
        /// Its code.
        code: u16,
        /// Its phrase.
        reason: String,
    },
    /// Credentials were given and refused (401/407 again).
    Credentials,
    /// No answer in time (timer B or F).
    Timeout,
    /// The path failed.
    Transport,
    /// Something came that is not SIP, or not what was asked for.
    Protocol,
}

/// Who ended a call, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndCause {
    /// We did: [`Command::Hangup`] or `Reject`.
    Local,
    /// They did, by BYE.
    Remote,
    /// The caller gave up before we answered.
    Cancelled {
        /// Another of our devices took it (Reason with cause 200, RFC 3326).
        answered_elsewhere: bool,
    },
    /// Our call was not taken.
    Failed(Failure),
    /// The call broke: no ACK, no answer to a request in it, the path gone.
    Broken(Failure),
}
