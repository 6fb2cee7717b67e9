//! What our side can want.

use super::{
    Account, AccountKey, Address, CallKey, Flow, LookupKey, MessageKey, PublicationKey, ReferKey, ReportKey,
    SavedCall, SubscriptionKey,
};
use crate::package::Package;
use bytes::Bytes;
use std::time::Duration;

/// A wish of our side.
pub enum Command {
    /// Register, and stay registered until [`Command::Unregister`] (RFC 3261 section 10). The same key again changes
    /// the account.
    Register {
        /// Which account.
        account: AccountKey,
        /// Who we are there.
        identity: Box<Account>,
    },
    /// Leave the server.
    Unregister {
        /// Which account.
        account: AccountKey,
    },
    /// Call someone.
    Call {
        /// Made by [`UserAgent::new_call_key`](crate::UserAgent::new_call_key).
        call: CallKey,
        /// Whom, and how.
        outgoing: Box<Outgoing>,
    },
    /// Say that it rings here (180).
    Ring {
        /// Which call.
        call: CallKey,
    },
    /// Let the caller hear something before the call is taken (183 with a description, RFC 3261 section 13.3.1.1), so
    /// that it arrives for certain where the caller knows how (RFC 3262). What is said first stays: the 200 says it again.
    /// Where the offer is ours, a caller who does not know how hears nothing, and to one who does
    /// [`Event::OfferAnswered`](super::Event::OfferAnswered) brings the answer.
    EarlyMedia {
        /// Which call.
        call: CallKey,
        /// The answer; the offer, where the INVITE brought none.
        sdp: Bytes,
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
    /// End a call in whatever state it is: CANCEL, BYE, or a refusal. One that was to follow a REFER and was never placed
    /// is told to have failed.
    Hangup {
        /// Which call.
        call: CallKey,
    },
    /// Change a running call (re-INVITE, RFC 3261 section 14), for example to hold it. Before it is up the leg that spoke
    /// last is changed by UPDATE (RFC 3311), where the other side takes that and both know the first offer and its
    /// answer; else [`Event::OfferRefused`](super::Event::OfferRefused) says 491.
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
    /// Send a digit by INFO, to those who understand no telephone-event: `0` to `9`, `*`, `#`, `A` to `D`.
    SendDigit {
        /// Which call.
        call: CallKey,
        /// The key.
        digit: char,
    },
    /// Send the other side of a call that is up to somebody else (REFER, RFC 3515).
    /// [`Event::TransferEnded`](super::Event::TransferEnded) answers; while it is awaited another is left alone.
    Transfer {
        /// Which call.
        call: CallKey,
        /// To whom.
        target: TransferTarget,
    },
    /// Their REFER is followed by this call of ours; they are told how it goes. Said right before [`Command::Call`]: what
    /// the call heard before is not told.
    FollowRefer {
        /// Which REFER.
        refer: ReferKey,
        /// Our call.
        call: CallKey,
    },
    /// Refuse their REFER. One that is not decided about for a minute is refused with 603.
    RefuseRefer {
        /// Which REFER.
        refer: ReferKey,
        /// Usually 603.
        code: u16,
    },
    /// Go on with a call of before a crash, by a re-INVITE: by the account of then, where it has a path by now, else by
    /// [`SavedCall::flow`]. [`Event::OfferAnswered`](super::Event::OfferAnswered) says that it is up again; whatever
    /// refuses the offer ends the call (`Ended` with `Broken`, perhaps after `OfferRefused`), with a BYE where they may
    /// still know the dialog.
    Resume {
        /// Made by [`UserAgent::new_call_key`](crate::UserAgent::new_call_key).
        call: CallKey,
        /// What was kept of it.
        saved: Box<SavedCall>,
        /// The offer, with fresh media.
        sdp: Bytes,
    },
    /// End a call of before a crash: BYE, and no event says more of it.
    EndSaved {
        /// What was kept of it.
        saved: Box<SavedCall>,
    },
    /// Find the paths to a URI (RFC 3263); [`Event::Located`](super::Event::Located) answers.
    Locate {
        /// Of the asker's choice.
        lookup: LookupKey,
        /// For example `sip:100@example.org`.
        target: String,
    },
    /// Subscribe, and stay subscribed until [`Command::Unsubscribe`] (RFC 6665). The same key again asks anew: in the
    /// running subscription, where it is to the same; its body is said once. Zero seconds ask for the state once.
    Subscribe {
        /// Which subscription.
        subscription: SubscriptionKey,
        /// To what.
        subscribing: Box<Subscribing>,
    },
    /// End a subscription.
    Unsubscribe {
        /// Which subscription.
        subscription: SubscriptionKey,
    },
    /// Publish, and keep it published until [`Command::Unpublish`] (RFC 3903). The same key again changes it.
    Publish {
        /// Which publication.
        publication: PublicationKey,
        /// What.
        publishing: Box<Publishing>,
    },
    /// Take a publication back.
    Unpublish {
        /// Which publication.
        publication: PublicationKey,
    },
    /// Send a message (RFC 3428).
    SendMessage {
        /// Which message, for [`Event::MessageSent`](super::Event::MessageSent).
        message: MessageKey,
        /// By which account.
        account: AccountKey,
        /// To whom.
        target: String,
        /// For example `text/plain;charset=UTF-8`.
        content_type: String,
        /// The words.
        body: Bytes,
    },
    /// Tell a collector how a call was (RFC 6035), once.
    Report {
        /// Which report, for [`Event::Reported`](super::Event::Reported).
        report: ReportKey,
        /// By which account; it goes by that one's server.
        account: AccountKey,
        /// To whom, for example `sip:collector@example.org`.
        collector: String,
        /// The report, `application/vq-rtcpxr`.
        body: Bytes,
    },
}

/// A call of ours that is to be.
#[derive(Clone)]
pub struct Outgoing {
    /// By which account; `None`: straight to [`Outgoing::via`].
    pub account: Option<AccountKey>,
    /// The Request-URI, for example `sip:100@example.org`. Its headers (RFC 3261 section 19.1.1) are left out but for
    /// `Replaces` and `Join`, which become the INVITE's, and are required.
    pub target: String,
    /// The path, where it is not the account's server.
    pub via: Option<Flow>,
    /// Who calls, where it is not the account: an exchange calls for its customers.
    pub from: Option<Address>,
    /// Nobody is told who calls (RFC 3323 section 4.1, RFC 3325 section 7).
    pub anonymous: bool,
    /// Headers of one's own, for example `X-Queue`. A name that is no token, or that the stack itself writes,
    /// fails the call; control characters in a value become spaces.
    pub headers: Vec<(String, String)>,
    /// The offer.
    pub sdp: Bytes,
}

impl Outgoing {
    /// A call by an account with nothing special about it.
    pub fn by(account: AccountKey, target: &str, sdp: Bytes) -> Self {
        Outgoing { account: Some(account), ..Outgoing::to(target, None, sdp) }
    }

    /// A call by a path with nothing special about it.
    pub fn to(target: &str, via: Option<Flow>, sdp: Bytes) -> Self {
        Outgoing {
            account: None,
            target: target.to_owned(),
            via,
            from: None,
            anonymous: false,
            headers: Vec::new(),
            sdp,
        }
    }
}

/// Where a transfer goes.
#[derive(Clone)]
pub enum TransferTarget {
    /// To whom nobody spoke before: a blind one.
    Uri(String),
    /// To the other side of this call of ours, in its place (Replaces, RFC 3891): an attended one. It must be up: one
    /// that still rings fails the transfer with 481, as it would there (section 3).
    Call(CallKey),
}

/// A subscription that is to be.
#[derive(Clone)]
pub struct Subscribing {
    /// By which account.
    pub account: AccountKey,
    /// To whose state, for example `sip:colleague@example.org`.
    pub target: String,
    /// To what of it.
    pub package: Package,
    /// How long it is asked to last.
    pub expires: Duration,
    /// What the SUBSCRIBE says: its type and content (ECMA-323 requests in as-feature-event).
    pub body: Option<(String, Bytes)>,
}

/// A publication that is to be.
#[derive(Clone)]
pub struct Publishing {
    /// By which account; its address of record is what the state is of.
    pub account: AccountKey,
    /// Of what.
    pub package: Package,
    /// The body's type, for example `application/pidf+xml`.
    pub content_type: String,
    /// The state.
    pub body: Bytes,
    /// How long it is asked to last.
    pub expires: Duration,
}
