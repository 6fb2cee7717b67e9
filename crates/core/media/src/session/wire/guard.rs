//! How what passes the wire is protected: as agreed, and never less. Where keys are agreed on but not there yet, nothing
//! passes.

use super::{Kind, keyed::Keyed, shaking::Shaking};
use crate::{
    sdp::Protection,
    session::{Channel, InputError},
};
use bytes::Bytes;
use std::time::Instant;

/// What stands at the wire.
#[derive(Debug, Default)]
pub(super) enum Guard {
    /// Nobody: packets pass as they are.
    #[default]
    Open,
    /// Nothing passes.
    Shut,
    /// Packets are opened and sealed.
    Keyed(Box<Keyed>),
    /// They are, once a handshake gave the keys.
    Shaking(Box<Shaking>),
}

impl Guard {
    /// Goes on as agreed.
    pub(super) fn apply(&mut self, now: Instant, protection: &Protection, rtcp_mux: bool) {
        match (protection, &mut *self) {
            (Protection::Open, _) => *self = Guard::Open,
            (Protection::Keys(keys), Guard::Keyed(keyed)) => keyed.change(keys),
            (Protection::Keys(keys), Guard::Open | Guard::Shut | Guard::Shaking(_)) => {
                *self = Keyed::new(keys).map_or(Guard::Shut, |keyed| Guard::Keyed(Box::new(keyed)));
            }
            (Protection::Handshake(agreed), Guard::Shaking(shaking)) if shaking.is(agreed, rtcp_mux) => {
                shaking.renew(now);
            }
            (Protection::Handshake(agreed), _) => {
                let shaking = Shaking::new(now, agreed, rtcp_mux);
                *self = shaking.map_or(Guard::Shut, |shaking| Guard::Shaking(Box::new(shaking)));
            }
        }
    }

    /// The packet as it was before they protected it.
    pub(super) fn open<'a>(
        &'a mut self,
        channel: Channel,
        kind: Kind,
        packet: &'a [u8],
    ) -> Result<&'a [u8], InputError> {
        match self {
            Guard::Open => Ok(packet),
            Guard::Shut => Err(InputError::NotAuthentic),
            Guard::Keyed(keyed) => keyed.open(kind, packet),
            Guard::Shaking(shaking) => shaking.open(channel, kind, packet),
        }
    }

    /// The packet as it may go; `None`: it may not.
    pub(super) fn seal(&mut self, channel: Channel, kind: Kind, packet: Bytes) -> Option<Bytes> {
        match self {
            Guard::Open => Some(packet),
            Guard::Shut => None,
            Guard::Keyed(keyed) => keyed.seal(kind, &packet),
            Guard::Shaking(shaking) => shaking.seal(channel, kind, &packet),
        }
    }
}
