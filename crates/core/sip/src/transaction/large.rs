//! Requests that are too large for a datagram go by TCP to the same place (RFC 3261 section 18.1.1). Where that is
//! refused they go as a datagram after all, and so do later ones for a while. The path that a user of a transaction
//! knows stays the datagrams' one.

use crate::{
    api::{Flow, Transport},
    message::Request,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The largest request that goes as a datagram where nobody knows the path's MTU.
const MOST: usize = 1300;
/// How long it is remembered who takes no TCP.
const REMEMBERED: Duration = Duration::from_secs(30 * 60);
/// Of how many that is remembered.
const MAX_REFUSED: usize = 64;

/// Who takes no TCP.
#[derive(Default)]
pub(super) struct Large {
    refused: BTreeMap<SocketAddr, Instant>,
}

impl Large {
    /// What carries a request of this size that is to take this path.
    pub(super) fn carrier(&self, now: Instant, path: Flow, size: usize) -> Flow {
        let refused = self.refused.get(&path.remote).is_some_and(|until| now < *until);
        match path.transport {
            Transport::Udp if size > MOST && !refused => Flow { transport: Transport::Tcp, ..path },
            Transport::Udp | Transport::Tcp | Transport::Tls | Transport::Wss => path,
        }
    }

    /// It took no TCP, or never answered by it.
    pub(super) fn note_refusal(&mut self, now: Instant, remote: SocketAddr) {
        self.refused.retain(|_, until| now < *until);
        if self.refused.len() < MAX_REFUSED {
            self.refused.insert(remote, now + REMEMBERED);
        }
    }
}

/// Says in Via what carries the request.
pub(super) fn set_carrier(request: &mut Request, carrier: Flow) {
    if let Ok(mut via) = request.headers.top_via() {
        via.transport = carrier.transport.in_via().to_owned();
        request.headers.set_top_via(&via);
    }
}
