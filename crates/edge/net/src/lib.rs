//! SIP transports and RTP sockets: bytes in and out of the machine, and which path they took.
//!
//! Decides nothing about SIP: no retransmission, no routing, no parsing beyond cutting a stream into messages
//! (RFC 3261 section 18.3). Whatever comes from the network is bounded in number, size and time.

mod error_queue;
mod resolve;
mod rtp;
mod stream;
mod table;
mod trace;
mod transports;
mod udp;

pub use resolve::{local_for, resolve, resolve_all};
pub use rtp::{RtpPair, RtpPorts};
pub use transports::{Limits, Received, Receiver, Transports};

/// Why a socket could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing could be bound there: another program has the port, or the address is not ours.
    #[error("cannot bind {address}: {source}")]
    Bind {
        /// What was asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// No even/odd pair of ports was free in the range.
    #[error("no free RTP port pair from {first} to {last}")]
    NoPorts {
        /// The range's first port.
        first: u16,
        /// The range's last port.
        last: u16,
    },
    /// The name has no address.
    #[error("the server's name cannot be resolved: {source}")]
    Resolve {
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no route to the other side.
    #[error("no route: {source}")]
    Route {
        /// What the system said.
        source: std::io::Error,
    },
}
