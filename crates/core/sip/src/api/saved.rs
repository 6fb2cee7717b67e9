//! What is needed to go on with a call after a crash, and how it is written down.

mod text;

pub use text::SavedCallError;

use super::Flow;
use std::time::Duration;

/// A dialog, as much of it as the next request in it needs (RFC 3261 section 12). No key, no password, no SDP.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedCall {
    /// The address of record of the account that it goes by; empty: by none.
    pub account: String,
    /// Call-ID.
    pub call_id: String,
    /// From of our requests, with our tag.
    pub local: String,
    /// To of our requests, with their tag.
    pub remote: String,
    /// The number of our last request.
    pub local_cseq: u32,
    /// The number of their last request.
    pub remote_cseq: Option<u32>,
    /// Routes, in the order of Route.
    pub routes: Vec<String>,
    /// Their Contact.
    pub target: String,
    /// Our Contact.
    pub contact: String,
    /// The path.
    pub flow: Flow,
    /// The agreed session timer (RFC 4028); `None`: none.
    pub session_expires: Option<Duration>,
    /// We called.
    pub ours: bool,
}
