//! `Digest realm="...", nonce="...", ...`: one header value may hold several challenges (RFC 7235 section 2.1).

use crate::message::{take_quoted, write_quoted};
use std::fmt::Write as _;

/// A scheme and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AuthValue {
    pub(super) scheme: String,
    params: Vec<(String, String)>,
}

impl AuthValue {
    /// Every value in this line; an unreadable one ends the reading.
    pub(super) fn parse_all(line: &str) -> Vec<Self> {
        let mut values: Vec<Self> = Vec::new();
        let mut rest = line.trim();
        while !rest.is_empty() {
            let Some((key, value)) = rest.split_once('=') else { break };
            // `Digest realm`: two words begin another challenge.
            let key = match key.trim().split_once([' ', '\t']) {
                Some((scheme, key)) => {
                    values.push(Self { scheme: scheme.to_owned(), params: Vec::new() });
                    key.trim()
                }
                None => key.trim(),
            };
            let Some(current) = values.last_mut() else { break };
            let (value, after) = match take_quoted(value.trim_start()) {
                Some(quoted) => quoted,
                None => {
                    let (bare, after) = value.split_at(value.find(',').unwrap_or(value.len()));
                    (bare.trim().to_owned(), after)
                }
            };
            current.params.push((key.to_owned(), value));
            rest = after.trim_start().trim_start_matches([',', ' ', '\t']);
        }
        values
    }

    pub(super) fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Digest")
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Writes a Digest value part by part.
pub(super) struct DigestWriter(String);

impl DigestWriter {
    pub(super) fn new() -> Self {
        Self("Digest".to_owned())
    }

    pub(super) fn quoted(&mut self, name: &str, value: &str) {
        self.name(name);
        // Writing to a String does not fail.
        let _ = write_quoted(&mut self.0, value);
    }

    pub(super) fn bare(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn name(&mut self, name: &str) {
        let separator = if self.0.contains('=') { "," } else { "" };
        let _ = write!(self.0, "{separator} {name}=");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_a_line() {
        let line = r#"Digest realm="a, \"b\"", qop="auth,auth-int" , stale=FALSE, digest Realm=c,nonce="d""#;
        let values = AuthValue::parse_all(line);
        assert_eq!(values.len(), 2);
        assert_eq!(values[0].get("REALM"), Some("a, \"b\""));
        assert_eq!(values[0].get("qop"), Some("auth,auth-int"));
        assert_eq!(values[0].get("stale"), Some("FALSE"));
        assert_eq!((values[1].get("realm"), values[1].get("nonce")), (Some("c"), Some("d")));
        assert!(values[1].is_digest());
    }

    #[test]
    fn garbage_is_nothing() {
        for line in ["", "Digest", "=", ",,,", "realm=\"a\"", "\"=\"=\""] {
            assert!(AuthValue::parse_all(line).is_empty(), "{line}");
        }
        assert_eq!(AuthValue::parse_all("Digest realm=\"open").len(), 1);
    }

    #[test]
    fn what_is_written_is_read() {
        let mut writer = DigestWriter::new();
        writer.quoted("username", "a\"\\,= b");
        writer.bare("nc", "00000001");
        let text = writer.finish();
        assert_eq!(text, r#"Digest username="a\"\\,= b", nc=00000001"#);
        assert_eq!(AuthValue::parse_all(&text)[0].get("username"), Some("a\"\\,= b"));
    }
}
