//! The one queue of what a user agent gives out.

use crate::api::{Event, Flow, Output, Transmit};
use bytes::Bytes;
use std::collections::VecDeque;

/// Room that is kept while there is nothing.
const ROOM: usize = 64;

/// What is to be sent and said, oldest first.
#[derive(Default)]
pub(crate) struct Outbox(VecDeque<Output>);

impl Outbox {
    pub(crate) fn send(&mut self, flow: Flow, payload: Bytes) {
        self.0.push_back(Output::Transmit(Transmit { flow, payload }));
    }

    pub(crate) fn say(&mut self, event: Event) {
        self.0.push_back(Output::Event(event));
    }

    pub(crate) fn give(&mut self, output: Output) {
        self.0.push_back(output);
    }

    /// Nothing is left of a crowd when the last one is out.
    pub(crate) fn take(&mut self) -> Option<Output> {
        let next = self.0.pop_front();
        if next.is_none() && self.0.capacity() > ROOM {
            self.0.shrink_to(ROOM);
        }
        next
    }
}
