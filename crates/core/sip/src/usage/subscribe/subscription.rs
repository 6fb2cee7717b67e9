//! One subscription (RFC 6665 section 4.1): asked for, made by the first NOTIFY, renewed before it runs out, made anew
//! when it broke and that may help, ended.

use super::{
    gate::Gate,
    request::{self, Errand},
    state_header::Again,
};
use crate::{
    api::{
        AccountKey, Event, Failure, Flow, Subscribing, SubscriptionEnd, SubscriptionKey, SubscriptionState,
    },
    dialog::Dialog,
    message::{Request, Uri},
    package::Package,
    stack::{Owner, Stack},
    transaction::{ClientId, T1_64},
    usage::backoff::{Backoff, may_pass},
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The longest subscription that is asked for and believed.
pub(super) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// A subscription that lasted for this long was a good one.
const GOOD: Duration = Duration::from_secs(60);
/// More requests to the server than this do not wait for their turn.
const MAX_ERRANDS: usize = 8;

/// Call-ID and tag of ours.
pub(super) type Name = (String, String);

/// What a subscription works with.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) key: SubscriptionKey,
    pub(super) stack: &'a mut Stack,
    pub(super) gate: &'a mut Gate,
}

impl Context<'_> {
    pub(super) fn send(&mut self, (request, flow): (Request, Flow)) -> Option<ClientId> {
        self.stack.request(self.now, request, flow, Owner::Subscription(self.key))
    }

    pub(super) fn say(&mut self, state: SubscriptionState) {
        self.stack.say(Event::Subscription { subscription: self.key, state });
    }
}

/// Where it stands.
pub(super) enum State {
    /// Nothing is there, until then.
    Waiting { at: Instant },
    /// Its turn comes then.
    Queued { at: Instant },
    /// A SUBSCRIBE is on its way, and no NOTIFY came.
    Asking(Box<Asking>),
    /// In force.
    Up(Box<Up>),
    /// We end it: a last NOTIFY is waited for.
    Leaving(Box<Leaving>),
    /// Over.
    Off,
}

/// The dialog is made by the first NOTIFY, which may overtake the 200 (RFC 6665 section 4.4.1).
pub(super) struct Asking {
    pub(super) request: Request,
    pub(super) flow: Flow,
    /// `None`: the 200 came.
    pub(super) client: Option<ClientId>,
    /// For how long, as the 200 says.
    pub(super) granted: Option<Duration>,
    /// Timer N: a NOTIFY has come by then (section 4.1.2.4).
    pub(super) give_up: Instant,
    /// Nobody wants it any more: it is ended as soon as it is there.
    pub(super) unwanted: bool,
}

pub(super) struct Up {
    pub(super) dialog: Dialog,
    pub(super) since: Instant,
    pub(super) until: Instant,
    pub(super) renewal: Renewal,
    /// What was said of it last.
    pub(super) told: Option<Standing>,
}

pub(super) enum Renewal {
    At(Instant),
    Asked(ClientId),
}

/// Whether it tells anything yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    Pending,
}

pub(super) struct Leaving {
    pub(super) dialog: Dialog,
    pub(super) client: Option<ClientId>,
    pub(super) give_up: Instant,
}

/// One subscription.
pub(super) struct Subscription {
    pub(super) what: Subscribing,
    /// How long it is asked to last: longer than wanted, where the server wants that.
    pub(super) expires: Duration,
    /// What is still to be told to the server, oldest first.
    pub(super) errands: VecDeque<Errand>,
    pub(super) backoff: Backoff,
    /// Call-ID and tag of ours, of the last SUBSCRIBE outside of a dialog.
    name: Option<Name>,
    pub(super) state: State,
}

impl Subscription {
    /// Asks for it, as soon as it is its turn.
    pub(super) fn begin(context: &mut Context<'_>, mut what: Subscribing) -> Self {
        let errands = what.body.take().into_iter().collect();
        let (expires, backoff) = (what.expires.min(LONGEST), Backoff::default());
        let mut subscription =
            Subscription { what, expires, errands, backoff, name: None, state: State::Off };
        subscription.queue(context);
        subscription
    }

    pub(super) fn account(&self) -> AccountKey {
        self.what.account
    }

    pub(super) fn package(&self) -> Package {
        self.what.package
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Off)
    }

    /// Call-ID and tag of ours that a NOTIFY for it has.
    pub(super) fn name(&self) -> Option<Name> {
        match &self.state {
            State::Asking(_) | State::Up(_) | State::Leaving(_) => self.name.clone(),
            State::Waiting { .. } | State::Queued { .. } | State::Off => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting { at } | State::Queued { at } => Some(*at),
            State::Asking(asking) => Some(asking.give_up),
            State::Up(up) => match up.renewal {
                Renewal::At(at) => Some(at),
                Renewal::Asked(_) => None,
            },
            State::Leaving(leaving) => Some(leaving.give_up),
            State::Off => None,
        }
    }

    pub(super) fn on_timeout(&mut self, context: &mut Context<'_>) {
        match self.take() {
            State::Waiting { .. } => self.queue(context),
            State::Queued { .. } => self.ask(context),
            State::Asking(asking) if asking.unwanted => self.end(context),
            State::Asking(_) => self.fail(context, Failure::Timeout, None),
            State::Up(up) => self.renew(context, up),
            State::Leaving(_) => self.end(context),
            State::Off => {}
        }
    }

    /// The same is wanted anew, or somewhat else.
    pub(super) fn change(&mut self, context: &mut Context<'_>, mut what: Subscribing) {
        let is_same = (self.what.account, self.what.package, self.what.target.as_str())
            == (what.account, what.package, what.target.as_str());
        if !is_same {
            self.abandon(context);
            *self = Subscription::begin(context, what);
            return;
        }
        if let Some(errand) = what.body.take()
            && self.errands.len() < MAX_ERRANDS
        {
            self.errands.push_back(errand);
        }
        self.expires = what.expires.min(LONGEST);
        self.what = what;
        match self.take() {
            State::Up(up) if matches!(up.renewal, Renewal::At(_)) => self.renew(context, up),
            State::Up(up) => self.state = State::Up(up),
            State::Asking(asking) => {
                self.state = State::Asking(Box::new(Asking { unwanted: false, ..*asking }));
            }
            State::Waiting { .. } | State::Leaving(_) | State::Off => self.queue(context),
            State::Queued { at } => self.state = State::Queued { at },
        }
    }

    /// Ends it.
    pub(super) fn leave(&mut self, context: &mut Context<'_>) {
        match self.take() {
            State::Up(up) => self.say_goodbye(context, up.dialog),
            State::Asking(asking) => {
                self.state = State::Asking(Box::new(Asking { unwanted: true, ..*asking }));
            }
            State::Leaving(leaving) => self.state = State::Leaving(leaving),
            State::Waiting { .. } | State::Queued { .. } | State::Off => self.end(context),
        }
    }

    /// The account is reached by another path, or our address is another one: notifications would go astray.
    pub(super) fn move_on(&mut self, context: &mut Context<'_>) {
        match self.take() {
            State::Asking(asking) if asking.unwanted => self.end(context),
            State::Leaving(_) => self.end(context),
            State::Off => {}
            State::Asking(_) | State::Up(_) | State::Waiting { .. } | State::Queued { .. } => {
                let at = context.now + context.stack.tokens.pause(200, 1_000);
                self.state = State::Waiting { at };
            }
        }
    }

    /// The connection that the notifier reached us by is gone: it learns where we are by a renewal.
    pub(super) fn on_flow_failed(&mut self, context: &mut Context<'_>, flow: Flow) {
        if let State::Up(up) = &mut self.state
            && up.dialog.flow() == flow
            && let Renewal::At(at) = &mut up.renewal
        {
            *at = (*at).min(context.now + context.stack.tokens.pause(2_000, 6_000));
        }
    }

    fn queue(&mut self, context: &mut Context<'_>) {
        let at = context.gate.slot(context.now);
        if at > context.now {
            self.state = State::Queued { at };
        } else {
            self.ask(context);
        }
    }

    pub(super) fn ask(&mut self, context: &mut Context<'_>) {
        if Uri::parse(&self.what.target).is_err() {
            return self.pause(context, SubscriptionEnd::Failed(Failure::Protocol), Again::Never);
        }
        match request::outside(context.stack, &self.what, self.expires, self.errands.front()) {
            Some(first) => self.send_first(context, first, false),
            None => self.fail(context, Failure::Transport, None),
        }
    }

    pub(super) fn send_first(
        &mut self,
        context: &mut Context<'_>,
        (request, flow): (Request, Flow),
        unwanted: bool,
    ) {
        self.name = name_of(&request);
        let client = context.send((request.clone(), flow));
        let give_up = context.now + T1_64;
        match client {
            Some(_) => {
                let asking = Asking { request, flow, client, granted: None, give_up, unwanted };
                self.state = State::Asking(Box::new(asking));
            }
            None => self.fail(context, Failure::Transport, None),
        }
    }

    pub(super) fn renew(&mut self, context: &mut Context<'_>, mut up: Box<Up>) {
        if context.now >= up.until {
            return self.fail(context, Failure::Timeout, None);
        }
        let errand = self.errands.front();
        let next = request::inside(context.stack, &mut up.dialog, self.what.package, self.expires, errand);
        self.resend(context, up, next);
    }

    pub(super) fn resend(&mut self, context: &mut Context<'_>, mut up: Box<Up>, next: (Request, Flow)) {
        match context.send(next) {
            Some(client) => {
                up.renewal = Renewal::Asked(client);
                self.state = State::Up(up);
            }
            None => self.renew_later(context, up, (Failure::Transport, None)),
        }
    }

    /// It lasts until its time: tried again before.
    pub(super) fn renew_later(
        &mut self,
        context: &mut Context<'_>,
        mut up: Box<Up>,
        (why, wanted): (Failure, Option<Duration>),
    ) {
        let at = context.now + self.backoff.next(context.stack, wanted);
        if at >= up.until {
            return self.fail(context, why, wanted);
        }
        up.renewal = Renewal::At(at);
        self.state = State::Up(up);
    }

    /// What lasted for a while was no failure in a row.
    pub(super) fn settle_mood(&mut self, now: Instant, since: Instant) {
        if now.saturating_duration_since(since) >= GOOD {
            self.backoff.reset();
        }
    }

    pub(super) fn fail(&mut self, context: &mut Context<'_>, why: Failure, wanted: Option<Duration>) {
        let again = if may_pass(&why) { Again::Later(wanted) } else { Again::Never };
        self.pause(context, SubscriptionEnd::Failed(why), again);
    }

    /// It is not in force; made anew where that may help.
    pub(super) fn pause(&mut self, context: &mut Context<'_>, why: SubscriptionEnd, again: Again) {
        let retry_in = match again {
            Again::Never => None,
            Again::AtOnce if self.backoff.is_fresh() => {
                self.backoff.next(context.stack, None);
                Some(context.stack.tokens.pause(10, 500))
            }
            Again::AtOnce => Some(self.backoff.next(context.stack, None)),
            Again::Later(wanted) => Some(self.backoff.next(context.stack, wanted)),
        };
        self.state = retry_in.map_or(State::Off, |pause| State::Waiting { at: context.now + pause });
        context.say(SubscriptionState::Ended { why, retry_in });
    }

    pub(super) fn say_goodbye(&mut self, context: &mut Context<'_>, mut dialog: Dialog) {
        let last = request::inside(context.stack, &mut dialog, self.what.package, Duration::ZERO, None);
        let client = context.send(last);
        let give_up = context.now + T1_64;
        match client {
            Some(_) => self.state = State::Leaving(Box::new(Leaving { dialog, client, give_up })),
            None => self.end(context),
        }
    }

    /// Ends what is there without waiting for anything: something else takes its name.
    fn abandon(&mut self, context: &mut Context<'_>) {
        if let State::Up(mut up) = self.take() {
            let (request, flow) =
                request::inside(context.stack, &mut up.dialog, self.what.package, Duration::ZERO, None);
            context.stack.request(context.now, request, flow, Owner::Nobody);
        }
    }

    pub(super) fn end(&mut self, context: &mut Context<'_>) {
        self.state = State::Off;
        context.say(SubscriptionState::Ended { why: SubscriptionEnd::Local, retry_in: None });
    }

    pub(super) fn take(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Off)
    }
}

/// Before it runs out, and not all at the same moment.
pub(super) fn renew_at(context: &mut Context<'_>, lasts: Duration) -> Instant {
    let ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX / 2);
    context.now + context.stack.tokens.pause(ms / 100 * 70, ms / 100 * 90).max(Duration::from_millis(500))
}

fn name_of(request: &Request) -> Option<Name> {
    let tag = request.headers.from().ok()?.tag()?.to_owned();
    Some((request.headers.call_id().ok()?.to_owned(), tag))
}
