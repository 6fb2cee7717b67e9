//! Whether and how a stream is protected: what is configured, what they say, and what is agreed.
//!
//! Keys are agreed on in the description itself (SDES, RFC 4568) or by a DTLS handshake beside the media (RFC 5763).
//! Offered best-effort, both stand in a plain `RTP/AVP` (RFC 8643), which a phone that knows neither takes as it is.

mod agree;
mod crypto;
mod fingerprint;
mod form;
mod ours;
#[cfg(test)]
mod tests;
mod theirs;

pub(super) use agree::{Keying, Places};
pub use fingerprint::{Fingerprint, Role};
pub(super) use theirs::Theirs;

use crate::srtp::{MasterKey, Suite};
use std::sync::Arc;

/// Whether streams are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Not at all.
    #[default]
    Never,
    /// Wherever the other side can, too (RFC 8643).
    Offer,
    /// Always: there is no call without.
    Require,
}

/// How keys are agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAgreement {
    /// By a handshake beside the media (RFC 5763): the signalling shows no key.
    Dtls,
    /// In the description itself (RFC 4568): as secret as the signalling.
    Sdes,
}

/// What we bring to the question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// Whether streams are protected.
    pub policy: Policy,
    /// How keys are agreed on, the best first.
    pub keys: Vec<KeyAgreement>,
    /// Our end of a DTLS handshake; without, there is none.
    pub identity: Option<Identity>,
}

/// A self-signed certificate and its private key. Cheap to clone; the key is never printed.
#[derive(Clone)]
pub struct Identity(Arc<Papers>);

struct Papers {
    certificate: Vec<u8>,
    private_key: zeroize::Zeroizing<Vec<u8>>,
    fingerprint: Fingerprint,
}

impl Identity {
    /// A certificate (X.509 in DER) and its key (ECDSA over P-256, PKCS #8 in DER).
    pub fn new(certificate: Vec<u8>, private_key: Vec<u8>) -> Identity {
        let fingerprint = Fingerprint::of(&certificate);
        Identity(Arc::new(Papers { certificate, private_key: private_key.into(), fingerprint }))
    }

    /// What stands in a description for it.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.0.fingerprint
    }

    /// X.509 in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.0.certificate
    }

    /// PKCS #8 in DER.
    pub fn private_key(&self) -> &[u8] {
        &self.0.private_key
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Identity) -> bool {
        self.0.certificate == other.0.certificate
    }
}

impl Eq for Identity {}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(_)")
    }
}

/// How a stream is protected, as agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    Open,
    /// With these keys.
    Keys(Box<Keys>),
    /// With the keys that a DTLS handshake gives.
    Handshake(Box<Handshake>),
}

impl Protection {
    /// Whether it is at all.
    pub const fn is_open(&self) -> bool {
        matches!(self, Protection::Open)
    }
}

/// Keys for both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// How both protect.
    pub suite: Suite,
    /// What we send with.
    pub ours: MasterKey,
    /// What they send with.
    pub theirs: MasterKey,
    /// What their packets carry to say which key it is; empty: nothing.
    pub mki: Vec<u8>,
    /// Counts how often our keys were made anew. In another epoch our rollover counter begins at 0 (RFC 4568 section
    /// 7.1.4); in the same one it goes on, with another key too (RFC 3711 section 3.3.1).
    pub epoch: u32,
}

/// What a DTLS handshake needs to know beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Who begins.
    pub role: Role,
    /// Theirs: nobody else is believed.
    pub fingerprint: Fingerprint,
    /// Ours.
    pub identity: Identity,
}
