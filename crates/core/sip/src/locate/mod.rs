//! From a name to paths (RFC 3263): which transport, which host, which port, in which order. [`Search`] is one question
//! worked out step by step; [`Searches`] are those under way. Asks nobody itself: questions go out as
//! [`Output::LookUp`](crate::api::Output::LookUp), and our own address on each path comes with the answers.

mod order;
mod place;
mod search;

pub(crate) use place::Place;
pub(crate) use search::Search;

use crate::{
    api::{AccountKey, CallKey, Flow, Found, LookupError, LookupKey},
    outbox::Outbox,
    tokens::Tokens,
};
use std::collections::BTreeMap;

/// The most searches at one time; what comes beyond finds nothing.
const MAX_SEARCHES: usize = 256;

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asker {
    /// An account, for the paths to this one of its servers.
    Server(AccountKey, usize),
    /// A call without account, for its way to the other side after a change of the network.
    Call(CallKey),
    /// [`Command::Locate`](crate::api::Command::Locate).
    Command(LookupKey),
}

impl Asker {
    /// Whether it is about this account.
    pub(crate) fn is_of(self, account: AccountKey) -> bool {
        match self {
            Asker::Server(of, _) => of == account,
            Asker::Call(_) | Asker::Command(_) => false,
        }
    }
}

/// Every search under way.
#[derive(Default)]
pub(crate) struct Searches {
    running: BTreeMap<Asker, Search>,
    /// Which question of which search.
    asked: BTreeMap<LookupKey, (Asker, usize)>,
    next: u32,
}

impl Searches {
    /// Begins to look; a search of the same asker is given up. `false`: there are too many.
    pub(crate) fn begin(&mut self, out: &mut Outbox, asker: Asker, place: Place) -> bool {
        self.give_up(|other| other == asker);
        if self.running.len() >= MAX_SEARCHES {
            return false;
        }
        let mut search = Search::of(place);
        self.ask(out, asker, &mut search);
        self.running.insert(asker, search);
        true
    }

    /// Nobody waits for these any more.
    pub(crate) fn give_up(&mut self, is_meant: impl Fn(Asker) -> bool) {
        self.running.retain(|asker, _| !is_meant(*asker));
        self.asked.retain(|_, (asker, _)| !is_meant(*asker));
    }

    /// An answer came. When it was the last one that was missing: who wanted to know, and what there is.
    pub(crate) fn on_found(
        &mut self,
        out: &mut Outbox,
        tokens: &mut Tokens,
        lookup: LookupKey,
        found: Result<Found, LookupError>,
    ) -> Option<(Asker, Result<Vec<Flow>, LookupError>)> {
        let (asker, question) = self.asked.remove(&lookup)?;
        let mut search = self.running.remove(&asker)?;
        search.take(question, found, tokens);
        self.ask(out, asker, &mut search);
        match search.outcome() {
            Some(outcome) => Some((asker, outcome)),
            None => {
                self.running.insert(asker, search);
                None
            }
        }
    }

    fn ask(&mut self, out: &mut Outbox, asker: Asker, search: &mut Search) {
        while let Some((number, question)) = search.next_question() {
            let lookup = LookupKey(self.next);
            self.next = self.next.wrapping_add(1);
            self.asked.insert(lookup, (asker, number));
            out.look_up(lookup, question);
        }
    }
}
