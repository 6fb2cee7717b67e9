//! Why a path failed, in enough detail that an agent or an admin can do something about it. Words nothing: the window does.

use rustls::{AlertDescription, CertificateError};
use std::{io, time::Duration};

/// Why a path failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowError {
    /// Nobody listens there.
    Refused,
    /// No way there.
    Unreachable,
    /// Connecting took too long.
    TimedOut,
    /// The other side closed the connection.
    Closed,
    /// The other side was silent for too long, or began a message and did not end it.
    Silent,
    /// The other side takes too little too slowly.
    TooSlow,
    /// What came was no SIP, or a message of more than 64 KiB.
    Unframed,
    /// The message is longer than the path takes.
    TooLong,
    /// There are too many connections, and this one had to give way.
    Full,
    /// Our address on this path is not ours any more.
    AddressGone,
    /// The certificates of the two sides and what is trusted do not go together.
    Certificate(CertificateProblem),
    /// TLS failed otherwise; what rustls says, for the log.
    Tls(String),
    /// The server speaks TLS, but no SIP over WebSocket at the path asked for; what was wrong, for the log.
    WebSocket(String),
    /// The system says something else.
    System(io::ErrorKind),
}

/// Which check of a certificate failed (RFC 5280 section 6, RFC 5922 section 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Its time is over, or our clock is wrong.
    Expired {
        /// Since when, after 1970.
        since: Option<Duration>,
    },
    /// Its time has not begun, or our clock is wrong.
    NotYetValid {
        /// When it begins, after 1970.
        from: Option<Duration>,
    },
    /// It is somebody else's.
    WrongName {
        /// The domain that it should be for.
        wanted: String,
        /// What it is for.
        names: Vec<String>,
    },
    /// Nobody whom this machine trusts has signed it, nor is it in the extra CA file.
    UnknownAuthority,
    /// It was taken back.
    Revoked,
    /// It is not for servers, or is an authority's own.
    NotForServers,
    /// The other side wants a certificate of ours, and none is configured.
    OursMissing,
    /// The other side does not accept ours.
    OursRefused,
    /// Something else is wrong with it; what the check said, for the log.
    Other(String),
}

impl FlowError {
    /// What the system's `error` means, whatever it wraps.
    pub(crate) fn from_io(error: &io::Error, wanted: &str) -> FlowError {
        use io::ErrorKind::{
            AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset,
            HostUnreachable, NetworkUnreachable, TimedOut, UnexpectedEof,
        };
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return FlowError::from_tls(tls, wanted);
        }
        match error.kind() {
            ConnectionRefused => FlowError::Refused,
            HostUnreachable | NetworkUnreachable => FlowError::Unreachable,
            AddrNotAvailable => FlowError::AddressGone,
            TimedOut => FlowError::TimedOut,
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => FlowError::Closed,
            other => FlowError::System(other),
        }
    }

    fn from_tls(error: &rustls::Error, wanted: &str) -> FlowError {
        use AlertDescription::{
            AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
            CertificateUnknown, UnknownCA, UnsupportedCertificate,
        };
        let ours = match error {
            rustls::Error::InvalidCertificate(problem) => CertificateProblem::from_check(problem, wanted),
            rustls::Error::AlertReceived(CertificateRequired) => CertificateProblem::OursMissing,
            rustls::Error::AlertReceived(
                AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRevoked
                | CertificateUnknown
                | UnknownCA
                | UnsupportedCertificate,
            ) => CertificateProblem::OursRefused,
            other => return FlowError::Tls(other.to_string()),
        };
        FlowError::Certificate(ours)
    }
}

/// What the platform's verifier says of a certificate whose extended key usage does not fit: it has no public type.
const NOT_FOR_SERVERS: &str = "certificate had invalid extensions";
/// What webpki says of an authority's own certificate where a server's should be.
const IS_AUTHORITY: &str = "CaUsedAsEndEntity";

impl CertificateProblem {
    pub(crate) fn from_check(error: &CertificateError, wanted: &str) -> CertificateProblem {
        let wrong_name = |names: &[String]| CertificateProblem::WrongName {
            wanted: wanted.to_owned(),
            names: names.iter().map(|name| plain(name)).collect(),
        };
        match error {
            CertificateError::Expired => CertificateProblem::Expired { since: None },
            CertificateError::ExpiredContext { not_after, .. } => {
                CertificateProblem::Expired { since: Some(Duration::from_secs(not_after.as_secs())) }
            }
            CertificateError::NotValidYet => CertificateProblem::NotYetValid { from: None },
            CertificateError::NotValidYetContext { not_before, .. } => {
                CertificateProblem::NotYetValid { from: Some(Duration::from_secs(not_before.as_secs())) }
            }
            CertificateError::NotValidForName => wrong_name(&[]),
            CertificateError::NotValidForNameContext { presented, .. } => wrong_name(presented),
            CertificateError::UnknownIssuer => CertificateProblem::UnknownAuthority,
            CertificateError::Revoked => CertificateProblem::Revoked,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                CertificateProblem::NotForServers
            }
            CertificateError::Other(other)
                if other.to_string() == NOT_FOR_SERVERS || other.to_string().contains(IS_AUTHORITY) =>
            {
                CertificateProblem::NotForServers
            }
            other => CertificateProblem::Other(other.to_string()),
        }
    }
}

/// `DnsName("sip.example.org")` as rustls has it, to `sip.example.org`.
fn plain(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be made in a test: only other systems ask whether a certificate was taken back.
    #[test]
    fn a_certificate_that_was_taken_back_is_told_from_others() {
        let said = |error| FlowError::from_tls(&rustls::Error::InvalidCertificate(error), "example.org");
        let revoked = FlowError::Certificate(CertificateProblem::Revoked);
        assert_eq!(said(CertificateError::Revoked), revoked);
        let other = said(CertificateError::BadSignature);
        assert!(matches!(other, FlowError::Certificate(CertificateProblem::Other(_))));
    }

    #[test]
    fn what_the_system_says_is_told_apart() {
        let said = |kind: io::ErrorKind| FlowError::from_io(&kind.into(), "");
        assert_eq!(said(io::ErrorKind::ConnectionRefused), FlowError::Refused);
        assert_eq!(said(io::ErrorKind::NetworkUnreachable), FlowError::Unreachable);
        assert_eq!(said(io::ErrorKind::ConnectionReset), FlowError::Closed);
        assert_eq!(said(io::ErrorKind::OutOfMemory), FlowError::System(io::ErrorKind::OutOfMemory));
    }
}
