//! Which way a REGISTER takes, and which one next when it fails.

use super::{
    Registration,
    paths::Way,
    state::{Ask, Binding, State},
};
use crate::{
    api::{Event, Failure, Flow, LookupError},
    locate::Asker,
    stack::{Owner, Stack},
    transaction::ClientId,
    usage::challenge,
};
use std::time::{Duration, Instant};

/// How long an answer is waited for where there is another way: shorter than a transaction (RFC 3261 timer F).
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a server is left alone that refused whom it knew before.
const WHIM: Duration = Duration::from_secs(60);
/// How long a better server is left alone that refused us for good.
const LONG: Duration = Duration::from_secs(12 * 3600);
/// Names are looked up again when they are older.
const STALE: Duration = Duration::from_secs(30 * 60);

impl Registration {
    /// The REGISTER that an answer is waited for.
    pub(super) fn asking(&self) -> Option<ClientId> {
        match &self.state {
            State::Asking(ask) | State::Moving { ask, .. } => Some(ask.client),
            State::Leaving { client } => Some(*client),
            State::Off | State::Locating | State::Registered { .. } | State::Waiting { .. } => None,
        }
    }

    /// Has the servers' names looked up.
    pub(super) fn look_up(&mut self, now: Instant, stack: &mut Stack) {
        let Some(line) = &mut self.line else { return };
        let account = self.account;
        for (number, place) in line.paths.look_up(now) {
            if !stack.searches.begin(&mut stack.out, Asker::Server(account, number), place) {
                line.paths.on_found(number, Err(LookupError::Unavailable));
            }
        }
        self.publish(now, stack);
    }

    /// Tells the others by which paths the account's servers are reached.
    pub(super) fn publish(&mut self, now: Instant, stack: &mut Stack) {
        let (Some(line), Some(member)) = (&self.line, stack.accounts.get_mut(self.account)) else { return };
        member.paths = line.paths.all(now);
        let asked = match &self.state {
            State::Asking(ask) => Some(ask.binding.way.path),
            State::Off
            | State::Locating
            | State::Registered { .. }
            | State::Moving { .. }
            | State::Waiting { .. }
            | State::Leaving { .. } => None,
        };
        member.path = asked.or(line.path()).or_else(|| member.paths.first().copied());
    }

    /// Asks by the best way that may be tried. Where there is none: waits, and says why.
    pub(super) fn advance(&mut self, now: Instant, stack: &mut Stack, why: Failure) {
        while let Some(way) = self.line.as_ref().and_then(|line| line.paths.best(now)) {
            if let Some(ask) = self.binding_by(stack, way).and_then(|to| self.ask(now, stack, to, 0)) {
                self.state = State::Asking(ask);
                return self.publish(now, stack);
            }
            self.bar(now, stack, way.path, None);
        }
        let line = self.line.as_ref();
        let is_asking = line.is_some_and(|line| line.paths.is_asking());
        // A way that is open waits for the name of a better one.
        let is_held = line.and_then(|line| line.paths.opens_at(now)).is_some_and(|at| at <= now);
        if is_asking && (is_held || matches!(self.state, State::Locating)) {
            self.state = State::Locating;
            return self.publish(now, stack);
        }
        self.wait(now, stack, why);
    }

    fn wait(&mut self, now: Instant, stack: &mut Stack, why: Failure) {
        let Some(line) = &mut self.line else { return };
        line.paths.hasten(now, &mut stack.tokens);
        let again_at = match line.paths.opens_at(now) {
            Some(at) => at,
            None => now + line.paths.pause(&mut stack.tokens),
        };
        self.state = State::Waiting { again_at };
        let retry_in = Some(again_at.saturating_duration_since(now));
        stack.say(Event::RegistrationFailed { account: self.account, why, retry_in });
        // Perhaps the names lead somewhere else by now.
        let is_known = line.paths.opens_at(now).is_some();
        if is_known && !line.paths.is_asking() {
            self.look_up(now, stack);
        }
        self.publish(now, stack);
    }

    /// The wait is over.
    pub(super) fn try_again(&mut self, now: Instant, stack: &mut Stack) {
        let Some(line) = &mut self.line else { return };
        if line.paths.opens_at(now).is_none() {
            self.state = State::Locating;
            self.look_up(now, stack);
        }
        self.advance(now, stack, Failure::Transport);
    }

    /// Names led somewhere, or nowhere.
    pub(crate) fn on_located(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        number: usize,
        found: Result<Vec<Flow>, LookupError>,
    ) {
        let Some(line) = &mut self.line else { return };
        let why = match &found {
            Err(LookupError::NoSuchName) => Failure::NoSuchName,
            Err(LookupError::Unavailable) | Ok(_) => Failure::Transport,
        };
        line.paths.on_found(number, found);
        match &self.state {
            State::Locating => self.advance(now, stack, why),
            State::Waiting { .. } if line.paths.best(now).is_some() => self.advance(now, stack, why),
            State::Registered { renew_at, .. } => self.rest(now, stack, *renew_at),
            State::Waiting { .. }
            | State::Off
            | State::Asking(_)
            | State::Moving { .. }
            | State::Leaving { .. } => self.publish(now, stack),
        }
    }

    /// Renews the registration where it is.
    pub(super) fn renew(&mut self, now: Instant, stack: &mut Stack) {
        let Some(line) = &self.line else { return };
        let Some(binding) = line.binding.clone() else { return self.advance(now, stack, Failure::Transport) };
        if line.paths.age(now).is_some_and(|age| age >= STALE) {
            self.look_up(now, stack);
        }
        let binding = Binding { former: None, ..binding };
        self.register_at(now, stack, binding, 0);
    }

    /// Asks for this binding, whatever was asked before.
    pub(super) fn register_at(&mut self, now: Instant, stack: &mut Stack, binding: Binding, corrected: u8) {
        let path = binding.way.path;
        match self.ask(now, stack, binding, corrected) {
            Some(ask) => {
                self.state = State::Asking(ask);
                self.publish(now, stack);
            }
            None => {
                self.bar(now, stack, path, None);
                self.advance(now, stack, Failure::Transport);
            }
        }
    }

    /// Asks a better server than the one that knows us.
    pub(super) fn move_up(&mut self, now: Instant, stack: &mut Stack) {
        let State::Registered { renew_at, .. } = &self.state else { return };
        let renew_at = *renew_at;
        let better =
            self.line.as_ref().and_then(|line| line.paths.better_now(now, line.binding.as_ref()?.way));
        let Some(way) = better else { return self.rest(now, stack, renew_at) };
        match self.binding_by(stack, way).and_then(|to| self.ask(now, stack, to, 0)) {
            Some(ask) => self.state = State::Moving { ask, renew_at },
            None => {
                self.bar(now, stack, way.path, None);
                self.rest(now, stack, renew_at);
            }
        }
    }

    /// Is registered, until it is renewed or a better way opens.
    pub(super) fn rest(&mut self, now: Instant, stack: &mut Stack, renew_at: Instant) {
        let better_at = self.line.as_ref().and_then(|line| {
            let way = line.binding.as_ref()?.way;
            line.paths.better_at(now, way)
        });
        // Many are told of the same server at the same time.
        let better_at = better_at.map(|at| at + stack.tokens.pause(500, 3_000));
        self.state = State::Registered { renew_at, better_at };
        self.publish(now, stack);
    }

    /// The binding that is wanted by this way.
    pub(super) fn binding_by(&self, stack: &Stack, way: Way) -> Option<Binding> {
        let line = self.line.as_ref()?;
        let here = || stack.contact_at(Some(self.account), way.path.transport, way.path.local);
        match &line.binding {
            Some(known) if known.way.path == way.path => Some(Binding { way, former: None, ..known.clone() }),
            Some(known) => {
                let is_there = known.way.path.transport == way.path.transport
                    && known.way.path.remote == way.path.remote;
                Some(if is_there { Binding { way, ..known.at(here()?) } } else { Binding::new(way, here()?) })
            }
            None => Some(Binding::new(way, here()?)),
        }
    }

    fn ask(&mut self, now: Instant, stack: &mut Stack, binding: Binding, corrected: u8) -> Option<Ask> {
        let line = self.line.as_ref()?;
        let give_up = line.paths.has_other(now, binding.way).then_some(now + PATIENCE);
        let expires = line.expires;
        if let Some(member) = stack.accounts.get_mut(self.account)
            && !member.paths.contains(&binding.way.path)
        {
            member.paths.push(binding.way.path);
        }
        let client = self.send(now, stack, &binding, expires, Owner::Registration(self.account))?;
        Some(Ask { client, binding, give_up, corrected })
    }

    pub(super) fn send(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        binding: &Binding,
        expires: Duration,
        owner: Owner,
    ) -> Option<ClientId> {
        let mut request = self.line.as_mut()?.request(stack, binding, expires)?;
        challenge::foresee(stack, &mut request, binding.way.path);
        stack.request(now, request, binding.way.path, owner)
    }

    pub(super) fn bar(&mut self, now: Instant, stack: &mut Stack, path: Flow, least: Option<Duration>) {
        if let Some(line) = &mut self.line {
            line.paths.bar(now, path, least, &mut stack.tokens);
        }
    }

    /// A REGISTER came to nothing. `least`: how long its server wants to be left alone.
    pub(super) fn fail(&mut self, now: Instant, stack: &mut Stack, why: Failure, least: Option<Duration>) {
        match &self.state {
            State::Moving { ask, renew_at } => {
                let (path, renew_at) = (ask.binding.way.path, *renew_at);
                // A password that is refused there is not tried again and again while another server has us.
                let least = if may_pass(&why) { least } else { Some(LONG) };
                self.bar(now, stack, path, least);
                self.rest(now, stack, renew_at);
            }
            State::Asking(ask) if may_pass(&why) || (self.stands() && may_be_a_whim(&why)) => {
                let path = ask.binding.way.path;
                // A server that refuses is there all the same, and knows its calls.
                let is_silent = matches!(why, Failure::Timeout | Failure::Transport);
                if is_silent && self.line.as_ref().is_some_and(|line| line.path() == Some(path)) {
                    self.leave_server(path);
                }
                let least = if may_pass(&why) { least } else { Some(least.unwrap_or_default().max(WHIM)) };
                self.bar(now, stack, path, least);
                self.advance(now, stack, why);
            }
            State::Leaving { .. } | State::Asking(_) => self.fail_for_good(stack, why),
            State::Off | State::Locating | State::Registered { .. } | State::Waiting { .. } => {}
        }
    }

    /// Whether a server has known us.
    fn stands(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.binding.is_some())
    }

    pub(crate) fn on_lost(&mut self, now: Instant, stack: &mut Stack, lost: ClientId, why: Failure) {
        if self.asking() == Some(lost) {
            self.fail(now, stack, why, None);
        }
    }
}

/// Whether a server that knew us an hour ago may have lost its mind rather than us: databases are loaded anew, and some
/// refuse in this way who comes too often.
fn may_be_a_whim(why: &Failure) -> bool {
    matches!(why, Failure::Status { code: 403 | 404 | 405 | 410 | 416 | 420 | 600.., .. })
}

/// Whether trying again may help.
fn may_pass(why: &Failure) -> bool {
    match why {
        Failure::Status { code, .. } => {
            !matches!(code, 401 | 402 | 403 | 404 | 405 | 407 | 410 | 416 | 420 | 423 | 600..)
        }
        Failure::Credentials => false,
        Failure::Timeout | Failure::Transport | Failure::Protocol | Failure::NoSuchName => true,
    }
}
