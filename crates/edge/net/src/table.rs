//! The TCP connections there are, by the address of the other side.

use bytes::Bytes;
use sidetone_sip::api::Flow;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::mpsc, task::AbortHandle};

/// What [`Table::push`] made of a message.
pub(crate) enum Push {
    /// It waits for being written.
    Queued,
    /// The peer takes too little too slowly: its connection was dropped.
    TooSlow,
    /// There is no connection; the bytes come back.
    Absent(Bytes),
}

/// One connection, established or on its way.
struct Entry {
    serial: u64,
    queue: mpsc::Sender<Bytes>,
    task: Option<AbortHandle>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Table {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<SocketAddr, Entry>,
    next_serial: u64,
}

/// A place in the table, given back by [`Table::leave`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    /// The path that the connection serves.
    pub(crate) flow: Flow,
    serial: u64,
}

impl Table {
    /// Nobody panics while holding it, and if so the map is whole all the same.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for `flow`, unless there are `limit` already.
    pub(crate) fn enter(&self, flow: Flow, queue: mpsc::Sender<Bytes>, limit: usize) -> Option<Seat> {
        let mut inner = self.lock();
        if inner.entries.len() >= limit {
            return None;
        }
        inner.next_serial += 1;
        let serial = inner.next_serial;
        let replaced = inner.entries.insert(flow.remote, Entry { serial, queue, task: None });
        if let Some(task) = replaced.and_then(|entry| entry.task) {
            task.abort();
        }
        Some(Seat { flow, serial })
    }

    /// Tells what to stop when the table is cleared.
    pub(crate) fn run_by(&self, seat: Seat, task: AbortHandle) {
        match self.lock().entries.get_mut(&seat.flow.remote) {
            Some(entry) if entry.serial == seat.serial => entry.task = Some(task),
            // Over before it was told.
            Some(_) | None => {}
        }
    }

    /// Gives a place back; `false` when it was taken away before, and whoever took it has spoken of it.
    pub(crate) fn leave(&self, seat: Seat) -> bool {
        let mut inner = self.lock();
        let ours = inner.entries.get(&seat.flow.remote).is_some_and(|entry| entry.serial == seat.serial);
        if ours {
            inner.entries.remove(&seat.flow.remote);
        }
        ours
    }

    /// Queues a message for `remote`.
    pub(crate) fn push(&self, remote: SocketAddr, bytes: Bytes) -> Push {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.get(&remote) else { return Push::Absent(bytes) };
        match entry.queue.try_send(bytes) {
            Ok(()) => Push::Queued,
            // Its task just ended: a new connection is due.
            Err(mpsc::error::TrySendError::Closed(bytes)) => Push::Absent(bytes),
            Err(mpsc::error::TrySendError::Full(_)) => {
                if let Some(task) = inner.entries.remove(&remote).and_then(|entry| entry.task) {
                    task.abort();
                }
                Push::TooSlow
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Ends them all.
    pub(crate) fn clear(&self) {
        for entry in std::mem::take(&mut self.lock().entries).into_values() {
            if let Some(task) = entry.task {
                task.abort();
            }
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} connections", self.len())
    }
}
