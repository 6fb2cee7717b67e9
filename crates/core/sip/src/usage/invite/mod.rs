//! Calls (RFC 3261 sections 13 to 15): finds the call that something is about, and lets its phase decide. Says
//! [`Event::Ended`] once for every call, at the moment it is over for the person at the desk; what the network still
//! needs to hear goes on in [`Leaving`](leaving::Leaving).

mod about;
mod change;
mod claims;
mod digits;
mod early;
mod following;
mod incoming;
mod inviting;
mod leaving;
mod leg;
mod outgoing;
mod peer;
mod provisional;
mod redirect;
mod reliable;
mod resume;
mod session;
mod strays;
mod theirs;
mod timer;
mod transfers;
mod unacked;
mod ways;

use crate::{
    api::{CallKey, EndCause, Event, Failure, Outgoing},
    dialog::Dialog,
    message::{Headers, Method, Request, Response, name, part},
    stack::{Owner, SDP, Stack},
    transaction::{Answer, Lost, ServerId, Timer},
};
use bytes::Bytes;
use claims::Claim;
use incoming::Ringing;
use leaving::Leaving;
use outgoing::Calling;
use peer::{Peer, Said};
use resume::Kept;
use session::Session;
use std::{collections::BTreeMap, time::Instant};
use strays::Acks;
use transfers::Transfers;

/// What our side can want of a call that exists.
pub(crate) enum Wish {
    Ring,
    EarlyMedia(Bytes),
    Answer(Bytes),
    Reject(u16),
    Hangup,
    Offer(Bytes),
    AnswerOffer(Bytes),
    RefuseOffer(u16),
    SendDigit(char),
}

/// Where a call stands.
enum Phase {
    /// Ours, not answered yet.
    Calling(Box<Calling>),
    /// Theirs, not answered yet.
    Ringing(Box<Ringing>),
    /// A 2xx was sent or came.
    Up(Box<Session>),
    /// Over for us; the network is still being told.
    Leaving(Leaving),
}

struct Call {
    phase: Phase,
    acks: Acks,
    transfers: Transfers,
    claim: Claim,
    kept: Option<Kept>,
    peer: Peer,
}

impl Call {
    fn new(phase: Phase, acks: Acks, transfers: Transfers, (claim, peer): (Claim, Peer)) -> Self {
        Call { phase, acks, transfers, claim, kept: None, peer }
    }
}

/// What a phase works with.
struct Context<'a> {
    now: Instant,
    key: CallKey,
    stack: &'a mut Stack,
    acks: &'a mut Acks,
    transfers: &'a mut Transfers,
}

impl Context<'_> {
    fn say_ended(&mut self, cause: EndCause) {
        self.transfers.end_with(self.stack, self.key, &cause);
        self.stack.say(Event::Ended { call: self.key, cause });
    }
}

/// Every call.
#[derive(Default)]
pub(crate) struct Calls {
    calls: BTreeMap<CallKey, Call>,
    next: u32,
}

impl Calls {
    /// A key for a new call.
    pub(crate) fn new_key(&mut self) -> CallKey {
        while self.calls.contains_key(&CallKey(self.next)) {
            self.next = self.next.wrapping_add(1);
        }
        let key = CallKey(self.next);
        self.next = self.next.wrapping_add(1);
        key
    }

    /// Places a call. A key that is in use is left alone.
    pub(crate) fn place(&mut self, now: Instant, stack: &mut Stack, key: CallKey, placing: &Outgoing) {
        if self.calls.contains_key(&key) {
            return;
        }
        self.next = self.next.max(key.0.saturating_add(1));
        let (mut acks, mut transfers) = (Acks::default(), Transfers::default());
        let mut context = Context { now, key, stack, acks: &mut acks, transfers: &mut transfers };
        let phase = Calling::place(&mut context, placing);
        self.calls
            .insert(key, Call::new(phase, acks, transfers, (Claim::Nothing, Peer::called(&placing.target))));
    }

    /// Does what is wanted, where the call's phase has a place for it; else nothing.
    pub(crate) fn wish(&mut self, now: Instant, stack: &mut Stack, key: CallKey, wish: Wish) {
        self.turn(now, stack, key, |phase, context| match phase {
            Phase::Calling(calling) => calling.wish(context, wish),
            Phase::Ringing(ringing) => ringing.wish(context, wish),
            Phase::Up(session) => session.wish(context, wish),
            Phase::Leaving(leaving) => Phase::Leaving(leaving),
        });
        self.take_over(now, stack, key);
    }

    /// A new INVITE outside of any dialog, found to be acceptable.
    pub(crate) fn on_invite(&mut self, now: Instant, stack: &mut Stack, id: ServerId, invite: Request) {
        let busy = self.calls.values().filter(|call| !matches!(call.phase, Phase::Leaving(_))).count();
        if busy >= stack.config.max_calls {
            return stack.reply(now, id, &invite, 486);
        }
        let claim = match self.claim(stack, id, &invite) {
            Ok(claim) => claim,
            Err(code) => return stack.reply(now, id, &invite, code),
        };
        let trusted = stack.servers.flow(id).is_some_and(|flow| stack.accounts.is_server(flow));
        let peer = Peer::calling(&invite, trusted);
        let key = self.new_key();
        let (mut acks, mut transfers) = (Acks::default(), Transfers::default());
        let mut context = Context { now, key, stack, acks: &mut acks, transfers: &mut transfers };
        if let Some(phase) = Ringing::arrive(&mut context, id, invite, claim) {
            self.calls.insert(key, Call::new(phase, acks, transfers, (claim, peer)));
        }
    }

    /// A request with a To tag.
    pub(crate) fn on_in_dialog(&mut self, now: Instant, stack: &mut Stack, id: ServerId, request: Request) {
        let Some(key) = self.key_of(&request) else { return stack.reply(now, id, &request, 481) };
        let trusted = stack.servers.flow(id).is_some_and(|flow| stack.accounts.is_server(flow));
        let said = Said::by_request(&request, trusted);
        self.turn(now, stack, key, |phase, context| match phase {
            Phase::Ringing(ringing) => ringing.on_request(context, id, request),
            Phase::Up(session) => session.on_request(context, id, request),
            Phase::Leaving(leaving) => leaving.on_request(context, id, request),
            Phase::Calling(calling) => calling.on_request(context, id, request),
        });
        self.learn(stack, key, said);
        // An answer of ours may have waited for this PRACK.
        self.take_over(now, stack, key);
    }

    /// An ACK that is not for a failure.
    pub(crate) fn on_ack(&mut self, now: Instant, stack: &mut Stack, ack: Request) {
        let Some(key) = self.key_of(&ack) else { return };
        self.turn(now, stack, key, |phase, context| match phase {
            Phase::Up(session) => session.on_ack(context, &ack),
            Phase::Leaving(leaving) => leaving.on_ack(context, &ack),
            Phase::Calling(_) | Phase::Ringing(_) => phase,
        });
    }

    /// The INVITE of this transaction is cancelled; the CANCEL itself is answered already.
    pub(crate) fn on_cancel(&mut self, now: Instant, stack: &mut Stack, invite: ServerId, cancel: &Request) {
        let waits = |phase: &Phase| match phase {
            Phase::Ringing(ringing) => ringing.is(invite),
            Phase::Up(session) => session.leg.has_open(invite),
            Phase::Calling(_) | Phase::Leaving(_) => false,
        };
        let Some(key) = self.calls.iter().find(|(_, call)| waits(&call.phase)).map(|(key, _)| *key) else {
            return;
        };
        self.turn(now, stack, key, |phase, context| match phase {
            Phase::Ringing(ringing) => ringing.on_cancel(context, cancel),
            Phase::Up(session) => session.on_cancel(context),
            Phase::Calling(_) | Phase::Leaving(_) => phase,
        });
    }

    /// A response to a request of a call.
    pub(crate) fn on_answer(&mut self, now: Instant, stack: &mut Stack, key: CallKey, answer: Answer<Owner>) {
        let said =
            Said::by_response(&answer.request, &answer.response, stack.accounts.is_server(answer.flow));
        self.turn(now, stack, key, |phase, context| {
            if answer.request.method == Method::Invite
                && answer.response.is_success()
                && context.acks.again(context.stack, &answer.response)
            {
                return phase;
            }
            match phase {
                Phase::Calling(calling) => calling.on_answer(context, answer),
                Phase::Up(session) => session.on_answer(context, answer),
                Phase::Leaving(leaving) => leaving.on_answer(context, answer),
                Phase::Ringing(ringing) => ringing.on_answer(context, &answer),
            }
        });
        self.learn(stack, key, said);
    }

    /// A request of a call got no answer.
    pub(crate) fn on_lost(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        lost: (Lost<Owner>, Failure),
    ) {
        let (lost, why) = lost;
        self.turn(now, stack, key, |phase, context| match phase {
            Phase::Calling(calling) => calling.on_lost(context, lost, why),
            Phase::Up(session) => session.on_lost(context, lost.id, why),
            Phase::Leaving(leaving) => Phase::Leaving(leaving.on_lost(context, lost.id, &why)),
            Phase::Ringing(ringing) => ringing.on_lost(context, lost.id, why),
        });
    }

    /// The next deadline of a call itself.
    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        let deadlines = |call: &Call| call.phase.deadline().into_iter().chain(call.transfers.deadline());
        self.calls.values().flat_map(deadlines).min()
    }

    /// Wakes the calls that are due.
    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        self.end_late_transfers(now, stack);
        let is_due = |call: &Call| call.phase.deadline().is_some_and(|(at, _)| at <= now);
        let due: Vec<CallKey> =
            self.calls.iter().filter(|(_, call)| is_due(call)).map(|(key, _)| *key).collect();
        for key in due {
            self.turn(now, stack, key, |phase, context| match phase {
                Phase::Ringing(ringing) => ringing.on_timeout(context),
                Phase::Up(session) => session.on_timeout(context),
                Phase::Leaving(leaving) => leaving.on_timeout(context),
                Phase::Calling(calling) => calling.on_timeout(context),
            });
        }
    }

    /// Forgets calls that nothing under way can still be about.
    pub(crate) fn sweep(&mut self, stack: &Stack) {
        self.calls.retain(|key, call| {
            !matches!(call.phase, Phase::Leaving(Leaving::Gone))
                || stack.clients.any(|owner| owner.call() == Some(*key))
        });
    }

    /// Whether a request is in the dialog of a call.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        self.key_of(request).is_some()
    }

    fn learn(&mut self, stack: &mut Stack, key: CallKey, said: Option<Said>) {
        if let Some(call) = self.calls.get_mut(&key) {
            call.learn(key, stack, said);
        }
    }

    fn key_of(&self, request: &Request) -> Option<CallKey> {
        self.calls.iter().find(|(_, call)| call.phase.holds(request)).map(|(key, _)| *key)
    }

    fn turn(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        step: impl FnOnce(Phase, &mut Context<'_>) -> Phase,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let phase = std::mem::replace(&mut call.phase, Phase::Leaving(Leaving::Gone));
        let mut context = Context { now, key, stack, acks: &mut call.acks, transfers: &mut call.transfers };
        call.phase = step(phase, &mut context);
    }
}

impl Phase {
    const GONE: Phase = Phase::Leaving(Leaving::Gone);

    fn holds(&self, request: &Request) -> bool {
        match self {
            Phase::Calling(calling) => calling.holds(request),
            Phase::Ringing(ringing) => ringing.dialog().holds(request),
            Phase::Up(session) => session.leg.dialog.holds(request),
            Phase::Leaving(leaving) => leaving.dialog().is_some_and(|dialog| dialog.holds(request)),
        }
    }

    fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        match self {
            Phase::Calling(_) => None,
            Phase::Ringing(ringing) => Some(ringing.dialog_mut()),
            Phase::Up(session) => Some(&mut session.leg.dialog),
            Phase::Leaving(leaving) => leaving.dialog_mut(),
        }
    }

    /// The dialog, where the call is up.
    fn up(&self) -> Option<&Dialog> {
        match self {
            Phase::Up(session) => Some(&session.leg.dialog),
            Phase::Calling(_) | Phase::Ringing(_) | Phase::Leaving(_) => None,
        }
    }

    fn deadline(&self) -> Option<(Instant, Timer)> {
        match self {
            Phase::Calling(calling) => calling.deadline(),
            Phase::Ringing(ringing) => Some(ringing.deadline()),
            Phase::Up(session) => session.leg.deadline(),
            Phase::Leaving(leaving) => leaving.deadline(),
        }
    }
}

/// Why a final response of 300 or more is a failure.
fn failure_of(response: &Response) -> Failure {
    Failure::Status { code: response.code, reason: response.reason.clone() }
}

/// The session description in a message's body, alone or as one of its parts (RFC 5621), if there is one.
fn sdp_of(headers: &Headers, body: &Bytes) -> Option<Bytes> {
    match headers.get(name::CONTENT_TYPE) {
        Some(_) | None if body.is_empty() => None,
        Some(content_type) => part(content_type, body, SDP),
        None => Some(body.clone()),
    }
}
