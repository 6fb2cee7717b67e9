//! A candidate (RFC 8445 section 5.1) and its line in a session description (RFC 8839 section 5.1). UDP and numeric
//! addresses alone: what is another is left out, as the RFC lets one.

use crate::session::Channel;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// How an address came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A socket's own.
    Host,
    /// What a NAT made of it, as a STUN server saw it.
    ServerReflexive,
    /// What a NAT made of it, as the other side saw it.
    PeerReflexive,
    /// A TURN server's, for us.
    Relayed,
}

impl Kind {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Host => "host",
            Kind::ServerReflexive => "srflx",
            Kind::PeerReflexive => "prflx",
            Kind::Relayed => "relay",
        }
    }

    fn of(name: &str) -> Option<Kind> {
        [Kind::Host, Kind::ServerReflexive, Kind::PeerReflexive, Kind::Relayed]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// RFC 8445 section 5.1.2.2; 2 for relays, as the library that checks has it.
    const fn preference(self) -> u32 {
        match self {
            Kind::Host => 126,
            Kind::PeerReflexive => 110,
            Kind::ServerReflexive => 100,
            Kind::Relayed => 2,
        }
    }
}

/// An address to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The same for those that fare alike.
    pub foundation: String,
    /// What it is for.
    pub component: Channel,
    /// Higher is tried first.
    pub priority: u32,
    /// Where it is reached.
    pub address: SocketAddr,
    /// How it came to be.
    pub kind: Kind,
    /// What is behind it, of those that a server made; `0.0.0.0:9` where that is nobody's business.
    pub related: Option<SocketAddr>,
}

impl Candidate {
    /// One of ours. `rank` is that of the socket behind it, best first; `server` tells those that different servers made apart.
    pub(crate) fn ours(
        kind: Kind,
        component: Channel,
        address: SocketAddr,
        (rank, server): (usize, usize),
    ) -> Candidate {
        let foundation = format!("{}{rank}{server}", kind.preference());
        let preference = local_preference(rank, server);
        let priority = kind.preference() << 24 | preference << 8 | (256 - number(component));
        Candidate { foundation, component, priority, address, kind, related: None }
    }

    /// Reads what stands behind `candidate:`; `None` where it is of no use to us.
    pub(crate) fn read(text: &str) -> Option<Candidate> {
        let mut words = text.split_ascii_whitespace();
        let foundation = words.next().filter(|text| text.len() <= 32)?.to_owned();
        let component = match words.next()? {
            "1" => Channel::Rtp,
            "2" => Channel::Rtcp,
            _ => return None,
        };
        words.next().filter(|transport| transport.eq_ignore_ascii_case("udp"))?;
        let priority = words.next()?.parse().ok().filter(|priority| (1..1 << 31).contains(priority))?;
        let ip: IpAddr = words.next()?.parse().ok()?;
        let port: u16 = words.next()?.parse().ok().filter(|port| *port > 0)?;
        let address = SocketAddr::new(ip.to_canonical(), port);
        words.next().filter(|word| *word == "typ")?;
        let kind = Kind::of(words.next()?)?;
        let usable = !ip.is_unspecified() && !ip.is_multicast();
        usable.then_some(Candidate { foundation, component, priority, address, kind, related: None })
    }
}

impl fmt::Display for Candidate {
    /// As it stands behind `candidate:`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (component, ip, port) = (number(self.component), self.address.ip(), self.address.port());
        let (foundation, priority, kind) = (&self.foundation, self.priority, self.kind.name());
        write!(f, "{foundation} {component} UDP {priority} {ip} {port} typ {kind}")?;
        match self.related {
            Some(related) => write!(f, " raddr {} rport {}", related.ip(), related.port()),
            None => Ok(()),
        }
    }
}

/// RFC 8445 section 5.1.2.1: no two candidates of a component have the same.
pub(super) fn local_preference(rank: usize, server: usize) -> u32 {
    0xffff - u32::try_from(rank * MOST_OF_ONE_SOCKET + server).unwrap_or(0xffff).min(0xffff)
}

/// More servers than these tell nothing of one socket.
const MOST_OF_ONE_SOCKET: usize = 64;

/// RFC 8445 section 13: 1 is RTP, 2 is RTCP.
pub(crate) const fn number(component: Channel) -> u32 {
    match component {
        Channel::Rtp => 1,
        Channel::Rtcp => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let address = "192.0.2.3:45664".parse().unwrap();
        let mut ours = Candidate::ours(Kind::ServerReflexive, Channel::Rtcp, address, (0, 0));
        ours.related = Some("10.0.1.1:8998".parse().unwrap());
        let text = ours.to_string();
        assert_eq!(text, "10000 2 UDP 1694498814 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998");
        assert_eq!(Candidate::read(&text), Some(Candidate { related: None, ..ours }));
    }

    #[test]
    fn what_we_cannot_use_is_left_out() {
        for text in [
            "",
            "1 1 UDP 2130706431 10.0.1.1 8998 typ",
            "1 3 UDP 2130706431 10.0.1.1 8998 typ host",
            "1 1 TCP 2130706431 10.0.1.1 8998 typ host tcptype passive",
            "1 1 UDP 0 10.0.1.1 8998 typ host",
            "1 1 UDP 4294967295 10.0.1.1 8998 typ host",
            "1 1 UDP 2130706431 host.local 8998 typ host",
            "1 1 UDP 2130706431 0.0.0.0 8998 typ host",
            "1 1 UDP 2130706431 224.0.0.1 8998 typ host",
            "1 1 UDP 2130706431 10.0.1.1 0 typ host",
            "1 1 UDP 2130706431 10.0.1.1 8998 typ carrier-pigeon",
        ] {
            assert_eq!(Candidate::read(text), None, "{text}");
        }
        let strange = Candidate::read("1 1 udp 1 2001:db8::1 8998 typ relay generation 0 ufrag x").unwrap();
        assert_eq!((strange.kind, strange.address), (Kind::Relayed, "[2001:db8::1]:8998".parse().unwrap()));
    }
}
