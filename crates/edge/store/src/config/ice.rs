//! How a way for media is found (ICE): whether, and by whose help. Passwords are in the keychain.

use super::accounts::{BadServer, SipServer, SipTransport};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{fmt, str::FromStr};

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

/// A server that passes media on (RFC 8656).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnServer {
    /// Where it is.
    pub server: RelayServer,
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

impl FromStr for MediaServer {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, BadServer> {
        let server: SipServer = text.parse()?;
        let scheme = text.trim_start().split_once(':').map_or("", |(scheme, _)| scheme);
        let is_sip = ["sip", "sips"].iter().any(|it| scheme.eq_ignore_ascii_case(it));
        let is_plain = server.transport.is_none() && !is_sip;
        if is_plain { Ok(MediaServer(server)) } else { Err(BadServer::Transport) }
    }
}

impl<'de> Deserialize<'de> for MediaServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| {
            D::Error::custom("a server for media is written host or host:port, and reached by UDP")
        })
    }
}

/// `host`, `host:port`, or as RFC 7065 has it: `turn:host:port?transport=tcp`, `turns:host`. It has a transport, UDP where
/// none is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayServer(pub SipServer);

impl FromStr for RelayServer {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, BadServer> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if ["turn", "turns"].iter().any(|it| scheme.eq_ignore_ascii_case(it)) => {
                (scheme, rest)
            }
            Some(_) | None => ("turn", text),
        };
        let (place, how) = match rest.split_once("?transport=") {
            Some((place, how)) => (place, Some(how)),
            None => (rest, None),
        };
        let secure = scheme.eq_ignore_ascii_case("turns");
        let named = |name: &str| how.is_some_and(|how| how.eq_ignore_ascii_case(name));
        let transport = match (secure, how) {
            (true, None) => SipTransport::Tls,
            (true, Some(_)) if named("tcp") => SipTransport::Tls,
            (false, None) => SipTransport::Udp,
            (false, Some(_)) if named("udp") => SipTransport::Udp,
            (false, Some(_)) if named("tcp") => SipTransport::Tcp,
            // TURN over DTLS is not spoken.
            (true | false, Some(_)) => return Err(BadServer::Transport),
        };
        let MediaServer(server) = place.parse()?;
        Ok(RelayServer(SipServer { transport: Some(transport), ..server }))
    }
}

impl<'de> Deserialize<'de> for RelayServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_reached_as_its_uri_says() {
        let read = |text: &str| {
            let RelayServer(server) = text.parse().ok()?;
            Some((server.host, server.port, server.transport?))
        };
        let host = || "turn.example.org".to_owned();
        assert_eq!(read("turn.example.org"), Some((host(), None, SipTransport::Udp)));
        assert_eq!(read("turn:turn.example.org:3479"), Some((host(), Some(3479), SipTransport::Udp)));
        assert_eq!(read("turn:turn.example.org?transport=TCP"), Some((host(), None, SipTransport::Tcp)));
        assert_eq!(read("TURNS:turn.example.org:443"), Some((host(), Some(443), SipTransport::Tls)));
        assert_eq!(
            read("turns:[2001:db8::1]:443"),
            Some(("2001:db8::1".to_owned(), Some(443), SipTransport::Tls))
        );
        assert_eq!(read("sip.example.org").map(|(host, ..)| host).as_deref(), Some("sip.example.org"));
        for text in
            ["turns:turn.example.org?transport=udp", "turn:", "sip:turn.example.org", "turn:a?transport=x"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
