//! The paths that messages take.

use std::net::SocketAddr;

/// What carries a message (RFC 3261 section 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: retransmissions are ours.
    Udp,
    /// A stream: connected when first sent on.
    Tcp,
    /// A stream in TLS (RFC 3261 section 26.3).
    Tls,
    /// A secure WebSocket (RFC 7118): one frame, one message.
    Wss,
}

impl Transport {
    /// Whether it delivers by itself, so that nothing is sent again (RFC 3261 section 17.1.1.1).
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls | Transport::Wss => true,
        }
    }

    /// Whether nobody on the way can read along.
    pub const fn is_secure(self) -> bool {
        match self {
            Transport::Udp | Transport::Tcp => false,
            Transport::Tls | Transport::Wss => true,
        }
    }

    /// As in a Via (RFC 3261 section 20.42, RFC 7118 section 5.2).
    pub const fn in_via(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Wss => "WSS",
        }
    }

    /// As a URI's `transport` parameter (RFC 3261 section 19.1.1, RFC 7118 section 5.3).
    pub const fn in_uri(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Wss => "ws",
        }
    }

    /// Where no port is named (RFC 3261 section 19.1.2, RFC 7118 section 5).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Wss => 443,
        }
    }
}

/// A path that messages take: one socket or connection here, one address there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// What carries it.
    pub transport: Transport,
    /// Our address, as bound.
    pub local: SocketAddr,
    /// Their address, as seen.
    pub remote: SocketAddr,
}
