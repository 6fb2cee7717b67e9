//! One publication (RFC 3903 section 4): made, changed, renewed before it runs out, made anew where the server forgot
//! it, taken back. One request at a time (section 4.1): what is wished meanwhile goes out behind it.

use crate::{
    api::{AccountKey, Event, Failure, PublicationKey, Publishing},
    message::{Headers, Method, Request, Response, Uri, name},
    stack::{Owner, Stack},
    transaction::{Answer, ClientId},
    usage::{
        backoff::{Backoff, failure_of, may_pass},
        challenge,
    },
};
use std::time::{Duration, Instant};

const SIP_ETAG: &str = "SIP-ETag";
const SIP_IF_MATCH: &str = "SIP-If-Match";

/// The longest publication that is asked for and believed.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a publication works with.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) key: PublicationKey,
    pub(super) stack: &'a mut Stack,
}

impl Context<'_> {
    fn say(&mut self, outcome: Result<Duration, Failure>) {
        self.stack.say(Event::Published { publication: self.key, outcome });
    }
}

/// What is to be done at the server next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// The body is new.
    Tell,
    /// It is to last longer (section 4.3).
    Renew,
    /// It is to go (section 4.5).
    Remove,
}

enum State {
    /// Nothing is under way until then.
    Resting {
        until: Instant,
        then: Wish,
    },
    /// A PUBLISH is. `next`: what was wished since.
    Asking {
        client: ClientId,
        wish: Wish,
        next: Option<Wish>,
    },
    Off,
}

/// One publication.
pub(super) struct Publication {
    what: Publishing,
    /// How long it is asked to last: longer than wanted, where the server wants that.
    expires: Duration,
    /// What the server calls what it has of us (section 6); `None`: it has nothing.
    etag: Option<String>,
    backoff: Backoff,
    state: State,
}

impl Publication {
    pub(super) fn begin(context: &mut Context<'_>, what: Publishing) -> Self {
        let (expires, backoff) = (clamped(&what), Backoff::default());
        let mut publication = Publication { what, expires, etag: None, backoff, state: State::Off };
        publication.ask(context, Wish::Tell);
        publication
    }

    pub(super) fn account(&self) -> AccountKey {
        self.what.account
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Off)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Resting { until, .. } => Some(*until),
            State::Asking { .. } | State::Off => None,
        }
    }

    pub(super) fn on_timeout(&mut self, context: &mut Context<'_>) {
        if let State::Resting { then, .. } = self.state {
            self.ask(context, then);
        }
    }

    /// Another body; for another account or package it is another publication.
    pub(super) fn change(&mut self, context: &mut Context<'_>, what: Publishing) {
        if (self.what.account, self.what.package) != (what.account, what.package) {
            self.abandon(context);
            *self = Publication::begin(context, what);
            return;
        }
        self.expires = clamped(&what);
        self.what = what;
        self.want(context, Wish::Tell);
    }

    pub(super) fn take_back(&mut self, context: &mut Context<'_>) {
        self.want(context, Wish::Remove);
    }

    /// Makes sure that the server still has it.
    pub(super) fn renew_soon(&mut self, context: &mut Context<'_>) {
        if let State::Resting { until, .. } = &mut self.state {
            *until = (*until).min(context.now + context.stack.tokens.pause(200, 1_000));
        }
    }

    fn want(&mut self, context: &mut Context<'_>, wish: Wish) {
        match &mut self.state {
            State::Asking { next, .. } => *next = Some(wish),
            State::Resting { .. } | State::Off => self.ask(context, wish),
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, wish: Wish) {
        if wish == Wish::Remove && self.etag.is_none() {
            return self.end(context, Ok(Duration::ZERO));
        }
        let sent = self.request(context.stack, wish).and_then(|(request, flow)| {
            context.stack.request(context.now, request, flow, Owner::Publication(context.key))
        });
        match sent {
            Some(client) => self.state = State::Asking { client, wish, next: None },
            None => self.fail(context, wish, (Failure::Transport, None)),
        }
    }

    /// What this wish is at the server: without an entity tag everything is told anew (section 4.2).
    fn request(&self, stack: &mut Stack, wish: Wish) -> Option<(Request, crate::api::Flow)> {
        let target = Uri::parse(&stack.accounts.get(self.what.account)?.identity.aor).ok()?;
        let (mut request, flow) = stack.outside(self.what.account, Method::Publish, &target)?;
        let seconds = if wish == Wish::Remove { 0 } else { self.expires.as_secs() };
        request.headers.push(name::EVENT, self.what.package.name());
        request.headers.push(name::EXPIRES, seconds.to_string());
        if let Some(etag) = &self.etag {
            request.headers.push(SIP_IF_MATCH, etag.as_str());
        }
        if wish == Wish::Tell || self.etag.is_none() {
            request.set_body(&self.what.content_type, self.what.body.clone());
        }
        challenge::foresee(stack, &mut request, flow);
        Some((request, flow))
    }

    pub(super) fn on_answer(&mut self, context: &mut Context<'_>, answer: &Answer<Owner>) {
        let State::Asking { client, wish, next } = self.state else { return };
        let response = &answer.response;
        if client != answer.id || response.code < 200 {
            return;
        }
        match response.code {
            200..=299 => self.on_success(context, (wish, next), response),
            401 | 407 => {
                let sent = challenge::retried(context.stack, answer).and_then(|retry| {
                    let owner = Owner::Publication(context.key);
                    context.stack.request(context.now, retry, answer.flow, owner).ok_or(Failure::Transport)
                });
                match sent {
                    Ok(client) => self.state = State::Asking { client, wish, next },
                    Err(why) => self.fail(context, next.unwrap_or(wish), (why, None)),
                }
            }
            // The server has no such thing any more (section 4.2): it is told anew, with the body.
            412 if self.etag.take().is_some() => self.ask(context, next.unwrap_or(wish)),
            423 if self.lengthen(response) => self.ask(context, next.unwrap_or(wish)),
            _ => {
                let wait = response.headers.retry_after();
                self.fail(context, next.unwrap_or(wish), (failure_of(response), wait));
            }
        }
    }

    fn on_success(
        &mut self,
        context: &mut Context<'_>,
        (wish, next): (Wish, Option<Wish>),
        response: &Response,
    ) {
        self.backoff.reset();
        self.etag = etag_of(&response.headers).filter(|_| wish != Wish::Remove);
        match (wish, next) {
            (Wish::Remove, None) => return self.end(context, Ok(Duration::ZERO)),
            (_, Some(next)) => return self.ask(context, next),
            (Wish::Tell | Wish::Renew, None) => {}
        }
        let seconds = response.headers.expires().map(|seconds| Duration::from_secs(seconds.into()));
        let lasts = seconds.unwrap_or(self.expires).min(LONGEST);
        if self.etag.is_none() || lasts.is_zero() {
            return self.fail(context, Wish::Tell, (Failure::Protocol, None));
        }
        let ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX / 2);
        let pause = context.stack.tokens.pause(ms / 100 * 70, ms / 100 * 90).max(Duration::from_millis(500));
        self.state = State::Resting { until: context.now + pause, then: Wish::Renew };
        if wish == Wish::Tell {
            context.say(Ok(lasts));
        }
    }

    pub(super) fn on_lost(&mut self, context: &mut Context<'_>, lost: ClientId, why: Failure) {
        if let State::Asking { client, wish, next } = self.state
            && client == lost
        {
            self.fail(context, next.unwrap_or(wish), (why, None));
        }
    }

    /// The server wants it to last longer (section 4.1).
    fn lengthen(&mut self, response: &Response) -> bool {
        let least = response.headers.min_expires().map(|seconds| Duration::from_secs(seconds.into()));
        match least.filter(|least| *least > self.expires && *least <= LONGEST) {
            Some(least) => {
                self.expires = least;
                true
            }
            None => false,
        }
    }

    /// What can't be taken back runs out by itself; what can't be renewed is told anew.
    fn fail(&mut self, context: &mut Context<'_>, wish: Wish, (why, wait): (Failure, Option<Duration>)) {
        if wish == Wish::Remove || !may_pass(&why) {
            return self.end(context, Err(why));
        }
        let until = context.now + self.backoff.next(context.stack, wait);
        self.state = State::Resting { until, then: Wish::Tell };
        context.say(Err(why));
    }

    /// Takes back what is there without waiting for an answer: something else takes its name.
    fn abandon(&mut self, context: &mut Context<'_>) {
        if self.etag.is_some()
            && let Some((request, flow)) = self.request(context.stack, Wish::Remove)
        {
            context.stack.request(context.now, request, flow, Owner::Nobody);
        }
    }

    fn end(&mut self, context: &mut Context<'_>, outcome: Result<Duration, Failure>) {
        self.state = State::Off;
        context.say(outcome);
    }
}

/// An entity tag is a token of the server's own (section 11.3.1).
fn etag_of(headers: &Headers) -> Option<String> {
    headers.get(SIP_ETAG).map(str::trim).filter(|etag| !etag.is_empty()).map(str::to_owned)
}

fn clamped(what: &Publishing) -> Duration {
    what.expires.clamp(Duration::from_secs(1), LONGEST)
}
