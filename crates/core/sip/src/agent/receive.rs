//! What becomes of a message that came: the inspection of RFC 3261 section 8.2 in its order, and the way to whoever
//! deals with it.

use super::UserAgent;
use crate::{
    api::Flow,
    message::{self, Message, Method, ParseError, Refusal, Request, Response, name},
    stack::{Callers, Owner},
    transaction::{Arrival, ServerId, Standing, reply_path},
    usage::{message::on_message, options, refer::event_name},
};
use std::time::Instant;

impl UserAgent {
    pub(super) fn on_received(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        if self.on_sign_of_life(now, flow, bytes) {
            return;
        }
        match message::parse(bytes) {
            Ok(Message::Request(request)) => self.on_request(now, flow, request),
            Ok(Message::Response(response)) => self.on_response(now, response),
            Err(ParseError::Answer(refusal)) => self.refuse_broken(now, flow, &refusal),
            Err(ParseError::Ignore(_)) => {}
        }
    }

    fn refuse_broken(&mut self, now: Instant, flow: Flow, refusal: &Refusal) {
        if !self.stack.accounts.is_server(flow) && !self.stack.quota.take(now) {
            return;
        }
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
            Owner::Invite(call)
            | Owner::Change(call)
            | Owner::Prack(call)
            | Owner::Bye(call)
            | Owner::Digit(call) => {
                self.calls.on_answer(now, &mut self.stack, call, answer);
            }
            Owner::Transfer(call) => {
                self.calls.on_transfer_answer(now, &mut self.stack, call, &answer);
            }
            Owner::Refer(refer) => {
                self.refers.on_answer(now, &mut self.stack, &mut self.calls, (refer, answer));
            }
            Owner::Subscription(_) | Owner::Publication(_) | Owner::Message(_) | Owner::Report(_) => {
                self.events.on_answer(now, &mut self.stack, &answer);
            }
            Owner::Nobody => {}
        }
    }

    fn on_request(&mut self, now: Instant, flow: Flow, mut request: Request) {
        let Ok(mut via) = request.headers.top_via() else { return };
        via.note_source(flow.remote);
        request.headers.set_top_via(&via);
        let standing = self.standing(flow, &request);
        if standing == Standing::Stranger && self.is_unwelcome(&request) {
            return self.turn_away(now, flow, &request);
        }
        match self.stack.servers.on_request(now, &mut self.stack.out, (flow, standing), &request) {
            Arrival::New(id) => self.on_new_request(now, id, request),
            Arrival::Ack => self.calls.on_ack(now, &mut self.stack, request),
            Arrival::Merged(id) => self.stack.reply(now, id, &request, 482),
            Arrival::Full => self.reply_without_state(now, (flow, standing), &request, 503),
            Arrival::Absorbed | Arrival::Nameless => {}
        }
    }

    /// Whom we talk to already may come from anywhere: who knows a dialog's names is in it.
    fn standing(&self, flow: Flow, request: &Request) -> Standing {
        if self.stack.accounts.is_server(flow) || self.calls.knows(request) || self.events.knows(request) {
            Standing::Known
        } else {
            Standing::Stranger
        }
    }

    /// Whether a stranger wants what only the server may have: a call, or to end one that nobody began.
    fn is_unwelcome(&self, request: &Request) -> bool {
        let outside = request.headers.to().is_ok_and(|to| to.tag().is_none());
        let names_a_call = request.headers.contains(name::TARGET_DIALOG);
        self.stack.config.callers == Callers::Server
            && outside
            && match request.method {
                Method::Invite | Method::Cancel | Method::Message => true,
                Method::Refer => !names_a_call,
                _ => false,
            }
    }

    /// As a stateless user agent server (section 8.2.7): a call or a message gets 403 and is forgotten, a CANCEL is ignored.
    fn turn_away(&mut self, now: Instant, flow: Flow, request: &Request) {
        if request.method != Method::Cancel {
            self.reply_without_state(now, (flow, Standing::Stranger), request, 403);
        }
    }

    fn reply_without_state(
        &mut self,
        now: Instant,
        (flow, standing): (Flow, Standing),
        request: &Request,
        code: u16,
    ) {
        if standing == Standing::Stranger && !self.stack.quota.take(now) {
            return;
        }
        let mut response = Response::to(request, code).with_to_tag(&self.stack.tokens.tag_for(request));
        self.stack.sign(&mut response);
        if code == 503 {
            response.headers.push(name::RETRY_AFTER, "10");
        }
        self.stack.out.send(reply_path(flow, &request.headers), response.to_bytes());
    }

    fn on_new_request(&mut self, now: Instant, id: ServerId, request: Request) {
        let stack = &mut self.stack;
        match &request.method {
            Method::Cancel => return self.on_cancel(now, id, &request),
            Method::Register if self.registrar.is_some() => {}
            Method::Invite
            | Method::Bye
            | Method::Options
            | Method::Info
            | Method::Prack
            | Method::Update
            | Method::Refer
            | Method::Notify
            | Method::Message => {}
            Method::Ack | Method::Register | Method::Subscribe | Method::Publish | Method::Other(_) => {
                return options::refuse_method(now, stack, id, &request);
            }
        }
        let more: &[&str] = if request.method == Method::Notify { &["eventlist"] } else { &[] };
        if options::refuse_extensions(now, stack, (id, &request), more) {
            return;
        }
        let claims = [name::REPLACES, name::JOIN].iter().any(|claim| request.headers.contains(claim));
        if claims && request.method != Method::Invite {
            return stack.reply(now, id, &request, 400);
        }
        if request.method == Method::Notify {
            return self.on_notify(now, id, &request);
        }
        let inside = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if inside && self.is_too_early(now, &request) {
            return options::put_off(now, &mut self.stack, id, &request);
        }
        if request.method == Method::Refer {
            return self.refers.on_refer(now, &mut self.stack, &mut self.calls, id, request);
        }
        if inside {
            return self.calls.on_in_dialog(now, &mut self.stack, id, request);
        }
        let stack = &mut self.stack;
        if !request.uri.is_sip() && request.uri.scheme() != "tel" {
            return stack.reply(now, id, &request, 416);
        }
        match (&request.method, &mut self.registrar) {
            (Method::Invite, _) => self.on_invite(now, id, request),
            (Method::Register, Some(registrar)) => registrar.on_register(now, stack, id, &request),
            (Method::Message, _) => on_message(now, stack, id, &request),
            (Method::Options, _) => options::on_options(now, stack, id, &request),
            (_, _) => stack.reply(now, id, &request, 481),
        }
    }

    /// Whether it may be for a call of before a crash that is not back yet. Their BYE is taken as it is.
    fn is_too_early(&self, now: Instant, request: &Request) -> bool {
        self.is_grace(now) && request.method != Method::Bye && !self.calls.knows(request)
    }

    /// The Event decides whose it is (RFC 6665 section 4.1.3); one that nobody knows gets 489.
    fn on_notify(&mut self, now: Instant, id: ServerId, notify: &Request) {
        match event_name(&notify.headers).as_deref() {
            Some("refer" | "talk" | "hold") if self.is_too_early(now, notify) => {
                options::put_off(now, &mut self.stack, id, notify);
            }
            Some("refer" | "talk" | "hold") => self.calls.on_notify(now, &mut self.stack, id, notify),
            Some(_) | None => self.events.on_notify(now, &mut self.stack, id, notify),
        }
    }

    fn on_invite(&mut self, now: Instant, id: ServerId, request: Request) {
        let stack = &mut self.stack;
        if !options::has_fit_body(&request) {
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
