//! Protected with keys that are known: what comes is opened, what goes is sealed, and nothing passes as it is.

use super::Kind;
use crate::{
    sdp::Keys,
    session::InputError,
    srtp::{Error, Inbound, MasterKey, Mki, Outbound, Suite},
};
use bytes::{Bytes, BytesMut};

/// Room for sealed packets: what was sent frees its place, so that no packet allocates.
const ROOM: usize = 16 * 1024;

/// Both ways of one protected channel, or of two that share their keys.
#[derive(Debug)]
pub(super) struct Keyed {
    ours: Way<Outbound>,
    theirs: Way<Inbound>,
    opened: Vec<u8>,
    sealed: BytesMut,
}

/// One direction with its key.
#[derive(Debug)]
struct Way<T> {
    suite: Suite,
    key: MasterKey,
    mki: Mki,
    crypt: T,
}

impl<T> Way<T> {
    fn is(&self, suite: Suite, key: &MasterKey, mki: &[u8]) -> bool {
        self.suite == suite && self.key == *key && self.mki.0 == mki
    }
}

impl Keyed {
    /// With these keys. `None` where they are no keys of their suite.
    pub(super) fn new(keys: &Keys) -> Option<Keyed> {
        let opened = Vec::with_capacity(2_048);
        let sealed = BytesMut::with_capacity(ROOM);
        Some(Keyed { ours: outbound(keys)?, theirs: inbound(keys)?, opened, sealed })
    }

    /// Goes on with these keys: those that are the same keep all they know.
    pub(super) fn change(&mut self, keys: &Keys) {
        if !self.ours.is(keys.suite, &keys.ours, &[])
            && let Some(mut ours) = outbound(keys)
        {
            ours.crypt.go_on_from(&self.ours.crypt);
            self.ours = ours;
        }
        if !self.theirs.is(keys.suite, &keys.theirs, &keys.mki)
            && let Some(mut theirs) = inbound(keys)
        {
            theirs.crypt.go_on_from(&self.theirs.crypt);
            self.theirs = theirs;
        }
    }

    /// The packet as it was before they protected it.
    pub(super) fn open(&mut self, kind: Kind, packet: &[u8]) -> Result<&[u8], InputError> {
        match kind {
            Kind::Rtp => self.theirs.crypt.rtp(packet, &mut self.opened),
            Kind::Rtcp => self.theirs.crypt.rtcp(packet, &mut self.opened),
        }?;
        Ok(&self.opened)
    }

    /// The packet as it may go; `None`: it may not.
    pub(super) fn seal(&mut self, kind: Kind, packet: &[u8]) -> Option<Bytes> {
        self.sealed.clear();
        self.sealed.reserve(packet.len() + Outbound::room());
        self.sealed.extend_from_slice(packet);
        match kind {
            Kind::Rtp => self.ours.crypt.rtp(&mut self.sealed),
            Kind::Rtcp => self.ours.crypt.rtcp(&mut self.sealed),
        }
        .ok()?;
        Some(self.sealed.split().freeze())
    }
}

fn outbound(keys: &Keys) -> Option<Way<Outbound>> {
    let crypt = Outbound::new(keys.suite, &keys.ours)?;
    Some(Way { suite: keys.suite, key: keys.ours.clone(), mki: Mki::default(), crypt })
}

fn inbound(keys: &Keys) -> Option<Way<Inbound>> {
    let mki = Mki(keys.mki.clone());
    let crypt = Inbound::new(keys.suite, &keys.theirs, mki.clone())?;
    Some(Way { suite: keys.suite, key: keys.theirs.clone(), mki, crypt })
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
