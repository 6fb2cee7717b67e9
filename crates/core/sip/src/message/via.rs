//! Via: where a response goes, and which transaction it belongs to (RFC 3261 section 20.42, RFC 3581).

use super::{
    FieldError,
    grammar::{is_space, is_token, number, trim},
    params::Params,
    uri::HostPort,
};
use std::{fmt, net::SocketAddr};

/// One Via value.
#[derive(Clone, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, ... as written.
    pub transport: String,
    /// Where the sender says it is.
    pub sent_by: HostPort,
    /// `branch`, `received`, `rport`, ...
    pub params: Params,
}

/// What every branch made by RFC 3261 begins with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

impl Via {
    /// Ours: asks for `rport` (RFC 3581). `branch` must begin with [`MAGIC_COOKIE`].
    pub fn new(transport: &str, sent_by: impl Into<HostPort>, branch: &str) -> Self {
        let mut params = Params::default();
        params.set("branch", branch);
        params.set("rport", "");
        Self { transport: transport.to_owned(), sent_by: sent_by.into(), params }
    }

    /// Reads one value of a Via list.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let mut parts = text.splitn(3, '/').map(trim);
        let (Some(name), Some(version), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(FieldError::Broken);
        };
        let (transport, rest) = rest.split_once(is_space).ok_or(FieldError::Broken)?;
        if !name.eq_ignore_ascii_case("SIP") || version != "2.0" || !is_token(transport) {
            return Err(FieldError::Broken);
        }
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        Ok(Self {
            transport: transport.to_owned(),
            sent_by: HostPort::parse(trim(sent_by))?,
            params: Params::parse(params)?,
        })
    }

    /// The branch, whatever it looks like.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// The branch, if it identifies a transaction: cookie and something behind it (RFC 3261 section 17.2.3;
    /// RFC 4475 section 3.2.1 shows a bare cookie).
    pub fn transaction_branch(&self) -> Option<&str> {
        let branch = self.branch()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }

    /// Notes where a request came from: `received` where sent-by says otherwise (RFC 3261 section 18.2.1), and
    /// `rport` where it is asked for (RFC 3581 section 4).
    pub fn note_source(&mut self, source: SocketAddr) {
        let wants_rport = self.params.contains("rport");
        if wants_rport || self.sent_by.ip() != Some(source.ip()) {
            self.params.set("received", &source.ip().to_string());
        }
        if wants_rport {
            self.params.set("rport", &source.port().to_string());
        }
    }

    /// The address the server saw us at: `received` and `rport`, both given (RFC 3581).
    pub fn reflexive(&self) -> Option<SocketAddr> {
        let ip = self.params.get("received")?.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(ip, number(self.params.get("rport")?)?))
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}{}", self.transport, self.sent_by, self.params)
    }
}

/// Says the branch; the host is private.
impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Via({}, {:?})", self.transport, self.branch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_everywhere() {
        let via = Via::parse("SIP  / 2.0  / TCP     spindle.example.com : 5070  ;  branch  =   z9hG4bK9ikj8")
            .unwrap();
        assert_eq!(via.to_string(), "SIP/2.0/TCP spindle.example.com:5070;branch=z9hG4bK9ikj8");
        assert_eq!(via.transaction_branch(), Some("z9hG4bK9ikj8"));
    }

    #[test]
    fn the_source_is_noted() {
        let mut via = Via::new("UDP", "10.0.0.1:5060".parse::<SocketAddr>().unwrap(), "z9hG4bKx");
        via.note_source("[2001:db8::1]:1024".parse().unwrap());
        assert_eq!(
            via.to_string(),
            "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport=1024;received=2001:db8::1"
        );
        assert_eq!(Via::parse(&via.to_string()).unwrap().reflexive(), "[2001:db8::1]:1024".parse().ok());
    }

    #[test]
    fn a_bare_cookie_identifies_nothing() {
        let via = Via::parse("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK").unwrap();
        assert_eq!(via.branch(), Some("z9hG4bK"));
        assert_eq!(via.transaction_branch(), None);
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/3.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/UDP h:x",
            "SIP/2.0/U?P h",
        ] {
            assert!(Via::parse(text).is_err(), "{text}");
        }
    }
}
