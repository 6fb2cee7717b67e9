//! Whom we hear and write to: symmetric RTP (RFC 4961), with strangers kept out.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A latched source that is silent for so long may move to another port of its host.
const SILENCE: Duration = Duration::from_secs(1);

/// The other end of one of our sockets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latch {
    /// Where the session description says that it is.
    stated: SocketAddr,
    /// Where packets come from, and when one came last.
    seen: Option<(SocketAddr, Instant)>,
}

/// Who sent something, as far as addresses tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Whoever is where the description says, or passed a check (ICE).
    Stated,
    /// Somebody else on the same host.
    Neighbour,
    /// Somebody else, or the same one behind a NAT.
    Stranger,
}

impl Latch {
    pub(super) const fn new(stated: SocketAddr) -> Latch {
        Latch { stated, seen: None }
    }

    /// The description says so now. What was seen counts as long as it stays the same.
    pub(super) fn state(&mut self, stated: SocketAddr) {
        if self.stated != stated {
            *self = Latch::new(stated);
        }
    }

    /// Where to send; `None` where nothing may be sent (`c=0.0.0.0`).
    pub(super) fn target(&self) -> Option<SocketAddr> {
        if self.stated.ip().is_unspecified() || self.stated.port() == 0 {
            return None;
        }
        Some(self.seen.map_or(self.stated, |(source, _)| source))
    }

    /// Whether a packet from there is to be listened to.
    pub(super) fn admits(&self, source: SocketAddr, now: Instant) -> bool {
        match self.seen {
            None => true,
            Some((seen, _)) if same(seen, source) || same(self.stated, source) => true,
            Some((seen, last)) => {
                let host = source.ip().to_canonical();
                let known = host == seen.ip().to_canonical() || host == self.stated.ip().to_canonical();
                known && now.saturating_duration_since(last) >= SILENCE
            }
        }
    }

    /// Who that is, by the description.
    pub(super) fn standing(&self, source: SocketAddr) -> Standing {
        if same(self.stated, source) {
            Standing::Stated
        } else if self.stated.ip().to_canonical() == source.ip().to_canonical() {
            Standing::Neighbour
        } else {
            Standing::Stranger
        }
    }

    /// A packet from there was good.
    pub(super) fn saw(&mut self, source: SocketAddr, now: Instant) {
        self.seen = Some((source, now));
    }
}

/// IPv4 may come dressed as IPv6 out of a socket for both.
fn same(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip().to_canonical() == b.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_nat_shows_itself_by_the_first_packet_and_later_strangers_are_refused() {
        let now = start();
        let mut latch = Latch::new(address("10.0.0.5:4000"));
        assert_eq!(latch.target(), Some(address("10.0.0.5:4000")));
        let nat = address("192.0.2.1:61000");
        assert!(latch.admits(nat, now));
        latch.saw(nat, now);
        assert_eq!(latch.target(), Some(nat));
        let later = now + Duration::from_secs(60);
        assert!(!latch.admits(address("192.0.2.66:61000"), later));
        assert!(latch.admits(address("10.0.0.5:4000"), now), "who was named is always heard");
    }

    #[test]
    fn the_same_host_may_change_its_port_after_a_silence() {
        let now = start();
        let mut latch = Latch::new(address("192.0.2.1:4000"));
        latch.saw(address("192.0.2.1:4000"), now);
        assert!(!latch.admits(address("192.0.2.1:5000"), now));
        assert!(latch.admits(address("192.0.2.1:5000"), now + SILENCE));
        assert!(latch.admits(address("[::ffff:192.0.2.1]:4000"), now));
    }

    #[test]
    fn a_new_address_in_the_description_forgets_the_old_source() {
        let now = start();
        let mut latch = Latch::new(address("192.0.2.1:4000"));
        latch.saw(address("192.0.2.1:4002"), now);
        latch.state(address("192.0.2.1:4000"));
        assert_eq!(latch.target(), Some(address("192.0.2.1:4002")));
        latch.state(address("0.0.0.0:4000"));
        assert_eq!(latch.target(), None);
        latch.state(address("198.51.100.7:4000"));
        assert_eq!(latch.target(), Some(address("198.51.100.7:4000")));
    }
}
