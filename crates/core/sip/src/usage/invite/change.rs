//! Changes of ours in a leg: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), one at a time. A change that met
//! theirs is tried again after a pause, one that met a broken path goes by a new one, and a refresh of the session
//! (RFC 4028 section 7.4) gives way to an offer. Theirs are in [theirs](super::theirs).

pub(super) use super::theirs::Theirs;
use super::{
    Context, failure_of,
    leg::{First, Leg, Origin},
    sdp_of,
    strays::acknowledge,
};
use crate::{
    api::{Event, Failure},
    message::{Method, Request, Response, name},
    stack::{ALLOW, Owner, SDP, SUPPORTED},
    transaction::{Answer, ClientId},
    usage::challenge,
};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// How long a change that got a provisional response is waited for, as long as a proxy waits (timer C, section 16.6).
const LONGEST_CHANGE: Duration = Duration::from_secs(180);

/// How often a change that met theirs is tried.
const MAX_TRIES: u8 = 6;

/// What is to be changed, and how.
#[derive(Clone)]
pub(super) struct Change {
    /// `None`: nothing, the session is refreshed.
    offer: Option<Bytes>,
    /// INVITE or UPDATE.
    by: Method,
    tries: u8,
}

/// A change of ours.
pub(super) enum Ours {
    None,
    /// It goes out as soon as nothing else is under way, and not before `at`.
    Wanted {
        change: Change,
        at: Instant,
    },
    /// It is under way, and perhaps the next offer waits for its end.
    Sent {
        client: ClientId,
        change: Change,
        next: Option<Bytes>,
    },
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

    /// Whether theirs would meet it: an INVITE of ours, or an offer without answer (RFC 3311 section 5.2).
    pub(super) fn is_in_the_way(&self, of: &Method) -> bool {
        match self {
            Ours::Sent { change: Change { offer, by, .. }, .. } => {
                offer.is_some() || *by == Method::Invite || *of == Method::Invite
            }
            Ours::None | Ours::Wanted { .. } => false,
        }
    }
}

impl Leg {
    /// Wants a change of a call that is up. While one is under way another is refused.
    pub(super) fn offer(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        self.want(context, sdp, Method::Invite);
    }

    /// Wants a change before the call is up: by UPDATE, where they take it, and only when both know what the first
    /// offer and its answer were (RFC 3311 section 5.1).
    pub(super) fn offer_early(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        if self.takes_update && self.first == First::Done {
            self.want(context, sdp, Method::Update);
        } else {
            say_pending(context);
        }
    }

    fn want(&mut self, context: &mut Context<'_>, sdp: Bytes, by: Method) {
        match &mut self.ours {
            Ours::None | Ours::Wanted { .. } => {
                let change = Change { offer: Some(sdp), by, tries: 0 };
                self.ours = Ours::Wanted { change, at: context.now };
                self.change_when_free(context);
            }
            Ours::Sent { change: Change { offer: None, .. }, next: next @ None, .. } => *next = Some(sdp),
            Ours::Sent { .. } => say_pending(context),
        }
    }

    /// Wants a refresh of the session: by UPDATE without an offer, else by what was said last (RFC 4028 section 7.4).
    pub(super) fn refresh(&mut self, context: &mut Context<'_>) {
        self.timer.note_refreshing();
        if let Ours::None = self.ours {
            let by = if self.takes_update { Method::Update } else { Method::Invite };
            self.ours = Ours::Wanted { change: Change { offer: None, by, tries: 0 }, at: context.now };
            self.change_when_free(context);
        }
    }

    /// Sends the change that is wanted, if it may go now.
    pub(super) fn change_when_free(&mut self, context: &mut Context<'_>) {
        if !self.is_free() || self.ours.retry_at().is_none_or(|at| at > context.now) {
            return;
        }
        let Ours::Wanted { mut change, .. } = std::mem::replace(&mut self.ours, Ours::None) else { return };
        change.tries += 1;
        let mut request = self.dialog.request(change.by.clone());
        request.headers.push(name::CONTACT, format!("<{}>", self.dialog.contact()));
        request.headers.push(name::ALLOW, ALLOW);
        request.headers.push(name::SUPPORTED, SUPPORTED);
        self.timer.ask(&mut request.headers);
        let again = self.spoken.as_ref().filter(|_| change.by == Method::Invite);
        if let Some(sdp) = change.offer.as_ref().or(again) {
            request.set_body(SDP, sdp.clone());
        }
        challenge::foresee(context.stack, &mut request, self.dialog.flow());
        self.send(context, request, (change, None));
    }

    fn send(&mut self, context: &mut Context<'_>, request: Request, change: (Change, Option<Bytes>)) {
        let (change, next) = change;
        context.acks.note_number(&request);
        match context.stack.request(context.now, request, self.dialog.flow(), Owner::Change(context.key)) {
            Some(client) => self.ours = Ours::Sent { client, change, next },
            None => self.not_taken(context, &change, (next, Failure::Transport)),
        }
    }

    /// Gives the change up that is under way: it comes to nothing.
    pub(super) fn give_ours_up(&mut self, context: &mut Context<'_>, why: Failure) {
        if let Ours::Sent { change, next, .. } = std::mem::replace(&mut self.ours, Ours::None) {
            self.not_taken(context, &change, (next, why));
        }
    }

    fn not_taken(&mut self, context: &mut Context<'_>, change: &Change, rest: (Option<Bytes>, Failure)) {
        let (next, why) = rest;
        let heard = matches!(why, Failure::Status { .. } | Failure::Credentials);
        self.timer.note_failed(context.now, heard);
        if change.offer.is_some() {
            context.stack.say(Event::OfferRefused { call: context.key, why });
        }
        self.go_on(context, next);
    }

    /// The change is over: the next one, if one waits.
    fn go_on(&mut self, context: &mut Context<'_>, next: Option<Bytes>) {
        self.ours = Ours::None;
        if let Some(sdp) = next {
            self.want(context, sdp, Method::Invite);
        }
    }

    /// A response to our change. An error: the dialog is no more (section 12.2.1.2).
    pub(super) fn on_change_answer(
        &mut self,
        context: &mut Context<'_>,
        answer: &Answer<Owner>,
    ) -> Result<(), Failure> {
        let response = &answer.response;
        let Ours::Sent { change, next, .. } = &mut self.ours else { return Ok(()) };
        if response.is_provisional() {
            // Who said 100 may be gone before it says more, and would block every later change.
            context.stack.clients.limit(context.now + LONGEST_CHANGE, answer.id);
            return Ok(());
        }
        let (mut change, next) = (change.clone(), next.take());
        let more = change.tries < MAX_TRIES;
        match response.code {
            0..=299 => self.on_change_taken(context, answer, (change, next)),
            401 | 407 => match challenge::retried(context.stack, answer) {
                Ok(mut request) => {
                    self.dialog.number(&mut request);
                    self.send(context, request, (change, next));
                }
                Err(why) => self.not_taken(context, &change, (next, why)),
            },
            408 | 481 => return Err(failure_of(response)),
            422 if more && self.timer.raise(response) => self.again(context, (change, next), Duration::ZERO),
            491 if more => {
                let pause = match self.origin {
                    Origin::Ours => context.stack.tokens.pause(2_100, 4_000),
                    Origin::Theirs => context.stack.tokens.pause(0, 2_000),
                };
                self.again(context, (change, next), pause);
            }
            405 | 501 if change.by == Method::Update && change.offer.is_none() && more => {
                self.takes_update = false;
                change.by = Method::Invite;
                self.again(context, (change, next), Duration::ZERO);
            }
            _ => self.not_taken(context, &change, (next, failure_of(response))),
        }
        Ok(())
    }

    /// Lets the change that is under way go out again at this time, unless it was tried often enough.
    pub(super) fn put_off(&mut self, at: Instant) -> bool {
        match std::mem::replace(&mut self.ours, Ours::None) {
            Ours::Sent { change, next: None, .. } if change.tries < MAX_TRIES => {
                self.ours = Ours::Wanted { change, at };
                true
            }
            ours => {
                self.ours = ours;
                false
            }
        }
    }

    /// Our change got no answer. An error: nobody is there any more.
    pub(super) fn on_change_lost(&mut self, context: &mut Context<'_>, why: Failure) -> Result<(), Failure> {
        let Ours::Sent { change, next, .. } = &mut self.ours else { return Ok(()) };
        let (change, next) = (change.clone(), next.take());
        if why != Failure::Transport || change.tries >= MAX_TRIES {
            return Err(why);
        }
        // The path broke, not the call: the next request opens it anew.
        let pause = Duration::from_millis(500 << change.tries);
        self.again(context, (change, next), pause);
        Ok(())
    }

    /// The same once more, or what waits for its end in its place where that is more.
    fn again(&mut self, context: &mut Context<'_>, change: (Change, Option<Bytes>), pause: Duration) {
        let (change, next) = change;
        let change = match next {
            Some(sdp) => Change { offer: Some(sdp), by: Method::Invite, ..change },
            None => change,
        };
        self.ours = Ours::Wanted { change, at: context.now + pause };
        self.change_when_free(context);
    }

    fn on_change_taken(
        &mut self,
        context: &mut Context<'_>,
        answer: &Answer<Owner>,
        change: (Change, Option<Bytes>),
    ) {
        let (Answer { response, request, .. }, (change, next)) = (answer, change);
        self.dialog.refresh_target(&response.headers);
        self.learn(&response.headers);
        if change.by == Method::Invite {
            acknowledge(context, &self.dialog, (request, response));
        }
        if self.timer.is_started() {
            self.timer.settle_as_uac(context.now, &response.headers);
        }
        self.ours = Ours::None;
        self.agree(context, change.offer, response);
        self.go_on(context, next);
    }

    /// What the 2xx to our change says of the session.
    fn agree(&mut self, context: &mut Context<'_>, offer: Option<Bytes>, response: &Response) {
        let (call, heard) = (context.key, sdp_of(&response.headers, &response.body));
        let refreshes = offer.is_none();
        match heard {
            Some(sdp) if refreshes && self.heard.as_ref() == Some(&sdp) => {}
            Some(sdp) => {
                self.spoken = offer.or_else(|| self.spoken.take());
                self.heard = Some(sdp.clone());
                context.stack.say(Event::OfferAnswered { call, sdp });
            }
            None if refreshes => {}
            None => context.stack.say(Event::OfferRefused { call, why: Failure::Protocol }),
        }
    }
}

/// A change that must not be made now is refused here.
pub(super) fn say_pending(context: &mut Context<'_>) {
    let why = Failure::Status { code: 491, reason: "Request Pending".to_owned() };
    context.stack.say(Event::OfferRefused { call: context.key, why });
}
