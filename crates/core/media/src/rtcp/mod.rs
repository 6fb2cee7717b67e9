//! RTCP (RFC 3550 section 6): what is said about a stream, when, and what is heard of it.
//!
//! Sender and receiver reports, SDES with a random CNAME (RFC 7022), BYE. Names nobody. Packets by `rtcp-types`.

mod clock;
mod read;
mod write;

pub(crate) use clock::{Clock, interval};
pub(crate) use read::{News, read};
pub(crate) use write::{About, Report, bye, report};
