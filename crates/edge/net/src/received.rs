//! What the network brought, on its way to the event loop: in two queues, so that strangers keep no server of ours from
//! being heard.

use crate::failure::FlowError;
use bytes::Bytes;
use sidetone_sip::api::Flow;
use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{PoisonError, RwLock},
};
use tokio::sync::mpsc::{self, error::TryRecvError, error::TrySendError};

/// What the network brought.
#[derive(Clone, PartialEq, Eq)]
pub enum Received {
    /// One whole message, or a keep-alive: line ends, or over UDP a STUN message (RFC 5626 section 3.5).
    Message {
        /// The path it came by.
        flow: Flow,
        /// Its bytes. Not parsed: they may be anything.
        bytes: Bytes,
    },
    /// The path is gone, or what was sent on it did not arrive.
    FlowFailed {
        /// The path.
        flow: Flow,
        /// Why.
        why: FlowError,
    },
}

impl Received {
    fn flow(&self) -> &Flow {
        match self {
            Received::Message { flow, .. } | Received::FlowFailed { flow, .. } => flow,
        }
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Received::Message { flow, bytes } => {
                write!(f, "Message({:?}, {} bytes)", flow.transport, bytes.len())
            }
            Received::FlowFailed { flow, why } => write!(f, "FlowFailed({:?}, {why:?})", flow.transport),
        }
    }
}

/// Where [`Received`] comes out: favoured addresses' first. Not read: connections wait, UDP drops.
#[derive(Debug)]
pub struct Receiver {
    favoured: mpsc::Receiver<Received>,
    others: mpsc::Receiver<Received>,
}

impl Receiver {
    /// The next one; `None` when the transports are gone. Cancel-safe.
    pub async fn recv(&mut self) -> Option<Received> {
        tokio::select! {
            biased;
            Some(received) = self.favoured.recv() => Some(received),
            Some(received) = self.others.recv() => Some(received),
            else => None,
        }
    }

    /// The next one, if there is one now.
    ///
    /// # Errors
    /// As a channel of tokio has them.
    pub fn try_recv(&mut self) -> Result<Received, TryRecvError> {
        self.favoured.try_recv().or_else(|_| self.others.try_recv())
    }
}

/// The other end of a [`Receiver`].
#[derive(Debug)]
pub(crate) struct Events {
    favoured: mpsc::Sender<Received>,
    others: mpsc::Sender<Received>,
    addresses: RwLock<BTreeSet<IpAddr>>,
}

impl Events {
    /// Both ends, with room for `room` in either queue.
    pub(crate) fn new(room: usize) -> (Events, Receiver) {
        let (favoured, first) = mpsc::channel(room);
        let (others, second) = mpsc::channel(room);
        let receiver = Receiver { favoured: first, others: second };
        (Events { favoured, others, addresses: RwLock::default() }, receiver)
    }

    /// Favours these addresses and no others.
    pub(crate) fn favour(&self, addresses: BTreeSet<IpAddr>) {
        *self.addresses.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    /// Whether `address` is favoured.
    pub(crate) fn favours(&self, address: IpAddr) -> bool {
        self.addresses.read().unwrap_or_else(PoisonError::into_inner).contains(&address)
    }

    /// Nobody listens any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.others.is_closed()
    }

    /// Waits for room.
    pub(crate) async fn send(&self, event: Received) -> Result<(), Closed> {
        self.queue(&event).send(event).await.map_err(|_| Closed)
    }

    /// Delivers, or drops where there is no room.
    pub(crate) fn offer(&self, event: Received) {
        if let Err(TrySendError::Full(_)) = self.queue(&event).try_send(event) {
            tracing::debug!("something received was dropped: too much waits");
        }
    }

    /// Delivers without waiting; when the queue is full, in a moment. For what our side caused, of which there is no
    /// more than it sends.
    pub(crate) fn report(&self, event: Received) {
        let queue = self.queue(&event);
        if let Err(TrySendError::Full(event)) = queue.try_send(event) {
            let queue = queue.clone();
            tokio::spawn(async move { queue.send(event).await });
        }
    }

    fn queue(&self, event: &Received) -> &mpsc::Sender<Received> {
        if self.favours(event.flow().remote.ip()) { &self.favoured } else { &self.others }
    }
}

/// The event loop is gone.
#[derive(Debug)]
pub(crate) struct Closed;
