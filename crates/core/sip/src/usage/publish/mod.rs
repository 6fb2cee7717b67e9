//! Publications (RFC 3903): finds the one that an answer or a moment is for. [`Reports`] are PUBLISHes too, and last no
//! longer than their answer.

mod publication;
mod report;

pub(crate) use report::Reports;

use crate::{
    api::{AccountKey, Event, Failure, Flow, PublicationKey, Publishing},
    stack::{Owner, Stack},
    transaction::{Answer, Lost, Timer},
};
use publication::{Context, Publication};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Every publication of ours: a few at most.
#[derive(Default)]
pub(crate) struct Publications {
    all: BTreeMap<PublicationKey, Publication>,
    /// The path that each account's server was last reached by.
    paths: BTreeMap<AccountKey, Flow>,
}

impl Publications {
    /// Publishes; a key that is in use changes what is published.
    pub(crate) fn publish(&mut self, now: Instant, stack: &mut Stack, key: PublicationKey, what: Publishing) {
        if let Some(path) = stack.accounts.get(what.account).and_then(|member| member.path) {
            self.paths.entry(what.account).or_insert(path);
        }
        if self.all.contains_key(&key) {
            return self.turn(now, stack, key, |publication, context| publication.change(context, what));
        }
        let mut context = Context { now, key, stack };
        let publication = Publication::begin(&mut context, what);
        self.file(key, publication);
    }

    /// Takes a publication back; one that is none is gone already.
    pub(crate) fn unpublish(&mut self, now: Instant, stack: &mut Stack, key: PublicationKey) {
        if self.all.contains_key(&key) {
            return self.turn(now, stack, key, Publication::take_back);
        }
        stack.say(Event::Published { publication: key, outcome: Ok(Duration::ZERO) });
    }

    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: PublicationKey,
        answer: &Answer<Owner>,
    ) {
        self.turn(now, stack, key, |publication, context| publication.on_answer(context, answer));
    }

    pub(crate) fn on_lost(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: PublicationKey,
        (lost, why): (Lost<Owner>, Failure),
    ) {
        self.turn(now, stack, key, |publication, context| publication.on_lost(context, lost.id, why));
    }

    /// Another server may not know what was published at the one before: it is asked at once, and a 412 tells.
    pub(crate) fn settle(&mut self, now: Instant, stack: &mut Stack) {
        let path_of = |account: &AccountKey| stack.accounts.get(*account).and_then(|member| member.path);
        let moved: Vec<(AccountKey, Flow)> = self
            .paths
            .iter()
            .filter_map(|(account, path)| Some((*account, path_of(account).filter(|new| new != path)?)))
            .collect();
        for (account, path) in moved {
            self.paths.insert(account, path);
            let ours = self.all.iter().filter(|(_, one)| one.account() == account);
            let keys: Vec<_> = ours.map(|(key, _)| *key).collect();
            for key in keys {
                self.turn(now, stack, key, Publication::renew_soon);
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        let at = self.all.values().filter_map(Publication::deadline).min()?;
        Some((at, Timer::Publication))
    }

    /// Wakes what is due.
    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        let is_due = |publication: &Publication| publication.deadline().is_some_and(|at| at <= now);
        let keys: Vec<_> = self.all.iter().filter(|(_, one)| is_due(one)).map(|(key, _)| *key).collect();
        for key in keys {
            self.turn(now, stack, key, Publication::on_timeout);
        }
    }

    fn turn(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: PublicationKey,
        step: impl FnOnce(&mut Publication, &mut Context<'_>),
    ) {
        let Some(mut publication) = self.all.remove(&key) else { return };
        step(&mut publication, &mut Context { now, key, stack });
        self.file(key, publication);
    }

    fn file(&mut self, key: PublicationKey, publication: Publication) {
        if !publication.is_over() {
            self.all.insert(key, publication);
        }
    }
}
