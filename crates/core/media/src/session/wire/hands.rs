//! Handshakes in a session's wire: which datagrams are theirs (RFC 7983), where ours go, and what comes of them.

use super::{Wire, guard::Guard};
use crate::session::{Channel, Event, InputError, Output};
use std::{net::SocketAddr, time::Instant};

/// RFC 7983 section 7: the first byte of a DTLS record.
pub(super) fn is_handshake(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (20..=63).contains(first))
}

impl Wire {
    /// Takes a datagram of a handshake.
    pub(super) fn shake(
        &mut self,
        now: Instant,
        channel: Channel,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Result<(), InputError> {
        let Guard::Shaking(shaking) = &mut self.guard else { return Err(InputError::Malformed) };
        match shaking.receive(now, channel, source, bytes) {
            // Who proved to be the announced one is who is heard.
            Some(Ok(())) => {
                self.heard(now, channel, source);
                self.outputs.push_back(Output::Event(Event::Secured));
            }
            Some(Err(why)) => self.outputs.push_back(Output::Event(Event::NotSecured(why))),
            None => {}
        }
        self.reach_out();
        Ok(())
    }

    /// Does what is due in handshakes.
    pub(super) fn shake_on(&mut self, now: Instant) {
        if let Guard::Shaking(shaking) = &mut self.guard
            && shaking.poll_timeout().is_some_and(|due| due <= now)
            && let Some(why) = shaking.handle_timeout(now)
        {
            self.outputs.push_back(Output::Event(Event::NotSecured(why)));
        }
        self.reach_out();
    }

    /// When something is due in handshakes.
    pub(super) fn shakes_at(&self) -> Option<Instant> {
        match &self.guard {
            Guard::Shaking(shaking) => shaking.poll_timeout(),
            Guard::Open | Guard::Shut | Guard::Keyed(_) => None,
        }
    }

    /// Sends what handshakes have to send.
    pub(super) fn reach_out(&mut self) {
        while let Guard::Shaking(shaking) = &mut self.guard
            && let Some((channel, source, packet)) = shaking.poll_transmit()
        {
            let stated = self.peer.as_ref().and_then(|peer| peer.latch(channel).target());
            if let Some(to) = source.or(stated)
                && let Some(transmit) = self.by_its_way(channel, to, packet.freeze())
            {
                self.outputs.push_back(Output::Transmit(transmit));
            }
        }
    }
}
