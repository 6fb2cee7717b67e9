//! Our keys of one call's descriptions (RFC 4568): one for each suite, and when they must be others.
//!
//! A hold or a refresh changes no key. Others are said (and our rollover counter is 0 again) where RFC 4568 section 7.1.4
//! wants it: our address is another one. Also where protection is entered again, since the other side has forgotten where
//! our counter was; and where somebody else may be there, who never knew it, and whose predecessor need not hear on.

use crate::srtp::{MasterKey, Suite};
use rand::rngs::StdRng;
use std::{collections::BTreeMap, net::SocketAddr};

/// The keys, and what became of them.
#[derive(Debug)]
pub(super) struct Ours {
    keys: BTreeMap<Suite, MasterKey>,
    /// Counts how often they were made anew.
    epoch: u32,
    /// Where we were when they were said first.
    said_at: Option<SocketAddr>,
    stage: Stage,
    rng: StdRng,
}

#[derive(Debug)]
enum Stage {
    /// Nothing was protected with them.
    Unused,
    /// The other side protects with this key, there.
    InUse { theirs: MasterKey, at: SocketAddr },
    /// They were in use. They may be again by another answer to the same offer, but are not said once more.
    Left,
}

impl Ours {
    pub(super) const fn new(rng: StdRng) -> Ours {
        Ours { keys: BTreeMap::new(), epoch: 0, said_at: None, stage: Stage::Unused, rng }
    }

    /// They are about to be said by us, who are there.
    pub(super) fn say(&mut self, at: SocketAddr) {
        if matches!(self.stage, Stage::Left) || self.said_at.is_some_and(|said| said != at) {
            self.keys.clear();
            self.epoch += 1;
            self.stage = Stage::Unused;
        }
        self.said_at = Some(at);
    }

    /// They offer this key, from there.
    pub(super) fn meet(&mut self, key: &MasterKey, there: SocketAddr) {
        if matches!(&self.stage, Stage::InUse { theirs, at } if theirs != key && *at != there) {
            self.leave();
        }
    }

    /// The one for this suite.
    pub(super) fn key(&mut self, suite: Suite) -> MasterKey {
        self.keys.entry(suite).or_insert_with(|| MasterKey::random(suite, &mut self.rng)).clone()
    }

    /// The one for this suite, where it was said.
    pub(super) fn said(&self, suite: Suite) -> Option<MasterKey> {
        self.keys.get(&suite).cloned()
    }

    /// Whether it is one of them. Who says it has nothing of their own.
    pub(super) fn has(&self, key: &MasterKey) -> bool {
        self.keys.values().any(|ours| ours == key)
    }

    pub(super) const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// It was agreed to protect with them.
    pub(super) fn enter(&mut self, theirs: &MasterKey, at: SocketAddr) {
        self.stage = Stage::InUse { theirs: theirs.clone(), at };
    }

    /// It was agreed otherwise, or with somebody else.
    pub(super) fn leave(&mut self) {
        self.stage = match self.stage {
            Stage::InUse { .. } | Stage::Left => Stage::Left,
            Stage::Unused => Stage::Unused,
        };
    }
}
