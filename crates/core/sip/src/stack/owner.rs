//! Who gets the answer to a request of ours.

use crate::api::{AccountKey, CallKey, MessageKey, PublicationKey, ReferKey, ReportKey, SubscriptionKey};

/// Who wants the answer to a request of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An account's registration.
    Registration(AccountKey),
    /// A call, for its first INVITE.
    Invite(CallKey),
    /// A call, for a re-INVITE or an UPDATE.
    Change(CallKey),
    /// A call, for a PRACK.
    Prack(CallKey),
    /// A call, for its BYE.
    Bye(CallKey),
    /// A call, for its REFER.
    Transfer(CallKey),
    /// A REFER of theirs, for what they are told of it.
    Refer(ReferKey),
    /// A call, for a digit by INFO.
    Digit(CallKey),
    /// A subscription.
    Subscription(SubscriptionKey),
    /// A publication.
    Publication(PublicationKey),
    /// A message.
    Message(MessageKey),
    /// A report to a collector.
    Report(ReportKey),
    /// Nobody: a CANCEL, or the BYE of a leg that was never wanted.
    Nobody,
}

impl Owner {
    /// The call, if it is one.
    pub(crate) fn call(self) -> Option<CallKey> {
        match self {
            Owner::Invite(call)
            | Owner::Change(call)
            | Owner::Prack(call)
            | Owner::Bye(call)
            | Owner::Transfer(call)
            | Owner::Digit(call) => Some(call),
            Owner::Registration(_)
            | Owner::Refer(_)
            | Owner::Subscription(_)
            | Owner::Publication(_)
            | Owner::Message(_)
            | Owner::Report(_)
            | Owner::Nobody => None,
        }
    }
}
