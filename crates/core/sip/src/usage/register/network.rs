//! When the network is not what it was: a path breaks or falls silent, a NAT gives us another address, or the machine
//! has other addresses altogether (RFC 5626 section 4.4).

use super::{Registration, alive::Verdict, state::State};
use crate::{
    api::{Failure, Flow},
    stack::Stack,
};
use std::time::{Duration, Instant};

/// A path that breaks sooner than this after a success is asked again ever more slowly.
const STEADY: Duration = Duration::from_secs(60);

/// Whether calls must be told of a new path.
pub(super) enum Follow {
    None,
    /// As soon as one is found.
    Wanted(Left),
    Found(Followed),
}

/// What is left behind.
pub(crate) enum Left {
    /// Our old addresses: these paths began there.
    Addresses(Vec<Flow>),
    /// A server that is gone. Another one stands in for it.
    Server(Flow),
}

/// Calls that were there go on by that path.
pub(crate) struct Followed {
    pub(crate) left: Left,
    pub(crate) path: Flow,
}

impl Registration {
    /// Keeps the line to the server alive. What comes out is a path that is dead.
    pub(super) fn keep_alive(&mut self, now: Instant, stack: &mut Stack) -> Option<Flow> {
        let line = self.line.as_mut()?;
        let alive = line.alive.as_mut().filter(|alive| alive.deadline().0 <= now)?;
        let path = alive.path();
        match alive.on_timeout(now, &mut stack.out, &mut stack.tokens) {
            Verdict::Fine => None,
            Verdict::Doubtful => {
                if matches!(self.state, State::Registered { .. }) {
                    self.renew(now, stack);
                }
                None
            }
            Verdict::Dead => {
                stack.out.close(path);
                self.leave_dead(now, stack);
                Some(path)
            }
        }
    }

    /// Nothing came by the path for long: where there is another one, it is taken at once.
    fn leave_dead(&mut self, now: Instant, stack: &mut Stack) {
        let Some(line) = &mut self.line else { return };
        let Some(way) = line.binding.as_ref().map(|binding| binding.way) else { return };
        if matches!(self.state, State::Registered { .. }) && line.paths.has_other(now, way) {
            line.alive = None;
            self.leave_server(way.path);
            self.bar(now, stack, way.path, None);
            self.advance(now, stack, Failure::Timeout);
        }
    }

    /// Something came by this path that is no SIP.
    pub(crate) fn on_sign_of_life(&mut self, now: Instant, stack: &mut Stack, path: Flow, bytes: &[u8]) {
        let Some(alive) = self.line.as_mut().and_then(|line| line.alive.as_mut()) else { return };
        let Some(seen) = alive.on_received(now, path, bytes, &mut stack.tokens) else { return };
        if matches!(self.state, State::Registered { .. }) {
            self.correct(now, stack, seen, 0);
        }
    }

    /// The path to the server is gone: it can't reach us until we register again.
    pub(crate) fn on_flow_failed(&mut self, now: Instant, stack: &mut Stack, flow: Flow) {
        let Some(line) = self.line.as_mut().filter(|line| line.path() == Some(flow)) else { return };
        line.alive = None;
        let is_soon = line.since.is_some_and(|since| now.saturating_duration_since(since) < STEADY);
        line.breaks = if is_soon { line.breaks.saturating_add(1) } else { 0 };
        match &mut self.state {
            State::Registered { renew_at, .. } => {
                let slower = Duration::from_secs(1 << line.breaks.min(9)) - Duration::from_secs(1);
                let at = now + stack.tokens.pause(500, 2_000) + stack.tokens.share(slower, 50, 100);
                *renew_at = (*renew_at).min(at);
            }
            State::Moving { ask, .. } => self.state = State::Asking(ask.clone()),
            State::Off
            | State::Locating
            | State::Asking(_)
            | State::Waiting { .. }
            | State::Leaving { .. } => {}
        }
    }

    /// Our addresses are others than before: finds every path anew and registers by it, as the one that we were.
    pub(crate) fn on_network_changed(&mut self, now: Instant, stack: &mut Stack) {
        if matches!(self.state, State::Off | State::Leaving { .. }) {
            return;
        }
        if let Some(client) = self.asking() {
            stack.clients.forget(client);
        }
        let Some(line) = &mut self.line else { return };
        let known = line.paths.all(now);
        line.paths.forget();
        line.alive = None;
        line.breaks = 0;
        for path in known.iter().filter(|path| path.transport.is_reliable()) {
            stack.out.close(*path);
        }
        let mut left = match std::mem::replace(&mut self.follow, Follow::None) {
            Follow::None => Vec::new(),
            Follow::Wanted(left) | Follow::Found(Followed { left, .. }) => match left {
                Left::Addresses(left) => left,
                Left::Server(left) => vec![left],
            },
        };
        left.extend(known);
        left.sort();
        left.dedup();
        self.follow = Follow::Wanted(Left::Addresses(left));
        self.state = State::Locating;
        if let Some(member) = stack.accounts.get_mut(self.account) {
            member.public = None;
        }
        self.look_up(now, stack);
        self.advance(now, stack, Failure::Transport);
    }

    /// Registered by this path: calls may take it.
    pub(super) fn arrived(&mut self, path: Flow) {
        self.follow = match std::mem::replace(&mut self.follow, Follow::None) {
            Follow::None => Follow::None,
            // It is back.
            Follow::Wanted(Left::Server(left)) if left == path => Follow::None,
            Follow::Wanted(left) | Follow::Found(Followed { left, .. }) => {
                Follow::Found(Followed { left, path })
            }
        };
    }

    /// The server that we are registered at does not answer: calls go on by the next one, if there is one.
    pub(super) fn leave_server(&mut self, path: Flow) {
        if matches!(self.follow, Follow::None) {
            self.follow = Follow::Wanted(Left::Server(path));
        }
    }

    /// What calls must be told, once.
    pub(crate) fn take_followed(&mut self) -> Option<Followed> {
        match std::mem::replace(&mut self.follow, Follow::None) {
            Follow::Found(followed) => Some(followed),
            other @ (Follow::None | Follow::Wanted(_)) => {
                self.follow = other;
                None
            }
        }
    }
}
