//! The one queue of what a user agent gives out.

use crate::api::{Event, Flow, Output, Transmit};
use bytes::Bytes;
use std::collections::VecDeque;

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

    pub(crate) fn take(&mut self) -> Option<Output> {
        self.0.pop_front()
    }
}
