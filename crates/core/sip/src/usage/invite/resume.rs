//! Calls that outlive the program (no RFC; a re-INVITE in the old dialog, RFC 3261 section 14): what is kept of a call
//! that is up, at every change of it, and how one goes on from there in the next run. Early calls are not kept.

use super::{
    Call, Calls, Context, Phase,
    claims::Claim,
    leaving::hang_up,
    leg::{First, Leg, Origin},
    peer::Peer,
    session::Session,
    strays::Acks,
    transfers::Transfers,
};
use crate::{
    api::{CallKey, EndCause, Failure, Output, SavedCall},
    dialog::Dialog,
    message::{NameAddr, Response, Uri},
    stack::Stack,
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// What section 14.2 lets them ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Less than a second is written as none.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// What was kept last.
pub(super) struct Kept {
    dialog: Dialog,
    session_expires: Option<Duration>,
}

impl Call {
    /// Keeps what is new of it.
    fn keep(&mut self, key: CallKey, stack: &mut Stack) {
        let Phase::Up(session) = &self.phase else {
            if self.kept.take().is_some() {
                stack.out.give(Output::Keep { call: key, saved: None });
            }
            return;
        };
        let (leg, session_expires) = (&session.leg, session.leg.timer.interval());
        let is_same = |kept: &Kept| kept.dialog == leg.dialog && kept.session_expires == session_expires;
        if self.kept.as_ref().is_some_and(is_same) {
            return;
        }
        let account = leg.account(stack).unwrap_or_default();
        let ours = leg.origin == Origin::Ours;
        let saved = SavedCall { account, session_expires, ours, ..leg.dialog.saved() };
        self.kept = Some(Kept { dialog: leg.dialog.clone(), session_expires });
        stack.out.give(Output::Keep { call: key, saved: Some(Box::new(saved)) });
    }
}

impl Leg {
    /// They still deal with a change of before the crash (500 with Retry-After, RFC 3261 section 14.2): ours goes out
    /// again after their pause.
    pub(super) fn is_put_off(&mut self, context: &Context<'_>, response: &Response) -> bool {
        let pause =
            response.headers.retry_after().filter(|pause| response.code == 500 && *pause <= LONGEST_PAUSE);
        pause.is_some_and(|pause| self.put_off(context.now + pause.max(SHORTEST_PAUSE)))
    }

    /// The address of record of the account whose server is on its way.
    fn account(&self, stack: &Stack) -> Option<String> {
        let account = stack.accounts.of_dialog(self.dialog.local_uri(), self.dialog.came_by())?;
        Some(stack.accounts.get(account)?.identity.aor.clone())
    }
}

impl Calls {
    /// Keeps what is new of every call.
    pub(crate) fn keep(&mut self, stack: &mut Stack) {
        for (key, call) in &mut self.calls {
            call.keep(*key, stack);
        }
    }

    /// Goes on with a call: it is changed at once, so that both sides agree on media anew. Whatever refuses that change
    /// ends the call. A key that is in use is left alone.
    pub(crate) fn resume(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        (saved, sdp): (&SavedCall, Bytes),
    ) {
        let origin = if saved.ours { Origin::Ours } else { Origin::Theirs };
        self.revive(now, stack, key, |context| match dialog(context.stack, saved) {
            Some(dialog) => {
                let session_expires = context.stack.config.session_expires;
                let mut leg = Leg::new(dialog, origin, First::Done, session_expires);
                leg.timer.resume(now, saved.session_expires);
                Session::resumed(leg).begin(context, sdp)
            }
            None => {
                context.say_ended(EndCause::Broken(Failure::Protocol));
                Phase::GONE
            }
        });
    }

    /// Ends a call of before: BYE, and nothing is said of it.
    pub(crate) fn end_saved(&mut self, now: Instant, stack: &mut Stack, saved: &SavedCall) {
        let key = self.new_key();
        self.revive(now, stack, key, |context| match dialog(context.stack, saved) {
            Some(dialog) => hang_up(context, dialog),
            None => Phase::GONE,
        });
    }

    fn revive(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: CallKey,
        begin: impl FnOnce(&mut Context<'_>) -> Phase,
    ) {
        if self.calls.contains_key(&key) {
            return;
        }
        self.next = self.next.max(key.0.saturating_add(1));
        let (mut acks, mut transfers) = (Acks::default(), Transfers::of_before());
        let phase = begin(&mut Context { now, key, stack, acks: &mut acks, transfers: &mut transfers });
        self.calls.insert(key, Call::new(phase, acks, transfers, (Claim::Nothing, Peer::default())));
    }
}

/// By the account of then, where it has a path now, and else by the path of then.
fn dialog(stack: &Stack, saved: &SavedCall) -> Option<Dialog> {
    let account = Uri::parse(&saved.account).ok().and_then(|aor| stack.accounts.of_name(&aor));
    let path = account.and_then(|account| stack.accounts.get(account)?.path);
    let flow = path.unwrap_or(saved.flow);
    let us = NameAddr::parse(&saved.local).ok()?.uri;
    Dialog::resumed(saved, flow, stack.contact_as(&us, account, flow))
}
