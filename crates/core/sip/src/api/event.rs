//! What happens.

use super::{
    About, AccountKey, Address, CallKey, Flow, LookupKey, MessageKey, PublicationKey, ReferKey, ReportKey,
    SubscriptionKey,
};
use bytes::Bytes;
use std::time::Duration;

/// What happened.
pub enum Event {
    /// The server knows us for this long; renewed by itself. Said once for every success.
    Registered {
        /// Which account.
        account: AccountKey,
        /// The path to the server that took it: calls by this account take it, and so should their media.
        path: Flow,
        /// Until then, from now.
        expires: Duration,
    },
    /// It does not. Tried again by itself where `retry_in` says when.
    RegistrationFailed {
        /// Which account.
        account: AccountKey,
        /// Why.
        why: Failure,
        /// When it is tried again; `None`: not before [`Command::Register`].
        retry_in: Option<Duration>,
    },
    /// The server let us go.
    Unregistered {
        /// Which account.
        account: AccountKey,
    },
    /// Somebody calls. Answered with 100 already; [`Command::Ring`], `Answer` or `Reject` is next.
    IncomingCall(Box<IncomingCall>),
    /// A provisional response to our call; 181 also when a redirection is followed (RFC 3261 section 8.1.3.4). A forked
    /// call rings at several places, each with early media of its own: the one that spoke last is to be heard.
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
        /// The answer: of the 200, or what was said for certain before it.
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
    /// The paths to a URI, best first; the answer to [`Command::Locate`](super::Command::Locate).
    Located {
        /// Whose question.
        lookup: LookupKey,
        /// The paths; at least one.
        paths: Result<Vec<Flow>, Failure>,
    },
    /// A call goes by another path now, from another address of ours: its media must follow by
    /// [`Command::Offer`](super::Command::Offer), or begin there, where it was not taken yet.
    PathChanged {
        /// Which call.
        call: CallKey,
        /// The new one.
        path: Flow,
    },
    /// Whom we speak to is somebody else by now (RFC 4916, RFC 3325).
    PeerChanged {
        /// Which call.
        call: CallKey,
        /// Who.
        peer: Address,
    },
    /// A digit came by INFO.
    Digit {
        /// Which call.
        call: CallKey,
        /// The key.
        digit: char,
    },
    /// The server asks for something that the agent could do by hand (NOTIFY of `talk` or `hold`).
    Asked {
        /// Which call.
        call: CallKey,
        /// For what.
        what: Asked,
    },
    /// How a transfer of ours goes: what the other side heard from the target (RFC 3515 section 2.4.5).
    TransferProgress {
        /// Which call.
        call: CallKey,
        /// 100, 180, ...
        code: u16,
    },
    /// How a transfer of ours went. When well, the call has no more use; else it is as it was.
    TransferEnded {
        /// Which call.
        call: CallKey,
        /// Whether the target took it.
        outcome: Result<(), Failure>,
    },
    /// They want us to call somebody. [`Command::FollowRefer`](super::Command::FollowRefer) or `RefuseRefer` is next.
    ReferReceived(Box<IncomingRefer>),
    /// Where a subscription stands: said when that changes, and when it was made anew: what was merged of its
    /// notifications begins anew then, too. Not at every renewal.
    Subscription {
        /// Which.
        subscription: SubscriptionKey,
        /// Where.
        state: SubscriptionState,
    },
    /// The server tells of voice messages without a subscription of ours, as Asterisk does (NOTIFY outside of any dialog,
    /// `message-summary`, RFC 3842).
    MessagesWaiting {
        /// Whose mailbox.
        account: AccountKey,
        /// What.
        notification: Notification,
    },
    /// What a subscription tells.
    Notified {
        /// Which.
        subscription: SubscriptionKey,
        /// What.
        notification: Notification,
    },
    /// Whether a publication is in force. Nothing is said of one that was changed while it waited for its turn.
    Published {
        /// Which.
        publication: PublicationKey,
        /// For how long, zero once it is taken back; or why not, and then it is tried again by itself where that may help.
        outcome: Result<Duration, Failure>,
    },
    /// Whether a message of ours was taken.
    MessageSent {
        /// Which.
        message: MessageKey,
        /// Why not.
        outcome: Result<(), Failure>,
    },
    /// Whether a collector took a report. It is not told again, whatever the answer.
    Reported {
        /// Which.
        report: ReportKey,
        /// Why not.
        outcome: Result<(), Failure>,
    },
    /// Somebody writes.
    MessageReceived(Box<IncomingMessage>),
}

/// What a server may ask for in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Answer it, or go on with it.
    Talk,
    /// Hold it.
    Hold,
}

/// A REFER that wants to be followed (RFC 3515).
#[derive(Clone)]
pub struct IncomingRefer {
    /// Its key from now on.
    pub refer: ReferKey,
    /// The call in which it came, or which it names (Target-Dialog, RFC 4538).
    pub call: Option<CallKey>,
    /// The account whose server sent it.
    pub account: Option<AccountKey>,
    /// Refer-To, `Replaces` in its headers included: fit for [`Outgoing::target`](super::Outgoing::target).
    pub target: String,
    /// Referred-By (RFC 3892).
    pub referred_by: Option<Address>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionState {
    /// In force for this long; renewed by itself.
    Active(Duration),
    /// Somebody must allow it first.
    Pending,
    /// Not in force. Tried again by itself where `retry_in` says when.
    Ended {
        /// Why.
        why: SubscriptionEnd,
        /// When.
        retry_in: Option<Duration>,
    },
}

/// Why a subscription is not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionEnd {
    /// We wanted it so: [`Command::Unsubscribe`](super::Command::Unsubscribe).
    Local,
    /// The notifier ended it (Subscription-State `terminated`).
    Terminated(TerminationReason),
    /// It was not given, or could not be renewed.
    Failed(Failure),
}

/// Why a notifier ended a subscription (RFC 6665 section 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminationReason {
    /// It is to be made anew, perhaps at another server.
    Deactivated,
    /// It may be made anew later.
    Probation,
    /// It is not allowed, or no more.
    Rejected,
    /// It was not renewed in time.
    Timeout,
    /// Nobody said whether it is allowed.
    GiveUp,
    /// There is no such thing to watch.
    NoResource,
    /// Nothing will ever change again.
    Invariant,
    /// None, or one that we do not know.
    Other,
}

/// What a NOTIFY told (RFC 6665). Read by [`Told::read`](crate::package::Told::read).
#[derive(Clone)]
pub struct Notification {
    /// Its type, parameters included.
    pub content_type: String,
    /// Its content; never empty in a subscription.
    pub body: Bytes,
}

/// A message of theirs (RFC 3428).
#[derive(Clone)]
pub struct IncomingMessage {
    /// The account whose server sent it.
    pub account: Option<AccountKey>,
    /// From.
    pub from: Address,
    /// The body's type.
    pub content_type: String,
    /// The words.
    pub body: Bytes,
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
    /// The account that it is for.
    pub account: Option<AccountKey>,
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
    /// What they say, read.
    pub about: Box<About>,
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
    /// There is no such name, or nothing at it (RFC 3263).
    NoSuchName,
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
    /// Another call took its place (Replaces, RFC 3891).
    Replaced {
        /// Which.
        by: CallKey,
    },
    /// Our call was not taken.
    Failed(Failure),
    /// The call broke: no ACK, no answer to a request in it, the path gone.
    Broken(Failure),
}
