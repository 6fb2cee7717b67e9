//! Subscriptions (RFC 6665), several hundred at a time: finds the one that a message, an answer or a moment is for. Each
//! has a dialog of its own, and who watches it hears of it when it changes where it stands, not at every renewal.

mod answers;
mod gate;
mod notify;
mod request;
mod state_header;
mod subscription;

use crate::{
    api::{
        AccountKey, Event, Failure, Flow, Subscribing, SubscriptionEnd, SubscriptionKey, SubscriptionState,
    },
    message::{Request, Response, Uri, name},
    package::Package,
    stack::{Owner, Stack},
    transaction::{Answer, Lost, ServerId, Timer},
};
use gate::Gate;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};
use subscription::{Context, Name, Subscription};

/// A path to a server, and our Contact there.
type Place = (Flow, Uri);

/// Every subscription of ours.
#[derive(Default)]
pub(crate) struct Subscriptions {
    all: BTreeMap<SubscriptionKey, Subscription>,
    names: BTreeMap<Name, SubscriptionKey>,
    deadlines: BTreeSet<(Instant, SubscriptionKey)>,
    gate: Gate,
    /// The path to each account's server, and where that one reaches us, when last looked at.
    places: BTreeMap<AccountKey, Place>,
}

impl Subscriptions {
    /// Subscribes; a key that is in use asks anew, or for somewhat else.
    pub(crate) fn subscribe(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: SubscriptionKey,
        what: Subscribing,
    ) {
        if self.all.contains_key(&key) {
            return self.turn(now, stack, key, |subscription, context| subscription.change(context, what));
        }
        if let Some(place) = place_of(stack, what.account) {
            self.places.entry(what.account).or_insert(place);
        }
        let mut context = Context { now, key, stack, gate: &mut self.gate };
        let subscription = Subscription::begin(&mut context, what);
        self.file(key, subscription);
    }

    /// Ends a subscription; one that is none is over at once.
    pub(crate) fn unsubscribe(&mut self, now: Instant, stack: &mut Stack, key: SubscriptionKey) {
        if self.all.contains_key(&key) {
            return self.turn(now, stack, key, |subscription, context| subscription.leave(context));
        }
        let state = SubscriptionState::Ended { why: SubscriptionEnd::Local, retry_in: None };
        stack.say(Event::Subscription { subscription: key, state });
    }

    /// A NOTIFY, if it has the name of one of ours. `false`: it is for somebody else.
    pub(crate) fn on_notify(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        id: ServerId,
        notify: &Request,
    ) -> bool {
        let Some(key) = name_of(notify).and_then(|name| self.names.get(&name)).copied() else { return false };
        self.turn(now, stack, key, |subscription, context| {
            let code = subscription.on_notify(context, notify);
            let mut response = Response::to(notify, code);
            match code {
                489 => response.headers.push(name::ALLOW_EVENTS, Package::ALLOW_EVENTS),
                415 => response.headers.push(name::ACCEPT, subscription.package().accepts().join(", ")),
                _ => {}
            }
            context.stack.respond(now, id, response);
        });
        true
    }

    /// Whether a request of theirs is in a dialog of ours.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        name_of(request).is_some_and(|name| self.names.contains_key(&name))
    }

    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: SubscriptionKey,
        answer: &Answer<Owner>,
    ) {
        self.turn(now, stack, key, |subscription, context| subscription.on_answer(context, answer));
    }

    pub(crate) fn on_lost(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: SubscriptionKey,
        (lost, why): (Lost<Owner>, Failure),
    ) {
        self.turn(now, stack, key, |subscription, context| subscription.on_lost(context, lost.id, why));
    }

    pub(crate) fn on_flow_failed(&mut self, now: Instant, stack: &mut Stack, flow: Flow) {
        self.each(now, stack, |_| true, |subscription, context| subscription.on_flow_failed(context, flow));
    }

    /// The account registered anew after a change of the network: its subscriptions are made anew, too.
    pub(crate) fn follow(&mut self, now: Instant, stack: &mut Stack, account: AccountKey) {
        let ours = |subscription: &Subscription| subscription.account() == account;
        self.each(now, stack, ours, Subscription::move_on);
    }

    /// Notices accounts that are at another server, or reached at another address than before.
    pub(crate) fn settle(&mut self, now: Instant, stack: &mut Stack) {
        let moved: Vec<(AccountKey, Place)> = self
            .places
            .iter()
            .filter_map(|(account, old)| {
                Some((*account, place_of(stack, *account)?)).filter(|(_, new)| new != old)
            })
            .collect();
        for (account, place) in moved {
            self.places.insert(account, place);
            self.follow(now, stack, account);
        }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.deadlines.first().map(|(at, _)| (*at, Timer::Subscription))
    }

    /// Wakes what is due.
    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        while let Some((_, key)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.turn(now, stack, key, Subscription::on_timeout);
        }
    }

    fn each(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        fits: impl Fn(&Subscription) -> bool,
        mut step: impl FnMut(&mut Subscription, &mut Context<'_>),
    ) {
        let keys: Vec<_> = self.all.iter().filter(|(_, one)| fits(one)).map(|(key, _)| *key).collect();
        for key in keys {
            self.turn(now, stack, key, &mut step);
        }
    }

    fn turn(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: SubscriptionKey,
        step: impl FnOnce(&mut Subscription, &mut Context<'_>),
    ) {
        let Some(mut subscription) = self.all.remove(&key) else { return };
        if let Some(at) = subscription.deadline() {
            self.deadlines.remove(&(at, key));
        }
        if let Some(name) = subscription.name() {
            self.names.remove(&name);
        }
        let mut context = Context { now, key, stack, gate: &mut self.gate };
        step(&mut subscription, &mut context);
        self.file(key, subscription);
    }

    /// Puts one where it is found again.
    fn file(&mut self, key: SubscriptionKey, subscription: Subscription) {
        if subscription.is_over() {
            return;
        }
        if let Some(at) = subscription.deadline() {
            self.deadlines.insert((at, key));
        }
        if let Some(name) = subscription.name() {
            self.names.insert(name, key);
        }
        self.all.insert(key, subscription);
    }
}

fn place_of(stack: &Stack, account: AccountKey) -> Option<Place> {
    let path = stack.accounts.get(account)?.path?;
    Some((path, stack.contact(Some(account), path)?))
}

fn name_of(notify: &Request) -> Option<Name> {
    let to = notify.headers.to().ok()?;
    Some((notify.headers.call_id().ok()?.to_owned(), to.tag()?.to_owned()))
}
