//! The registration (RFC 3261 section 10.2): made, renewed before it runs out, made again with the address that the
//! server sees us at (RFC 3581), tried again after failures at growing intervals, taken back.

use super::challenge;
use crate::{
    api::{Account, AccountKey, Event, Failure, Flow, Server},
    message::{Contacts, Method, NameAddr, Request, Response, Uri, name},
    stack::{ALLOW, Owner, Stack},
    transaction::{Answer, ClientId, Timer},
};
use std::time::{Duration, Instant};

/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// The longest registration that is believed.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// Where the registration stands.
enum State {
    Off,
    /// A REGISTER is under way.
    Asking {
        client: ClientId,
    },
    /// The last REGISTER of all is under way.
    Leaving {
        client: ClientId,
    },
    /// The server knows us.
    Registered {
        renew_at: Instant,
    },
    /// It does not, for now.
    Waiting {
        again_at: Instant,
    },
}

/// What stays the same from one REGISTER to the next (section 10.2.4), and what we learned.
struct Binding {
    server: Flow,
    aor: Uri,
    call_id: String,
    cseq: u32,
    contact: Uri,
    /// Where we were before the server told us better: taken back with the next REGISTER.
    former: Option<Uri>,
    expires: Duration,
    failures: u32,
}

/// The registration of the account.
pub(crate) struct Registration {
    account: AccountKey,
    state: State,
    binding: Option<Binding>,
}

impl Registration {
    pub(crate) fn new(account: AccountKey) -> Self {
        Registration { account, state: State::Off, binding: None }
    }

    /// Begins, with this account. One before it is taken back.
    pub(crate) fn register(&mut self, now: Instant, stack: &mut Stack, identity: Account) {
        let path = identity.servers.iter().find_map(|server| match server {
            Server::At(path) => Some(*path),
            Server::Named { .. } => None,
        });
        let Some(server) = path else { return self.fail_for_good(stack, Failure::Transport) };
        let is_same = |binding: &Binding| binding.server == server && binding.aor.as_str() == identity.aor;
        let kept = self.binding.take_if(|binding| is_same(binding));
        self.take_back(now, stack);
        let Ok(aor) = Uri::parse(&identity.aor) else { return self.fail_for_good(stack, Failure::Protocol) };
        let expires = identity.expires.clamp(Duration::from_secs(1), LONGEST);
        stack.accounts.insert(self.account, identity);
        if let Some(member) = stack.accounts.get_mut(self.account) {
            (member.path, member.paths) = (Some(server), vec![server]);
        }
        let Some(contact) = stack.plain_contact(Some(self.account), server) else {
            return self.fail_for_good(stack, Failure::Protocol);
        };
        let call_id = stack.tokens.call_id();
        self.binding = Some(match kept {
            Some(kept) => Binding { expires, failures: 0, contact, ..kept },
            None => Binding { server, aor, call_id, cseq: 0, contact, former: None, expires, failures: 0 },
        });
        self.ask(now, stack);
    }

    /// Ends.
    pub(crate) fn unregister(&mut self, now: Instant, stack: &mut Stack) {
        let Some(binding) = &mut self.binding else {
            return stack.say(Event::Unregistered { account: self.account });
        };
        binding.expires = Duration::ZERO;
        match self.send(now, stack, Owner::Registration(self.account)) {
            Some(client) => self.state = State::Leaving { client },
            None => self.fail_for_good(stack, Failure::Transport),
        }
    }

    /// Tells the server of the account before that we are gone, and does not wait for an answer.
    fn take_back(&mut self, now: Instant, stack: &mut Stack) {
        if let (Some(binding), false) = (&mut self.binding, matches!(self.state, State::Off)) {
            binding.expires = Duration::ZERO;
            self.send(now, stack, Owner::Nobody);
        }
        self.binding = None;
        self.state = State::Off;
        if let Some(member) = stack.accounts.get_mut(self.account) {
            member.public = None;
        }
    }

    fn ask(&mut self, now: Instant, stack: &mut Stack) {
        match self.send(now, stack, Owner::Registration(self.account)) {
            Some(client) => self.state = State::Asking { client },
            None => self.fail(now, stack, Failure::Transport, None),
        }
    }

    fn send(&mut self, now: Instant, stack: &mut Stack, owner: Owner) -> Option<ClientId> {
        let binding = self.binding.as_mut()?;
        binding.cseq += 1;
        let mut request = binding.request(stack)?;
        challenge::foresee(stack, &mut request, binding.server);
        stack.request(now, request, binding.server, owner)
    }

    pub(crate) fn on_answer(&mut self, now: Instant, stack: &mut Stack, answer: Answer<Owner>) {
        let leaving = match &self.state {
            State::Asking { client } if *client == answer.id => false,
            State::Leaving { client } if *client == answer.id => true,
            State::Off
            | State::Asking { .. }
            | State::Leaving { .. }
            | State::Registered { .. }
            | State::Waiting { .. } => return,
        };
        match answer.response.code {
            0..=199 => {}
            401 | 407 => self.on_challenge(now, stack, &answer, leaving),
            200..=299 if leaving => {
                self.end();
                stack.say(Event::Unregistered { account: self.account });
            }
            _ if leaving => self.fail_for_good(stack, failure_of(&answer.response)),
            200..=299 => self.on_success(now, stack, &answer.response),
            423 => self.on_too_brief(now, stack, &answer.response),
            _ => {
                let wait = answer.response.headers.retry_after();
                self.fail(now, stack, failure_of(&answer.response), wait);
            }
        }
    }

    fn on_challenge(&mut self, now: Instant, stack: &mut Stack, answer: &Answer<Owner>, leaving: bool) {
        let sent = challenge::retried(stack, answer).and_then(|retry| {
            let Some(binding) = &mut self.binding else { return Err(Failure::Protocol) };
            binding.cseq = retry.headers.cseq().map_or(binding.cseq, |cseq| cseq.number);
            stack
                .request(now, retry, answer.flow, Owner::Registration(self.account))
                .ok_or(Failure::Transport)
        });
        match sent {
            Ok(client) if leaving => self.state = State::Leaving { client },
            Ok(client) => self.state = State::Asking { client },
            Err(why) if leaving => self.fail_for_good(stack, why),
            Err(why) => self.fail(now, stack, why, None),
        }
    }

    fn on_success(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        let Some(binding) = &mut self.binding else { return };
        let expires = binding.granted(response);
        if expires.is_zero() {
            return self.fail(now, stack, Failure::Protocol, None);
        }
        binding.failures = 0;
        let moved = binding.former.take().is_none() && binding.learn_address(stack, self.account, response);
        stack.say(Event::Registered { account: self.account, path: binding.server, expires });
        if moved {
            self.ask(now, stack);
        } else {
            self.state = State::Registered { renew_at: now + expires.mul_f64(0.85) };
        }
    }

    /// Section 10.2.8: the server wants it to last longer.
    fn on_too_brief(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        let least = response.headers.min_expires().map(|seconds| Duration::from_secs(seconds.into()));
        match (&mut self.binding, least) {
            (Some(binding), Some(least)) if least > binding.expires && least <= LONGEST => {
                binding.expires = least;
                self.ask(now, stack);
            }
            (Some(_) | None, Some(_) | None) => self.fail(now, stack, failure_of(response), None),
        }
    }

    pub(crate) fn on_lost(&mut self, now: Instant, stack: &mut Stack, lost: ClientId, why: Failure) {
        match &self.state {
            State::Asking { client } if *client == lost => self.fail(now, stack, why, None),
            State::Leaving { client } if *client == lost => self.fail_for_good(stack, why),
            State::Off
            | State::Asking { .. }
            | State::Leaving { .. }
            | State::Registered { .. }
            | State::Waiting { .. } => {}
        }
    }

    /// The path to the server is gone: it can't reach us until we register again.
    pub(crate) fn on_flow_failed(&mut self, now: Instant, stack: &mut Stack, flow: Flow) {
        let ours = self.binding.as_ref().is_some_and(|binding| binding.server == flow);
        if let (State::Registered { renew_at }, true) = (&mut self.state, ours) {
            *renew_at = (*renew_at).min(now + stack.tokens.pause(500, 2_000));
        }
    }

    fn fail(&mut self, now: Instant, stack: &mut Stack, why: Failure, wait: Option<Duration>) {
        let Some(binding) = self.binding.as_mut().filter(|_| may_pass(&why)) else {
            return self.fail_for_good(stack, why);
        };
        let pause = FIRST_PAUSE.saturating_mul(1 << binding.failures.min(8)).min(LONGEST_PAUSE);
        binding.failures += 1;
        let pause = pause.max(wait.unwrap_or_default().min(LONGEST)) + stack.tokens.pause(0, 500);
        self.state = State::Waiting { again_at: now + pause };
        stack.say(Event::RegistrationFailed { account: self.account, why, retry_in: Some(pause) });
    }

    fn fail_for_good(&mut self, stack: &mut Stack, why: Failure) {
        self.end();
        stack.say(Event::RegistrationFailed { account: self.account, why, retry_in: None });
    }

    fn end(&mut self) {
        self.state = State::Off;
        self.binding = None;
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        match &self.state {
            State::Registered { renew_at: at } | State::Waiting { again_at: at } => {
                Some((*at, Timer::Registration))
            }
            State::Off | State::Asking { .. } | State::Leaving { .. } => None,
        }
    }

    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        if self.deadline().is_some_and(|(at, _)| at <= now) {
            self.ask(now, stack);
        }
    }
}

impl Binding {
    fn request(&self, stack: &mut Stack) -> Option<Request> {
        let registrar = Uri::parse(&format!("sip:{}", self.aor.host_port()?)).ok()?;
        let us = NameAddr::new(self.aor.clone());
        let mut request = stack.fresh(Method::Register, registrar, us.clone(), us);
        let seconds = self.expires.as_secs();
        request.headers.set(name::CALL_ID, self.call_id.as_str());
        request.headers.set(name::CSEQ, format!("{} REGISTER", self.cseq));
        request.headers.push(name::CONTACT, format!("<{}>;expires={seconds}", self.contact));
        if let Some(former) = &self.former {
            request.headers.push(name::CONTACT, format!("<{former}>;expires=0"));
        }
        request.headers.push(name::EXPIRES, seconds.to_string());
        request.headers.push(name::ALLOW, ALLOW);
        Some(request)
    }

    /// How long the server knows us for (section 10.2.4).
    fn granted(&self, response: &Response) -> Duration {
        let contacts = match response.headers.contacts() {
            Ok(Contacts::List(contacts)) => contacts,
            Ok(Contacts::Star) | Err(_) => Vec::new(),
        };
        let ours = contacts.iter().find(|contact| contact.uri.is_equivalent(&self.contact));
        let seconds = ours.and_then(NameAddr::expires).or_else(|| response.headers.expires());
        seconds.map_or(self.expires, |seconds| Duration::from_secs(seconds.into())).min(LONGEST)
    }

    /// Takes the address that the server saw us at as our Contact. Whether it is another one than before.
    fn learn_address(&mut self, stack: &mut Stack, account: AccountKey, response: &Response) -> bool {
        let Some(seen) = response.headers.top_via().ok().and_then(|via| via.reflexive()) else {
            return false;
        };
        let Some(contact) = stack.contact_at(Some(account), self.server.transport, seen) else {
            return false;
        };
        let known = self.contact.host_port();
        let same_host = known.as_ref().and_then(|known| known.ip()) == Some(seen.ip());
        // The port of a connection of ours says nothing about where we listen.
        let same_port =
            self.server.transport.is_reliable() || known.and_then(|known| known.port) == Some(seen.port());
        if same_host && same_port {
            return false;
        }
        if let Some(member) = stack.accounts.get_mut(account) {
            member.public = Some(seen);
        }
        self.former = Some(std::mem::replace(&mut self.contact, contact));
        true
    }
}

/// Whether trying again may help.
fn may_pass(why: &Failure) -> bool {
    match why {
        Failure::Status { code, .. } => {
            !matches!(code, 401 | 402 | 403 | 404 | 405 | 407 | 410 | 416 | 420 | 423 | 600..)
        }
        Failure::Credentials => false,
        Failure::Timeout | Failure::Transport | Failure::Protocol => true,
    }
}

fn failure_of(response: &Response) -> Failure {
    Failure::Status { code: response.code, reason: response.reason.clone() }
}
