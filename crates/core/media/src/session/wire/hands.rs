//! Handshakes in a session's wire: which datagrams are theirs (RFC 7983), where ours go, and what comes of them.

use super::{Wire, guard::Guard};
use crate::session::{Channel, Event, InputError, Output};
use bytes::Bytes;
use std::{net::SocketAddr, time::Instant};

/// One flight on each channel, and more.
const MOST_HELD: usize = 8;

/// A datagram that waits for a way, and where it is to go.
pub(super) type Held = (Channel, SocketAddr, Bytes);

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
        let standing = self.standing(channel, source);
        let Guard::Shaking(shaking) = &mut self.guard else { return Err(InputError::Malformed) };
        match shaking.receive(now, channel, (source, standing), bytes) {
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

    /// Takes what came before anything was agreed; where no handshake was agreed on it is dropped.
    pub(super) fn catch_up(&mut self, now: Instant) {
        while let Some(early) = self.early.next(now) {
            // It is like any other that comes now: of use or not.
            let _ = self.heed(now, early.channel, early.source, &early.bytes);
        }
    }

    /// Does what is due in handshakes: nothing while no way is open (ICE).
    pub(super) fn shake_on(&mut self, now: Instant) {
        let has_way = self.has_way(Channel::Rtp);
        if let Guard::Shaking(shaking) = &mut self.guard {
            if !has_way {
                shaking.put_off(now);
            } else if shaking.poll_timeout().is_some_and(|due| due <= now)
                && let Some(why) = shaking.handle_timeout(now)
            {
                self.outputs.push_back(Output::Event(Event::NotSecured(why)));
            }
        }
        self.reach_out();
    }

    /// When something is due in handshakes.
    pub(super) fn shakes_at(&self) -> Option<Instant> {
        match &self.guard {
            Guard::Shaking(shaking) if self.has_way(Channel::Rtp) => shaking.poll_timeout(),
            Guard::Open | Guard::Shut | Guard::Keyed(_) | Guard::Shaking(_) => None,
        }
    }

    /// Sends what handshakes have to send. Where no way is open yet (ICE) it waits for one, and not for its timer.
    pub(super) fn reach_out(&mut self) {
        for held in std::mem::take(&mut self.held) {
            self.send_or_hold(held);
        }
        while let Guard::Shaking(shaking) = &mut self.guard
            && let Some((channel, source, packet)) = shaking.poll_transmit()
        {
            let stated = self.peer.as_ref().and_then(|peer| peer.latch(channel).target());
            if let Some(to) = source.or(stated) {
                self.send_or_hold((channel, to, packet.freeze()));
            }
        }
    }

    fn send_or_hold(&mut self, (channel, to, packet): Held) {
        match self.by_its_way(channel, to, packet.clone()) {
            Some(transmit) => self.outputs.push_back(Output::Transmit(transmit)),
            None => {
                if self.held.len() >= MOST_HELD {
                    self.held.pop_front();
                }
                self.held.push_back((channel, to, packet));
            }
        }
    }
}
