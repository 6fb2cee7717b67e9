//! The one queue of what a user agent gives out.

use crate::api::{Event, Flow, LookupKey, Output, Question, Transmit};
use bytes::Bytes;
use std::collections::VecDeque;

/// Room that is kept while there is nothing.
const ROOM: usize = 64;

/// What is to be sent and said, oldest first.
#[derive(Default)]
pub(crate) struct Outbox {
    outputs: VecDeque<Output>,
    /// How many of them were looked at by [`news`](Self::news).
    seen: usize,
}

impl Outbox {
    pub(crate) fn send(&mut self, flow: Flow, payload: Bytes) {
        self.outputs.push_back(Output::Transmit(Transmit { flow, payload }));
    }

    pub(crate) fn say(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// What was said since this was last asked: a usage hears what becomes of another's call.
    pub(crate) fn news(&mut self) -> impl Iterator<Item = &Event> {
        let seen = std::mem::replace(&mut self.seen, self.outputs.len());
        self.outputs.iter().skip(seen).filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Transmit(_) | Output::Close { .. } | Output::LookUp { .. } | Output::Keep { .. } => None,
        })
    }

    pub(crate) fn look_up(&mut self, lookup: LookupKey, question: Question) {
        self.give(Output::LookUp { lookup, question });
    }

    pub(crate) fn close(&mut self, flow: Flow) {
        self.give(Output::Close { flow });
    }

    pub(crate) fn give(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Nothing is left of a crowd when the last one is out.
    pub(crate) fn take(&mut self) -> Option<Output> {
        self.seen = self.seen.saturating_sub(1);
        let next = self.outputs.pop_front();
        if next.is_none() && self.outputs.capacity() > ROOM {
            self.outputs.shrink_to(ROOM);
        }
        next
    }
}
