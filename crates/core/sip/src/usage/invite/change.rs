//! Re-INVITE both ways (RFC 3261 section 14): one change at a time, glare answered with 491 and tried again after a
//! pause, their offer or their wish for ours.

use super::{
    Context, failure_of,
    incoming::{answer_to, send_success},
    leg::{Leg, Origin},
    sdp_of,
    strays::acknowledge,
    unacked::Awaited,
};
use crate::{
    api::{Event, Failure},
    message::{Method, Request, Response, name},
    stack::Owner,
    stack::{ALLOW, SDP},
    transaction::{Answer, ClientId, ServerId},
    usage::{challenge, options},
};
use bytes::Bytes;
use std::time::Instant;

/// How often a change that met theirs is tried.
pub(super) const MAX_TRIES: u8 = 6;

/// A change of ours.
pub(super) enum Ours {
    None,
    /// It goes out as soon as nothing else is under way, and not before `at`.
    Wanted {
        sdp: Bytes,
        at: Instant,
        tries: u8,
    },
    /// It is under way.
    Sent {
        client: ClientId,
        sdp: Bytes,
        tries: u8,
    },
}

/// A change of theirs that we have not answered yet.
pub(super) struct Theirs {
    pub(super) server: ServerId,
    request: Request,
}

impl Ours {
    pub(super) fn is_sent_by(&self, id: ClientId) -> bool {
        matches!(self, Ours::Sent { client, .. } if *client == id)
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        match self {
            Ours::Wanted { at, .. } => Some(*at),
            Ours::None | Ours::Sent { .. } => None,
        }
    }
}

impl Leg {
    /// Wants a change. While one is under way another is refused.
    pub(super) fn offer(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        match &self.ours {
            Ours::None | Ours::Wanted { .. } => {
                self.ours = Ours::Wanted { sdp, at: context.now, tries: 0 };
                self.offer_when_free(context);
            }
            Ours::Sent { .. } => {
                let why = Failure::Status { code: 491, reason: "Request Pending".to_owned() };
                context.stack.say(Event::OfferRefused { call: context.key, why });
            }
        }
    }

    /// Sends the change that is wanted, if it may go now.
    pub(super) fn offer_when_free(&mut self, context: &mut Context<'_>) {
        if !self.is_free() || self.ours.retry_at().is_none_or(|at| at > context.now) {
            return;
        }
        let Ours::Wanted { sdp, tries, .. } = std::mem::replace(&mut self.ours, Ours::None) else { return };
        let mut invite = self.dialog.request(Method::Invite);
        invite.headers.push(name::CONTACT, format!("<{}>", self.dialog.contact()));
        invite.headers.push(name::ALLOW, ALLOW);
        invite.set_body(SDP, sdp.clone());
        challenge::foresee(context.stack, &mut invite, self.dialog.flow());
        self.send(context, invite, (sdp, tries + 1));
    }

    fn send(&mut self, context: &mut Context<'_>, invite: Request, change: (Bytes, u8)) {
        let (sdp, tries) = change;
        self.dialog.note_sent(&invite);
        match context.stack.request(context.now, invite, self.dialog.flow(), Owner::Change(context.key)) {
            Some(client) => self.ours = Ours::Sent { client, sdp, tries },
            None => self.refused(context, Failure::Transport),
        }
    }

    fn refused(&mut self, context: &mut Context<'_>, why: Failure) {
        self.ours = Ours::None;
        context.stack.say(Event::OfferRefused { call: context.key, why });
    }

    /// A response to our change. An error: the dialog is no more (section 12.2.1.2).
    pub(super) fn on_change_answer(
        &mut self,
        context: &mut Context<'_>,
        answer: &Answer<Owner>,
    ) -> Result<(), Failure> {
        let Ours::Sent { sdp, tries, .. } = &self.ours else { return Ok(()) };
        let (change, response) = ((sdp.clone(), *tries), &answer.response);
        match response.code {
            0..=199 => {}
            200..=299 => self.on_change_taken(context, response),
            401 | 407 => match challenge::retried(context.stack, answer) {
                Ok(invite) => self.send(context, invite, change),
                Err(why) => self.refused(context, why),
            },
            408 | 481 => return Err(failure_of(response)),
            491 if change.1 < MAX_TRIES => {
                let pause = match self.origin {
                    Origin::Ours => context.stack.tokens.pause(2_100, 4_000),
                    Origin::Theirs => context.stack.tokens.pause(0, 2_000),
                };
                self.ours = Ours::Wanted { sdp: change.0, at: context.now + pause, tries: change.1 };
                self.offer_when_free(context);
            }
            _ => self.refused(context, failure_of(response)),
        }
        Ok(())
    }

    fn on_change_taken(&mut self, context: &mut Context<'_>, response: &Response) {
        self.dialog.refresh_target(&response.headers);
        acknowledge(context, &self.dialog, response);
        self.ours = Ours::None;
        match sdp_of(&response.headers, &response.body) {
            Some(sdp) => context.stack.say(Event::OfferAnswered { call: context.key, sdp }),
            None => context.stack.say(Event::OfferRefused { call: context.key, why: Failure::Protocol }),
        }
    }

    /// A re-INVITE of theirs (section 14.2).
    pub(super) fn on_invite(&mut self, context: &mut Context<'_>, id: ServerId, request: Request) {
        if matches!(self.ours, Ours::Sent { .. }) {
            return context.stack.reply(context.now, id, &request, 491);
        }
        if !self.is_free() {
            return self.refuse_for_now(context, id, &request);
        }
        if !options::has_fit_body(&request) {
            return options::refuse_media(context.now, context.stack, id, &request);
        }
        self.dialog.refresh_target(&request.headers);
        context.stack.reply(context.now, id, &request, 100);
        let sdp = sdp_of(&request.headers, &request.body);
        context.stack.say(Event::OfferReceived { call: context.key, sdp });
        self.theirs = Some(Theirs { server: id, request });
    }

    /// Takes their change.
    pub(super) fn answer_offer(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        let Some(Theirs { server, request }) = self.theirs.take() else { return };
        let awaited = if request.body.is_empty() { Awaited::LateChange } else { Awaited::Change };
        let mut response = answer_to(&request, &self.dialog, 200);
        response.set_body(SDP, sdp);
        self.unacked = send_success(context, response, (server, &request), awaited);
    }

    /// Refuses their change.
    pub(super) fn refuse_offer(&mut self, context: &mut Context<'_>, code: u16) {
        let Some(Theirs { server, request }) = self.theirs.take() else { return };
        let code = if (400..700).contains(&code) { code } else { 488 };
        context.stack.respond(context.now, server, Response::to(&request, code));
        self.offer_when_free(context);
    }

    /// They gave their change up.
    pub(super) fn on_cancel(&mut self, context: &mut Context<'_>) {
        self.abandon_theirs(context);
        self.offer_when_free(context);
    }

    /// Their change, if there is one, comes to nothing (section 15.1.2).
    pub(super) fn abandon_theirs(&mut self, context: &mut Context<'_>) {
        if let Some(Theirs { server, request }) = self.theirs.take() {
            context.stack.respond(context.now, server, Response::to(&request, 487));
        }
    }
    /// Refuses with a pause (section 14.2): another change is under way here.
    fn refuse_for_now(&self, context: &mut Context<'_>, id: ServerId, request: &Request) {
        let mut response = Response::to(request, 500);
        let pause = context.stack.tokens.pause(0, 10_000).as_secs();
        response.headers.push(name::RETRY_AFTER, pause.to_string());
        context.stack.respond(context.now, id, response);
    }
}
