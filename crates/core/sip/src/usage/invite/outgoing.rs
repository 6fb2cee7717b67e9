//! A call of ours until its first final answer (RFC 3261 section 13.2): provisional responses, challenges, the 2xx and
//! its ACK, and giving up by CANCEL.

use super::{
    Context, Phase, Wish, failure_of,
    leaving::{Leaving, hang_up},
    sdp_of,
    session::{Origin, Session},
    strays::acknowledge,
};
use crate::{
    agent::{ALLOW, SDP},
    api::{EndCause, Event, Failure, Flow},
    dialog::Dialog,
    message::{Method, NameAddr, Request, Uri, name},
    transaction::{Answer, ClientId},
    usage::{Owner, challenge},
};
use bytes::Bytes;

/// What a call of ours is made of.
pub(crate) struct Placing {
    pub(crate) target: String,
    pub(crate) via: Option<Flow>,
    pub(crate) sdp: Bytes,
}

/// An INVITE of ours without a final answer.
pub(super) struct Calling {
    client: ClientId,
    /// The last description in a provisional response: the answer, where the 2xx has none.
    early: Option<Bytes>,
}

impl Calling {
    /// Sends the INVITE.
    pub(super) fn place(context: &mut Context<'_>, placing: Placing) -> Phase {
        let path = placing.via.or_else(|| context.stack.account.as_ref().map(|account| account.server));
        let Some(flow) = path else { return failed(context, Failure::Transport) };
        let Some(invite) = invite(context, &placing, flow) else { return failed(context, Failure::Protocol) };
        send(context, invite, flow, None)
    }

    pub(super) fn wish(self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Hangup | Wish::Reject(_) => {
                context.say_ended(EndCause::Local);
                Phase::Leaving(Leaving::cancel(context, self.client))
            }
            Wish::Ring | Wish::Answer(_) | Wish::Offer(_) | Wish::AnswerOffer(_) | Wish::RefuseOffer(_) => {
                Phase::Calling(self)
            }
        }
    }

    pub(super) fn on_answer(mut self: Box<Self>, context: &mut Context<'_>, answer: Answer<Owner>) -> Phase {
        if answer.id != self.client {
            return Phase::Calling(self);
        }
        let response = &answer.response;
        match response.code {
            0..=100 => Phase::Calling(self),
            101..=199 => {
                let sdp = sdp_of(&response.headers, &response.body);
                self.early = sdp.clone().or(self.early);
                context.stack.say(Event::Progress { call: context.key, code: response.code, sdp });
                Phase::Calling(self)
            }
            200..=299 => self.on_success(context, &answer),
            401 | 407 => match challenge::retried(context.stack, &answer) {
                Ok(retry) => send(context, retry, answer.flow, self.early),
                Err(why) => failed(context, why),
            },
            _ => failed(context, failure_of(response)),
        }
    }

    fn on_success(self: Box<Self>, context: &mut Context<'_>, answer: &Answer<Owner>) -> Phase {
        let response = &answer.response;
        let Some(dialog) = Dialog::of_caller(&answer.request, response, answer.flow) else {
            return failed(context, Failure::Protocol);
        };
        acknowledge(context, &dialog, response);
        match sdp_of(&response.headers, &response.body).or(self.early) {
            Some(sdp) => {
                context.stack.say(Event::Answered { call: context.key, sdp });
                Phase::Up(Box::new(Session::new(dialog, Origin::Ours, None)))
            }
            None => {
                context.say_ended(EndCause::Failed(Failure::Protocol));
                hang_up(context, dialog)
            }
        }
    }

    pub(super) fn on_lost(self: Box<Self>, context: &mut Context<'_>, why: Failure) -> Phase {
        failed(context, why)
    }
}

fn failed(context: &mut Context<'_>, why: Failure) -> Phase {
    context.say_ended(EndCause::Failed(why));
    Phase::GONE
}

fn send(context: &mut Context<'_>, invite: Request, flow: Flow, early: Option<Bytes>) -> Phase {
    match context.stack.request(context.now, invite, flow, Owner::Invite(context.key)) {
        Some(client) => Phase::Calling(Box::new(Calling { client, early })),
        None => failed(context, Failure::Transport),
    }
}

fn invite(context: &mut Context<'_>, placing: &Placing, flow: Flow) -> Option<Request> {
    let target = Uri::parse(placing.target.trim()).ok()?;
    let stack = &mut *context.stack;
    let (from, contact) = (stack.identity(flow)?, stack.contact(flow)?);
    let mut invite = stack.fresh(Method::Invite, target.without_headers(), from, NameAddr::new(target));
    invite.headers.push(name::CONTACT, format!("<{contact}>"));
    invite.headers.push(name::ALLOW, ALLOW);
    invite.headers.push(name::ACCEPT, SDP);
    invite.set_body(SDP, placing.sdp.clone());
    challenge::foresee(stack, &mut invite, flow);
    Some(invite)
}
