//! RTP streams (RFC 3550): the header we write, the numbers we keep about what we read.
//!
//! Headers are read by `rtp-rs`; its ordering of sequence numbers is not used.

mod reception;
mod sender;

pub(crate) use reception::{Arrival, Reception};
pub(crate) use sender::{Header, Sender};
