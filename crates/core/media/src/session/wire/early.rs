//! Handshakes that begin before we know with whom: who answers our offer may be quicker than the answer (RFC 5763 section
//! 5). What they send first is kept until the answer is there, so that nobody waits a second for it to be sent again.

use super::hands::is_handshake;
use crate::session::Channel;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// So many datagrams: a hello on each channel, and once more.
const MOST: usize = 4;
/// None is longer: what fits a packet on an Ethernet.
const LONGEST: usize = 1_500;
/// What is older was sent again since, or given up.
const OLDEST: Duration = Duration::from_secs(2);

/// The first datagrams of handshakes, as they came.
#[derive(Debug, Default)]
pub(super) struct Early(VecDeque<Datagram>);

#[derive(Debug)]
pub(super) struct Datagram {
    came: Instant,
    pub(super) channel: Channel,
    pub(super) source: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

impl Early {
    /// Whether it was kept.
    pub(super) fn keep(&mut self, came: Instant, channel: Channel, source: SocketAddr, bytes: &[u8]) -> bool {
        self.0.retain(|datagram| came <= datagram.came + OLDEST);
        let keeps = is_handshake(bytes) && bytes.len() <= LONGEST && self.0.len() < MOST;
        if keeps {
            self.0.push_back(Datagram { came, channel, source, bytes: bytes.to_vec() });
        }
        keeps
    }

    pub(super) fn next(&mut self, now: Instant) -> Option<Datagram> {
        self.0.retain(|datagram| now <= datagram.came + OLDEST);
        self.0.pop_front()
    }
}
