//! Provisional responses of ours that must arrive (RFC 3262 section 3): one at a time, sent again over streams too
//! until its PRACK comes, the others behind it in order.

use crate::{
    message::{RAck, Request, Response, name},
    stack::Stack,
    transaction::{Resend, ServerId, T1_64, Timer},
};
use std::{collections::VecDeque, time::Instant};

/// The most that wait behind one without PRACK; a ringing that is said once more is no loss.
const MAX_WAITING: usize = 4;

/// What the caller said of reliable responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// Knows none.
    Lacks,
    /// Knows them.
    Supports,
    /// Wants every one to be reliable.
    Requires,
}

/// The reliable responses to one INVITE.
pub(super) struct Reliable {
    caller: Caller,
    next: u32,
    sent: Option<Sent>,
    waiting: VecDeque<Response>,
}

/// The one that has no PRACK yet.
struct Sent {
    rseq: u32,
    response: Response,
    resend: Resend,
    give_up: Instant,
}

impl Reliable {
    /// `first` is the RSeq of the first one.
    pub(super) fn for_caller(invite: &Request, first: u32) -> Self {
        let says = |field| invite.headers.has_token(field, "100rel");
        let caller = match (says(name::REQUIRE), says(name::SUPPORTED)) {
            (true, _) => Caller::Requires,
            (false, true) => Caller::Supports,
            (false, false) => Caller::Lacks,
        };
        Reliable { caller, next: first, sent: None, waiting: VecDeque::new() }
    }

    /// Whether a response with a description is sent reliably.
    pub(super) fn is_possible(&self) -> bool {
        self.caller != Caller::Lacks
    }

    /// Whether a response that is to be sent must or should be reliable: one with a description, where it can be.
    pub(super) fn wants(&self, response: &Response) -> bool {
        match self.caller {
            Caller::Requires => true,
            Caller::Supports => !response.body.is_empty(),
            Caller::Lacks => false,
        }
    }

    /// Sends a response, now or when the one before has its PRACK.
    pub(super) fn send(&mut self, now: Instant, stack: &mut Stack, to: (ServerId, Response)) {
        let (server, response) = to;
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(response);
        }
        self.send_next(now, stack, server);
    }

    /// Sends the next one, if none is under way.
    pub(super) fn send_next(&mut self, now: Instant, stack: &mut Stack, server: ServerId) {
        if self.sent.is_some() {
            return;
        }
        let Some(mut response) = self.waiting.pop_front() else { return };
        let rseq = self.next;
        self.next += 1;
        response.headers.push(name::REQUIRE, "100rel");
        response.headers.push(name::RSEQ, rseq.to_string());
        stack.respond(now, server, response.clone());
        self.sent = Some(Sent { rseq, response, resend: Resend::first(now), give_up: now + T1_64 });
    }

    /// The response that this PRACK is for, if it waits for one.
    pub(super) fn awaiting(&self, rack: &RAck) -> Option<&Response> {
        let is_it = self.outstanding().as_ref() == Some(rack);
        self.sent.as_ref().filter(|_| is_it).map(|sent| &sent.response)
    }

    /// Its PRACK came.
    pub(super) fn acknowledge(&mut self) {
        self.sent = None;
    }

    /// What a PRACK for the one under way says, once the 2xx is sent: it is answered still, nothing is sent again.
    pub(super) fn outstanding(&self) -> Option<RAck> {
        let sent = self.sent.as_ref()?;
        let cseq = sent.response.headers.cseq().ok()?;
        Some(RAck { rseq: sent.rseq, cseq: cseq.number, method: cseq.method })
    }

    /// Whether a description of ours is on its way, so that a 2xx must wait (section 3).
    pub(super) fn holds_description(&self) -> bool {
        let sent = self.sent.iter().map(|sent| &sent.response);
        sent.chain(&self.waiting).any(|response| !response.body.is_empty())
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.sent.as_ref().map(|sent| (sent.resend.at.min(sent.give_up), Timer::Reliable))
    }

    /// Sends it again where that is due. `false`: its PRACK will not come any more.
    pub(super) fn on_timeout(&mut self, now: Instant, stack: &mut Stack, server: ServerId) -> bool {
        let Some(sent) = &mut self.sent else { return true };
        if now >= sent.give_up {
            return false;
        }
        if now >= sent.resend.at {
            sent.resend = sent.resend.doubled(now);
            stack.respond(now, server, sent.response.clone());
        }
        true
    }
}
