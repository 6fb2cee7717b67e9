//! The connections there are, by what carries them and the address of the other side; and who has to give way when there
//! are too many.

use crate::{setup::Limits, tls};
use bytes::Bytes;
use rustls::pki_types::CertificateDer;
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
    /// There is no connection that will do; the bytes come back.
    Absent(Bytes),
}

/// How a connection came to be, and so who gives way to whom.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// We made it. For TLS with whom it is.
    Ours(Option<Certified>),
    /// Somebody came, and has not sent a whole message yet.
    Stranger,
    /// Somebody came and sent one.
    Introduced,
}

/// Whom the other side has shown to be.
#[derive(Debug, Clone)]
pub(crate) struct Certified {
    /// Domains that its certificate is for, as far as was asked; at first the one that the handshake will ask for.
    domains: Vec<String>,
    /// Its certificate, after the handshake.
    certificate: Option<CertificateDer<'static>>,
}

impl Certified {
    /// Before the handshake that is to show `domain`.
    pub(crate) fn awaited(domain: &str) -> Certified {
        Certified { domains: vec![domain.to_owned()], certificate: None }
    }

    /// Whether messages for `domain` may go there (RFC 5923 section 8.3).
    fn serves(&mut self, domain: &str) -> bool {
        /// One server for more domains of one phone there is not.
        const AT_MOST: usize = 16;
        if self.domains.iter().any(|known| known == domain) {
            return true;
        }
        let serves = self.certificate.as_ref().is_some_and(|certificate| tls::is_for(certificate, domain));
        if serves && self.domains.len() < AT_MOST {
            self.domains.push(domain.to_owned());
        }
        serves
    }
}

/// One connection, established or on its way.
struct Entry {
    seat: Seat,
    queue: mpsc::Sender<Bytes>,
    task: Option<AbortHandle>,
    standing: Standing,
}

impl Entry {
    fn serves(&mut self, domain: &str) -> bool {
        match &mut self.standing {
            Standing::Ours(Some(certified)) => certified.serves(domain),
            Standing::Ours(None) | Standing::Stranger | Standing::Introduced => true,
        }
    }

    fn came_from(&self, address: IpAddr) -> bool {
        match self.standing {
            Standing::Ours(_) => false,
            Standing::Stranger | Standing::Introduced => self.seat.flow.remote.ip() == address,
        }
    }

    /// Whether it has to go when there is no room for another.
    fn yields(&self) -> Yields {
        match self.standing {
            Standing::Ours(_) => Yields::Never,
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

type Key = (Transport, SocketAddr);

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
        (self.flow.transport, self.flow.remote)
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
        flow: Flow,
        queue: mpsc::Sender<Bytes>,
        standing: Standing,
        (limits, favours): (&Limits, impl Fn(IpAddr) -> bool),
    ) -> Option<Entered> {
        let mut inner = self.lock();
        let from = flow.remote.ip();
        let ours = matches!(standing, Standing::Ours(_));
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
        let seat = Seat { flow, serial: inner.next_serial };
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

    /// The other side has shown this.
    pub(crate) fn certify(&self, seat: Seat, shown: CertificateDer<'static>) {
        if let Some(entry) = self.lock().entries.get_mut(&seat.key())
            && entry.seat.serial == seat.serial
            && let Standing::Ours(Some(certified)) = &mut entry.standing
        {
            certified.certificate = Some(shown);
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

    /// Queues a message on the connection of `flow`, if the other side is `domain` where that can be told.
    pub(crate) fn push(&self, flow: &Flow, bytes: Bytes, domain: &str) -> Push {
        let mut inner = self.lock();
        let key = (flow.transport, flow.remote);
        let Some(entry) = inner.entries.get_mut(&key).filter(|entry| !entry.queue.is_closed()) else {
            return Push::Absent(bytes);
        };
        if !entry.serves(domain) {
            return Push::Absent(bytes);
        }
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
