//! SIP transports and RTP sockets: bytes in and out of the machine, and which path they took.
//!
//! Decides nothing about SIP: no retransmission, no routing, no parsing beyond cutting a stream into messages
//! (RFC 3261 section 18.3). Whatever comes from the network is bounded in number, size and time.

mod bind;
mod error_queue;
mod failure;
mod further;
mod line;
mod link;
mod locals;
mod names;
mod received;
mod rtp;
mod servers;
mod setup;
mod stream;
mod table;
mod tls;
mod trace;
mod transports;
mod udp;
mod watch;

pub use failure::{CertificateProblem, FlowError};
pub use further::further_addresses;
pub use line::{MediaDialer, MediaLine};
pub use link::is_wireless;
pub use names::local_for;
pub use received::{Received, Receiver};
pub use rtp::{RtpPair, RtpPorts};
pub use servers::addresses;
pub use setup::{Limits, Listen, Names, OwnCertificate, Setup, Tls};
pub use transports::Transports;
pub use watch::{Facing, NetworkChange, watch};

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
    /// A file that should hold certificates or a key in PEM does not.
    #[error("{}: {why}", file.display())]
    Pem {
        /// Which.
        file: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No even/odd pair of ports was free in the range.
    #[error("no free RTP port pair from {first} to {last}")]
    NoPorts {
        /// The range's first port.
        first: u16,
        /// The range's last port.
        last: u16,
    },
    /// There is no route to the other side.
    #[error("no route: {source}")]
    Route {
        /// What the system said.
        source: std::io::Error,
    },
}
