//! What a call says about itself beyond From and To.

use super::{Address, CallKey};
use std::time::Duration;

/// What an INVITE says about its call. What only the own server may say is empty where another said it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Who calls as the own server vouches for it (P-Asserted-Identity, RFC 3325).
    pub asserted: Option<Address>,
    /// The caller wants to stay unknown (RFC 3323, RFC 3325 section 9.3).
    pub anonymous: bool,
    /// Whom it was for before it came here, the first one first (History-Info, RFC 7044; Diversion, RFC 5806).
    pub diversions: Vec<Diversion>,
    /// Answer by itself after this time (Answer-Mode, RFC 5373; Call-Info `answer-after`; Alert-Info
    /// `alert-autoanswer`, RFC 7462). The own server's word only.
    pub answer_after: Option<Duration>,
    /// How to ring (Alert-Info, RFC 7462).
    pub ring: Option<RingChoice>,
    /// User-to-User data (RFC 7433).
    pub user_to_user: Vec<UserToUser>,
    /// Who sent the caller here (Referred-By, RFC 3892).
    pub referred_by: Option<Address>,
    /// It takes the place of this call of ours (Replaces, RFC 3891): answering ends that one.
    pub replaces: Option<CallKey>,
    /// It wants into this call of ours (Join, RFC 3911).
    pub joins: Option<CallKey>,
}

/// A step on the way here.
#[derive(Clone, PartialEq, Eq)]
pub struct Diversion {
    /// Who was called.
    pub address: Address,
    /// Why it went on, for example `no-answer`; may be empty.
    pub reason: String,
}

/// How a call wants to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RingChoice {
    /// `urn:alert:source:internal`, `info=alert-internal` and their like.
    Internal,
    /// `urn:alert:source:external`, `info=alert-external` and their like.
    External,
    /// A name of the admin's own.
    Named(String),
}

/// Data that travels with a call (RFC 7433).
#[derive(Clone, PartialEq, Eq)]
pub struct UserToUser {
    /// The data, decoded where it was `encoding=hex`.
    pub data: Vec<u8>,
    /// The package; may be empty.
    pub purpose: String,
    /// What the data is; may be empty.
    pub content: String,
}
