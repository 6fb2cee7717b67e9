//! What becomes of a message that came: the inspection of RFC 3261 section 8.2 in its order, and the way to whoever
//! deals with it.

use super::UserAgent;
use crate::{
    api::Flow,
    message::{self, Message, Method, ParseError, Refusal, Request, Response, name},
    stack::{Callers, Owner},
    transaction::{Arrival, ServerId, reply_path},
    usage::options,
};
use std::time::Instant;

impl UserAgent {
    pub(super) fn on_received(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        match message::parse(bytes) {
            Ok(Message::Request(request)) => self.on_request(now, flow, request),
            Ok(Message::Response(response)) => self.on_response(now, response),
            Err(ParseError::Answer(refusal)) => self.refuse_broken(flow, &refusal),
            Err(ParseError::Ignore(_)) => {}
        }
    }

    fn refuse_broken(&mut self, flow: Flow, refusal: &Refusal) {
        let tag = self.stack.tokens.tag();
        let response = refusal.response(flow.remote, &tag);
        self.stack.out.send(reply_path(flow, &response.headers), response.to_bytes());
    }

    /// A response with more Vias than ours went astray (section 8.1.3.3).
    fn on_response(&mut self, now: Instant, response: Response) {
        if response.headers.list(name::VIA).count() != 1 {
            return;
        }
        let Some(answer) = self.stack.clients.on_response(now, &mut self.stack.out, response) else { return };
        match answer.owner {
            Owner::Registration(account) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_answer(now, &mut self.stack, answer);
                }
            }
            Owner::Invite(call) | Owner::Change(call) | Owner::Bye(call) => {
                self.calls.on_answer(now, &mut self.stack, call, answer);
            }
            Owner::Nobody => {}
        }
    }

    fn on_request(&mut self, now: Instant, flow: Flow, mut request: Request) {
        let Ok(mut via) = request.headers.top_via() else { return };
        via.note_source(flow.remote);
        request.headers.set_top_via(&via);
        match self.stack.servers.on_request(now, &mut self.stack.out, flow, &request) {
            Arrival::New(id) => self.on_new_request(now, flow, id, request),
            Arrival::Ack => self.calls.on_ack(now, &mut self.stack, request),
            Arrival::Merged(id) => self.stack.reply(now, id, &request, 482),
            Arrival::Full => {
                let mut response = Response::to(&request, 503).with_to_tag(&self.stack.tokens.tag());
                response.headers.push(name::RETRY_AFTER, "10");
                self.stack.out.send(reply_path(flow, &request.headers), response.to_bytes());
            }
            Arrival::Absorbed | Arrival::Nameless => {}
        }
    }

    fn on_new_request(&mut self, now: Instant, flow: Flow, id: ServerId, request: Request) {
        let stack = &mut self.stack;
        match &request.method {
            Method::Cancel => return self.on_cancel(now, id, &request),
            Method::Register if self.registrar.is_some() => {}
            Method::Invite | Method::Bye | Method::Options | Method::Info => {}
            Method::Ack
            | Method::Register
            | Method::Prack
            | Method::Update
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Other(_) => return options::refuse_method(now, stack, id, &request),
        }
        if options::refuse_extensions(now, stack, id, &request) {
            return;
        }
        if request.headers.to().is_ok_and(|to| to.tag().is_some()) {
            return self.calls.on_in_dialog(now, stack, id, request);
        }
        if !request.uri.is_sip() && request.uri.scheme() != "tel" {
            return stack.reply(now, id, &request, 416);
        }
        match (&request.method, &mut self.registrar) {
            (Method::Invite, _) => self.on_invite(now, flow, id, request),
            (Method::Register, Some(registrar)) => registrar.on_register(now, stack, id, &request),
            (Method::Options, _) => options::on_options(now, stack, id, &request),
            (_, _) => stack.reply(now, id, &request, 481),
        }
    }

    fn on_invite(&mut self, now: Instant, flow: Flow, id: ServerId, request: Request) {
        let stack = &mut self.stack;
        let from_server = stack.accounts.is_server(flow);
        if stack.config.callers == Callers::Server && !from_server {
            stack.reply(now, id, &request, 403);
        } else if !options::has_fit_body(&request) {
            options::refuse_media(now, stack, id, &request);
        } else {
            self.calls.on_invite(now, stack, id, request);
        }
    }

    /// Section 9.2: the CANCEL is answered for itself, then the INVITE with 487, if it still waits.
    fn on_cancel(&mut self, now: Instant, id: ServerId, cancel: &Request) {
        let Some(invite) = self.stack.servers.cancelled_by(cancel) else {
            return self.stack.reply(now, id, cancel, 481);
        };
        self.stack.reply(now, id, cancel, 200);
        if self.stack.servers.is_open(invite) {
            self.calls.on_cancel(now, &mut self.stack, invite, cancel);
        }
    }
}
