//! An endpoint without a mind: keeps what it gets, sends what it is given. For the other side of a test that must do
//! what no sane user agent would.

use crate::world::Endpoint;
use bytes::Bytes;
use sidetone_sip::api::{Flow, Transmit};
use std::{collections::VecDeque, time::Instant};

/// Keeps and sends bytes.
#[derive(Default)]
pub struct Wire {
    /// What came, and by which path, oldest first. The test may take it out.
    pub received: Vec<(Flow, Vec<u8>)>,
    transmits: VecDeque<Transmit>,
}

impl Wire {
    /// Sends bytes.
    pub fn send(&mut self, flow: Flow, payload: impl Into<Bytes>) {
        self.transmits.push_back(Transmit { flow, payload: payload.into() });
    }
}

impl Endpoint for Wire {
    fn handle_datagram(&mut self, _now: Instant, flow: Flow, message: &[u8]) {
        self.received.push((flow, message.to_vec()));
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
}
