//! A call of theirs until we answer it (RFC 3261 section 13.3): 100 at once, 180, 183, 200, refusals, and CANCEL with its
//! reason (RFC 3326). What comes before the 200 is in [provisional](super::provisional).

use super::{
    Context, Phase, Wish,
    about::{self, api_address},
    claims::Claim,
    digits,
    leg::{First, Leg, Origin},
    reliable::Reliable,
    sdp_of,
    session::Session,
    timer::refuse_brief,
    unacked::{Awaited, Unacked},
};
use crate::{
    api::{AccountKey, CallKey, EndCause, Event, Failure, Flow, IncomingCall},
    dialog::Dialog,
    message::{Method, Request, Response, name},
    stack::{ALLOW, Owner, SDP, SUPPORTED},
    transaction::{Answer, ClientId, ServerId, Timer},
    usage::options,
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// An INVITE of theirs without a final answer.
pub(super) struct Ringing {
    pub(super) server: ServerId,
    pub(super) invite: Request,
    pub(super) leg: Leg,
    give_up: Instant,
    pub(super) reliable: Reliable,
    /// The call is to be answered, when what was said before arrived.
    answer: Option<Bytes>,
}

/// How long it rings at most. A caller that could not be heard any more can't cancel; proxies wait as long (timer C).
const RING_LIMIT: Duration = Duration::from_secs(180);

impl Ringing {
    /// Takes a new INVITE: answers 100 and says who calls. `None`: it was refused.
    pub(super) fn arrive(
        context: &mut Context<'_>,
        server: ServerId,
        invite: Request,
        claim: Claim,
    ) -> Option<Phase> {
        if refuse_brief(context, server, &invite) {
            return None;
        }
        let (now, stack) = (context.now, &mut *context.stack);
        let tag = stack.tokens.tag();
        let flow = stack.servers.flow(server)?;
        let account = stack.accounts.asked(&invite, flow);
        let trusted = stack.accounts.is_server(flow);
        let dialog =
            stack.contact(account, flow).and_then(|contact| Dialog::of_callee(&invite, &tag, contact, flow));
        let Some((dialog, mut call)) = dialog.zip(describe((context.key, account), (flow, trusted), &invite))
        else {
            stack.reply(now, server, &invite, 400);
            return None;
        };
        claim.tell(&mut call.about);
        stack.reply(now, server, &invite, 100);
        let first = if call.sdp.is_some() { First::Theirs } else { First::Awaited };
        let mut leg = Leg::new(dialog, Origin::Theirs, first, stack.config.session_expires);
        leg.learn(&invite.headers);
        leg.heard = call.sdp.clone();
        stack.say(Event::IncomingCall(Box::new(call)));
        let wanted =
            invite.headers.expires().map_or(RING_LIMIT, |seconds| Duration::from_secs(seconds.into()));
        let give_up = now + wanted.min(RING_LIMIT);
        let reliable = Reliable::for_caller(&invite, stack.tokens.rseq());
        Some(Phase::Ringing(Box::new(Ringing { server, invite, leg, give_up, reliable, answer: None })))
    }

    pub(super) fn dialog(&self) -> &Dialog {
        &self.leg.dialog
    }

    pub(super) fn dialog_mut(&mut self) -> &mut Dialog {
        &mut self.leg.dialog
    }

    /// Whether it is the INVITE of this transaction.
    pub(super) fn is(&self, server: ServerId) -> bool {
        self.server == server
    }

    pub(super) fn wish(mut self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Ring => {
                let response = self.response(180);
                self.say(context, response);
            }
            Wish::EarlyMedia(sdp) => self.send_early_media(context, sdp),
            Wish::Answer(sdp) => {
                self.answer.get_or_insert(sdp);
                return self.answer_when_free(context);
            }
            Wish::Reject(code) => {
                let code = if (300..700).contains(&code) { code } else { 480 };
                return self.refuse(context, code, EndCause::Local);
            }
            Wish::Hangup => return self.refuse(context, 486, EndCause::Local),
            Wish::Offer(sdp) => self.leg.offer_early(context, sdp),
            Wish::AnswerOffer(sdp) => self.leg.answer_offer(context, sdp),
            Wish::RefuseOffer(code) => self.leg.refuse_offer(context, code),
            Wish::SendDigit(_) => {}
        }
        Phase::Ringing(self)
    }

    /// Sends the 200 that is wanted, if none of our descriptions is still on its way (RFC 3262 section 3).
    fn answer_when_free(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        if self.reliable.holds_description() {
            return Phase::Ringing(self);
        }
        let Some(sdp) = self.answer.take() else { return Phase::Ringing(self) };
        let mut response = self.response(200);
        let awaited = match self.leg.first {
            First::Theirs => {
                response.set_body(SDP, self.leg.spoken.get_or_insert(sdp).clone());
                Awaited::Call
            }
            First::Awaited => {
                self.leg.first = First::Ours;
                response.set_body(SDP, self.leg.spoken.insert(sdp).clone());
                Awaited::LateCall
            }
            First::Ours | First::Done => {
                self.repeat_answer(&mut response);
                Awaited::Call
            }
        };
        if awaited == Awaited::Call {
            self.leg.first = First::Done;
        }
        self.leg.timer.start();
        self.leg.timer.settle_as_uas(context.now, &self.invite.headers, &mut response.headers);
        self.leg.unacked = send_success(context, response, (self.server, &self.invite), awaited);
        Phase::Up(Box::new(Session::new(self.leg, self.reliable.outstanding())))
    }

    pub(super) fn on_cancel(self: Box<Self>, context: &mut Context<'_>, cancel: &Request) -> Phase {
        let answered_elsewhere = cancel.headers.answered_elsewhere();
        self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere })
    }

    /// A request in the early dialog: PRACK, UPDATE, and BYE, which gives up as CANCEL does (section 15).
    pub(super) fn on_request(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        id: ServerId,
        request: Request,
    ) -> Phase {
        if self.leg.dialog.take(&request).is_err() {
            context.stack.reply(context.now, id, &request, 500);
            return Phase::Ringing(self);
        }
        match &request.method {
            Method::Bye => {
                context.stack.reply(context.now, id, &request, 200);
                let answered_elsewhere = request.headers.answered_elsewhere();
                return self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere });
            }
            Method::Prack => {
                self.on_prack(context, id, request);
                return self.answer_when_free(context);
            }
            Method::Update => self.leg.on_change(context, id, request),
            Method::Invite => context.stack.reply(context.now, id, &request, 491),
            Method::Options => options::on_options(context.now, context.stack, id, &request),
            Method::Info => digits::on_info(context, context.now, id, &request),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Other(_) => options::refuse_method(context.now, context.stack, id, &request),
        }
        Phase::Ringing(self)
    }

    /// A response to an UPDATE of ours. One that fails leaves the INVITE as it is.
    pub(super) fn on_answer(mut self: Box<Self>, context: &mut Context<'_>, answer: &Answer<Owner>) -> Phase {
        if self.leg.ours.is_sent_by(answer.id)
            && let Err(why) = self.leg.on_change_answer(context, answer)
        {
            self.leg.give_ours_up(context, why);
        }
        Phase::Ringing(self)
    }

    /// An UPDATE of ours got no answer.
    pub(super) fn on_lost(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        lost: ClientId,
        why: Failure,
    ) -> Phase {
        if self.leg.ours.is_sent_by(lost)
            && let Err(why) = self.leg.on_change_lost(context, why)
        {
            self.leg.give_ours_up(context, why);
        }
        Phase::Ringing(self)
    }

    pub(super) fn deadline(&self) -> (Instant, Timer) {
        let ring = (self.give_up, Timer::Ring);
        let others = self.reliable.deadline().into_iter().chain(self.leg.deadline());
        others.chain([ring]).min().unwrap_or(ring)
    }

    /// It rang for long enough: the INVITE is over (section 13.3.1, step 1). So it is when a reliable response gets no
    /// PRACK (RFC 3262 section 3).
    pub(super) fn on_timeout(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        if context.now >= self.give_up {
            return self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere: false });
        }
        if !self.reliable.on_timeout(context.now, context.stack, self.server) {
            return self.refuse(context, 504, EndCause::Broken(Failure::Timeout));
        }
        if let Err(why) = self.leg.on_timeout(context) {
            self.leg.give_ours_up(context, why);
        }
        Phase::Ringing(self)
    }

    fn refuse(mut self: Box<Self>, context: &mut Context<'_>, code: u16, cause: EndCause) -> Phase {
        self.leg.abandon_theirs(context, 487);
        let response = Response::to(&self.invite, code).with_to_tag(self.leg.dialog.local_tag());
        context.stack.respond(context.now, self.server, response);
        context.say_ended(cause);
        Phase::GONE
    }

    pub(super) fn response(&self, code: u16) -> Response {
        answer_to(&self.invite, &self.leg.dialog, code)
    }
}

/// A response of 101 to 299 in a dialog: with tag, Contact, Record-Route and what we can do.
pub(super) fn answer_to(invite: &Request, dialog: &Dialog, code: u16) -> Response {
    let mut response = Response::to(invite, code).with_to_tag(dialog.local_tag());
    response.headers.copy_all(name::RECORD_ROUTE, &invite.headers);
    response.headers.push(name::CONTACT, format!("<{}>", dialog.contact()));
    response.headers.push(name::ALLOW, ALLOW);
    response.headers.push(name::SUPPORTED, SUPPORTED);
    response
}

/// Sends a 2xx to an INVITE, to be repeated until its ACK.
pub(super) fn send_success(
    context: &mut Context<'_>,
    mut response: Response,
    to: (ServerId, &Request),
    awaited: Awaited,
) -> Option<Unacked> {
    let (server, invite) = to;
    let flow: Option<Flow> = context.stack.servers.flow(server);
    context.stack.sign(&mut response);
    let bytes = response.to_bytes();
    context.stack.respond(context.now, server, response);
    let number = invite.headers.cseq().ok()?.number;
    Some(Unacked::sent(context.now, number, awaited, (flow?, bytes)))
}

fn describe(
    (call, account): (CallKey, Option<AccountKey>),
    (flow, trusted): (Flow, bool),
    invite: &Request,
) -> Option<IncomingCall> {
    let told = [name::FROM, name::TO];
    let is_other = |name: &str| !told.iter().any(|told| told.eq_ignore_ascii_case(name));
    Some(IncomingCall {
        call,
        account,
        flow,
        from: api_address(invite.headers.from().ok()?),
        to: api_address(invite.headers.to().ok()?),
        request_uri: invite.uri.to_string(),
        sdp: sdp_of(&invite.headers, &invite.body),
        headers: invite
            .headers
            .iter()
            .filter(|(name, _)| is_other(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        about: Box::new(about::of(&invite.headers, trusted)),
    })
}
