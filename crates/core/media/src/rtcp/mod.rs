//! RTCP (RFC 3550 section 6): what is said about a stream, when, and what is heard of it.
//!
//! Sender and receiver reports, SDES with a random CNAME (RFC 7022), BYE, and extended reports (RFC 3611) where the
//! other side asked for them. Names nobody. Packets by `rtcp-types`.

mod clock;
mod read;
mod write;
mod xr;

pub(crate) use clock::{Clock, interval};
pub(crate) use read::{News, read};
pub(crate) use write::{About, Extended, Report, bye, report};
pub(crate) use xr::{Loudness, Opinion, Period, Playout, VoipMetrics};
