//! Our requests under way: who wants the answer, where they went, and when they go again. Matches responses by branch
//! and method (RFC 3261 section 17.1.3), acknowledges failures of INVITEs by itself.

use super::{
    MAX_TRANSACTIONS, T1_64, Timer,
    agenda::Agenda,
    client::{Client, Due, Heard, Kind},
    derived::ack_for_failure,
    large::{Large, set_carrier},
};
use crate::{
    api::Flow,
    message::{Method, Request, Response},
    outbox::Outbox,
};
use bytes::Bytes;
use std::{collections::BTreeMap, time::Instant};

/// One request of ours, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientId(u64);

/// A request that is to be sent.
pub(crate) struct Sending<O> {
    /// Whole, its Via on top.
    pub(crate) request: Request,
    pub(crate) flow: Flow,
    /// Who gets the responses.
    pub(crate) owner: O,
}

/// A response that somebody waits for.
pub(crate) struct Answer<O> {
    pub(crate) id: ClientId,
    pub(crate) owner: O,
    pub(crate) flow: Flow,
    /// The request it answers.
    pub(crate) request: Request,
    pub(crate) response: Response,
}

/// A request that got no answer, or could not be sent.
pub(crate) struct Lost<O> {
    pub(crate) id: ClientId,
    pub(crate) owner: O,
    /// The request, if nothing at all came for it: it may go by another path (RFC 3263 section 4.3).
    pub(crate) unheard: Option<Box<Request>>,
    /// The path that was wanted for it.
    pub(crate) flow: Flow,
}

struct Entry<O> {
    machine: Client,
    sending: Sending<O>,
    /// The path that it takes indeed: another one than was wanted where it is too large for a datagram.
    by: Flow,
    bytes: Bytes,
    key: Key,
}

impl<O> Entry<O> {
    fn waits(&self) -> bool {
        self.machine.is_waiting() || self.machine.is_proceeding()
    }
}

/// Branch and CSeq method.
type Key = (String, Method);

/// Every client transaction.
pub(crate) struct Clients<O> {
    entries: BTreeMap<ClientId, Entry<O>>,
    keys: BTreeMap<Key, ClientId>,
    agenda: Agenda<ClientId>,
    large: Large,
    next: u64,
}

impl<O: Copy + PartialEq> Clients<O> {
    pub(crate) fn new() -> Self {
        Clients {
            entries: BTreeMap::new(),
            keys: BTreeMap::new(),
            agenda: Agenda::new(),
            large: Large::default(),
            next: 0,
        }
    }

    /// Sends a request. `None`: there are too many already.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        out: &mut Outbox,
        mut sending: Sending<O>,
    ) -> Option<ClientId> {
        let branch = sending.request.headers.top_via().ok()?.branch()?.to_owned();
        if self.entries.len() >= MAX_TRANSACTIONS {
            return None;
        }
        let mut bytes = sending.request.to_bytes();
        let call_id = sending.request.headers.call_id().unwrap_or_default();
        let by = self.large.carrier(now, sending.flow, (bytes.len(), call_id));
        if by != sending.flow {
            set_carrier(&mut sending.request, by);
            bytes = sending.request.to_bytes();
        }
        let machine = Client::sent(now, kind_of(&sending.request), by.transport.is_reliable());
        let id = ClientId(self.next);
        self.next += 1;
        let key = (branch, sending.request.method.clone());
        out.send(by, bytes.clone());
        self.keys.insert(key.clone(), id);
        self.entries.insert(id, Entry { machine, sending, by, bytes, key });
        self.schedule(id);
        Some(id)
    }

    /// A response came: who wants it, if anybody.
    pub(crate) fn on_response(
        &mut self,
        now: Instant,
        out: &mut Outbox,
        response: Response,
    ) -> Option<Answer<O>> {
        let branch = response.headers.top_via().ok()?.branch()?.to_owned();
        let method = response.headers.cseq().ok()?.method;
        let id = *self.keys.get(&(branch, method))?;
        let entry = self.entries.get_mut(&id)?;
        let heard = entry.machine.on_response(now, response.code);
        let Sending { request, flow, owner } = &entry.sending;
        let (flow, owner) = (*flow, *owner);
        if matches!(heard, Heard::PassAndAck | Heard::Ack) {
            out.send(entry.by, ack_for_failure(request, &response).to_bytes());
        }
        let request = matches!(heard, Heard::Pass | Heard::PassAndAck).then(|| request.clone());
        if entry.machine.is_over() {
            self.remove(id);
        } else {
            self.schedule(id);
        }
        Some(Answer { id, owner, flow, request: request?, response })
    }

    /// Wakes what is due. Gives out what got no answer.
    pub(crate) fn on_timeout(&mut self, now: Instant, out: &mut Outbox) -> Vec<Lost<O>> {
        let mut lost = Vec::new();
        for id in self.agenda.due(now) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let was_waiting = entry.machine.is_waiting();
            match entry.machine.on_timeout(now) {
                Due::Nothing => {}
                Due::Resend => out.send(entry.by, entry.bytes.clone()),
                Due::TimedOut => {
                    if entry.by != entry.sending.flow {
                        self.large.note_refusal(now, entry.by.remote);
                    }
                    let unheard = was_waiting.then(|| Box::new(entry.sending.request.clone()));
                    let Sending { owner, flow, .. } = entry.sending;
                    lost.push(Lost { id, owner, unheard, flow });
                }
                Due::Over => {}
            }
            if entry.machine.is_over() {
                self.remove(id);
            } else {
                self.schedule(id);
            }
        }
        lost
    }

    /// A path failed: what waits for an answer by it never gets one (RFC 3261 section 17.1.4). What was only too large
    /// for a datagram, and never heard of, goes as one after all.
    pub(crate) fn on_flow_failed(&mut self, now: Instant, out: &mut Outbox, flow: Flow) -> Vec<Lost<O>> {
        let meant = |entry: &Entry<O>| entry.waits() && entry.by == flow;
        let failed: Vec<ClientId> =
            self.entries.iter().filter(|(_, entry)| meant(entry)).map(|(id, _)| *id).collect();
        let mut lost = Vec::new();
        for id in failed {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            if entry.sending.flow != flow && entry.machine.is_waiting() {
                self.large.note_refusal(now, flow.remote);
                entry.by = entry.sending.flow;
                set_carrier(&mut entry.sending.request, entry.by);
                entry.bytes = entry.sending.request.to_bytes();
                let is_reliable = entry.by.transport.is_reliable();
                entry.machine = Client::sent(now, kind_of(&entry.sending.request), is_reliable);
                out.send(entry.by, entry.bytes.clone());
                self.schedule(id);
            } else {
                let unheard = entry.machine.is_waiting().then(|| Box::new(entry.sending.request.clone()));
                let Sending { owner, flow, .. } = entry.sending;
                lost.push(Lost { id, owner, unheard, flow });
                self.remove(id);
            }
        }
        lost
    }

    /// The INVITE and its path, if it rings and may be cancelled now (RFC 3261 section 9.1). From now on its answer is
    /// waited for no longer than 64 * T1.
    pub(crate) fn cancel(&mut self, now: Instant, id: ClientId) -> Option<(Request, Flow)> {
        let entry = self.entries.get_mut(&id).filter(|entry| entry.machine.is_proceeding())?;
        entry.machine.limit(now + T1_64);
        let cancelled = (entry.sending.request.clone(), entry.by);
        self.schedule(id);
        Some(cancelled)
    }

    /// A final answer is waited for until then, once anything came.
    pub(crate) fn limit(&mut self, until: Instant, id: ClientId) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.machine.limit(until);
            self.schedule(id);
        }
    }

    /// Nobody waits for the answer any more: it is not sent again, and what comes is not passed on.
    pub(crate) fn forget(&mut self, id: ClientId) {
        self.remove(id);
    }

    /// Requests without a final answer go by another path from now on, and at once those that nothing came for. Via
    /// stays as it is: `rport` brings the answer to where the request came from (RFC 3581).
    pub(crate) fn reroute(&mut self, out: &mut Outbox, meant: impl Fn(O, Flow) -> Option<Flow>) {
        for entry in self.entries.values_mut() {
            if !entry.waits() {
                continue;
            }
            let Some(path) = meant(entry.sending.owner, entry.sending.flow) else { continue };
            let is_carried_so = entry.by == entry.sending.flow;
            let by = if is_carried_so { path } else { Flow { transport: entry.by.transport, ..path } };
            (entry.sending.flow, entry.by) = (path, by);
            if entry.machine.is_waiting() {
                out.send(by, entry.bytes.clone());
            }
        }
    }

    /// Whether any request has no final answer yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.entries.values().any(Entry::waits)
    }

    /// Whether any transaction has such an owner.
    pub(crate) fn any(&self, wanted: impl Fn(O) -> bool) -> bool {
        self.entries.values().any(|entry| wanted(entry.sending.owner))
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.agenda.first()
    }

    /// To be called whenever a machine took a step.
    fn schedule(&mut self, id: ClientId) {
        self.agenda.set(id, self.entries.get(&id).and_then(|entry| entry.machine.deadline()));
    }

    fn remove(&mut self, id: ClientId) {
        if let Some(entry) = self.entries.remove(&id) {
            self.keys.remove(&entry.key);
        }
        self.agenda.set(id, None);
    }
}

fn kind_of(request: &Request) -> Kind {
    if request.method == Method::Invite { Kind::Invite } else { Kind::Other }
}
