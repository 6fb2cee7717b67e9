//! What becomes of answers of the names of the network, and of a change of the network itself.

use super::UserAgent;
use crate::{
    api::{Event, Failure, Flow, Found, LookupError, LookupKey},
    locate::{Asker, Place},
    message::Uri,
};
use std::time::Instant;

impl UserAgent {
    /// [`Command::Locate`](crate::api::Command::Locate).
    pub(super) fn on_locate(&mut self, lookup: LookupKey, target: &str) {
        let place = Uri::parse(target.trim()).ok().and_then(|uri| Place::of_uri(&uri));
        let Some(place) = place else {
            return self.stack.say(Event::Located { lookup, paths: Err(Failure::Protocol) });
        };
        if !self.stack.searches.begin(&mut self.stack.out, Asker::Command(lookup), place) {
            self.stack.say(Event::Located { lookup, paths: Err(Failure::Transport) });
        }
    }

    pub(super) fn on_looked_up(
        &mut self,
        now: Instant,
        lookup: LookupKey,
        found: Result<Found, LookupError>,
    ) {
        let stack = &mut self.stack;
        let outcome = stack.searches.on_found(&mut stack.out, &mut stack.tokens, lookup, found);
        match outcome {
            Some((Asker::Server(account, number), found)) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_located(now, stack, number, found);
                }
            }
            Some((Asker::Call(call), found)) => self.calls.on_located(stack, call, &found),
            Some((Asker::Command(lookup), found)) => {
                let paths = found.map_err(|error| match error {
                    LookupError::NoSuchName => Failure::NoSuchName,
                    LookupError::Unavailable => Failure::Transport,
                });
                stack.say(Event::Located { lookup, paths });
            }
            None => {}
        }
    }

    /// Every path is in doubt. Calls of an account follow it to where it registers anew; the others look for their way
    /// themselves.
    pub(super) fn on_network_changed(&mut self, now: Instant) {
        self.calls.on_network_changed(&mut self.stack);
        for registration in self.registrations.values_mut() {
            registration.on_network_changed(now, &mut self.stack);
        }
    }

    /// Leads calls and subscriptions to where their account is registered now.
    pub(super) fn follow(&mut self, now: Instant) {
        for (account, registration) in &mut self.registrations {
            if let Some(followed) = registration.take_followed() {
                self.calls.follow(&mut self.stack, *account, &followed);
                self.events.follow(now, &mut self.stack, *account);
            }
        }
    }

    /// A keep-alive: a line end, or STUN (RFC 5626 section 3.5). `false`: it is none.
    pub(super) fn on_sign_of_life(&mut self, now: Instant, flow: Flow, bytes: &[u8]) -> bool {
        use crate::stun::{self, Stun};
        if stun::looks_like(bytes) {
            let may_ask = self.stack.accounts.is_server(flow)
                || (self.registrar.is_some() && self.stack.quota.take(now));
            if let (Some(Stun::Request(transaction)), true) = (stun::read(bytes), may_ask) {
                self.stack.out.send(flow, stun::success(transaction, flow.remote));
                return true;
            }
        } else if !bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return false;
        }
        for registration in self.registrations.values_mut() {
            registration.on_sign_of_life(now, &mut self.stack, flow, bytes);
        }
        true
    }
}
