//! A call that is up (RFC 3261 sections 13.3.1.4, 14 and 15): the ACK for our 2xx, requests in its dialog, BYE both
//! ways. How it changes is in [change](super::change) and [theirs](super::theirs).

use super::{
    Context, Phase, Wish,
    change::Ours,
    digits::{self, Digits},
    early::on_prack_answer,
    failure_of,
    leaving::{Leaving, hang_up, hang_up_for},
    leg::{First, Leg},
    sdp_of,
    strays::dismiss,
    unacked::Awaited,
};
use crate::{
    api::{EndCause, Event, Failure},
    message::{Method, RAck, Request, Response},
    stack::Owner,
    transaction::{Answer, ClientId, ServerId},
    usage::options,
};
use bytes::Bytes;

/// A call that is up.
pub(super) struct Session {
    pub(super) leg: Leg,
    footing: Footing,
    digits: Digits,
    /// What the PRACK for our last provisional response would say (RFC 3262 section 3).
    late_prack: Option<RAck>,
}

/// What a call stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Footing {
    /// Both sides agreed on media.
    Agreed,
    /// It is of before a crash: without the change that is under way it has no media.
    Resumed,
}

impl Session {
    pub(super) fn new(leg: Leg, late_prack: Option<RAck>) -> Self {
        Session { leg, footing: Footing::Agreed, digits: Digits::default(), late_prack }
    }

    /// A call of before a crash.
    pub(super) fn resumed(leg: Leg) -> Box<Self> {
        let digits = Digits::default();
        Box::new(Session { leg, footing: Footing::Resumed, digits, late_prack: None })
    }

    /// Makes the change that brings it back.
    pub(super) fn begin(mut self: Box<Self>, context: &mut Context<'_>, sdp: Bytes) -> Phase {
        self.leg.offer(context, sdp);
        self.go_on(context, Failure::Transport)
    }

    /// A call of before a crash whose change came to nothing is over; any other call goes on.
    fn go_on(self: Box<Self>, context: &mut Context<'_>, why: Failure) -> Phase {
        match (self.footing, &self.leg.ours) {
            (Footing::Agreed, _) | (Footing::Resumed, Ours::Wanted { .. } | Ours::Sent { .. }) => {
                Phase::Up(self)
            }
            (Footing::Resumed, Ours::None) => self.break_off(context, why),
        }
    }

    fn on_changed(mut self: Box<Self>, context: &mut Context<'_>, response: &Response) -> Phase {
        let answer = sdp_of(&response.headers, &response.body);
        if response.is_success() && answer.is_some() {
            self.footing = Footing::Agreed;
        }
        let why = if response.is_success() { Failure::Protocol } else { failure_of(response) };
        self.go_on(context, why)
    }

    pub(super) fn wish(mut self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Hangup | Wish::Reject(_) => {
                return self.end(context, EndCause::Local);
            }
            Wish::Offer(sdp) => self.leg.offer(context, sdp),
            Wish::AnswerOffer(sdp) => self.leg.answer_offer(context, sdp),
            Wish::RefuseOffer(code) => self.leg.refuse_offer(context, code),
            Wish::SendDigit(digit) => self.digits.send(context, &mut self.leg.dialog, digit),
            Wish::Ring | Wish::EarlyMedia(_) | Wish::Answer(_) => {}
        }
        Phase::Up(self)
    }

    /// Ends it from our side.
    pub(super) fn end(self: Box<Self>, context: &mut Context<'_>, cause: EndCause) -> Phase {
        context.say_ended(cause);
        self.leave(context)
    }

    /// BYE now, or when the ACK is there.
    fn leave(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        self.leg.abandon_theirs(context, 487);
        let Leg { dialog, unacked, .. } = self.leg;
        match unacked {
            Some(unacked) if matches!(unacked.awaited, Awaited::Call | Awaited::LateCall) => {
                Phase::Leaving(Leaving::WantsBye { dialog: Box::new(dialog), unacked: Box::new(unacked) })
            }
            Some(_) | None => hang_up(context, dialog),
        }
    }

    /// It is over because something broke: says so, and tells the other side where that may help.
    pub(super) fn break_off(mut self: Box<Self>, context: &mut Context<'_>, why: Failure) -> Phase {
        let knows = matches!(why, Failure::Status { code: 481, .. });
        self.leg.abandon_theirs(context, 487);
        context.say_ended(EndCause::Broken(why.clone()));
        if knows { Phase::GONE } else { hang_up_for(context, self.leg.dialog, &why) }
    }

    pub(super) fn on_request(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        id: ServerId,
        request: Request,
    ) -> Phase {
        let now = context.now;
        if self.leg.dialog.take(&request).is_err() {
            context.stack.reply(now, id, &request, 500);
            return Phase::Up(self);
        }
        match &request.method {
            Method::Bye => {
                context.stack.respond(now, id, Response::to(&request, 200));
                self.leg.abandon_theirs(context, 487);
                context.say_ended(EndCause::Remote);
                return Phase::GONE;
            }
            Method::Invite | Method::Update => self.leg.on_change(context, id, request),
            Method::Prack => {
                let is_late =
                    request.headers.rack().is_ok_and(|rack| self.late_prack.as_ref() == Some(&rack));
                context.stack.reply(now, id, &request, if is_late { 200 } else { 481 });
            }
            Method::Options => options::on_options(now, context.stack, id, &request),
            Method::Info => digits::on_info(context, now, id, &request),
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
        Phase::Up(self)
    }

    pub(super) fn on_ack(mut self: Box<Self>, context: &mut Context<'_>, ack: &Request) -> Phase {
        let Ok(cseq) = ack.headers.cseq() else { return Phase::Up(self) };
        let Some(unacked) = self.leg.unacked.take_if(|unacked| unacked.number == cseq.number) else {
            return Phase::Up(self);
        };
        let (call, sdp) = (context.key, sdp_of(&ack.headers, &ack.body));
        match (unacked.awaited, sdp) {
            (Awaited::LateCall, None) => return self.break_off(context, Failure::Protocol),
            (Awaited::LateCall | Awaited::LateChange, sdp) => {
                self.leg.heard = sdp.clone().or_else(|| self.leg.heard.take());
                context.stack.say(Event::Confirmed { call, sdp });
            }
            (Awaited::Call, _) => context.stack.say(Event::Confirmed { call, sdp: None }),
            (Awaited::Change, _) => {}
        }
        self.leg.first = First::Done;
        self.leg.change_when_free(context);
        Phase::Up(self)
    }

    pub(super) fn on_answer(mut self: Box<Self>, context: &mut Context<'_>, answer: Answer<Owner>) -> Phase {
        if self.leg.ours.is_sent_by(answer.id) {
            if self.footing == Footing::Resumed && self.leg.is_put_off(context, &answer.response) {
                return Phase::Up(self);
            }
            return match self.leg.on_change_answer(context, &answer) {
                Ok(()) => self.on_changed(context, &answer.response),
                Err(why) => self.break_off(context, why),
            };
        }
        if self.digits.is_sent_by(answer.id) {
            self.digits.on_answer(context, &mut self.leg.dialog, &answer);
            return Phase::Up(self);
        }
        match answer.owner {
            Owner::Prack(_) => drop(on_prack_answer(context, &mut self.leg, &answer)),
            _ if answer.request.method == Method::Invite && answer.response.is_success() => {
                dismiss(context, &answer);
            }
            _ => {}
        }
        Phase::Up(self)
    }

    pub(super) fn on_lost(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        lost: ClientId,
        why: Failure,
    ) -> Phase {
        if self.leg.ours.is_sent_by(lost)
            && let Err(why) = self.leg.on_change_lost(context, why)
        {
            return self.break_off(context, why);
        }
        if self.leg.prack.take_if(|prack| *prack == lost).is_some() {
            self.leg.change_when_free(context);
        }
        if self.digits.is_sent_by(lost) {
            self.digits.on_lost();
        }
        Phase::Up(self)
    }

    /// They gave their change up.
    pub(super) fn on_cancel(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        self.leg.on_cancel(context);
        Phase::Up(self)
    }

    pub(super) fn on_timeout(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        match self.leg.on_timeout(context) {
            Ok(()) => Phase::Up(self),
            Err(why) => self.break_off(context, why),
        }
    }
}
