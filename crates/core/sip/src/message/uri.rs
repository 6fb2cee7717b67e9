//! URIs as SIP carries them (RFC 3261 section 19.1, RFC 3966): the text is kept as it came, because the other side
//! may compare it as text. Looks into `sip:` and `sips:` only; other schemes are opaque.

use super::{FieldError, grammar::number, params::Params};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

/// A host with perhaps a port: a URI's, or a Via's sent-by.
#[derive(Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    /// The port, where given.
    pub port: Option<u16>,
}

impl HostPort {
    /// Reads `host`, `host:port`, `[v6]:port`; whitespace around the colon is forgiven (RFC 3261 section 25.1, COLON).
    pub(crate) fn parse(text: &str) -> Result<Self, FieldError> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or(FieldError::Broken)?;
            host.parse::<Ipv6Addr>().map_err(|_| FieldError::Broken)?;
            match rest.trim_start().strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.trim_start().is_empty() => (host, None),
                None => return Err(FieldError::Broken),
            }
        } else {
            let (host, port) = match text.split_once(':') {
                Some((host, port)) => (host.trim_end(), Some(port)),
                None => (text, None),
            };
            let named = !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
            if !named {
                return Err(FieldError::Broken);
            }
            (host, port)
        };
        let port = port.map(|port| number(port.trim()).ok_or(FieldError::Broken)).transpose()?;
        Ok(Self { host: host.to_owned(), port })
    }

    /// The address, where the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// Says nothing: hosts are private.
impl fmt::Debug for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostPort")
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: Some(address.port()) }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?
        } else {
            f.write_str(&self.host)?
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A URI: `sip:`, `sips:`, `tel:` or any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri {
    text: String,
}

/// The parts of a `sip:` or `sips:` URI, as text.
struct Parts<'a> {
    user: Option<&'a str>,
    host: &'a str,
    params: &'a str,
    headers: &'a str,
}

impl Uri {
    /// Reads a URI. Whitespace, brackets, quotes and controls are refused, and a `sip:` URI needs a host.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let (scheme, rest) = text.split_once(':').ok_or(FieldError::Broken)?;
        let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
        if !scheme_fits || rest.is_empty() || rest.contains(bad) {
            return Err(FieldError::Broken);
        }
        let uri = Self { text: text.to_owned() };
        if let Some(parts) = uri.parts() {
            HostPort::parse(parts.host)?;
            Params::parse(parts.params)?;
        }
        Ok(uri)
    }

    /// The text, as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme in lower case, for example `sip` or `tel`.
    pub fn scheme(&self) -> String {
        self.text.split(':').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether it is a `sip:` or `sips:` URI.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme().as_str(), "sip" | "sips")
    }

    /// The user part, escapes undone, without a password.
    pub fn user(&self) -> Option<String> {
        let user = self.parts()?.user?;
        Some(unescape(user.split(':').next().unwrap_or_default()))
    }

    /// Host and port of a `sip:` or `sips:` URI.
    pub fn host_port(&self) -> Option<HostPort> {
        HostPort::parse(self.parts()?.host).ok()
    }

    /// The parameters of a `sip:` or `sips:` URI, escapes undone: for reading, not for writing.
    pub fn params(&self) -> Params {
        self.written_params().unescaped()
    }

    fn written_params(&self) -> Params {
        self.parts().and_then(|parts| Params::parse(parts.params).ok()).unwrap_or_default()
    }

    /// Whether it names a loose router (`;lr`, RFC 3261 section 16.12).
    pub fn is_loose_router(&self) -> bool {
        self.params().contains("lr")
    }

    /// The headers behind `?`, for example `Replaces=...` in a Refer-To, still escaped; `""` where there are none.
    pub fn headers(&self) -> &str {
        self.parts().map_or("", |parts| parts.headers)
    }

    /// The same URI without its headers and its `method` parameter: fit for a Request-URI (RFC 3261 section 19.1.5).
    pub fn without_headers(&self) -> Self {
        let mut params = self.written_params();
        match self.parts() {
            Some(parts) if !parts.headers.is_empty() || params.contains("method") => {
                params.remove("method");
                let user = parts.user.map_or_else(String::new, |user| format!("{user}@"));
                Self { text: format!("{}:{user}{}{params}", self.scheme(), parts.host) }
            }
            Some(_) | None => self.clone(),
        }
    }

    /// Whether both name the same resource (RFC 3261 section 19.1.4): case, escapes and parameter order aside.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        if self == other || self.scheme() != other.scheme() {
            return self == other;
        }
        let (Some(ours), Some(theirs)) = (self.parts(), other.parts()) else {
            return self.text.eq_ignore_ascii_case(&other.text);
        };
        let same_host = match (HostPort::parse(ours.host), HostPort::parse(theirs.host)) {
            (Ok(a), Ok(b)) => a.port == b.port && same_host(&a, &b),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
        };
        same_host
            && ours.user.map(unescape) == theirs.user.map(unescape)
            && ours.headers == theirs.headers
            && same_params(&self.params(), &other.params())
    }

    fn parts(&self) -> Option<Parts<'_>> {
        if !self.is_sip() {
            return None;
        }
        let (_, rest) = self.text.split_once(':')?;
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let (rest, headers) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        Some(Parts { user, host, params, headers })
    }
}

fn same_host(a: &HostPort, b: &HostPort) -> bool {
    match (a.ip(), b.ip()) {
        (Some(a), Some(b)) => a == b,
        (Some(_) | None, Some(_) | None) => a.host.eq_ignore_ascii_case(&b.host),
    }
}

/// A parameter in both must match; `user`, `ttl`, `method`, `maddr` and `transport` must not be in one only.
fn same_params(a: &Params, b: &Params) -> bool {
    let agrees = |a: &Params, b: &Params| {
        a.iter().all(|(name, value)| match b.get(name) {
            Some(other) => value.eq_ignore_ascii_case(other),
            None => {
                !["user", "ttl", "method", "maddr", "transport"].iter().any(|n| n.eq_ignore_ascii_case(name))
            }
        })
    };
    agrees(a, b) && agrees(b, a)
}

/// Undoes `%hh` escapes. What is no escape stays; bytes that are not UTF-8 are read as Latin-1.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex_digit(*high) * 16 + hex_digit(*low));
                rest = after;
            }
            (other, _) => {
                bytes.push(other);
                rest = tail;
            }
        }
    }
    super::latin1::to_utf8(&bytes).into_owned()
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Says the scheme only: users and hosts are private.
impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:…", self.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text).unwrap()
    }

    #[test]
    fn the_parts_of_a_sip_uri() {
        let uri = uri("sip:%75ser;par=u%40example.net:pw@[2001:db8::9]:5070;Transport=tcp;lr?Replaces=a%3Bb");
        assert_eq!(uri.user().unwrap(), "user;par=u@example.net");
        assert_eq!(uri.host_port().unwrap().ip(), "2001:db8::9".parse().ok());
        assert_eq!(uri.host_port().unwrap().to_string(), "[2001:db8::9]:5070");
        assert_eq!(uri.params().get("transport"), Some("tcp"));
        assert!(uri.is_loose_router());
        assert_eq!(uri.headers(), "Replaces=a%3Bb");
        assert_eq!(
            uri.without_headers().as_str(),
            "sip:%75ser;par=u%40example.net:pw@[2001:db8::9]:5070;Transport=tcp;lr"
        );
    }

    #[test]
    fn a_question_mark_in_the_user_part_starts_no_headers() {
        let uri = uri("sip:crazy?,/;;*:&it@example.com");
        assert_eq!(uri.headers(), "");
        assert_eq!(uri.without_headers(), uri);
    }

    #[test]
    fn a_request_uri_has_no_method_and_keeps_its_escapes() {
        let target = uri("sip:%41@b;method=REFER;x=%3B");
        assert_eq!(target.without_headers().as_str(), "sip:%41@b;x=%3B");
        assert_eq!(target.params().get("x"), Some(";"));
    }

    #[test]
    fn other_schemes_are_opaque() {
        let uri = uri("tel:+1-201-555-0123;phone-context=x");
        assert_eq!(uri.scheme(), "tel");
        assert!(uri.host_port().is_none());
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            "sip:a@",
            "sip:a b@c",
            "<sip:a@b>",
            "sip:a@[::1",
            "sip:a@b:x",
            "1:a",
            "sip:a@b@c",
        ] {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }

    /// The examples of RFC 3261 section 19.1.4.
    #[test]
    fn equivalence() {
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ] {
            assert!(uri(a).is_equivalent(&uri(b)), "{a} {b}");
        }
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ] {
            assert!(!uri(a).is_equivalent(&uri(b)), "{a} {b}");
        }
    }
}
