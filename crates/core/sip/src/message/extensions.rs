//! Typed views of header fields that came after RFC 3261: of reliable provisional responses (RFC 3262) and of session
//! timers (RFC 4028).

use super::{
    FieldError,
    grammar::{is_space, number, trim},
    headers::{Headers, name},
    method::Method,
    params::Params,
};
use std::{fmt, time::Duration};

/// RAck (RFC 3262 section 7.2): which provisional response a PRACK is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RAck {
    /// RSeq of the response.
    pub rseq: u32,
    /// CSeq number of the request that it answers.
    pub cseq: u32,
    /// The method of that request.
    pub method: Method,
}

/// Who keeps a session alive (RFC 4028 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent this request.
    Uac,
    /// Who answers it.
    Uas,
}

/// Session-Expires (RFC 4028 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session ends after this time without a refresh.
    pub interval: Duration,
    /// Who refreshes; `None`: it is left to the other side.
    pub refresher: Option<Refresher>,
}

impl RAck {
    fn parse(text: &str) -> Result<Self, FieldError> {
        let mut words = trim(text).split(is_space).filter(|word| !word.is_empty());
        let mut next = || words.next().ok_or(FieldError::Broken);
        let rseq = number(next()?).ok_or(FieldError::Broken)?;
        let cseq = number(next()?).ok_or(FieldError::Broken)?;
        let method = Method::parse(next()?).ok_or(FieldError::Broken)?;
        if words.next().is_some() { Err(FieldError::Broken) } else { Ok(RAck { rseq, cseq, method }) }
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.rseq, self.cseq, self.method)
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.interval.as_secs())?;
        match self.refresher {
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
            None => Ok(()),
        }
    }
}

impl Headers {
    /// RSeq (RFC 3262 section 7.1); `None` also where it is broken. Never 0.
    pub fn rseq(&self) -> Option<u32> {
        number(trim(self.get(name::RSEQ)?)).filter(|rseq| *rseq > 0)
    }

    /// RAck.
    pub fn rack(&self) -> Result<RAck, FieldError> {
        RAck::parse(self.get(name::RACK).ok_or(FieldError::Missing)?)
    }

    /// Session-Expires; `None` also where it is broken.
    pub fn session_expires(&self) -> Option<SessionExpires> {
        let value = self.get(name::SESSION_EXPIRES)?;
        let (interval, params) = value.split_at(value.find(';').unwrap_or(value.len()));
        let params = Params::parse(params).ok()?;
        let refresher = match params.get("refresher") {
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) | None => None,
        };
        Some(SessionExpires { interval: delta(interval)?, refresher })
    }

    /// Min-SE (RFC 4028 section 5); `None` also where it is broken.
    pub fn min_se(&self) -> Option<Duration> {
        let value = self.get(name::MIN_SE)?;
        delta(value.split(';').next().unwrap_or_default())
    }
}

fn delta(text: &str) -> Option<Duration> {
    number(trim(text)).map(|seconds: u32| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push(name, value);
        headers
    }

    #[test]
    fn rack_reads_back_and_near_misses_are_broken() {
        let rack = with("RAck", " 776656  1 INVITE ").rack().unwrap();
        assert_eq!(rack, RAck { rseq: 776_656, cseq: 1, method: Method::Invite });
        assert_eq!(rack.to_string(), "776656 1 INVITE");
        for text in ["", "1", "1 2", "1 2 INVITE x", "-1 2 INVITE", "1 x INVITE", "99999999999 1 INVITE"] {
            assert_eq!(with("RAck", text).rack(), Err(FieldError::Broken), "{text}");
        }
        assert_eq!(Headers::new().rack(), Err(FieldError::Missing));
    }

    #[test]
    fn rseq_is_a_number_above_0() {
        assert_eq!(with("RSeq", " 988789 ").rseq(), Some(988_789));
        for text in ["0", "-1", "x", "", "99999999999"] {
            assert_eq!(with("RSeq", text).rseq(), None, "{text}");
        }
    }

    #[test]
    fn session_expires_with_and_without_refresher() {
        let read = |text| with("x", text).session_expires().map(|value| value.to_string());
        assert_eq!(read("1800").as_deref(), Some("1800"));
        assert_eq!(read("1800 ; Refresher=UAS").as_deref(), Some("1800;refresher=uas"));
        assert_eq!(read("90;refresher=uac;x=y").as_deref(), Some("90;refresher=uac"));
        assert_eq!(read("90;refresher=me").as_deref(), Some("90"));
        assert_eq!((read("soon"), read("")), (None, None));
        assert_eq!(with("Min-SE", "120;x").min_se(), Some(Duration::from_secs(120)));
    }
}
