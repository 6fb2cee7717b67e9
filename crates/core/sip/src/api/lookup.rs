//! What a user agent asks of the names of the network (RFC 3263): it knows what to ask, and what the answers mean; who
//! drives it knows how to ask.

use super::{Flow, Transport};

/// A question.
#[derive(Clone, PartialEq, Eq)]
pub enum Question {
    /// The NAPTR records of a domain (RFC 3263 section 4.1).
    Naptr(String),
    /// The SRV records of a service, for example `_sips._tcp.example.org` (section 4.2).
    Srv(String),
    /// The paths to a host: A and AAAA records, or the address itself, each with our own address on the way there.
    Paths {
        /// A name or an address; IPv6 in brackets or without.
        host: String,
        /// Where they listen.
        port: u16,
        /// What carries it.
        transport: Transport,
        /// The name that the other side's certificate must have (RFC 5922 section 4): the one asked for at first.
        domain: String,
    },
}

/// The answer to a [`Question`]. An empty one is one.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    /// To [`Question::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Question::Srv`].
    Srv(Vec<Srv>),
    /// To [`Question::Paths`], the system's preferred one first (RFC 6724).
    Paths(Vec<Flow>),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// There is no such name.
    NoSuchName,
    /// Whoever knows did not answer, or we have no way to them: later perhaps.
    Unavailable,
}

/// A NAPTR record (RFC 3403 section 4.1), as far as RFC 3263 wants it.
#[derive(Clone, PartialEq, Eq)]
pub struct Naptr {
    /// Lower ones first.
    pub order: u16,
    /// Lower ones first, within an order.
    pub preference: u16,
    /// `s` for an SRV record next.
    pub flags: String,
    /// For example `SIP+D2U`.
    pub service: String,
    /// The name to ask for next.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower ones first.
    pub priority: u16,
    /// The share of the requests that it wants, within a priority.
    pub weight: u16,
    /// Where they listen.
    pub port: u16,
    /// The host.
    pub target: String,
}
