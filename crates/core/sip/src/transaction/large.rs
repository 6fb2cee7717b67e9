//! Requests that are too large for a datagram go by TCP to the same place (RFC 3261 section 18.1.1). Where that is
//! refused they go as a datagram after all, and so do later ones for a while. The path that a user of a transaction
//! knows stays the datagrams' one. What follows a large request in its call takes TCP too, however small it is: two
//! requests of a dialog on two ways may overtake each other, and the one that comes late is refused (section 12.2.2).

use crate::{
    api::{Flow, Transport},
    message::Request,
};
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The largest request that goes as a datagram where nobody knows the path's MTU.
const MOST: usize = 1300;
/// How long it is remembered who takes no TCP.
const REMEMBERED: Duration = Duration::from_secs(30 * 60);
/// Of how many that is remembered.
const MAX_REFUSED: usize = 64;

/// How many calls are remembered that went over to TCP, the latest ones.
const MAX_MOVED: usize = 512;
/// A longer Call-ID is not remembered.
const LONGEST_ID: usize = 256;

/// Who takes no TCP, and which calls took it.
#[derive(Default)]
pub(super) struct Large {
    refused: BTreeMap<SocketAddr, Instant>,
    moved: VecDeque<(String, SocketAddr)>,
}

impl Large {
    /// What carries a request of this size in this call that is to take this path.
    pub(super) fn carrier(&mut self, now: Instant, path: Flow, (size, call_id): (usize, &str)) -> Flow {
        let refused = self.refused.get(&path.remote).is_some_and(|until| now < *until);
        if path.transport != Transport::Udp || refused {
            return path;
        }
        let moved = self.moved.iter().any(|(id, remote)| id == call_id && *remote == path.remote);
        if !moved && size <= MOST {
            return path;
        }
        if !moved && call_id.len() <= LONGEST_ID {
            self.moved.truncate(MAX_MOVED - 1);
            self.moved.push_front((call_id.to_owned(), path.remote));
        }
        Flow { transport: Transport::Tcp, ..path }
    }

    /// It took no TCP, or never answered by it.
    pub(super) fn note_refusal(&mut self, now: Instant, remote: SocketAddr) {
        self.refused.retain(|_, until| now < *until);
        self.moved.retain(|(_, moved)| *moved != remote);
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
