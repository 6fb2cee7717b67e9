//! The registration (RFC 3261 section 10.2): made by the best path to the account's servers, renewed before it runs
//! out, made again with the address that the server sees us at (RFC 3581), by another path when one fails and by the
//! better one when that is back, after failures of all of them at growing intervals, taken back. The line to the server
//! is [kept alive](alive).

mod alive;
mod answer;
mod asking;
mod grant;
mod network;
mod paths;
mod state;

use crate::{
    api::{Account, AccountKey, Event, Failure},
    message::Uri,
    stack::{Owner, Stack},
    transaction::Timer,
};
use network::Follow;
pub(crate) use network::{Followed, Left};
use state::{Line, State};
use std::time::{Duration, Instant};

/// The registration of an account.
pub(crate) struct Registration {
    account: AccountKey,
    state: State,
    line: Option<Box<Line>>,
    follow: Follow,
}

impl Registration {
    pub(crate) fn new(account: AccountKey) -> Self {
        Registration { account, state: State::Off, line: None, follow: Follow::None }
    }

    /// Begins, with this account. One before it is taken back.
    pub(crate) fn register(&mut self, now: Instant, stack: &mut Stack, identity: Account) {
        let Ok(aor) = Uri::parse(&identity.aor) else {
            self.take_back(now, stack);
            return self.fail_for_good(stack, Failure::Protocol);
        };
        let kept = self.line.take_if(|line| line.aor.as_str() == identity.aor && line.paths.is_of(&identity));
        if let (Some(_), Some(client)) = (&kept, self.asking()) {
            stack.clients.forget(client);
        }
        self.take_back(now, stack);
        let line = Line::new(&identity, aor, &mut stack.tokens);
        self.line = Some(Box::new(match kept {
            Some(kept) => line.continued(*kept),
            None => line,
        }));
        stack.accounts.insert(self.account, identity);
        if self.line.as_ref().is_some_and(|line| line.paths.is_nowhere()) {
            return self.fail_for_good(stack, Failure::Transport);
        }
        self.state = State::Locating;
        self.look_up(now, stack);
        self.advance(now, stack, Failure::Transport);
    }

    /// Ends.
    pub(crate) fn unregister(&mut self, now: Instant, stack: &mut Stack) {
        let reached = match &self.state {
            State::Asking(ask) => Some(ask.binding.clone()),
            State::Registered { .. } | State::Moving { .. } | State::Waiting { .. } => {
                self.line.as_ref().and_then(|line| line.binding.clone())
            }
            State::Off | State::Locating | State::Leaving { .. } => None,
        };
        let known = self.line.as_ref().and_then(|line| line.binding.clone());
        let beside = match (&self.state, known) {
            (State::Asking(ask), Some(known)) if known.is_apart_from(&ask.binding) => Some(known),
            (State::Moving { ask, .. }, Some(known)) if ask.binding.is_apart_from(&known) => {
                Some(ask.binding.clone())
            }
            (_, Some(_) | None) => None,
        };
        if let Some(client) = self.asking() {
            stack.clients.forget(client);
        }
        if let Some(beside) = beside {
            self.send(now, stack, &beside, Duration::ZERO, Owner::Nobody);
        }
        let (Some(binding), Some(line)) = (reached, &mut self.line) else {
            self.end(stack);
            return stack.say(Event::Unregistered { account: self.account });
        };
        line.alive = None;
        match self.send(now, stack, &binding, Duration::ZERO, Owner::Registration(self.account)) {
            Some(client) => self.state = State::Leaving { client },
            None => self.fail_for_good(stack, Failure::Transport),
        }
    }

    /// Tells the server of the account before that we are gone, and does not wait for an answer.
    fn take_back(&mut self, now: Instant, stack: &mut Stack) {
        let asked = match &self.state {
            State::Asking(ask) | State::Moving { ask, .. } => Some(ask.binding.clone()),
            State::Off
            | State::Locating
            | State::Registered { .. }
            | State::Waiting { .. }
            | State::Leaving { .. } => None,
        };
        let known = self.line.as_ref().and_then(|line| line.binding.clone());
        for binding in asked.into_iter().chain(known) {
            self.send(now, stack, &binding, Duration::ZERO, Owner::Nobody);
        }
        self.end(stack);
    }

    fn fail_for_good(&mut self, stack: &mut Stack, why: Failure) {
        self.end(stack);
        stack.say(Event::RegistrationFailed { account: self.account, why, retry_in: None });
    }

    fn end(&mut self, stack: &mut Stack) {
        self.state = State::Off;
        self.line = None;
        self.follow = Follow::None;
        let account = self.account;
        stack.searches.give_up(|asker| asker.is_of(account));
        if let Some(member) = stack.accounts.get_mut(account) {
            member.public = None;
            member.granted = Default::default();
        }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        let at = match &self.state {
            State::Registered { renew_at, better_at } => {
                Some(better_at.map_or(*renew_at, |at| at.min(*renew_at)))
            }
            State::Waiting { again_at } => Some(*again_at),
            State::Asking(ask) | State::Moving { ask, .. } => ask.give_up,
            State::Off | State::Locating | State::Leaving { .. } => None,
        };
        let alive = self.line.as_ref().and_then(|line| line.alive.as_ref()).map(|alive| alive.deadline());
        at.map(|at| (at, Timer::Registration)).into_iter().chain(alive).min()
    }

    /// Does what is due. What comes out is a path that is dead.
    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) -> Option<crate::api::Flow> {
        match &self.state {
            State::Registered { renew_at, .. } if *renew_at <= now => self.renew(now, stack),
            State::Registered { better_at: Some(at), .. } if *at <= now => self.move_up(now, stack),
            State::Waiting { again_at } if *again_at <= now => self.try_again(now, stack),
            State::Asking(ask) | State::Moving { ask, .. } if ask.give_up.is_some_and(|at| at <= now) => {
                stack.clients.forget(ask.client);
                self.fail(now, stack, Failure::Timeout, None);
            }
            State::Off
            | State::Locating
            | State::Asking(_)
            | State::Registered { .. }
            | State::Moving { .. }
            | State::Waiting { .. }
            | State::Leaving { .. } => {}
        }
        self.keep_alive(now, stack)
    }
}
