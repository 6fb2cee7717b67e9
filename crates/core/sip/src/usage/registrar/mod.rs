//! A registrar for the practice exchange (RFC 3261 section 10.3): asks for the password, keeps bindings until they run
//! out, says who can be called where. No database, no proxying, no paths.

mod bindings;

use crate::{
    api::{Event, Flow},
    auth::{
        Side,
        server::{Guard, Verdict},
    },
    message::{Contacts, Request, Response, Uri, name},
    stack::{RegistrarConfig, Stack},
    transaction::{ServerId, Timer},
};
use bindings::{Binding, Bindings, Order};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The registrar.
pub(crate) struct Registrar {
    config: RegistrarConfig,
    passwords: BTreeMap<String, String>,
    guard: Guard,
    bindings: Bindings,
}

impl Registrar {
    pub(crate) fn new(config: RegistrarConfig) -> Self {
        Registrar {
            passwords: config.users.iter().cloned().collect(),
            guard: Guard::new(Side::Server, config.realm.as_str(), &config.algorithms, config.nonce_lifetime),
            bindings: Bindings::default(),
            config,
        }
    }

    /// A REGISTER that came by this path.
    pub(crate) fn on_register(&mut self, now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
        let Some(flow) = stack.servers.flow(id) else { return };
        let user = match self.authorized_user(now, stack, request) {
            Ok(user) => user,
            Err(response) => return stack.respond(now, id, *response),
        };
        let order = Order::of(request);
        let outcome = match (request.headers.contacts(), order) {
            (Ok(Contacts::Star), Some(_)) if request.headers.expires() == Some(0) => {
                self.bindings.clear(&user);
                Ok(())
            }
            (Ok(Contacts::List(contacts)), Some(order)) => {
                let wanted: Vec<_> = contacts
                    .into_iter()
                    .map(|contact| (contact.expires().or_else(|| request.headers.expires()), contact.uri))
                    .collect();
                self.bind(now, &user, (wanted, order), flow)
            }
            (Ok(_) | Err(_), _) => Err(400),
        };
        self.announce(stack);
        let response = self.response(now, request, &user, outcome);
        let tag = stack.tokens.tag();
        stack.respond(now, id, response.with_to_tag(&tag));
    }

    /// The user whose password was given and whose address of record it is.
    fn authorized_user(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        request: &Request,
    ) -> Result<String, Box<Response>> {
        let refusal = |code: u16, stack: &mut Stack| {
            Box::new(Response::to(request, code).with_to_tag(&stack.tokens.tag()))
        };
        let to = request.headers.to().ok();
        // Section 10.3: an address of record is a SIP URI.
        if to.as_ref().is_none_or(|to| !to.uri.is_sip()) {
            return Err(refusal(400, stack));
        }
        let aor_user = to.and_then(|to| to.uri.user());
        let Some(user) = aor_user.filter(|user| self.passwords.contains_key(user)) else {
            return Err(refusal(404, stack));
        };
        let claimed = self.guard.claimed_user(request);
        let password = claimed.as_ref().and_then(|claimed| self.passwords.get(claimed));
        let verdict = match (&claimed, password) {
            (None, _) => Verdict::Missing,
            (Some(_), None) => Verdict::Wrong,
            (Some(_), Some(password)) => self.guard.verify(now, request, password),
        };
        match verdict {
            Verdict::Accepted if claimed.as_ref() == Some(&user) => Ok(user),
            Verdict::Accepted => Err(refusal(403, stack)),
            Verdict::Missing | Verdict::Wrong | Verdict::Stale => {
                let mut response = refusal(Side::Server.code(), stack);
                for (name, value) in stack.tokens.challenge(&mut self.guard, now, verdict == Verdict::Stale) {
                    response.headers.push(name, value);
                }
                Err(response)
            }
        }
    }

    fn bind(
        &mut self,
        now: Instant,
        user: &str,
        wish: (Vec<(Option<u32>, Uri)>, Order),
        flow: Flow,
    ) -> Result<(), u16> {
        let (wanted, order) = wish;
        let (least, most) = (self.config.min_expires, self.config.max_expires);
        let lasting =
            |seconds: Option<u32>| seconds.map_or(most, |seconds| Duration::from_secs(seconds.into()));
        if wanted.iter().any(|(seconds, _)| !lasting(*seconds).is_zero() && lasting(*seconds) < least) {
            return Err(423);
        }
        for (seconds, uri) in wanted {
            let lasts = lasting(seconds).min(most);
            let binding = (!lasts.is_zero()).then(|| Binding::new(flow, now + lasts, order.clone()));
            self.bindings.set(user, uri, binding, &order)?;
        }
        Ok(())
    }

    fn response(&self, now: Instant, request: &Request, user: &str, outcome: Result<(), u16>) -> Response {
        let mut response = Response::to(request, outcome.err().unwrap_or(200));
        match outcome {
            Ok(()) => {
                for (uri, until) in self.bindings.of(user) {
                    let seconds = until.saturating_duration_since(now).as_secs();
                    response.headers.push(name::CONTACT, format!("<{uri}>;expires={seconds}"));
                }
            }
            Err(423) => {
                response.headers.push(name::MIN_EXPIRES, self.config.min_expires.as_secs().to_string())
            }
            Err(_) => {}
        }
        response
    }

    /// Says what changed.
    fn announce(&mut self, stack: &mut Stack) {
        for (aor_user, contact) in self.bindings.take_changes() {
            stack.say(Event::Binding { aor_user, contact });
        }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.bindings.next_end().map(|at| (at, Timer::Binding))
    }

    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        self.bindings.expire(now);
        self.announce(stack);
    }
}
