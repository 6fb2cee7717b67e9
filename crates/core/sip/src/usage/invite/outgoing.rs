//! A call of ours until its first final answer (RFC 3261 section 13.2): provisional responses, challenges, the 2xx and
//! its ACK, and giving up by CANCEL.

use super::{
    Context, Phase, Wish, failure_of,
    leaving::{Leaving, hang_up},
    leg::{Leg, Origin},
    sdp_of,
    session::Session,
    strays::acknowledge,
};
use crate::{
    api::{Address, EndCause, Event, Failure, Flow, Outgoing},
    dialog::Dialog,
    message::{Headers, Method, NameAddr, Request, Uri, is_token, name},
    stack::Owner,
    stack::{ALLOW, SDP},
    transaction::{Answer, ClientId},
    usage::{challenge, refer::dialog_id::push_claims},
};
use bytes::Bytes;

/// An INVITE of ours without a final answer.
pub(super) struct Calling {
    client: ClientId,
    /// The last description in a provisional response: the answer, where the 2xx has none.
    early: Option<Bytes>,
}

impl Calling {
    /// Sends the INVITE.
    pub(super) fn place(context: &mut Context<'_>, placing: &Outgoing) -> Phase {
        let accounts = &context.stack.accounts;
        let path = placing.via.or_else(|| accounts.get(placing.account?)?.path);
        let Some(flow) = path else { return failed(context, Failure::Transport) };
        let Some(invite) = invite(context, placing, flow) else { return failed(context, Failure::Protocol) };
        send(context, invite, flow, None)
    }

    pub(super) fn wish(self: Box<Self>, context: &mut Context<'_>, wish: Wish) -> Phase {
        match wish {
            Wish::Hangup | Wish::Reject(_) => self.end(context, EndCause::Local),
            Wish::Ring
            | Wish::Answer(_)
            | Wish::Offer(_)
            | Wish::AnswerOffer(_)
            | Wish::RefuseOffer(_)
            | Wish::SendDigit(_) => Phase::Calling(self),
        }
    }

    /// Gives it up.
    pub(super) fn end(self, context: &mut Context<'_>, cause: EndCause) -> Phase {
        context.say_ended(cause);
        Phase::Leaving(Leaving::cancel(context, self.client))
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

    fn on_success(self, context: &mut Context<'_>, answer: &Answer<Owner>) -> Phase {
        let response = &answer.response;
        let Some(dialog) = Dialog::of_caller(&answer.request, response, answer.flow) else {
            return failed(context, Failure::Protocol);
        };
        acknowledge(context, &dialog, response);
        match sdp_of(&response.headers, &response.body).or(self.early) {
            Some(sdp) => {
                context.stack.say(Event::Answered { call: context.key, sdp });
                Phase::Up(Box::new(Session::new(Leg::new(dialog, Origin::Ours))))
            }
            None => {
                context.say_ended(EndCause::Failed(Failure::Protocol));
                hang_up(context, dialog)
            }
        }
    }
}

/// It is over before it began.
pub(super) fn failed(context: &mut Context<'_>, why: Failure) -> Phase {
    context.say_ended(EndCause::Failed(why));
    Phase::GONE
}

fn send(context: &mut Context<'_>, invite: Request, flow: Flow, early: Option<Bytes>) -> Phase {
    match context.stack.request(context.now, invite, flow, Owner::Invite(context.key)) {
        Some(client) => Phase::Calling(Box::new(Calling { client, early })),
        None => failed(context, Failure::Transport),
    }
}

fn invite(context: &mut Context<'_>, placing: &Outgoing, flow: Flow) -> Option<Request> {
    let target = Uri::parse(placing.target.trim()).ok()?;
    let stack = &mut *context.stack;
    let us = placing.from.as_ref().map_or_else(|| stack.identity(placing.account, flow), name_addr)?;
    let (from, contact) = if placing.anonymous {
        (nobody()?, stack.anonymous_contact(placing.account, flow)?)
    } else {
        (us.clone(), stack.contact(placing.account, flow)?)
    };
    let callee = target.without_headers();
    let mut invite = stack.fresh(Method::Invite, callee.clone(), from, NameAddr::new(callee));
    if let Some(account) = placing.account {
        stack.preload(account, flow, &mut invite);
    }
    invite.headers.push(name::CONTACT, format!("<{contact}>"));
    invite.headers.push(name::ALLOW, ALLOW);
    invite.headers.push(name::ACCEPT, SDP);
    push_claims(&mut invite.headers, &target).ok()?;
    if placing.anonymous {
        invite.headers.push("Privacy", "id");
        // Who must not know is told by the server, which alone may (RFC 3325 section 9.2).
        if stack.accounts.is_server(flow) {
            invite.headers.push("P-Preferred-Identity", us.to_string());
        }
    }
    push_own(&mut invite.headers, &placing.headers)?;
    invite.set_body(SDP, placing.sdp.clone());
    challenge::foresee(stack, &mut invite, flow);
    Some(invite)
}

/// What the stack writes itself: another hand in it would break the message.
const STACKS_OWN: [&str; 18] = [
    name::VIA,
    name::MAX_FORWARDS,
    name::FROM,
    name::TO,
    name::CALL_ID,
    name::CSEQ,
    name::CONTACT,
    name::ALLOW,
    name::ACCEPT,
    name::USER_AGENT,
    name::CONTENT_TYPE,
    name::CONTENT_LENGTH,
    name::ROUTE,
    name::RECORD_ROUTE,
    name::REQUIRE,
    name::PROXY_REQUIRE,
    name::AUTHORIZATION,
    name::PROXY_AUTHORIZATION,
];

/// Adds the caller's own headers; `None` where one must not be. One letter is a compact form of something else.
fn push_own(headers: &mut Headers, own: &[(String, String)]) -> Option<()> {
    for (name, value) in own {
        let taken = STACKS_OWN.iter().any(|stacks| stacks.eq_ignore_ascii_case(name));
        if taken || name.len() < 2 || !is_token(name) {
            return None;
        }
        headers.push(name, value.replace(char::is_control, " "));
    }
    Some(())
}

/// Who does not want to be known (RFC 3323 section 4.1.1.3).
fn nobody() -> Option<NameAddr> {
    Some(NameAddr::named("Anonymous", Uri::parse("sip:anonymous@anonymous.invalid").ok()?))
}

fn name_addr(address: &Address) -> Option<NameAddr> {
    let uri = Uri::parse(&address.uri).ok()?;
    Some(NameAddr::named(address.display_name.as_deref().unwrap_or_default(), uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, value: &str) -> Option<Headers> {
        let mut headers = Headers::new();
        push_own(&mut headers, &[(name.to_owned(), value.to_owned())]).map(|()| headers)
    }

    #[test]
    fn a_value_stays_in_its_line() {
        let headers = own("X-Queue", "Billing\r\nVia: SIP/2.0/UDP evil\0").unwrap();
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("X-Queue", "Billing  Via: SIP/2.0/UDP evil ")]);
    }

    #[test]
    fn a_name_that_is_the_stacks_or_no_name_is_refused() {
        for name in ["via", "v", "Content-Length", "CSeq", "", "X Queue", "X-Queue:", "X\r\nVia"] {
            assert!(own(name, "x").is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_caller_can_not_leave_its_quotes() {
        let address = Address {
            display_name: Some("\" <sip:evil@e>\r\nX: y".to_owned()),
            uri: "sip:+15550100@192.0.2.1".to_owned(),
        };
        let from = name_addr(&address).unwrap().to_string();
        assert_eq!(from, "\"\\\" <sip:evil@e>  X: y\" <sip:+15550100@192.0.2.1>");
        assert!(name_addr(&Address { display_name: None, uri: "sip:a@b>\r\nX: y".to_owned() }).is_none());
    }
}
