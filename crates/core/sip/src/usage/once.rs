//! Requests of ours that are sent once, outside of any dialog, and leave nothing behind: their one answer is told to
//! whoever wanted them. Nothing is sent twice by itself, but what is challenged.

use super::{backoff::failure_of, challenge};
use crate::{
    api::{Failure, Flow},
    message::Request,
    stack::{Owner, Stack},
    transaction::{Answer, ClientId},
};
use std::{collections::BTreeMap, time::Instant};

/// The most requests of one kind without an answer.
const MAX_UNANSWERED: usize = 256;

/// Those of one kind, by the keys of whoever sends them.
pub(crate) struct Once<K>(BTreeMap<K, ClientId>);

impl<K> Default for Once<K> {
    fn default() -> Self {
        Once(BTreeMap::new())
    }
}

impl<K: Copy + Ord> Once<K> {
    /// Whether the answer for this key is still awaited.
    pub(crate) fn awaits(&self, key: K) -> bool {
        self.0.contains_key(&key)
    }

    /// Sends one, with the credentials that are known to be wanted.
    ///
    /// # Errors
    /// It could not be sent, or too many wait already.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        (key, owner): (K, Owner),
        (request, flow): (Request, Flow),
    ) -> Result<(), Failure> {
        if self.0.len() >= MAX_UNANSWERED {
            return Err(Failure::Transport);
        }
        let client = stack.request(now, request, flow, owner).ok_or(Failure::Transport)?;
        self.0.insert(key, client);
        Ok(())
    }

    /// An answer came. `Some`: that was all.
    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: K,
        answer: &Answer<Owner>,
    ) -> Option<Result<(), Failure>> {
        if self.0.get(&key) != Some(&answer.id) || answer.response.code < 200 {
            return None;
        }
        let outcome = match answer.response.code {
            200..=299 => Ok(()),
            401 | 407 => {
                let sent = challenge::retried(stack, answer).and_then(|retry| {
                    stack.request(now, retry, answer.flow, answer.owner).ok_or(Failure::Transport)
                });
                match sent {
                    Ok(client) => {
                        self.0.insert(key, client);
                        return None;
                    }
                    Err(why) => Err(why),
                }
            }
            _ => Err(failure_of(&answer.response)),
        };
        self.0.remove(&key).map(|_| outcome)
    }

    /// No answer will come. `Some`: one was awaited.
    pub(crate) fn on_lost(&mut self, key: K, why: Failure) -> Option<Result<(), Failure>> {
        self.0.remove(&key).map(|_| Err(why))
    }
}
