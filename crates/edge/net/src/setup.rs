//! How the transports are to be: where they listen, what a peer may cost, whom TLS trusts, who is asked for names.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// Everything that [`Transports::open`](crate::Transports::open) wants to know.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Where to listen.
    pub listen: Listen,
    /// What peers may cost.
    pub limits: Limits,
    /// Whom to trust.
    pub tls: Tls,
    /// Whom to ask for names.
    pub names: Names,
    /// The path of the WebSocket at a server (RFC 7118 section 4). SIP has no way to say it: Asterisk wants `/ws`,
    /// others take any.
    pub web_socket_path: Option<String>,
}

/// Where to listen, for UDP and TCP alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// On one address (or one family's wildcard). Port 0: one that is free for both protocols.
    At(SocketAddr),
    /// On every address of this machine, IPv4 and IPv6, on the same port where it is free in both.
    Everywhere {
        /// 0: a free one.
        port: u16,
    },
}

impl Default for Listen {
    fn default() -> Self {
        Listen::Everywhere { port: 0 }
    }
}

impl Listen {
    /// The first address that is tried.
    pub(crate) fn first(self) -> SocketAddr {
        match self {
            Listen::At(address) => address,
            Listen::Everywhere { port } => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
        }
    }
}

/// Whom TLS trusts: always the system's trust store, and what is named here. Nothing switches a check off.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// PEM file of more authorities.
    pub extra_authorities: Option<PathBuf>,
    /// Who we are, where a server wants to know.
    pub ours: Option<OwnCertificate>,
}

/// A certificate of ours.
#[derive(Debug, Clone)]
pub struct OwnCertificate {
    /// PEM file: our certificate first, then those between it and its authority.
    pub chain: PathBuf,
    /// PEM file of its key, not encrypted.
    pub key: PathBuf,
}

/// Who is asked for names.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// This server, for every question; `None`: whom the system asks, its hosts file included.
    pub server: Option<SocketAddr>,
}

/// What one peer, or all of them together, may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once, theirs and ours. When they are all taken, the oldest stranger's that never sent a whole
    /// message gives way.
    pub connections: usize,
    /// Connections at once that came from one address, unless it is favoured.
    pub connections_per_address: usize,
    /// Connections at once whose peers have not sent a whole message yet. The oldest of them gives way.
    pub strangers: usize,
    /// How long connecting may take, TLS and WebSocket included.
    pub connect: Duration,
    /// How long a begun message may take to arrive in full, and a new peer to say anything.
    pub message: Duration,
    /// How long one write may take.
    pub write: Duration,
    /// How long a connection may be silent. Longer than a registration lasts.
    pub idle: Duration,
    /// Messages waiting to be written on one connection; more, and its peer is too slow.
    pub queue: usize,
    /// Messages waiting to be read from the [`Receiver`](crate::Receiver): of favoured addresses, and as many of all
    /// others.
    pub received: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 256,
            connections_per_address: 64,
            strangers: 64,
            connect: Duration::from_secs(5),
            message: Duration::from_secs(30),
            write: Duration::from_secs(10),
            idle: Duration::from_secs(65 * 60),
            queue: 64,
            received: 256,
        }
    }
}
