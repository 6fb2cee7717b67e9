//! One dialog of a call, early or confirmed: what the other side can, which descriptions are in force, and whose turn
//! it is in offer/answer (RFC 3261 section 13.2.1, RFC 3311 section 5). How it changes is in [change](super::change).

use super::{
    Context,
    change::{Ours, Theirs},
    timer::{Due, SessionTimer},
    unacked::Unacked,
};
use crate::{
    api::Failure,
    dialog::Dialog,
    message::{Headers, name},
    transaction::{ClientId, ServerId, Timer},
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Whose call it is: the one who made the Call-ID waits longer after a glare (section 14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    Theirs,
}

/// How far the first offer/answer of a dialog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The INVITE brought no offer, so that it is ours to make.
    Awaited,
    /// Our offer has no answer yet.
    Ours,
    /// Theirs has no answer yet, or one that may not have reached them.
    Theirs,
    /// Both know what is agreed.
    Done,
}

/// A dialog of a call.
pub(super) struct Leg {
    pub(super) dialog: Dialog,
    pub(super) origin: Origin,
    pub(super) first: First,
    /// Our last 2xx to an INVITE, while its ACK is missing.
    pub(super) unacked: Option<Unacked>,
    /// Our last PRACK, while its answer is missing: what overtook it would be refused, or have it refused.
    pub(super) prack: Option<ClientId>,
    pub(super) ours: Ours,
    pub(super) theirs: Option<Theirs>,
    /// Whether they take UPDATE (RFC 3311 section 4).
    pub(super) takes_update: bool,
    /// Our description in force.
    pub(super) spoken: Option<Bytes>,
    /// Theirs.
    pub(super) heard: Option<Bytes>,
    pub(super) timer: SessionTimer,
}

impl Leg {
    /// A leg without a session timer, until a 2xx starts it.
    pub(super) fn new(dialog: Dialog, origin: Origin, first: First, session_expires: Duration) -> Self {
        Leg {
            dialog,
            origin,
            first,
            unacked: None,
            prack: None,
            ours: Ours::None,
            theirs: None,
            takes_update: false,
            spoken: None,
            heard: None,
            timer: SessionTimer::new(session_expires),
        }
    }

    /// What a message of theirs says of what they take.
    pub(super) fn learn(&mut self, headers: &Headers) {
        if headers.contains(name::ALLOW) {
            self.takes_update = headers.list(name::ALLOW).any(|method| method == "UPDATE");
        }
    }

    /// Whether it is their change, and not answered yet.
    pub(super) fn has_open(&self, server: ServerId) -> bool {
        self.theirs.as_ref().is_some_and(|theirs| theirs.server == server)
    }

    /// Whether a change of ours may go out (section 14.1).
    pub(super) fn is_free(&self) -> bool {
        self.unacked.is_none() && self.prack.is_none() && self.theirs.is_none()
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        let unacked = self.unacked.as_ref().map(Unacked::deadline);
        let unanswered = self.theirs.as_ref().map(|theirs| (theirs.give_up, Timer::Unanswered));
        let retry = if self.is_free() { self.ours.retry_at() } else { None };
        let session = self.timer.deadline().map(|at| (at, Timer::Session));
        let all = [unacked, unanswered, retry.map(|at| (at, Timer::Glare)), session];
        all.into_iter().flatten().min()
    }

    /// Does what is due. An error: the leg is broken.
    pub(super) fn on_timeout(&mut self, context: &mut Context<'_>) -> Result<(), Failure> {
        if let Some(unacked) = &mut self.unacked
            && !unacked.on_timeout(context.now, &mut context.stack.out)
        {
            return Err(Failure::Timeout);
        }
        if self.theirs.as_ref().is_some_and(|theirs| theirs.give_up <= context.now) {
            self.abandon_theirs(context, 504);
        }
        match self.timer.due(context.now) {
            Due::Over => return Err(Failure::Timeout),
            Due::Refresh => self.refresh(context),
            Due::Nothing => {}
        }
        self.change_when_free(context);
        Ok(())
    }
}
