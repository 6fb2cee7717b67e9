//! Accounts, and where their servers are. Nothing is looked up here: names stay names.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::{fmt, net::Ipv6Addr, str::FromStr};

/// Who we are to a server. The password is in the keychain.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// `sip:user@domain`.
    #[serde(deserialize_with = "aor")]
    pub aor: String,
    /// What it is for.
    #[serde(default)]
    pub role: Role,
    /// The name others see.
    #[serde(default)]
    pub display_name: String,
    /// Its one server; empty: the domain's, by NAPTR and SRV.
    #[serde(default, deserialize_with = "one")]
    server: Option<SipServer>,
    /// Its servers, the preferred one first; the next one is tried where one does not answer.
    #[serde(default)]
    servers: Vec<SipServer>,
    /// What carries it, where a server does not say so itself.
    #[serde(default)]
    pub transport: SipTransport,
    /// The name for authentication; empty: the user part.
    #[serde(default)]
    pub auth_user: String,
}

impl Account {
    /// Its servers, the preferred one first; none: wherever its domain leads to.
    pub fn servers(&self) -> impl Iterator<Item = &SipServer> {
        self.server.iter().chain(&self.servers)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("role", &self.role)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// What an account is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The agent signs in as this one, and calls by it.
    #[default]
    Work,
    /// A number of the agent's own: registered beside the work account, its calls arrive too.
    Direct,
    /// For emergency calls: registered beside the work account.
    Emergency,
}

/// What carries SIP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SipTransport {
    /// What the domain says it wants (RFC 3263).
    #[default]
    Auto,
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream in TLS.
    Tls,
    /// A secure WebSocket (RFC 7118).
    Wss,
}

/// Where a server is: `host`, `host:port`, `sip:host:port;transport=tls` or `sips:host`.
#[derive(Clone, PartialEq, Eq)]
pub struct SipServer {
    /// A domain, a host, or an address (IPv6 without brackets).
    pub host: String,
    /// With a port no service is looked up.
    pub port: Option<u16>,
    /// `None`: as the account says.
    pub transport: Option<SipTransport>,
}

/// Hosts of the agent's organisation are nobody else's business.
impl fmt::Debug for SipServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipServer").field("transport", &self.transport).finish_non_exhaustive()
    }
}

/// As it can be read back.
impl fmt::Display for SipServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse::<Ipv6Addr>() {
            Ok(address) => write!(f, "[{address}]")?,
            Err(_) => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match self.transport {
            None | Some(SipTransport::Auto) => Ok(()),
            Some(SipTransport::Udp) => f.write_str(";transport=udp"),
            Some(SipTransport::Tcp) => f.write_str(";transport=tcp"),
            Some(SipTransport::Tls) => f.write_str(";transport=tls"),
            Some(SipTransport::Wss) => f.write_str(";transport=wss"),
        }
    }
}

/// What is wrong with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadServer {
    /// There is no host, or it has characters that no host has.
    #[error("a server is written host, host:port or sip:host:port;transport=tls")]
    Host,
    /// It is no number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// It is none that we know.
    #[error("the transport must be udp, tcp, tls or wss")]
    Transport,
}

impl FromStr for SipServer {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, BadServer> {
        let text = text.trim();
        let (secure, rest) = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sips") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sip") => (false, rest),
            Some(_) | None => (false, text),
        };
        let mut parts = rest.split(';');
        let (host, port) = split_port(parts.next().unwrap_or_default())?;
        let mut transport = secure.then_some(SipTransport::Tls);
        for parameter in parts {
            let named = parameter.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("transport"));
            if let Some((_, value)) = named {
                transport = Some(transport_named(value).ok_or(BadServer::Transport)?);
            }
        }
        Ok(SipServer { host, port, transport })
    }
}

impl<'de> Deserialize<'de> for SipServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

fn transport_named(text: &str) -> Option<SipTransport> {
    let known = [
        ("udp", SipTransport::Udp),
        ("tcp", SipTransport::Tcp),
        ("tls", SipTransport::Tls),
        ("wss", SipTransport::Wss),
        ("ws", SipTransport::Wss),
    ];
    known.iter().find(|(name, _)| text.trim().eq_ignore_ascii_case(name)).map(|(_, transport)| *transport)
}

/// Host and port. An IPv6 address may stand without brackets where no port follows.
fn split_port(text: &str) -> Result<(String, Option<u16>), BadServer> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok((address.to_string(), None));
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let address: Ipv6Addr = address.parse().map_err(|_| BadServer::Host)?;
            (address.to_string(), rest)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            let (host, port) = text.split_at(end);
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if host.is_empty() || !host.chars().all(plain) {
                return Err(BadServer::Host);
            }
            (host.to_owned(), port)
        }
    };
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host, None)),
        None => Err(BadServer::Host),
        Some(port) => match port.parse().ok().filter(|port| *port != 0) {
            Some(port) => Ok((host, Some(port))),
            None => Err(BadServer::Port),
        },
    }
}

fn one<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SipServer>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

fn aor<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if is_aor(&text) { Ok(text) } else { Err(D::Error::custom("must be of the form sip:user@domain")) }
}

/// An address like an account's, or none.
pub(super) fn none_or_aor<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() || is_aor(&text) {
        Ok(text)
    } else {
        Err(D::Error::custom("must be empty or of the form sip:user@domain"))
    }
}

fn is_aor(text: &str) -> bool {
    let rest = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:"));
    let parts = rest.and_then(|rest| rest.split_once('@'));
    parts.is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty())
}

/// Two registrations of the same address would take each other's calls.
pub(super) fn each_once<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Account>, D::Error> {
    let accounts = Vec::<Account>::deserialize(from)?;
    let twice = |(index, account): (usize, &Account)| {
        accounts.iter().take(index).any(|earlier| earlier.aor.eq_ignore_ascii_case(&account.aor))
    };
    if accounts.iter().enumerate().any(twice) {
        return Err(D::Error::custom("an account is given twice"));
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_as_admins_write_it() {
        let read = |text: &str| {
            let server: SipServer = text.parse().unwrap();
            (server.host, server.port, server.transport)
        };
        let at = |host: &str, port, transport| (host.to_owned(), port, transport);
        assert_eq!(read("sbc1.example.org"), at("sbc1.example.org", None, None));
        assert_eq!(read(" sbc1.example.org:5070"), at("sbc1.example.org", Some(5070), None));
        assert_eq!(read("sips:sbc.example.org"), at("sbc.example.org", None, Some(SipTransport::Tls)));
        let tls = read("SIP:192.0.2.1:5061;transport=TLS;lr");
        assert_eq!(tls, at("192.0.2.1", Some(5061), Some(SipTransport::Tls)));
        assert_eq!(read("[2001:db8::1]:5060"), at("2001:db8::1", Some(5060), None));
        assert_eq!(read("2001:db8::1"), at("2001:db8::1", None, None));
        assert_eq!(read("w.example.org;transport=ws"), at("w.example.org", None, Some(SipTransport::Wss)));
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        for text in ["a.example.org", "[2001:db8::1]:5061;transport=tls", "192.0.2.1;transport=wss"] {
            assert_eq!(text.parse::<SipServer>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_server_says_why() {
        for (text, why) in [
            ("", BadServer::Host),
            ("sip:", BadServer::Host),
            ("sip:a@b", BadServer::Host),
            ("a b", BadServer::Host),
            ("[::1", BadServer::Host),
            ("[::1]5060", BadServer::Host),
            ("a:sip", BadServer::Port),
            ("a:0", BadServer::Port),
            ("a:70000", BadServer::Port),
            ("a;transport=sctp", BadServer::Transport),
            ("\u{e4}\u{e4}\u{e4}\u{e4}", BadServer::Host),
        ] {
            assert_eq!(text.parse::<SipServer>(), Err(why), "{text:?}");
        }
    }
}
