//! Changes of theirs in a leg: a re-INVITE (RFC 3261 section 14.2), an UPDATE (RFC 3311 section 5.2), an offer in a
//! PRACK (RFC 3262 section 5). Our side answers or refuses; what meets a change of ours or another of theirs is
//! refused here.

use super::{
    Context,
    incoming::{answer_to, send_success},
    leg::{First, Leg},
    sdp_of, timer,
    unacked::{Awaited, Unacked},
};
use crate::{
    api::Event,
    message::{Method, Request, Response, name},
    stack::SDP,
    transaction::ServerId,
    usage::options,
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// How long our side may take over an answer: a re-INVITE rings, everything else is asked for again (timer F).
const PATIENCE: Duration = Duration::from_secs(25);
const INVITE_PATIENCE: Duration = Duration::from_secs(180);

/// A change of theirs that we have not answered yet.
pub(super) struct Theirs {
    pub(super) server: ServerId,
    request: Request,
    pub(super) give_up: Instant,
}

/// Whether a change of theirs can be taken now.
enum Turn {
    Free,
    /// An offer of ours has no answer: 491.
    Crossed,
    /// One of theirs has none: 500, with a pause.
    Busy,
}

impl Leg {
    /// A re-INVITE or UPDATE of theirs, or a PRACK with an offer.
    pub(super) fn on_change(&mut self, context: &mut Context<'_>, id: ServerId, request: Request) {
        if !options::has_fit_body(&request) {
            return options::refuse_media(context.now, context.stack, id, &request);
        }
        if timer::refuse_brief(context, id, &request) {
            return;
        }
        let sdp = sdp_of(&request.headers, &request.body);
        match self.turn(&request.method, sdp.is_some()) {
            Turn::Free => {}
            Turn::Crossed => return context.stack.reply(context.now, id, &request, 491),
            Turn::Busy => return refuse_for_now(context, id, &request),
        }
        if request.method != Method::Prack {
            self.dialog.refresh_target(&request.headers);
            self.learn(&request.headers);
        }
        let patience = match (&request.method, &sdp) {
            (Method::Update, None) => return self.take_refresh(context, id, &request),
            (Method::Invite, _) => {
                context.stack.reply(context.now, id, &request, 100);
                INVITE_PATIENCE
            }
            (_, _) => PATIENCE,
        };
        context.stack.say(Event::OfferReceived { call: context.key, sdp });
        self.theirs = Some(Theirs { server: id, request, give_up: context.now + patience });
    }

    /// RFC 3261 section 14.2, RFC 3311 section 5.2.
    fn turn(&self, method: &Method, offers: bool) -> Turn {
        let answers_ours = |unacked: &Unacked| match unacked.awaited {
            Awaited::LateCall | Awaited::LateChange => true,
            Awaited::Call | Awaited::Change => false,
        };
        let is_invite = *method == Method::Invite;
        let matters = is_invite || offers;
        if matters && (self.ours.is_in_the_way(method) || self.first == First::Ours) {
            Turn::Crossed
        } else if self.theirs.is_some() || (is_invite && self.unacked.is_some()) {
            Turn::Busy
        } else if matters && self.unacked.as_ref().is_some_and(answers_ours) {
            Turn::Crossed
        } else if matters && matches!(self.first, First::Theirs | First::Awaited) {
            Turn::Busy
        } else {
            Turn::Free
        }
    }

    /// An UPDATE without an offer is answered at once (RFC 4028 section 9).
    fn take_refresh(&mut self, context: &mut Context<'_>, id: ServerId, request: &Request) {
        let mut response = answer_to(request, &self.dialog, 200);
        if self.timer.is_started() {
            self.timer.settle_as_uas(context.now, &request.headers, &mut response.headers);
        }
        context.stack.respond(context.now, id, response);
    }

    /// Takes their change.
    pub(super) fn answer_offer(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        let Some(Theirs { server, request, .. }) = self.theirs.take() else { return };
        let offer = sdp_of(&request.headers, &request.body);
        let mut response = answer_to(&request, &self.dialog, 200);
        response.set_body(SDP, sdp.clone());
        if self.timer.is_started() && request.method != Method::Prack {
            self.timer.settle_as_uas(context.now, &request.headers, &mut response.headers);
        }
        let awaited = if offer.is_some() { Awaited::Change } else { Awaited::LateChange };
        (self.spoken, self.heard) = (Some(sdp), offer.or_else(|| self.heard.take()));
        if request.method == Method::Invite {
            self.unacked = send_success(context, response, (server, &request), awaited);
        } else {
            context.stack.respond(context.now, server, response);
            self.change_when_free(context);
        }
    }

    /// Refuses their change.
    pub(super) fn refuse_offer(&mut self, context: &mut Context<'_>, code: u16) {
        self.abandon_theirs(context, if (400..700).contains(&code) { code } else { 488 });
        self.change_when_free(context);
    }

    /// They gave their change up.
    pub(super) fn on_cancel(&mut self, context: &mut Context<'_>) {
        self.refuse_offer(context, 487);
    }

    /// Their change, if there is one, comes to nothing: 487 where the call ends (section 15.1.2).
    pub(super) fn abandon_theirs(&mut self, context: &mut Context<'_>, code: u16) {
        if let Some(Theirs { server, request, .. }) = self.theirs.take() {
            context.stack.respond(context.now, server, Response::to(&request, code));
        }
    }
}

/// Refuses with a pause (section 14.2): another change is under way here.
fn refuse_for_now(context: &mut Context<'_>, id: ServerId, request: &Request) {
    let mut response = Response::to(request, 500);
    let pause = context.stack.tokens.pause(0, 10_000).as_secs();
    response.headers.push(name::RETRY_AFTER, pause.to_string());
    context.stack.respond(context.now, id, response);
}
