//! A call that is up (RFC 3261 sections 13.3.1.4, 14 and 15): the ACK for our 2xx, requests in its dialog, BYE both
//! ways. How it changes is in [change](super::change).

use super::{
    Context, Phase, Wish,
    change::{Ours, Theirs},
    leaving::{Leaving, hang_up},
    sdp_of,
    strays::dismiss,
    unacked::{Awaited, Unacked},
};
use crate::{
    api::{EndCause, Event, Failure},
    dialog::Dialog,
    message::{Method, Request, Response, name},
    stack::Owner,
    transaction::{Answer, ClientId, ServerId, Timer},
    usage::options,
};
use std::time::Instant;

/// Whose call it is: the one who made the Call-ID waits longer after a glare (section 14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    Theirs,
}

/// A call that is up.
pub(super) struct Session {
    pub(super) dialog: Dialog,
    pub(super) origin: Origin,
    /// Our last 2xx, while its ACK is missing.
    pub(super) unacked: Option<Unacked>,
    pub(super) ours: Ours,
    pub(super) theirs: Option<Theirs>,
}

impl Session {
    pub(super) fn new(dialog: Dialog, origin: Origin, unacked: Option<Unacked>) -> Self {
        Session { dialog, origin, unacked, ours: Ours::None, theirs: None }
    }

    pub(super) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// Whether it is their change, and not answered yet.
    pub(super) fn has_open(&self, server: ServerId) -> bool {
        self.theirs.as_ref().is_some_and(|theirs| theirs.server == server)
    }

    pub(super) fn wish(mut self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Hangup | Wish::Reject(_) => {
                context.say_ended(EndCause::Local);
                return self.leave(context);
            }
            Wish::Offer(sdp) => self.offer(context, sdp),
            Wish::AnswerOffer(sdp) => self.answer_offer(context, sdp),
            Wish::RefuseOffer(code) => self.refuse_offer(context, code),
            Wish::Ring | Wish::Answer(_) => {}
        }
        Phase::Up(self)
    }

    /// BYE now, or when the ACK is there.
    fn leave(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        self.abandon_theirs(context);
        let Session { dialog, unacked, .. } = *self;
        match unacked {
            Some(unacked) if unacked.awaited == Awaited::Call => {
                Phase::Leaving(Leaving::WantsBye { dialog: Box::new(dialog), unacked: Box::new(unacked) })
            }
            Some(_) | None => hang_up(context, dialog),
        }
    }

    /// It is over because something broke: says so, and tells the other side where that may help.
    pub(super) fn break_off(mut self: Box<Self>, context: &mut Context<'_>, why: Failure) -> Phase {
        let knows = matches!(why, Failure::Status { code: 481, .. });
        self.abandon_theirs(context);
        context.say_ended(EndCause::Broken(why));
        if knows { Phase::GONE } else { hang_up(context, self.dialog) }
    }

    pub(super) fn on_request(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        id: ServerId,
        request: Request,
    ) -> Phase {
        let now = context.now;
        if self.dialog.take(&request).is_err() {
            context.stack.reply(now, id, &request, 500);
            return Phase::Up(self);
        }
        match &request.method {
            Method::Bye => {
                context.stack.respond(now, id, Response::to(&request, 200));
                self.abandon_theirs(context);
                context.say_ended(EndCause::Remote);
                return Phase::GONE;
            }
            Method::Invite => self.on_invite(context, id, request),
            Method::Options => options::on_options(now, context.stack, id, &request),
            Method::Info => options::on_info(now, context.stack, id, &request),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Prack
            | Method::Update
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Other(_) => options::refuse_method(now, context.stack, id, &request),
        }
        Phase::Up(self)
    }

    pub(super) fn on_ack(mut self: Box<Self>, context: &mut Context<'_>, ack: &Request) -> Phase {
        let Ok(cseq) = ack.headers.cseq() else { return Phase::Up(self) };
        let Some(unacked) = self.unacked.take_if(|unacked| unacked.number == cseq.number) else {
            return Phase::Up(self);
        };
        let (call, sdp) = (context.key, sdp_of(&ack.headers, &ack.body));
        match unacked.awaited {
            Awaited::Call | Awaited::LateChange => context.stack.say(Event::Confirmed { call, sdp }),
            Awaited::Change => {}
        }
        self.offer_when_free(context);
        Phase::Up(self)
    }

    pub(super) fn on_answer(self: Box<Self>, context: &mut Context<'_>, answer: Answer<Owner>) -> Phase {
        if self.ours.is_sent_by(answer.id) {
            return self.on_change_answer(context, answer);
        }
        if answer.request.method == Method::Invite && answer.response.is_success() {
            dismiss(context, &answer);
        }
        Phase::Up(self)
    }

    pub(super) fn on_lost(self: Box<Self>, context: &mut Context<'_>, lost: ClientId, why: Failure) -> Phase {
        if self.ours.is_sent_by(lost) { self.break_off(context, why) } else { Phase::Up(self) }
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        let unacked = self.unacked.as_ref().map(Unacked::deadline);
        let retry = if self.is_free() { self.ours.retry_at() } else { None };
        unacked.into_iter().chain(retry.map(|at| (at, Timer::Glare))).min()
    }

    pub(super) fn on_timeout(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        if let Some(unacked) = &mut self.unacked
            && !unacked.on_timeout(context.now, &mut context.stack.out)
        {
            return self.break_off(context, Failure::Timeout);
        }
        self.offer_when_free(context);
        Phase::Up(self)
    }

    /// Refuses with a pause (section 14.2): another change is under way here.
    pub(super) fn refuse_for_now(&self, context: &mut Context<'_>, id: ServerId, request: &Request) {
        let mut response = Response::to(request, 500);
        let pause = context.stack.tokens.pause(0, 10_000).as_secs();
        response.headers.push(name::RETRY_AFTER, pause.to_string());
        context.stack.respond(context.now, id, response);
    }
}
