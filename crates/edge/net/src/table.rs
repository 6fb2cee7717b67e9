//! The connections there are, by what carries them, the address of the other side and who that has to be; and who has to give way when there
//! are too many.

use crate::{names::Line, setup::Limits};
use bytes::Bytes;
use sidetone_sip::api::{Flow, Transport};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
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

/// How a connection came to be, and so who gives way to whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing {
    /// We made it.
    Ours,
    /// Somebody came, and has not sent a whole message yet.
    Stranger,
    /// Somebody came and sent one.
    Introduced,
}

/// One connection, established or on its way.
struct Entry {
    seat: Seat,
    queue: mpsc::Sender<Bytes>,
    task: Option<AbortHandle>,
    standing: Standing,
}

impl Entry {
    fn came_from(&self, address: IpAddr) -> bool {
        match self.standing {
            Standing::Ours => false,
            Standing::Stranger | Standing::Introduced => self.seat.flow.remote.ip() == address,
        }
    }

    /// Whether it has to go when there is no room for another.
    fn yields(&self) -> Yields {
        match self.standing {
            Standing::Ours => Yields::Never,
            Standing::Stranger => Yields::ToAnybody,
            Standing::Introduced => Yields::ToUs,
        }
    }

    fn end(self) {
        if let Some(task) = self.task {
            task.abort();
        }
    }
}

/// To whom a connection gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yields {
    ToAnybody,
    ToUs,
    Never,
}

type Key = (Transport, SocketAddr, Line);

/// All of them.
#[derive(Default)]
pub(crate) struct Table {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<Key, Entry>,
    next_serial: u64,
}

impl Inner {
    /// Ends the oldest one that `goes`, and says which it was.
    fn make_way(&mut self, goes: impl Fn(&Entry) -> bool) -> Option<Flow> {
        let (_, key) = self
            .entries
            .iter()
            .filter(|(_, entry)| goes(entry))
            .map(|(key, entry)| (entry.seat.serial, *key))
            .min()?;
        let entry = self.entries.remove(&key)?;
        let flow = entry.seat.flow;
        entry.end();
        Some(flow)
    }
}

/// A place in the table, given back by [`Table::leave`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    /// The path that the connection serves.
    pub(crate) flow: Flow,
    line: Line,
    serial: u64,
}

/// A place that was had.
pub(crate) struct Entered {
    /// It.
    pub(crate) seat: Seat,
    /// Whose connection was ended for it.
    pub(crate) ended: Option<Flow>,
}

impl Seat {
    fn key(&self) -> Key {
        (self.flow.transport, self.flow.remote, self.line)
    }
}

impl Table {
    /// Nobody panics while holding it, and if so the map is whole all the same.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for `flow`; `None` when nobody has to give way for it. Ours finds one as long as not all are ours.
    /// `favours`: whose connections are not counted against their address, and are the last to be ended for another's.
    pub(crate) fn enter(
        &self,
        (flow, line): (Flow, Line),
        queue: mpsc::Sender<Bytes>,
        standing: Standing,
        (limits, favours): (&Limits, impl Fn(IpAddr) -> bool),
    ) -> Option<Entered> {
        let mut inner = self.lock();
        let from = flow.remote.ip();
        let ours = matches!(standing, Standing::Ours);
        let precious = |entry: &Entry| favours(entry.seat.flow.remote.ip());
        let stranger = |entry: &Entry| entry.yields() == Yields::ToAnybody;
        if !ours && !favours(from) {
            let same = inner.entries.values().filter(|entry| entry.came_from(from)).count();
            if same >= limits.connections_per_address {
                inner.make_way(|entry| stranger(entry) && entry.came_from(from))?;
            }
            if inner.entries.values().filter(|entry| stranger(entry)).count() >= limits.strangers {
                inner.make_way(|entry| stranger(entry) && !precious(entry))?;
            }
        }
        let mut ended = None;
        if inner.entries.len() >= limits.connections
            && inner.make_way(|entry| stranger(entry) && !precious(entry)).is_none()
        {
            // Who has spoken is known by its flow, and its end is told.
            ended = Some(match (ours, favours(from)) {
                (true, _) => inner
                    .make_way(|entry| entry.yields() == Yields::ToUs && !precious(entry))
                    .or_else(|| inner.make_way(|entry| entry.yields() != Yields::Never))?,
                (false, true) => inner.make_way(stranger)?,
                (false, false) => return None,
            });
        }
        inner.next_serial += 1;
        let seat = Seat { flow, line, serial: inner.next_serial };
        if let Some(replaced) = inner.entries.insert(seat.key(), Entry { seat, queue, task: None, standing })
        {
            replaced.end();
        }
        Some(Entered { seat, ended })
    }

    /// Tells what to stop when the connection has to go; stops it where it had to already.
    pub(crate) fn run_by(&self, seat: Seat, task: AbortHandle) {
        match self.lock().entries.get_mut(&seat.key()) {
            Some(entry) if entry.seat.serial == seat.serial => entry.task = Some(task),
            Some(_) | None => task.abort(),
        }
    }

    /// The stranger sent a whole message.
    pub(crate) fn introduce(&self, seat: Seat) {
        if let Some(entry) = self.lock().entries.get_mut(&seat.key())
            && entry.seat.serial == seat.serial
            && let Standing::Stranger = entry.standing
        {
            entry.standing = Standing::Introduced;
        }
    }

    /// Gives a place back; `false` when it was taken away before, and whoever took it has spoken of it.
    pub(crate) fn leave(&self, seat: Seat) -> bool {
        let mut inner = self.lock();
        let ours = inner.entries.get(&seat.key()).is_some_and(|entry| entry.seat.serial == seat.serial);
        if ours {
            inner.entries.remove(&seat.key());
        }
        ours
    }

    /// Queues a message on the connection of `flow`.
    pub(crate) fn push(&self, (flow, line): (&Flow, Line), bytes: Bytes) -> Push {
        let mut inner = self.lock();
        let key = (flow.transport, flow.remote, line);
        let Some(entry) = inner.entries.get(&key) else { return Push::Absent(bytes) };
        match entry.queue.try_send(bytes) {
            Ok(()) => Push::Queued,
            // Its task just ended: a new connection is due.
            Err(mpsc::error::TrySendError::Closed(bytes)) => Push::Absent(bytes),
            Err(mpsc::error::TrySendError::Full(_)) => {
                if let Some(entry) = inner.entries.remove(&key) {
                    entry.end();
                }
                Push::TooSlow
            }
        }
    }

    /// Ends the connection of `flow`.
    pub(crate) fn close(&self, (flow, line): (&Flow, Line)) {
        if let Some(entry) = self.lock().entries.remove(&(flow.transport, flow.remote, line)) {
            entry.end();
        }
    }

    /// Ends those that `go`, and says which they were.
    pub(crate) fn end(&self, go: impl Fn(&Flow) -> bool) -> Vec<Flow> {
        let mut inner = self.lock();
        let ended = inner.entries.extract_if(.., |_, entry| go(&entry.seat.flow));
        ended
            .map(|(_, entry)| {
                let flow = entry.seat.flow;
                entry.end();
                flow
            })
            .collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} connections", self.len())
    }
}
