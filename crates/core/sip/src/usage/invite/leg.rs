//! One dialog of a call, early or confirmed: whose turn it is in offer/answer (RFC 3261 section 13.2.1, RFC 3311 section
//! 5). How it changes is in [change](super::change).

use super::{
    change::{Ours, Theirs},
    unacked::Unacked,
};
use crate::{
    dialog::Dialog,
    transaction::{ServerId, Timer},
};
use std::time::Instant;

/// Whose call it is: the one who made the Call-ID waits longer after a glare (section 14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    Theirs,
}

/// A dialog of a call.
pub(super) struct Leg {
    pub(super) dialog: Dialog,
    pub(super) origin: Origin,
    /// Our last 2xx to an INVITE, while its ACK is missing.
    pub(super) unacked: Option<Unacked>,
    pub(super) ours: Ours,
    pub(super) theirs: Option<Theirs>,
}

impl Leg {
    pub(super) fn new(dialog: Dialog, origin: Origin) -> Self {
        Leg { dialog, origin, unacked: None, ours: Ours::None, theirs: None }
    }

    /// Whether it is their change, and not answered yet.
    pub(super) fn has_open(&self, server: ServerId) -> bool {
        self.theirs.as_ref().is_some_and(|theirs| theirs.server == server)
    }

    /// Whether a change of ours may go out (section 14.1).
    pub(super) fn is_free(&self) -> bool {
        self.unacked.is_none() && self.theirs.is_none()
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        let unacked = self.unacked.as_ref().map(Unacked::deadline);
        let retry = if self.is_free() { self.ours.retry_at() } else { None };
        unacked.into_iter().chain(retry.map(|at| (at, Timer::Glare))).min()
    }
}
