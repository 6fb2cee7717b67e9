//! Messages (RFC 3428), both ways: plain text, a page at a time, outside of any dialog. What is larger than a datagram
//! can carry safely is sent by a stream or not at all (section 8); nothing is sent twice by itself.

use super::{challenge, once::Once};
use crate::{
    api::{AccountKey, Address, Event, Failure, Flow, IncomingMessage, MessageKey, Transport},
    message::{Method, Request, Response, Uri, name, reason_phrase},
    stack::{Callers, Owner, Stack},
    transaction::{Answer, ServerId},
};
use bytes::Bytes;
use std::time::Instant;

/// The one type of words that we show.
pub(crate) const TEXT: &str = "text/plain";

/// The largest message that goes by datagrams, in bytes (section 8; RFC 3261 section 18.1.1).
const MOST_BY_DATAGRAM: usize = 1300;
/// The longest text that is taken or sent, in bytes.
const MOST: usize = 16_384;

/// Messages of ours that wait for an answer.
#[derive(Default)]
pub(crate) struct Messages(Once<MessageKey>);

impl Messages {
    /// Sends one. A key that still waits for its answer is left alone.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        (key, account): (MessageKey, AccountKey),
        (target, content_type, body): (&str, &str, Bytes),
    ) {
        if self.0.awaits(key) {
            return;
        }
        let made = make(stack, account, target, (content_type, body));
        let sent = made.and_then(|request| self.0.send(now, stack, (key, Owner::Message(key)), request));
        if let Err(why) = sent {
            stack.say(Event::MessageSent { message: key, outcome: Err(why) });
        }
    }

    /// 200: it was given to somebody; 202: it was kept for later (section 5). Both are all that a sender can know.
    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: MessageKey,
        answer: &Answer<Owner>,
    ) {
        if let Some(outcome) = self.0.on_answer(now, stack, key, answer) {
            stack.say(Event::MessageSent { message: key, outcome });
        }
    }

    pub(crate) fn on_lost(&mut self, stack: &mut Stack, key: MessageKey, why: Failure) {
        if let Some(outcome) = self.0.on_lost(key, why) {
            stack.say(Event::MessageSent { message: key, outcome });
        }
    }
}

fn make(
    stack: &mut Stack,
    account: AccountKey,
    target: &str,
    (content_type, body): (&str, Bytes),
) -> Result<(Request, Flow), Failure> {
    let target = Uri::parse(target).map_err(|_| Failure::Protocol)?;
    let too_large = || Failure::Status { code: 513, reason: reason_phrase(513).to_owned() };
    if body.len() > MOST {
        return Err(too_large());
    }
    let (mut request, flow) = stack.outside(account, Method::Message, &target).ok_or(Failure::Transport)?;
    request.set_body(content_type, body);
    challenge::foresee(stack, &mut request, flow);
    // Via and User-Agent come on top, and a challenge may want credentials.
    if flow.transport == Transport::Udp && request.to_bytes().len() + 200 > MOST_BY_DATAGRAM {
        return Err(too_large());
    }
    Ok((request, flow))
}

/// A message of theirs, from whom calls are taken too.
pub(crate) fn on_message(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    let Some(flow) = stack.servers.flow(id) else { return };
    let Ok(from) = request.headers.from() else { return stack.reply(now, id, request, 400) };
    if stack.config.callers == Callers::Server && !stack.accounts.is_server(flow) {
        return stack.reply(now, id, request, 403);
    }
    if request.body.len() > MOST {
        return stack.reply(now, id, request, 413);
    }
    if !is_text(request) {
        let mut response = Response::to(request, 415).with_to_tag(&stack.tokens.tag());
        response.headers.push(name::ACCEPT, TEXT);
        response.headers.push("Accept-Encoding", "identity");
        return stack.respond(now, id, response);
    }
    stack.reply(now, id, request, 200);
    let account = stack.accounts.asked(request, flow);
    let content_type = request.headers.get(name::CONTENT_TYPE).unwrap_or(TEXT).to_owned();
    let from = Address { display_name: from.display_name, uri: from.uri.to_string() };
    let message = IncomingMessage { account, from, content_type, body: request.body.clone() };
    stack.say(Event::MessageReceived(Box::new(message)));
}

fn is_text(request: &Request) -> bool {
    let encoding = request.headers.get("Content-Encoding");
    let plain = encoding.is_none_or(|how| how.eq_ignore_ascii_case("identity"));
    plain && request.headers.content_type().is_none_or(|kind| kind == TEXT)
}
