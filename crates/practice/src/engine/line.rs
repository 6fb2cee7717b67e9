//! The people on the line: who they are, and how far their call is.

use crate::customer::Customer;
use crate::queue::CustomerId;
use crate::script::Script;
use bytes::Bytes;
use sidetone_media::Negotiation;
use sidetone_sip::api::CallKey;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// A call's signalling and what was agreed in it.
pub(super) struct Line {
    pub(super) call: CallKey,
    pub(super) negotiation: Negotiation,
}

/// How far somebody is.
pub(super) enum Stage {
    /// In a queue, or resting between two offers.
    Waiting,
    /// To be offered; the sockets are being opened.
    Opening { call: CallKey },
    /// The INVITE is out.
    Offered(Line),
    /// The agent dialled them: rings here until `due`.
    Dialled { call: CallKey, negotiation: Option<Negotiation>, offer: Option<Bytes>, due: Instant },
    /// They took the agent's call; the ACK is awaited.
    Answered(Line),
    /// Both sides are through.
    Talking(Line, Box<Customer>),
}

impl Stage {
    pub(super) fn call(&self) -> Option<CallKey> {
        match self {
            Stage::Waiting => None,
            Stage::Opening { call } | Stage::Dialled { call, .. } => Some(*call),
            Stage::Offered(line) | Stage::Answered(line) | Stage::Talking(line, _) => Some(line.call),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Stage::Dialled { due, .. } => Some(*due),
            Stage::Talking(_, customer) => customer.poll_timeout(),
            Stage::Waiting | Stage::Opening { .. } | Stage::Offered(_) | Stage::Answered(_) => None,
        }
    }
}

/// Somebody with a script.
pub(super) struct Caller {
    pub(super) script: Arc<Script>,
    pub(super) stage: Stage,
}

impl Caller {
    /// The line of a call that is about to begin.
    pub(super) fn take_line(&mut self) -> Option<Line> {
        match std::mem::replace(&mut self.stage, Stage::Waiting) {
            Stage::Offered(line) | Stage::Answered(line) => Some(line),
            other @ (Stage::Waiting | Stage::Opening { .. } | Stage::Dialled { .. } | Stage::Talking(..)) => {
                self.stage = other;
                None
            }
        }
    }

    /// The line of a call that goes on.
    pub(super) fn talking(&mut self) -> Option<(&mut Line, &mut Customer)> {
        match &mut self.stage {
            Stage::Talking(line, customer) => Some((line, customer)),
            Stage::Waiting
            | Stage::Opening { .. }
            | Stage::Offered(_)
            | Stage::Dialled { .. }
            | Stage::Answered(_) => None,
        }
    }
}

/// Everybody there is.
#[derive(Default)]
pub(super) struct Callers {
    callers: BTreeMap<CustomerId, Caller>,
    count: u32,
}

impl Callers {
    pub(super) fn new_id(&mut self) -> CustomerId {
        self.count += 1;
        CustomerId(self.count)
    }

    pub(super) fn insert(&mut self, who: CustomerId, caller: Caller) {
        self.callers.insert(who, caller);
    }

    pub(super) fn get(&mut self, who: CustomerId) -> Option<&mut Caller> {
        self.callers.get_mut(&who)
    }

    pub(super) fn find(&mut self, call: CallKey) -> Option<(CustomerId, &mut Caller)> {
        let found = self.callers.iter_mut().find(|(_, caller)| caller.stage.call() == Some(call));
        found.map(|(who, caller)| (*who, caller))
    }

    pub(super) fn remove(&mut self, who: CustomerId) -> Option<Caller> {
        self.callers.remove(&who)
    }

    /// Forgets everybody; gives the calls there were.
    pub(super) fn clear(&mut self) -> Vec<CallKey> {
        std::mem::take(&mut self.callers).into_values().filter_map(|caller| caller.stage.call()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.callers.len()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.callers.values().filter_map(|caller| caller.stage.deadline()).min()
    }

    /// Whose deadline is over.
    pub(super) fn due(&self, now: Instant) -> Vec<CustomerId> {
        let is_due = |caller: &Caller| caller.stage.deadline().is_some_and(|due| due <= now);
        self.callers.iter().filter(|(_, caller)| is_due(caller)).map(|(who, _)| *who).collect()
    }
}
