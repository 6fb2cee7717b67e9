//! A call of ours until its first final answer (RFC 3261 section 13.2): provisional responses and their early dialogs,
//! challenges, redirections, the 2xx and its ACK, and giving up by CANCEL.

use super::{
    Context, Phase, Wish,
    change::say_pending,
    early::Early,
    failure_of,
    inviting::invite,
    leaving::{Leaving, hang_up_for},
    leg::First,
    redirect::Redirects,
    sdp_of,
    session::Session,
    strays::acknowledge,
    timer::SessionTimer,
    ways::Ways,
};
use crate::{
    api::{EndCause, Event, Failure, Flow, Outgoing},
    dialog::{Dialog, Way, next_hop},
    message::{Request, Uri, name},
    stack::Owner,
    transaction::{Answer, ClientId, Lost, ServerId, Timer},
    usage::challenge,
};
use std::time::Instant;

/// An INVITE of ours without a final answer.
pub(super) struct Calling {
    client: ClientId,
    /// What the INVITE asks of the session's timer.
    timer: SessionTimer,
    redirects: Redirects,
    ways: Ways,
    early: Early,
}

impl Calling {
    /// Sends the INVITE.
    pub(super) fn place(context: &mut Context<'_>, placing: &Outgoing) -> Phase {
        let accounts = &context.stack.accounts;
        let path = placing.via.or_else(|| accounts.get(placing.account?)?.path);
        let Some(flow) = path else { return failed(context, Failure::Transport) };
        let timer = SessionTimer::new(context.stack.config.session_expires);
        let Some(mut invite) = invite(context, placing, flow) else {
            return failed(context, Failure::Protocol);
        };
        timer.ask_first(&mut invite.headers);
        challenge::foresee(context.stack, &mut invite, flow);
        send(context, invite, (flow, timer, Redirects::default(), Ways::of(placing, flow)))
    }

    pub(super) fn wish(mut self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Hangup | Wish::Reject(_) => return self.end(context, EndCause::Local),
            Wish::Offer(sdp) => match self.early.newest() {
                Some(leg) => leg.offer_early(context, sdp),
                None => say_pending(context),
            },
            Wish::AnswerOffer(sdp) => {
                if let Some(leg) = self.early.asking() {
                    leg.answer_offer(context, sdp);
                }
            }
            Wish::RefuseOffer(code) => {
                if let Some(leg) = self.early.asking() {
                    leg.refuse_offer(context, code);
                }
            }
            Wish::Ring | Wish::EarlyMedia(_) | Wish::Answer(_) | Wish::SendDigit(_) => {}
        }
        Phase::Calling(self)
    }

    pub(super) fn holds(&self, request: &Request) -> bool {
        self.early.holds(request)
    }

    /// Its early dialogs: one for each phone that rings.
    pub(super) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.early.dialogs()
    }

    /// A request of theirs in an early dialog.
    pub(super) fn on_request(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        id: ServerId,
        request: Request,
    ) -> Phase {
        self.early.on_request(context, id, request);
        Phase::Calling(self)
    }

    /// Gives it up.
    pub(super) fn end(mut self, context: &mut Context<'_>, cause: EndCause) -> Phase {
        self.early.abandon(context);
        context.say_ended(cause);
        Phase::Leaving(Leaving::cancel(context, self.client))
    }

    pub(super) fn on_answer(mut self: Box<Self>, context: &mut Context<'_>, answer: Answer<Owner>) -> Phase {
        if answer.id != self.client {
            self.early.on_answer(context, &answer);
            return Phase::Calling(self);
        }
        let response = &answer.response;
        match response.code {
            0..=100 => Phase::Calling(self),
            101..=199 => {
                self.ways.settle();
                if let Some(sdp) = self.early.on_provisional(context, &answer) {
                    context.stack.say(Event::Progress { call: context.key, code: response.code, sdp });
                }
                Phase::Calling(self)
            }
            200..=299 => self.on_success(context, &answer),
            401 | 407 => match challenge::retried(context.stack, &answer) {
                Ok(retry) => self.again(context, retry, answer.flow),
                Err(why) => self.on_failure(context, &answer, why),
            },
            422 if self.timer.raise(response) => {
                let mut retry = challenge::anew(&answer.request);
                self.timer.ask_first(&mut retry.headers);
                challenge::foresee(context.stack, &mut retry, answer.flow);
                self.again(context, retry, answer.flow)
            }
            _ => self.on_failure(context, &answer, failure_of(response)),
        }
    }

    /// The INVITE once more, changed.
    fn again(mut self, context: &mut Context<'_>, invite: Request, flow: Flow) -> Phase {
        self.early.abandon(context);
        send(context, invite, (flow, self.timer, self.redirects, self.ways))
    }

    /// This target did not take the call: perhaps another does (section 8.1.3.4). Who refuses for everybody (6xx) is
    /// believed.
    fn on_failure(mut self, context: &mut Context<'_>, answer: &Answer<Owner>, why: Failure) -> Phase {
        if answer.response.code == 503
            && let Some((invite, path)) = self.ways.next(context.stack, &answer.request)
        {
            return self.again(context, invite, path);
        }
        self.redirects.learn(&answer.request.uri, &answer.response, answer.flow.transport.is_secure());
        self.early.abandon(context);
        let next = if answer.response.code < 600 { self.redirects.next() } else { None };
        match next {
            Some(target) => self.follow(context, (&answer.request, answer.flow), target),
            None => failed(context, why),
        }
    }

    /// Goes to another target: by the account's server, or where there is none straight to it.
    fn follow(self, context: &mut Context<'_>, from: (&Request, Flow), target: Uri) -> Phase {
        let (invite, flow) = from;
        let mut invite = challenge::anew(invite);
        for credentials in [name::AUTHORIZATION, name::PROXY_AUTHORIZATION] {
            invite.headers.remove(credentials);
        }
        let by_server = context.stack.accounts.is_server(flow);
        let flow = if by_server { flow } else { next_hop(flow, &target) };
        invite.uri = target;
        challenge::foresee(context.stack, &mut invite, flow);
        context.stack.say(Event::Progress { call: context.key, code: 181, sdp: None });
        self.again(context, invite, flow)
    }

    fn on_success(self, context: &mut Context<'_>, answer: &Answer<Owner>) -> Phase {
        let (request, response) = (&answer.request, &answer.response);
        let Some(mut leg) = self.early.confirm(context, answer) else {
            return failed(context, Failure::Protocol);
        };
        let moved = has_moved(answer);
        if moved {
            let account = context.stack.accounts.asking(request, answer.flow);
            if let Some(contact) = context.stack.contact_as(leg.dialog.contact(), account, answer.flow) {
                leg.dialog.move_to(Way::Known(answer.flow), contact);
            }
        }
        acknowledge(context, &leg.dialog, (request, response));
        let described = sdp_of(&response.headers, &response.body).filter(|_| leg.first == First::Ours);
        match described.or_else(|| leg.heard.take()) {
            Some(sdp) => {
                (leg.first, leg.heard) = (First::Done, Some(sdp.clone()));
                leg.timer = self.timer;
                leg.timer.start();
                leg.timer.settle_as_uac(context.now, &response.headers);
                context.stack.say(Event::Answered { call: context.key, sdp });
                if moved {
                    context.stack.say(Event::PathChanged { call: context.key, path: answer.flow });
                }
                Phase::Up(Box::new(Session::new(leg, None)))
            }
            None => {
                context.say_ended(EndCause::Failed(Failure::Protocol));
                leg.abandon_theirs(context, 487);
                hang_up_for(context, leg.dialog, &Failure::Protocol)
            }
        }
    }

    /// A request of ours got no answer.
    pub(super) fn on_lost(
        mut self: Box<Self>,
        context: &mut Context<'_>,
        lost: Lost<Owner>,
        why: Failure,
    ) -> Phase {
        if lost.id != self.client {
            self.early.on_lost(context, lost.id, why);
            return Phase::Calling(self);
        }
        if let Some(invite) = lost.unheard {
            if let Some((invite, path)) = self.ways.next(context.stack, &invite) {
                return self.again(context, invite, path);
            }
            if let Some(target) = self.redirects.next() {
                return self.follow(context, (&invite, lost.flow), target);
            }
        }
        self.early.abandon(context);
        failed(context, why)
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.early.deadline()
    }

    pub(super) fn on_timeout(mut self: Box<Self>, context: &mut Context<'_>) -> Phase {
        self.early.on_timeout(context);
        Phase::Calling(self)
    }
}

/// Whether our address changed while it rang: Via still names the one before (section 18.1.1).
fn has_moved(answer: &Answer<Owner>) -> bool {
    let sent_from = answer.request.headers.top_via().ok().and_then(|via| via.sent_by.ip());
    sent_from.is_some_and(|ip| ip != answer.flow.local.ip())
}

/// It is over before it began.
fn failed(context: &mut Context<'_>, why: Failure) -> Phase {
    context.say_ended(EndCause::Failed(why));
    Phase::GONE
}

fn send(context: &mut Context<'_>, invite: Request, by: (Flow, SessionTimer, Redirects, Ways)) -> Phase {
    let (flow, timer, redirects, ways) = by;
    context.acks.note_number(&invite);
    match context.stack.request(context.now, invite, flow, Owner::Invite(context.key)) {
        Some(client) => {
            Phase::Calling(Box::new(Calling { client, timer, redirects, ways, early: Early::default() }))
        }
        None => failed(context, Failure::Transport),
    }
}
