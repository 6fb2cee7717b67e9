//! REFER and NOTIFY in the dialogs of calls: the transfer of ours that is under way (RFC 3515), and what the server asks for by
//! NOTIFY of `talk` and `hold`, which have no subscription and no RFC: BroadSoft's phones began it, others followed.
//!
//! `talk` and `hold` are taken from the account's server only (others get 403): who may say `talk` can have a phone answer by
//! itself. A server that passes on any NOTIFY of its callers gives that away.

use super::{Calls, Phase};
use crate::{
    api::{Asked, CallKey, EndCause, Event, Failure, TransferTarget},
    dialog::Dialog,
    message::{Request, Uri},
    stack::{Owner, Stack},
    transaction::{Answer, ClientId, ServerId, Timer},
    usage::refer::{
        REFER, Transfer, Turn,
        dialog_id::{DialogId, taking_our_place},
        event_name,
    },
};
use std::time::Instant;

/// The REFERs in the dialog of one call.
#[derive(Default)]
pub(super) struct Transfers {
    /// Ours that is under way.
    ours: Option<Transfer>,
    /// The CSeq of our last one that is over: what is still told of it is nobody's fault.
    past: Option<u32>,
    /// Whether one of theirs came: from the second on they are told apart by an id (RFC 3515 section 2.4.6).
    theirs: bool,
}

impl Transfers {
    /// Of a call of before a crash: nobody knows any more what was asked for in it.
    pub(super) fn of_before() -> Self {
        Transfers { ours: None, past: Some(0), theirs: true }
    }

    /// Their call is over.
    pub(super) fn end_with(&mut self, stack: &mut Stack, call: CallKey, cause: &EndCause) {
        if let Some(transfer) = self.ours.take() {
            stack.say(Event::TransferEnded { call, outcome: transfer.end_with(cause) });
        }
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        Some((self.ours.as_ref()?.deadline()?, Timer::Refer))
    }

    fn turn(&mut self, stack: &mut Stack, call: CallKey, turn: Turn) {
        match turn {
            Turn::On(transfer) => {
                self.past = Some(transfer.number());
                self.ours = Some(transfer);
            }
            Turn::Over(outcome) => stack.say(Event::TransferEnded { call, outcome }),
        }
    }

    fn on_notify(&mut self, now: Instant, stack: &mut Stack, call: CallKey, notify: &Request) -> u16 {
        match self.ours.take() {
            Some(transfer) if transfer.is_meant(&notify.headers) => {
                let told = transfer.on_notify(now, notify);
                if let Some(code) = told.progress {
                    stack.say(Event::TransferProgress { call, code });
                }
                self.turn(stack, call, told.turn);
                told.answer
            }
            other => {
                self.ours = other;
                if self.past.is_some() { 200 } else { 481 }
            }
        }
    }
}

impl Calls {
    /// Sends the other side of a call that is up to somebody else. While one transfer of it is under way another is left
    /// alone. The other call of an attended one must be up, too: one that rings can't be replaced by a third (RFC 3891
    /// section 3), so the transfer fails with the 481 that it would get there; hang up and transfer blindly instead.
    pub(crate) fn transfer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        target: &TransferTarget,
    ) {
        let refer_to = match target {
            TransferTarget::Uri(uri) => {
                Uri::parse(uri.trim()).map(|uri| uri.to_string()).map_err(|_| Failure::Protocol)
            }
            TransferTarget::Call(other) => self
                .calls
                .get(other)
                .filter(|_| *other != key)
                .and_then(|call| taking_our_place(call.phase.up()?))
                .ok_or_else(|| Failure::Status {
                    code: 481,
                    reason: "Call/Transaction Does Not Exist".to_owned(),
                }),
        };
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.transfers.ours.is_none()) else {
            return;
        };
        let turn = match (&mut call.phase, refer_to) {
            (Phase::Up(session), Ok(uri)) => Transfer::ask(now, stack, key, &mut session.leg.dialog, &uri),
            (Phase::Up(_), Err(why)) => Turn::Over(Err(why)),
            (Phase::Calling(_) | Phase::Ringing(_), _) => Turn::Over(Err(Failure::Protocol)),
            (Phase::Leaving(_), _) => return,
        };
        call.transfers.turn(stack, key, turn);
    }

    /// The answer to a REFER of ours. 481 means the call, too (RFC 5057 section 5.1).
    pub(crate) fn on_transfer_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        answer: &Answer<Owner>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(dialog) = call.phase.dialog_mut() else { return };
        let Some(transfer) = call.transfers.ours.take_if(|ours| ours.is_sent_by(answer.id)) else { return };
        let turn = transfer.on_answer(now, stack, key, dialog, answer);
        call.transfers.turn(stack, key, turn);
        if answer.response.code == 481 {
            self.turn(now, stack, key, |phase, context| match phase {
                Phase::Up(session) => session.break_off(context, super::failure_of(&answer.response)),
                Phase::Calling(_) | Phase::Ringing(_) | Phase::Leaving(_) => phase,
            });
        }
    }

    /// A REFER of ours got no answer: the call stays.
    pub(crate) fn on_transfer_lost(
        &mut self,
        stack: &mut Stack,
        key: CallKey,
        (id, why): (ClientId, Failure),
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.transfers.ours.take_if(|ours| ours.is_sent_by(id)).is_some() {
            stack.say(Event::TransferEnded { call: key, outcome: Err(why) });
        }
    }

    /// Gives up transfers that nobody told about for too long.
    pub(super) fn end_late_transfers(&mut self, now: Instant, stack: &mut Stack) {
        for (key, call) in &mut self.calls {
            let is_late = |ours: &mut Transfer| ours.deadline().is_some_and(|at| at <= now);
            if call.transfers.ours.take_if(is_late).is_some() {
                stack.say(Event::TransferEnded { call: *key, outcome: Err(Failure::Timeout) });
            }
        }
    }

    /// A NOTIFY in a call's dialog, of `refer`, `talk` or `hold`.
    pub(crate) fn on_notify(&mut self, now: Instant, stack: &mut Stack, id: ServerId, notify: &Request) {
        let code = match self.enter(notify) {
            Ok(key) => self.notified(now, stack, (key, id), notify),
            Err(code) => code,
        };
        stack.reply(now, id, notify, code);
    }

    fn notified(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        (call, id): (CallKey, ServerId),
        notify: &Request,
    ) -> u16 {
        let what = match event_name(&notify.headers).as_deref() {
            Some(REFER) => {
                let Some(entry) = self.calls.get_mut(&call) else { return 481 };
                return entry.transfers.on_notify(now, stack, call, notify);
            }
            Some("talk") => Asked::Talk,
            Some("hold") => Asked::Hold,
            Some(_) | None => return 489,
        };
        if !stack.servers.flow(id).is_some_and(|flow| stack.accounts.is_server(flow)) {
            return 403;
        }
        stack.say(Event::Asked { call, what });
        200
    }

    /// The call in whose dialog a request is; the request's number is taken (RFC 3261 section 12.2.2). `Err`: what it is
    /// refused with.
    pub(crate) fn enter(&mut self, request: &Request) -> Result<CallKey, u16> {
        let key = self.key_of(request).ok_or(481_u16)?;
        let phase = self.calls.get_mut(&key).map(|call| &mut call.phase).ok_or(481_u16)?;
        match phase {
            Phase::Leaving(_) => Err(481),
            Phase::Calling(_) | Phase::Ringing(_) | Phase::Up(_) => {
                let dialog = phase.dialog_mut().ok_or(481_u16)?;
                dialog.take(request).map_err(|_| 500_u16)?;
                Ok(key)
            }
        }
    }

    /// Notes a REFER of theirs: what tells it apart from those before. `Err`: nobody can be sent away from a call that is not
    /// up.
    pub(crate) fn note_refer(&mut self, key: CallKey, request: &Request) -> Result<Option<u32>, u16> {
        let call = self.calls.get_mut(&key).ok_or(481_u16)?;
        call.phase.up().ok_or(603_u16)?;
        let first = !std::mem::replace(&mut call.transfers.theirs, true);
        Ok(if first { None } else { request.headers.cseq().ok().map(|cseq| cseq.number) })
    }

    /// Whether there is such a call, or was a moment ago.
    pub(crate) fn has(&self, key: CallKey) -> bool {
        self.calls.contains_key(&key)
    }

    /// The call that is up in this dialog.
    pub(crate) fn up(&self, id: &DialogId) -> Option<CallKey> {
        let is = |dialog: &Dialog| dialog.is(&id.call_id, &id.local, &id.remote);
        self.calls.iter().find(|(_, call)| call.phase.up().is_some_and(is)).map(|(key, _)| *key)
    }

    /// The dialog of a call, while it has one.
    pub(crate) fn dialog_mut(&mut self, key: CallKey) -> Option<&mut Dialog> {
        self.calls.get_mut(&key)?.phase.dialog_mut()
    }
}
