//! A 2xx of ours to an INVITE: sent again until its ACK comes, over streams too (RFC 3261 section 13.3.1.4).

use crate::{
    api::Flow,
    outbox::Outbox,
    transaction::{Resend, T1_64, Timer},
};
use bytes::Bytes;
use std::time::Instant;

/// What the 2xx was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The call; its offer was theirs.
    Call,
    /// The call; its offer was ours, so that the ACK brings the answer.
    LateCall,
    /// A change of it; its offer was theirs.
    Change,
    /// A change of it; its offer was ours, so that the ACK brings the answer.
    LateChange,
}

/// A 2xx without ACK.
pub(super) struct Unacked {
    /// CSeq number of the INVITE.
    pub(super) number: u32,
    pub(super) awaited: Awaited,
    flow: Flow,
    response: Bytes,
    resend: Resend,
    give_up: Instant,
}

impl Unacked {
    /// The 2xx was just sent.
    pub(super) fn sent(now: Instant, number: u32, awaited: Awaited, sent: (Flow, Bytes)) -> Self {
        let (flow, response) = sent;
        Unacked { number, awaited, flow, response, resend: Resend::first(now), give_up: now + T1_64 }
    }

    pub(super) fn deadline(&self) -> (Instant, Timer) {
        (self.resend.at.min(self.give_up), Timer::Answer)
    }

    /// Sends it again where that is due. `false`: the ACK will not come any more.
    pub(super) fn on_timeout(&mut self, now: Instant, out: &mut Outbox) -> bool {
        if now >= self.give_up {
            return false;
        }
        if now >= self.resend.at {
            self.resend = self.resend.doubled_to_t2(now);
            out.send(self.flow, self.response.clone());
        }
        true
    }
}
