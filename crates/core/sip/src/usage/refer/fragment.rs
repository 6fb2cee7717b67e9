//! `message/sipfrag` (RFC 3420), as far as REFER needs it: the status line of how the referred call goes (RFC 3515 section
//! 2.4.5). Headers behind it are not read and not written: they would tell a stranger about a call of somebody else.

use crate::message::reason_phrase;
use bytes::Bytes;

/// The media type, as it is read.
pub(crate) const SIPFRAG: &str = "message/sipfrag";

/// The longest status line that is read, in bytes.
const MAX_LINE: usize = 256;

/// A status line: code and phrase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fragment {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Fragment {
    /// Reads the status line that a fragment begins with.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let line = body.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
        let line = std::str::from_utf8(line.get(..line.len().min(MAX_LINE))?).ok()?;
        let (version, rest) = line.split_once(' ')?;
        let (code, reason) = rest.trim_start().split_once(' ').unwrap_or((rest.trim(), ""));
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        let code = code.parse().ok().filter(|code| digits && (100..700).contains(code))?;
        version.eq_ignore_ascii_case("SIP/2.0").then(|| Fragment { code, reason: reason.trim().to_owned() })
    }

    /// Writes one.
    pub(crate) fn write(code: u16) -> Bytes {
        format!("SIP/2.0 {code} {}\r\n", reason_phrase(code)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read_whatever_follows() {
        for (body, code, reason) in [
            ("SIP/2.0 100 Trying", 100, "Trying"),
            ("SIP/2.0 180 Ringing\r\nVia: x\r\n\r\n", 180, "Ringing"),
            ("sip/2.0 603\r\n", 603, ""),
            ("SIP/2.0 200 OK\nTo: <sip:a@b>", 200, "OK"),
        ] {
            assert_eq!(Fragment::parse(body.as_bytes()), Some(Fragment { code, reason: reason.to_owned() }));
        }
        assert_eq!(Fragment::parse(&Fragment::write(486)).unwrap().reason, "Busy Here");
    }

    #[test]
    fn what_is_no_status_line_is_nothing() {
        for body in [
            "",
            "\r\n",
            "INVITE sip:a@b SIP/2.0",
            "SIP/2.0",
            "SIP/2.0 99 x",
            "SIP/2.0 700 x",
            "SIP/2.0 +20 x",
        ] {
            assert_eq!(Fragment::parse(body.as_bytes()), None, "{body}");
        }
        assert_eq!(Fragment::parse(b"SIP/2.0 200 \xff"), None);
        let long = format!("SIP/2.0 200 {}", "x".repeat(100_000));
        assert!(Fragment::parse(long.as_bytes()).unwrap().reason.len() < MAX_LINE);
    }
}
