//! Their requests under way: repeated ones are answered here, an ACK for a failure ends here, a CANCEL finds its INVITE.
//! Matches by branch, sent-by and method (RFC 3261 section 17.2.3); requests of RFC 2543 by what they have instead.

use super::{
    MAX_TRANSACTIONS, Timer,
    agenda::Agenda,
    client::Kind,
    server::{Due, Server},
};
use crate::{
    api::Flow,
    message::{Headers, Method, Request, Response},
    outbox::Outbox,
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

/// One request of theirs, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerId(u64);

/// What an arriving request is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A new one.
    New(ServerId),
    /// Known, and dealt with.
    Absorbed,
    /// An ACK that belongs to a call: for a 2xx, or to nothing.
    Ack,
    /// The same request by another way (RFC 3261 section 8.2.2.2): wants a 482.
    Merged(ServerId),
    /// There are too many already: wants a 503.
    Full,
    /// Without what identifies a request: nothing can be answered.
    Nameless,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The server of an account of ours, or whom we talk to already.
    Known,
    /// Anybody else. All strangers together have a part of the transactions only.
    Stranger,
}

/// Stands for a name: whoever sends it may make it as long as a message.
type Digest = [u8; 32];

/// What identifies a transaction: branch or what stands for it, sent-by, and the method (INVITE for its ACK).
type Key = Digest;

/// What identifies a request on all its ways: From tag, Call-ID, CSeq.
type Identity = Digest;

struct Entry {
    machine: Server,
    flow: Flow,
    key: Key,
    identity: Identity,
    standing: Standing,
}

/// Every server transaction.
pub(crate) struct Servers {
    entries: BTreeMap<ServerId, Entry>,
    keys: BTreeMap<Key, ServerId>,
    /// How many transactions there are of each request.
    identities: BTreeMap<Identity, usize>,
    agenda: Agenda<ServerId>,
    strangers: usize,
    most_strangers: usize,
    next: u64,
}

impl Servers {
    /// Strangers get so many transactions at one time.
    pub(crate) fn new(most_strangers: usize) -> Self {
        Servers {
            entries: BTreeMap::new(),
            keys: BTreeMap::new(),
            identities: BTreeMap::new(),
            agenda: Agenda::new(),
            strangers: 0,
            most_strangers: most_strangers.min(MAX_TRANSACTIONS),
            next: 0,
        }
    }

    /// A request came by this path.
    pub(crate) fn on_request(
        &mut self,
        now: Instant,
        out: &mut Outbox,
        (flow, standing): (Flow, Standing),
        request: &Request,
    ) -> Arrival {
        let is_ack = request.method == Method::Ack;
        let key_method = if is_ack { &Method::Invite } else { &request.method };
        let (Some(key), Some(identity)) = (key_of(request, key_method), identity_of(request)) else {
            return Arrival::Nameless;
        };
        if let Some(id) = self.keys.get(&key).copied() {
            return self.on_known(now, out, id, is_ack);
        }
        if is_ack {
            return Arrival::Ack;
        }
        if !self.has_room(standing) {
            return Arrival::Full;
        }
        let merged = request.headers.to().is_ok_and(|to| to.tag().is_none())
            && self.identities.contains_key(&identity);
        let kind = if request.method == Method::Invite { Kind::Invite } else { Kind::Other };
        let machine = Server::new(kind, flow.transport.is_reliable());
        let id = ServerId(self.next);
        self.next += 1;
        let flow = reply_path(flow, &request.headers);
        self.insert(id, Entry { machine, flow, key, identity, standing });
        if merged { Arrival::Merged(id) } else { Arrival::New(id) }
    }

    fn on_known(&mut self, now: Instant, out: &mut Outbox, id: ServerId, is_ack: bool) -> Arrival {
        let Some(entry) = self.entries.get_mut(&id) else { return Arrival::Absorbed };
        if is_ack {
            if entry.machine.is_accepted() {
                return Arrival::Ack;
            }
            entry.machine.on_ack(now);
            self.settle(id);
        } else if let Some(response) = entry.machine.on_repeat() {
            out.send(entry.flow, response);
        }
        Arrival::Absorbed
    }

    /// Answers a request. A second final response is not sent.
    pub(crate) fn respond(&mut self, now: Instant, out: &mut Outbox, id: ServerId, response: &Response) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let bytes = response.to_bytes();
        if entry.machine.respond(now, response.code, &bytes) {
            out.send(entry.flow, bytes);
        }
        self.settle(id);
    }

    /// The transaction that this CANCEL is about (RFC 3261 section 9.2).
    pub(crate) fn cancelled_by(&self, cancel: &Request) -> Option<ServerId> {
        self.keys.get(&key_of(cancel, &Method::Invite)?).copied()
    }

    /// Whether a final response is still owed.
    pub(crate) fn is_open(&self, id: ServerId) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.machine.is_open())
    }

    /// The path that responses take.
    pub(crate) fn flow(&self, id: ServerId) -> Option<Flow> {
        self.entries.get(&id).map(|entry| entry.flow)
    }

    /// Responses that are still to come go by another path from now on.
    pub(crate) fn reroute(&mut self, meant: impl Fn(Flow) -> Option<Flow>) {
        for entry in self.entries.values_mut() {
            if let Some(path) = meant(entry.flow) {
                entry.flow = path;
            }
        }
    }

    /// Whether anybody whose INVITE was refused does not know yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.entries.values().any(|entry| entry.machine.wants_ack())
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.agenda.first()
    }

    /// Wakes what is due.
    pub(crate) fn on_timeout(&mut self, now: Instant, out: &mut Outbox) {
        for id in self.agenda.due(now) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            match entry.machine.on_timeout(now) {
                Due::Resend(response) => out.send(entry.flow, response),
                Due::Nothing | Due::Over => {}
            }
            self.settle(id);
        }
    }

    fn has_room(&self, standing: Standing) -> bool {
        self.entries.len() < MAX_TRANSACTIONS
            && (standing == Standing::Known || self.strangers < self.most_strangers)
    }

    fn insert(&mut self, id: ServerId, entry: Entry) {
        self.keys.insert(entry.key, id);
        *self.identities.entry(entry.identity).or_default() += 1;
        self.strangers += usize::from(entry.standing == Standing::Stranger);
        self.entries.insert(id, entry);
        self.settle(id);
    }

    /// To be called whenever a machine took a step.
    fn settle(&mut self, id: ServerId) {
        match self.entries.get(&id) {
            Some(entry) if entry.machine.is_over() => self.remove(id),
            Some(entry) => self.agenda.set(id, entry.machine.deadline()),
            None => {}
        }
    }

    fn remove(&mut self, id: ServerId) {
        self.agenda.set(id, None);
        let Some(entry) = self.entries.remove(&id) else { return };
        self.keys.remove(&entry.key);
        self.strangers -= usize::from(entry.standing == Standing::Stranger);
        match self.identities.get_mut(&entry.identity) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(self.identities.remove(&entry.identity)),
        }
    }
}

/// Where responses go: back by the same path; over UDP without `rport` to the port that Via names (RFC 3261 section
/// 18.2.2, RFC 3581 section 4).
pub(crate) fn reply_path(flow: Flow, headers: &Headers) -> Flow {
    let Ok(via) = headers.top_via() else { return flow };
    if flow.transport.is_reliable() || via.params.contains("rport") {
        return flow;
    }
    let port = via.sent_by.port.unwrap_or(5060);
    Flow { remote: SocketAddr::new(flow.remote.ip(), port), ..flow }
}

fn key_of(request: &Request, method: &Method) -> Option<Key> {
    let via = request.headers.top_via().ok()?;
    let sent_by = via.sent_by.to_string().to_ascii_lowercase();
    let branch = match via.transaction_branch() {
        Some(branch) => branch.to_owned(),
        None => {
            let headers = &request.headers;
            let from_tag = headers.from().ok()?.tag().unwrap_or_default().to_owned();
            let (call_id, number) = (headers.call_id().ok()?, headers.cseq().ok()?.number);
            format!("{} {from_tag} {call_id} {number} {via}", request.uri)
        }
    };
    Some(digest([&branch, &sent_by, method.as_str()]))
}

fn identity_of(request: &Request) -> Option<Identity> {
    let from = request.headers.from().ok()?;
    let cseq = request.headers.cseq().ok()?.to_string();
    Some(digest([from.tag().unwrap_or_default(), request.headers.call_id().ok()?, &cseq]))
}

fn digest(parts: [&str; 3]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
