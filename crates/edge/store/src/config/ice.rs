//! How a way for media is found (ICE): whether, and by whose help. Passwords are in the keychain.

use super::accounts::SipServer;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

/// Which ways than the plain address are told and tried (RFC 8445).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ice {
    /// With whom.
    pub mode: IceMode,
    /// Servers that say what a NAT makes of our address.
    pub stun: Vec<MediaServer>,
    /// Servers that pass media on.
    pub turn: Vec<TurnServer>,
}

/// With whom ICE is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IceMode {
    /// With nobody.
    Never,
    /// With those who offer it.
    #[default]
    Answer,
    /// It is offered, too.
    Offer,
    /// The same, and nothing goes another way than by the servers that pass media on, with whomever.
    RelayOnly,
}

/// A server that passes media on (RFC 8656), by UDP.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnServer {
    /// Where it is.
    pub server: MediaServer,
    /// Our name there; the password is in the keychain as that of `turn:USER@HOST`.
    pub user: String,
}

impl fmt::Debug for TurnServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TurnServer")
    }
}

/// `host` or `host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaServer(pub SipServer);

impl<'de> Deserialize<'de> for MediaServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let server = text.parse::<SipServer>().ok().filter(|server| server.transport.is_none());
        let plain = server.filter(|_| !text.trim_start().to_ascii_lowercase().starts_with("sip"));
        plain.map(MediaServer).ok_or_else(|| {
            D::Error::custom("a server for media is written host or host:port, and reached by UDP")
        })
    }
}
