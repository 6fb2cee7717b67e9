//! Protected with keys that are known: what comes is opened, what goes is sealed, and nothing passes as it is.
//!
//! Keys that were in use before are remembered with all that is known of them, since they may come back: an index of ours
//! is never used twice with one key, and a packet of theirs is heard once (RFC 3711 sections 3.3.2 and 9.1).

use super::Kind;
use crate::{
    sdp::Keys,
    session::InputError,
    srtp::{Error, Inbound, MasterKey, Mki, Outbound, Suite},
};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Room for sealed packets: what was sent frees its place, so that no packet allocates.
const ROOM: usize = 16 * 1024;

/// So many keys are remembered each way. Ours do not come back after more: there is one for each suite, until all are
/// made anew.
const MOST_KEYS: usize = 8;

/// Both ways of one protected channel, or of two that share their keys.
pub(super) struct Keyed {
    /// Which of our rollover counters it is: see [`Keys::epoch`].
    epoch: u32,
    ours: Ways<Outbound>,
    theirs: Ways<Inbound>,
    opened: Vec<u8>,
    sealed: BytesMut,
}

impl Keyed {
    /// With these keys. `None` where they are no keys of their suite.
    pub(super) fn new(keys: &Keys) -> Option<Keyed> {
        let ours = Ways::new(Way::new(keys.suite, &keys.ours, Outbound::new)?);
        let inbound = |suite, key: &_| Inbound::new(suite, key, Mki(keys.mki.clone()));
        let theirs = Ways::new(Way::new(keys.suite, &keys.theirs, inbound)?);
        let (opened, sealed) = (Vec::with_capacity(2_048), BytesMut::with_capacity(ROOM));
        Some(Keyed { epoch: keys.epoch, ours, theirs, opened, sealed })
    }

    /// Goes on with these keys. `None` where they are no keys of their suite: it is of no use then.
    pub(super) fn change(mut self: Box<Self>, keys: &Keys) -> Option<Box<Self>> {
        let goes_on = keys.epoch == self.epoch;
        self.epoch = keys.epoch;
        self.ours.turn_to(keys.suite, &keys.ours, Outbound::new, |ours, former| {
            if goes_on {
                ours.go_on_from(former);
            }
        })?;
        let inbound = |suite, key: &_| Inbound::new(suite, key, Mki::default());
        self.theirs.turn_to(keys.suite, &keys.theirs, inbound, Inbound::go_on_from)?;
        self.theirs.now.crypt.carry(Mki(keys.mki.clone()));
        Some(self)
    }

    /// The packet as it was before they protected it.
    pub(super) fn open(&mut self, kind: Kind, packet: &[u8]) -> Result<&[u8], InputError> {
        let theirs = &mut self.theirs.now.crypt;
        match kind {
            Kind::Rtp => theirs.rtp(packet, &mut self.opened),
            Kind::Rtcp => theirs.rtcp(packet, &mut self.opened),
        }?;
        Ok(&self.opened)
    }

    /// The packet as it may go; `None`: it may not.
    pub(super) fn seal(&mut self, kind: Kind, packet: &[u8]) -> Option<Bytes> {
        let ours = &mut self.ours.now.crypt;
        self.sealed.clear();
        self.sealed.reserve(packet.len() + Outbound::room());
        self.sealed.extend_from_slice(packet);
        match kind {
            Kind::Rtp => ours.rtp(&mut self.sealed),
            Kind::Rtcp => ours.rtcp(&mut self.sealed),
        }
        .ok()?;
        Some(self.sealed.split().freeze())
    }
}

impl std::fmt::Debug for Keyed {
    /// Packets are what was said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").field("suite", &self.ours.now.suite).finish_non_exhaustive()
    }
}

/// One direction: the key that is in use, and those that were, the last one first.
struct Ways<T> {
    now: Way<T>,
    former: VecDeque<Way<T>>,
}

/// One direction with one key.
struct Way<T> {
    suite: Suite,
    key: MasterKey,
    crypt: T,
}

impl<T> Way<T> {
    fn new(suite: Suite, key: &MasterKey, make: impl FnOnce(Suite, &MasterKey) -> Option<T>) -> Option<Self> {
        Some(Way { suite, key: key.clone(), crypt: make(suite, key)? })
    }

    fn is(&self, suite: Suite, key: &MasterKey) -> bool {
        self.suite == suite && self.key == *key
    }
}

impl<T> Ways<T> {
    const fn new(now: Way<T>) -> Ways<T> {
        Ways { now, former: VecDeque::new() }
    }

    /// Another key may be in use from here on: `follow` is told of it and of the one before.
    fn turn_to(
        &mut self,
        suite: Suite,
        key: &MasterKey,
        make: impl FnOnce(Suite, &MasterKey) -> Option<T>,
        follow: impl FnOnce(&mut T, &T),
    ) -> Option<()> {
        if self.now.is(suite, key) {
            return Some(());
        }
        let known = self.former.iter().position(|way| way.is(suite, key));
        let mut next = match known.and_then(|at| self.former.remove(at)) {
            Some(known) => known,
            None => Way::new(suite, key, make)?,
        };
        follow(&mut next.crypt, &self.now.crypt);
        self.former.push_front(std::mem::replace(&mut self.now, next));
        self.former.truncate(MOST_KEYS);
        Some(())
    }
}

impl From<Error> for InputError {
    fn from(error: Error) -> InputError {
        match error {
            Error::Malformed => InputError::Malformed,
            Error::NotAuthentic | Error::UsedUp => InputError::NotAuthentic,
            Error::Replayed => InputError::Replayed,
        }
    }
}
