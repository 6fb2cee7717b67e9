//! What a description of theirs says about protection.

use super::{
    crypto::Crypto,
    fingerprint::{Fingerprint, Setup},
};
use sdp_types::{Media, Session};

/// More lines than this are not looked at.
const MOST_LINES: usize = 32;

/// What the `m=` line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sdp) enum Profile {
    /// `RTP/AVP` or `RTP/AVPF`.
    Plain,
    /// `RTP/SAVP` or `RTP/SAVPF`.
    Protected,
    /// `UDP/TLS/RTP/SAVP` or `UDP/TLS/RTP/SAVPF`: keys by DTLS.
    Handshaken,
}

impl Profile {
    /// `None`: nothing that we speak.
    pub(super) fn read(proto: &str) -> Option<Profile> {
        let is = |names: [&str; 2]| names.iter().any(|name| proto.eq_ignore_ascii_case(name));
        if is(["RTP/AVP", "RTP/AVPF"]) {
            Some(Profile::Plain)
        } else if is(["RTP/SAVP", "RTP/SAVPF"]) {
            Some(Profile::Protected)
        } else if is(["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"]) {
            Some(Profile::Handshaken)
        } else {
            None
        }
    }
}

/// What they say about one stream.
#[derive(Debug, Clone)]
pub(in crate::sdp) struct Theirs {
    pub(in crate::sdp) profile: Option<Profile>,
    /// The `a=crypto` lines that we can use, in their order.
    pub(in crate::sdp) crypto: Vec<Crypto>,
    /// Their certificate's fingerprint, and who is to begin.
    pub(in crate::sdp) handshake: Option<(Fingerprint, Setup)>,
}

impl Theirs {
    /// Of this stream; fingerprint and setup may be said for the whole session.
    pub(in crate::sdp) fn read(session: &Session, media: &Media) -> Theirs {
        let values = |name: &str| -> Vec<String> {
            let of = |attributes: &[sdp_types::Attribute]| -> Vec<String> {
                (attributes.iter())
                    .filter(|attribute| attribute.attribute.eq_ignore_ascii_case(name))
                    .filter_map(|attribute| attribute.value.as_ref().map(ToString::to_string))
                    .take(MOST_LINES)
                    .collect()
            };
            let own = of(&media.attributes);
            if own.is_empty() { of(&session.attributes) } else { own }
        };
        let fingerprint = values("fingerprint").iter().find_map(|value| Fingerprint::read(value));
        // Without a word who offers begins (RFC 4145 section 4.1).
        let setup = values("setup").first().map_or(Some(Setup::Active), |value| Setup::read(value));
        Theirs {
            profile: Profile::read(&media.proto),
            crypto: values("crypto").iter().filter_map(|value| Crypto::read(value)).collect(),
            handshake: fingerprint.zip(setup),
        }
    }
}
