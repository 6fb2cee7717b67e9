//! What datagrams are sent from: sockets of ours, and connections to servers that relay.

use super::TurnServer;
use std::net::SocketAddr;

/// By which of our sockets or connections something comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// The channel's own socket.
    Own,
    /// A further socket for RTP, at another address of this machine: by its place in [`Setup::further`](super::Setup).
    Further(usize),
    /// A connection to a relay: by its place in [`Setup::lines`](super::Setup).
    Line(usize),
}

/// A connection to a TURN server, by TCP or by TLS over it (RFC 8656 section 2.1). RTP's alone: an allocation is of one
/// component, and RTCP mostly needs none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its own end.
    pub local: SocketAddr,
    /// Its other end, and who we are there.
    pub server: TurnServer,
}

/// A socket of one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) address: SocketAddr,
    pub(super) via: Via,
    /// Its place among those of the component, best first.
    pub(super) rank: usize,
}
