//! A call of theirs until we answer it (RFC 3261 section 13.3): 100 at once, 180, 200, refusals, and CANCEL with its
//! reason (RFC 3326).

use super::{
    Context, Phase, Wish,
    about::{self, api_address},
    claims::Claim,
    digits,
    leg::{Leg, Origin},
    sdp_of,
    session::Session,
    unacked::{Awaited, Unacked},
};
use crate::{
    api::{AccountKey, CallKey, EndCause, Event, Flow, IncomingCall},
    dialog::Dialog,
    message::{Method, Request, Response, name},
    stack::{ALLOW, SDP},
    transaction::{ServerId, Timer},
    usage::options,
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// An INVITE of theirs without a final answer.
pub(super) struct Ringing {
    server: ServerId,
    invite: Request,
    dialog: Dialog,
    give_up: Instant,
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
        stack.say(Event::IncomingCall(Box::new(call)));
        let wanted =
            invite.headers.expires().map_or(RING_LIMIT, |seconds| Duration::from_secs(seconds.into()));
        let give_up = now + wanted.min(RING_LIMIT);
        Some(Phase::Ringing(Box::new(Ringing { server, invite, dialog, give_up })))
    }

    pub(super) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    pub(super) fn dialog_mut(&mut self) -> &mut Dialog {
        &mut self.dialog
    }

    /// Whether it is the INVITE of this transaction.
    pub(super) fn is(&self, server: ServerId) -> bool {
        self.server == server
    }

    pub(super) fn wish(self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Ring => {
                let response = self.response(180);
                context.stack.respond(context.now, self.server, response);
                Phase::Ringing(self)
            }
            Wish::Answer(sdp) => self.answer(context, sdp),
            Wish::Reject(code) => {
                let code = if (300..700).contains(&code) { code } else { 480 };
                self.refuse(context, code, EndCause::Local)
            }
            Wish::Hangup => self.refuse(context, 486, EndCause::Local),
            Wish::Offer(_) | Wish::AnswerOffer(_) | Wish::RefuseOffer(_) | Wish::SendDigit(_) => {
                Phase::Ringing(self)
            }
        }
    }

    fn answer(self: Box<Self>, context: &mut Context<'_>, sdp: Bytes) -> Phase {
        let mut response = self.response(200);
        response.set_body(SDP, sdp);
        let unacked = send_success(context, response, (self.server, &self.invite), Awaited::Call);
        let leg = Leg { unacked, ..Leg::new(self.dialog, Origin::Theirs) };
        Phase::Up(Box::new(Session::new(leg)))
    }

    pub(super) fn on_cancel(self: Box<Self>, context: &mut Context<'_>, cancel: &Request) -> Phase {
        let answered_elsewhere = cancel.headers.answered_elsewhere();
        self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere })
    }

    /// A request in the early dialog: BYE gives up as CANCEL does (section 15), nothing else has a place there.
    pub(super) fn on_request(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        id: ServerId,
        request: Request,
    ) -> Phase {
        if self.dialog.take(&request).is_err() {
            context.stack.reply(context.now, id, &request, 500);
            return Phase::Ringing(self);
        }
        if request.method == Method::Bye {
            context.stack.reply(context.now, id, &request, 200);
            let answered_elsewhere = request.headers.answered_elsewhere();
            return self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere });
        }
        match &request.method {
            Method::Invite => context.stack.reply(context.now, id, &request, 491),
            Method::Options => options::on_options(context.now, context.stack, id, &request),
            Method::Info => digits::on_info(context, context.now, id, &request),
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Register
            | Method::Prack
            | Method::Update
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Other(_) => options::refuse_method(context.now, context.stack, id, &request),
        }
        Phase::Ringing(self)
    }

    pub(super) fn deadline(&self) -> (Instant, Timer) {
        (self.give_up, Timer::Ring)
    }

    /// It rang for long enough: the INVITE is over (section 13.3.1, step 1).
    pub(super) fn on_timeout(self: Box<Self>, context: &mut Context<'_>) -> Phase {
        if context.now < self.give_up {
            return Phase::Ringing(self);
        }
        self.refuse(context, 487, EndCause::Cancelled { answered_elsewhere: false })
    }

    fn refuse(self: Box<Self>, context: &mut Context<'_>, code: u16, cause: EndCause) -> Phase {
        let response = Response::to(&self.invite, code).with_to_tag(self.dialog.local_tag());
        context.stack.respond(context.now, self.server, response);
        context.say_ended(cause);
        Phase::GONE
    }

    fn response(&self, code: u16) -> Response {
        answer_to(&self.invite, &self.dialog, code)
    }
}

/// A response of 101 to 299 in a dialog: with tag, Contact, Record-Route and what we can do.
pub(super) fn answer_to(invite: &Request, dialog: &Dialog, code: u16) -> Response {
    let mut response = Response::to(invite, code).with_to_tag(dialog.local_tag());
    response.headers.copy_all(name::RECORD_ROUTE, &invite.headers);
    response.headers.push(name::CONTACT, format!("<{}>", dialog.contact()));
    response.headers.push(name::ALLOW, ALLOW);
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
