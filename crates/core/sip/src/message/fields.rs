//! Typed views of header fields: read when asked for, so that an odd field nobody needs harms no call.

use super::{
    FieldError,
    address::NameAddr,
    grammar::{is_space, number, trim},
    headers::{Headers, name},
    method::Method,
    params::Params,
    via::Via,
};
use std::{fmt, time::Duration};

/// CSeq (RFC 3261 section 20.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    pub number: u32,
    /// The method of the request it numbers.
    pub method: Method,
}

impl CSeq {
    /// Reads `314159 INVITE`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let (sequence, method) = trim(text).split_once(is_space).ok_or(FieldError::Broken)?;
        let sequence = number(sequence).filter(|&n: &u32| n < 1 << 31).ok_or(FieldError::Broken)?;
        Ok(Self { number: sequence, method: Method::parse(trim(method)).ok_or(FieldError::Broken)? })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// What the Contact fields say (RFC 3261 section 20.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contacts {
    /// `*`: all of them, in a REGISTER.
    Star,
    /// These, in order; perhaps none.
    List(Vec<NameAddr>),
}

/// One Reason value (RFC 3326).
#[derive(Clone, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850`, ...
    pub protocol: String,
    /// The cause in that protocol's numbers.
    pub cause: Option<u16>,
    /// Words for it.
    pub text: Option<String>,
}

impl Headers {
    /// The whole Via stack, top first.
    pub fn vias(&self) -> Result<Vec<Via>, FieldError> {
        self.list(name::VIA).map(Via::parse).collect()
    }

    /// The top Via: of the last hop in a request, ours in a response.
    pub fn top_via(&self) -> Result<Via, FieldError> {
        Via::parse(self.list(name::VIA).next().ok_or(FieldError::Missing)?)
    }

    /// Replaces the top Via, for example after [`Via::note_source`]; adds one where there is none.
    pub fn set_top_via(&mut self, via: &Via) {
        self.set_first_item(name::VIA, via.to_string());
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr, FieldError> {
        NameAddr::parse(self.get(name::FROM).ok_or(FieldError::Missing)?)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr, FieldError> {
        NameAddr::parse(self.get(name::TO).ok_or(FieldError::Missing)?)
    }

    /// Call-ID.
    pub fn call_id(&self) -> Result<&str, FieldError> {
        self.get(name::CALL_ID).ok_or(FieldError::Missing)
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, FieldError> {
        CSeq::parse(self.get(name::CSEQ).ok_or(FieldError::Missing)?)
    }

    /// Contact.
    pub fn contacts(&self) -> Result<Contacts, FieldError> {
        let mut values = self.list(name::CONTACT).peekable();
        if values.peek() == Some(&"*") {
            values.next();
            return if values.next().is_none() { Ok(Contacts::Star) } else { Err(FieldError::Broken) };
        }
        Ok(Contacts::List(values.map(NameAddr::parse).collect::<Result<_, _>>()?))
    }

    /// The first Contact: the remote target of a dialog (RFC 3261 section 12.1).
    pub fn contact(&self) -> Result<NameAddr, FieldError> {
        NameAddr::parse(self.list(name::CONTACT).next().ok_or(FieldError::Missing)?)
    }

    /// Record-Route, as it stands (a caller reverses it, RFC 3261 section 12.1.2).
    pub fn record_route(&self) -> Result<Vec<NameAddr>, FieldError> {
        self.list(name::RECORD_ROUTE).map(NameAddr::parse).collect()
    }

    /// Route.
    pub fn route(&self) -> Result<Vec<NameAddr>, FieldError> {
        self.list(name::ROUTE).map(NameAddr::parse).collect()
    }

    /// Max-Forwards; `None` also where it is broken.
    pub fn max_forwards(&self) -> Option<u8> {
        number(trim(self.get(name::MAX_FORWARDS)?))
    }

    /// Expires, in seconds; a number too large is the largest (RFC 3261 section 20.19: 2^32 - 1).
    pub fn expires(&self) -> Option<u32> {
        seconds(self.get(name::EXPIRES)?)
    }

    /// Min-Expires, in seconds (RFC 3261 section 20.23).
    pub fn min_expires(&self) -> Option<u32> {
        seconds(self.get(name::MIN_EXPIRES)?)
    }

    /// Allow.
    pub fn allow(&self) -> Vec<Method> {
        self.list(name::ALLOW).filter_map(Method::parse).collect()
    }

    /// Whether a list of tokens (Supported, Require, ...) has this one, in any case.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|item| item.eq_ignore_ascii_case(token))
    }

    /// The option tags of Supported.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.list(name::SUPPORTED)
    }

    /// The option tags of Require.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.list(name::REQUIRE)
    }

    /// The option tags of Unsupported.
    pub fn unsupported(&self) -> impl Iterator<Item = &str> {
        self.list(name::UNSUPPORTED)
    }

    /// The media type of the body in lower case, without parameters, for example `application/sdp`.
    pub fn content_type(&self) -> Option<String> {
        let value = self.get(name::CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or_default().replace([' ', '\t'], "").to_ascii_lowercase())
    }

    /// Retry-After; the comment and the `duration` behind it are left out (RFC 3261 section 20.33).
    pub fn retry_after(&self) -> Option<Duration> {
        let value = trim(self.get(name::RETRY_AFTER)?);
        let digits = value.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Duration::from_secs(u64::from(seconds(digits)?)))
    }

    /// User-Agent, or Server in a response.
    pub fn user_agent(&self) -> Option<&str> {
        self.get(name::USER_AGENT).or_else(|| self.get(name::SERVER))
    }

    /// The Reason values that can be read (RFC 3326).
    pub fn reasons(&self) -> Vec<Reason> {
        self.list(name::REASON).filter_map(Reason::parse).collect()
    }

    /// Whether a Reason says that another device took the call (RFC 3326 section 3.1: `SIP;cause=200`).
    pub fn answered_elsewhere(&self) -> bool {
        self.reasons().iter().any(|r| r.protocol.eq_ignore_ascii_case("SIP") && r.cause == Some(200))
    }
}

impl Reason {
    /// Reads `SIP ;cause=200 ;text="Call completed elsewhere"`.
    fn parse(text: &str) -> Option<Self> {
        let (protocol, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let params = Params::parse(params).ok()?;
        Some(Self {
            protocol: trim(protocol).to_owned(),
            cause: params.get("cause").and_then(number),
            text: params.get("text").map(str::to_owned),
        })
    }
}

/// Leaves the words out: they can name somebody.
impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({}, {:?})", self.protocol, self.cause)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        if let Some(text) = &self.text {
            f.write_str(";text=")?;
            super::grammar::write_quoted(f, text)?;
        }
        Ok(())
    }
}

/// Delta-seconds. Too many digits count as the most, other text as nothing.
fn seconds(text: &str) -> Option<u32> {
    let text = trim(text);
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name, *value);
        }
        headers
    }

    #[test]
    fn contacts_in_one_line_or_many() {
        let headers = headers(&[
            ("Contact", "\"Mr, Watson\" <sip:w@a.com>;q=0.7;expires=3600, <mailto:w@b.com>;q=0.1"),
            ("Contact", "sip:c@d.com"),
        ]);
        let Ok(Contacts::List(contacts)) = headers.contacts() else { panic!() };
        assert_eq!(contacts.len(), 3);
        assert_eq!(contacts[0].expires(), Some(3600));
        assert_eq!(contacts[2].uri.as_str(), "sip:c@d.com");
    }

    #[test]
    fn a_star_stands_alone() {
        assert_eq!(headers(&[("Contact", "*")]).contacts(), Ok(Contacts::Star));
        assert_eq!(headers(&[("Contact", "*, <sip:a@b>")]).contacts(), Err(FieldError::Broken));
        assert_eq!(headers(&[]).contacts(), Ok(Contacts::List(vec![])));
    }

    #[test]
    fn the_top_via_is_replaced_alone() {
        let mut headers = headers(&[
            ("From", "x"),
            ("Via", "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b"),
            ("Via", "SIP/2.0/UDP c"),
        ]);
        let mut top = headers.top_via().unwrap();
        top.note_source("192.0.2.1:5060".parse().unwrap());
        headers.set_top_via(&top);
        let stack: Vec<_> = headers.vias().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(stack, ["SIP/2.0/UDP a;branch=1;received=192.0.2.1", "SIP/2.0/UDP b", "SIP/2.0/UDP c"]);
    }

    #[test]
    fn empty_elements_do_not_hide_the_top_via() {
        for lines in [["", " , SIP/2.0/UDP a"], [",,", "SIP/2.0/UDP a ,"]] {
            let mut headers = headers(&[("Via", lines[0]), ("Via", lines[1])]);
            let mut top = headers.top_via().unwrap();
            top.params.set("branch", "1");
            headers.set_top_via(&top);
            let stack: Vec<_> = headers.vias().unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(stack, ["SIP/2.0/UDP a;branch=1"]);
        }
    }

    /// Moving each of them would take minutes.
    #[test]
    fn many_vias_are_no_burden() {
        let mut headers = headers(&[("Via", &"SIP/2.0/UDP a,".repeat(4_000))]);
        for _ in 0..100 {
            let top = headers.top_via().unwrap();
            headers.set_top_via(&top);
        }
        assert_eq!((headers.len(), headers.vias().unwrap().len()), (2, 4_000));
    }

    #[test]
    fn numbers_and_names() {
        let headers = headers(&[
            ("Expires", "99999999999999999999"),
            ("Retry-After", "18000;duration=3600 (in a meeting)"),
            ("Content-Type", "Application / SDP;charset=utf-8"),
            ("Reason", "Q.850 ;cause=16, SIP;cause=200;text=\"Call completed elsewhere\""),
            ("Max-Forwards", "300"),
        ]);
        assert_eq!(headers.expires(), Some(u32::MAX));
        assert_eq!(headers.retry_after(), Some(Duration::from_secs(18000)));
        assert_eq!(headers.content_type().as_deref(), Some("application/sdp"));
        assert!(headers.answered_elsewhere());
        assert_eq!(headers.reasons()[1].to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
        assert_eq!(headers.max_forwards(), None);
    }

    #[test]
    fn cseq_has_its_bounds() {
        assert_eq!(CSeq::parse("2147483647  ACK").unwrap().to_string(), "2147483647 ACK");
        for text in ["2147483648 ACK", "-1 ACK", "1", "1 A B", "x ACK"] {
            assert_eq!(CSeq::parse(text), Err(FieldError::Broken), "{text}");
        }
    }
}
