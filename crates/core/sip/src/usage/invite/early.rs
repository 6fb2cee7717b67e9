//! The early dialogs of a call of ours (RFC 3261 section 12.1 and 13.2.2.1): a forked INVITE has one for each To tag,
//! with routes, numbers and descriptions of its own. Reliable responses are taken in their order and answered with
//! PRACK (RFC 3262 section 4). Where several legs send sound, the one that spoke last is heard.

use super::{
    Context,
    leg::{First, Leg, Origin},
    sdp_of,
};
use crate::{
    api::Failure,
    dialog::Dialog,
    message::{Method, RAck, Request, name},
    stack::Owner,
    transaction::{Answer, ClientId, ServerId, Timer},
    usage::{challenge, options},
};
use bytes::Bytes;
use std::time::Instant;

/// More legs than any fork has. What comes beyond rings without a dialog.
const MAX_LEGS: usize = 12;

/// One early dialog.
struct EarlyLeg {
    leg: Leg,
    /// RSeq of the last reliable response that was taken.
    rseq: Option<u32>,
}

/// Every early dialog of one INVITE, the one that spoke last at the end.
#[derive(Default)]
pub(super) struct Early(Vec<EarlyLeg>);

impl Early {
    /// A response of 101 to 199. `None`: it came before, or too early; else what it describes.
    pub(super) fn on_provisional(
        &mut self,
        context: &mut Context<'_>,
        answer: &Answer<Owner>,
    ) -> Option<Option<Bytes>> {
        let response = &answer.response;
        let sdp = sdp_of(&response.headers, &response.body);
        let Some(at) = self.place(context, answer) else { return Some(sdp) };
        let early = self.0.get_mut(at)?;
        early.leg.learn(&response.headers);
        let reliable = response.headers.has_token(name::REQUIRE, "100rel");
        if let Some(rseq) = response.headers.rseq().filter(|_| reliable) {
            if early.rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
                return None;
            }
            early.rseq = Some(rseq);
            acknowledge(context, &mut early.leg, answer, rseq);
        }
        // An answer that arrived for certain is the answer, whatever comes behind it (RFC 3261 section 13.2.1).
        let Some(sdp) = sdp.filter(|_| early.leg.first == First::Ours) else { return Some(None) };
        if reliable {
            early.leg.first = First::Done;
        }
        early.leg.heard = Some(sdp.clone());
        let spoke = self.0.remove(at);
        self.0.push(spoke);
        Some(Some(sdp))
    }

    /// Where the leg of this response is; a new tag makes a new one.
    fn place(&mut self, context: &Context<'_>, answer: &Answer<Owner>) -> Option<usize> {
        let Answer { request, response, .. } = answer;
        let to = response.headers.to().ok()?;
        let tag = to.tag()?;
        let known = self.0.iter().position(|early| early.leg.dialog.remote_tag() == tag);
        if known.is_some() || self.0.len() >= MAX_LEGS {
            return known;
        }
        let dialog = Dialog::of_caller(request, response, answer.flow)?;
        let session_expires = context.stack.config.session_expires;
        let mut leg = Leg::new(dialog, Origin::Ours, First::Ours, session_expires);
        leg.spoken = sdp_of(&request.headers, &request.body);
        self.0.push(EarlyLeg { leg, rseq: None });
        Some(self.0.len() - 1)
    }

    /// The leg that took the call: by the 2xx it goes on. The others are forgotten; their own 2xx, if they come, are
    /// another matter.
    pub(super) fn confirm(mut self, context: &mut Context<'_>, answer: &Answer<Owner>) -> Option<Leg> {
        let known = answer.response.headers.to().ok()?.tag().and_then(|tag| {
            let at = self.0.iter().position(|early| early.leg.dialog.remote_tag() == tag)?;
            Some(self.0.remove(at).leg)
        });
        self.abandon(context);
        let mut leg = match known {
            Some(leg) => leg,
            None => {
                let dialog = Dialog::of_caller(&answer.request, &answer.response, answer.flow)?;
                let session_expires = context.stack.config.session_expires;
                let mut leg = Leg::new(dialog, Origin::Ours, First::Ours, session_expires);
                leg.spoken = sdp_of(&answer.request.headers, &answer.request.body);
                leg
            }
        };
        leg.dialog.confirm(&answer.response);
        leg.learn(&answer.response.headers);
        Some(leg)
    }

    /// The INVITE came to an end: so do its early dialogs.
    pub(super) fn abandon(&mut self, context: &mut Context<'_>) {
        for mut early in self.0.drain(..) {
            early.leg.abandon_theirs(context, 487);
        }
    }

    pub(super) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.0.iter().map(|early| &early.leg.dialog)
    }

    /// Whether a request of theirs is in one of them.
    pub(super) fn holds(&self, request: &Request) -> bool {
        self.0.iter().any(|early| early.leg.dialog.holds(request))
    }

    /// The leg that is heard.
    pub(super) fn newest(&mut self) -> Option<&mut Leg> {
        self.0.last_mut().map(|early| &mut early.leg)
    }

    /// The leg whose change of theirs waits for our side.
    pub(super) fn asking(&mut self) -> Option<&mut Leg> {
        self.0.iter_mut().map(|early| &mut early.leg).find(|leg| leg.theirs.is_some())
    }

    /// A request of theirs in an early dialog. A callee has no BYE before its 2xx (RFC 3261 section 15), and a second
    /// INVITE must wait for the first.
    pub(super) fn on_request(&mut self, context: &mut Context<'_>, id: ServerId, request: Request) {
        let now = context.now;
        let Some(early) = self.0.iter_mut().find(|early| early.leg.dialog.holds(&request)) else {
            return context.stack.reply(now, id, &request, 481);
        };
        let leg = &mut early.leg;
        if leg.dialog.take(&request).is_err() {
            return context.stack.reply(now, id, &request, 500);
        }
        match &request.method {
            Method::Update => leg.on_change(context, id, request),
            Method::Invite => context.stack.reply(now, id, &request, 491),
            Method::Bye | Method::Prack => context.stack.reply(now, id, &request, 481),
            Method::Options => options::on_options(now, context.stack, id, &request),
            Method::Info => options::on_info(now, context.stack, id, &request),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Other(_) => options::refuse_method(now, context.stack, id, &request),
        }
    }

    /// A response to a PRACK or an UPDATE of ours. An UPDATE that fails leaves the INVITE as it is.
    pub(super) fn on_answer(&mut self, context: &mut Context<'_>, answer: &Answer<Owner>) {
        if matches!(answer.owner, Owner::Prack(_)) {
            let tag = answer.request.headers.to().ok().and_then(|to| to.tag().map(str::to_owned));
            let is_it = |early: &&mut EarlyLeg| Some(early.leg.dialog.remote_tag()) == tag.as_deref();
            if let Some(early) = self.0.iter_mut().find(is_it)
                && on_prack_answer(context, &mut early.leg, answer) == Prack::Refused
            {
                // The response comes again, and is acknowledged once more.
                early.rseq = answer.request.headers.rack().ok().map(|rack| rack.rseq.saturating_sub(1));
            }
            return;
        }
        let Some(leg) = self.changed_by(answer.id) else { return };
        if let Err(why) = leg.on_change_answer(context, answer) {
            leg.give_ours_up(context, why);
        }
    }

    /// A request of ours in an early dialog got no answer.
    pub(super) fn on_lost(&mut self, context: &mut Context<'_>, lost: ClientId, why: Failure) {
        if let Some(early) = self.0.iter_mut().find(|early| early.leg.prack == Some(lost)) {
            early.leg.prack = None;
            early.leg.change_when_free(context);
        }
        let Some(leg) = self.changed_by(lost) else { return };
        if let Err(why) = leg.on_change_lost(context, why) {
            leg.give_ours_up(context, why);
        }
    }

    fn changed_by(&mut self, client: ClientId) -> Option<&mut Leg> {
        self.0.iter_mut().map(|early| &mut early.leg).find(|leg| leg.ours.is_sent_by(client))
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.0.iter().filter_map(|early| early.leg.deadline()).min()
    }

    pub(super) fn on_timeout(&mut self, context: &mut Context<'_>) {
        for early in &mut self.0 {
            if let Err(why) = early.leg.on_timeout(context) {
                early.leg.give_ours_up(context, why);
            }
        }
    }
}

/// The PRACK of a reliable response.
fn acknowledge(context: &mut Context<'_>, leg: &mut Leg, answer: &Answer<Owner>, rseq: u32) {
    let Ok(cseq) = answer.response.headers.cseq() else { return };
    let mut prack = leg.dialog.request(Method::Prack);
    let rack = RAck { rseq, cseq: cseq.number, method: cseq.method };
    prack.headers.push(name::RACK, rack.to_string());
    challenge::foresee(context.stack, &mut prack, leg.dialog.flow());
    send_prack(context, leg, prack);
}

fn send_prack(context: &mut Context<'_>, leg: &mut Leg, prack: Request) {
    context.acks.note_number(&prack);
    leg.prack = context.stack.request(context.now, prack, leg.dialog.flow(), Owner::Prack(context.key));
}

/// What became of a PRACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prack {
    UnderWay,
    /// Taken, or given up.
    Over,
    Refused,
}

/// A PRACK was answered: one that was challenged goes out once more, whatever became of the INVITE meanwhile.
pub(super) fn on_prack_answer(context: &mut Context<'_>, leg: &mut Leg, answer: &Answer<Owner>) -> Prack {
    let outcome = match answer.response.code {
        0..=199 => return Prack::UnderWay,
        200..=299 => Prack::Over,
        401 | 407 => match challenge::retried(context.stack, answer) {
            Ok(mut prack) => {
                leg.dialog.number(&mut prack);
                send_prack(context, leg, prack);
                return Prack::UnderWay;
            }
            Err(_) => Prack::Over,
        },
        _ => Prack::Refused,
    };
    leg.prack.take_if(|prack| *prack == answer.id);
    leg.change_when_free(context);
    outcome
}
