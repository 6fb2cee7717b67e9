//! What the server says to a REGISTER (RFC 3261 section 10.2).

use super::{
    Registration,
    alive::Alive,
    grant::Grant,
    state::{Ask, LONGEST, State},
};
use crate::{
    api::{Event, Failure},
    locate::Asker,
    message::{Contacts, Response},
    stack::{Owner, Stack},
    transaction::Answer,
    usage::challenge,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How often in a row the server may see us somewhere else.
const MAX_CORRECTIONS: u8 = 2;

impl Registration {
    pub(crate) fn on_answer(&mut self, now: Instant, stack: &mut Stack, answer: Answer<Owner>) {
        if self.asking() != Some(answer.id) {
            return;
        }
        let response = &answer.response;
        let is_leaving = matches!(self.state, State::Leaving { .. });
        match response.code {
            0..=199 => {}
            401 | 407 => self.on_challenge(now, stack, &answer),
            200..=299 if is_leaving => {
                self.end(stack);
                stack.say(Event::Unregistered { account: self.account });
            }
            _ if is_leaving => self.fail_for_good(stack, failure_of(response)),
            200..=299 => self.on_success(now, stack, response),
            301 | 302 | 305 => self.on_redirection(now, stack, response),
            423 => self.on_too_brief(now, stack, response),
            439 => self.on_unwanted_instance(now, stack, response),
            _ => self.fail(now, stack, failure_of(response), response.headers.retry_after().map(believed)),
        }
    }

    fn on_challenge(&mut self, now: Instant, stack: &mut Stack, answer: &Answer<Owner>) {
        let sent = challenge::retried(stack, answer).and_then(|retry| {
            if let Some(line) = &mut self.line {
                line.note_sent(&retry);
            }
            let owner = Owner::Registration(self.account);
            stack.request(now, retry, answer.flow, owner).ok_or(Failure::Transport)
        });
        match (sent, &mut self.state) {
            (Ok(sent), State::Asking(Ask { client, .. }) | State::Leaving { client }) => *client = sent,
            (Ok(sent), State::Moving { ask, .. }) => ask.client = sent,
            (Ok(_), State::Off | State::Locating | State::Registered { .. } | State::Waiting { .. }) => {}
            (Err(why), _) => self.fail(now, stack, why, None),
        }
    }

    /// The REGISTER that was answered.
    fn asked(&self) -> Option<&Ask> {
        match &self.state {
            State::Asking(ask) | State::Moving { ask, .. } => Some(ask),
            State::Off
            | State::Locating
            | State::Registered { .. }
            | State::Waiting { .. }
            | State::Leaving { .. } => None,
        }
    }

    fn on_success(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        let (Some(ask), Some(line)) = (self.asked().cloned(), &mut self.line) else { return };
        let Ask { mut binding, corrected, .. } = ask;
        let Grant { expires, terms, granted } = Grant::of(response, line, &binding);
        if expires.is_zero() {
            return self.fail(now, stack, Failure::Protocol, None);
        }
        let path = binding.way.path;
        binding.former = None;
        binding.outbound = terms.outbound;
        line.paths.clear(path);
        let before = line.alive.take();
        line.alive = Some(Alive::new(now, path, terms, &mut stack.tokens, before));
        line.since = Some(now);
        let left = line.binding.replace(binding.clone()).filter(|left| left.way.path != path);
        let seen = response.headers.top_via().ok().and_then(|via| via.reflexive());
        if let Some(member) = stack.accounts.get_mut(self.account) {
            member.path = Some(path);
            member.public = binding.address().filter(|address| *address != path.local);
            member.granted = granted;
        }
        let was_moving = matches!(self.state, State::Moving { .. });
        stack.say(Event::Registered { account: self.account, path, expires });
        if let Some(left) = left.filter(|left| was_moving && binding.is_apart_from(left)) {
            self.send(now, stack, &left, Duration::ZERO, Owner::Nobody);
        }
        self.rest(now, stack, now + expires.mul_f64(0.85));
        let moved = seen
            .filter(|_| corrected < MAX_CORRECTIONS)
            .is_some_and(|seen| self.correct(now, stack, seen, corrected + 1));
        if !moved {
            self.arrived(path);
        }
    }

    /// The server sees us at this address: registers there, where it is another one than we said.
    pub(super) fn correct(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        seen: SocketAddr,
        corrected: u8,
    ) -> bool {
        let Some(binding) = self.line.as_ref().and_then(|line| line.binding.clone()) else { return false };
        let transport = binding.way.path.transport;
        let Some(contact) = stack.contact_at(Some(self.account), transport, seen) else { return false };
        let known = binding.contact.host_port();
        let same_host = known.as_ref().and_then(|known| known.ip()) == Some(seen.ip());
        // The port of a connection of ours says nothing about where we listen.
        let same_port = transport.is_reliable() || known.and_then(|known| known.port) == Some(seen.port());
        if same_host && same_port {
            return false;
        }
        self.register_at(now, stack, binding.at(contact), corrected);
        true
    }

    /// Section 8.1.3.4: another server is to be asked.
    fn on_redirection(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        let contacts = match response.headers.contacts() {
            Ok(Contacts::List(contacts)) => contacts,
            Ok(Contacts::Star) | Err(_) => Vec::new(),
        };
        let (Some(way), Some(line)) = (self.asked().map(|ask| ask.binding.way), &mut self.line) else {
            return;
        };
        if let Some((number, place)) =
            contacts.iter().find_map(|contact| line.paths.redirect(now, &contact.uri, way))
            && !stack.searches.begin(&mut stack.out, Asker::Server(self.account, number), place)
        {
            line.paths.on_found(number, Err(crate::api::LookupError::Unavailable));
        }
        if line.paths.is_asking() && matches!(self.state, State::Asking(_)) {
            self.bar(now, stack, way.path, None);
            self.state = State::Locating;
            return self.advance(now, stack, failure_of(response));
        }
        self.fail(now, stack, failure_of(response), None);
    }

    /// Section 10.2.8: the server wants it to last longer.
    fn on_too_brief(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        let least = response.headers.min_expires().map(|seconds| Duration::from_secs(seconds.into()));
        match (&mut self.line, least) {
            (Some(line), Some(least)) if least > line.expires && least <= LONGEST => {
                line.expires = least;
                self.ask_again(now, stack);
            }
            (Some(_) | None, Some(_) | None) => self.fail(now, stack, failure_of(response), None),
        }
    }

    /// RFC 5626 section 4.2.1: the first hop does not know what an instance is for.
    fn on_unwanted_instance(&mut self, now: Instant, stack: &mut Stack, response: &Response) {
        match self.line.as_mut().is_some_and(|line| line.withhold_instance()) {
            true => self.ask_again(now, stack),
            false => self.fail(now, stack, failure_of(response), None),
        }
    }

    /// The same by the same way, but said otherwise.
    fn ask_again(&mut self, now: Instant, stack: &mut Stack) {
        let Some(binding) = self.asked().map(|ask| ask.binding.clone()) else { return };
        let expires = self.line.as_ref().map_or(Duration::ZERO, |line| line.expires);
        let sent = self.send(now, stack, &binding, expires, Owner::Registration(self.account));
        match (sent, &mut self.state) {
            (Some(sent), State::Asking(ask) | State::Moving { ask, .. }) => ask.client = sent,
            (
                Some(_),
                State::Off
                | State::Locating
                | State::Registered { .. }
                | State::Waiting { .. }
                | State::Leaving { .. },
            ) => {}
            (None, _) => self.fail(now, stack, Failure::Transport, None),
        }
    }
}

fn believed(wait: Duration) -> Duration {
    wait.min(LONGEST)
}

fn failure_of(response: &Response) -> Failure {
    Failure::Status { code: response.code, reason: response.reason.clone() }
}
