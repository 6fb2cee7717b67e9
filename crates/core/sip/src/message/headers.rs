//! Header fields in order, names in any case (RFC 3261 section 7.3). What goes in can't grow a line: line ends in
//! values become spaces, and names are tokens. Content-Length is left to [`to_bytes`](super::Message::to_bytes).

use super::grammar::{find_outside, is_token_char, one_line, split_outside, trim};
use std::fmt;

/// Names of the header fields used here, spelled as they are sent.
#[allow(missing_docs, reason = "each is its own name")]
pub mod name {
    pub const ALLOW: &str = "Allow";
    pub const ALLOW_EVENTS: &str = "Allow-Events";
    pub const ACCEPT: &str = "Accept";
    pub const AUTHENTICATION_INFO: &str = "Authentication-Info";
    pub const AUTHORIZATION: &str = "Authorization";
    pub const CALL_ID: &str = "Call-ID";
    pub const CONTACT: &str = "Contact";
    pub const CONTENT_LENGTH: &str = "Content-Length";
    pub const CONTENT_TYPE: &str = "Content-Type";
    pub const CSEQ: &str = "CSeq";
    pub const DATE: &str = "Date";
    pub const EVENT: &str = "Event";
    pub const EXPIRES: &str = "Expires";
    pub const FLOW_TIMER: &str = "Flow-Timer";
    pub const FROM: &str = "From";
    pub const JOIN: &str = "Join";
    pub const MAX_FORWARDS: &str = "Max-Forwards";
    pub const MIN_EXPIRES: &str = "Min-Expires";
    pub const MIN_SE: &str = "Min-SE";
    pub const PROXY_AUTHENTICATE: &str = "Proxy-Authenticate";
    pub const PROXY_AUTHORIZATION: &str = "Proxy-Authorization";
    pub const PROXY_REQUIRE: &str = "Proxy-Require";
    pub const RACK: &str = "RAck";
    pub const REASON: &str = "Reason";
    pub const RECORD_ROUTE: &str = "Record-Route";
    pub const REFER_TO: &str = "Refer-To";
    pub const REFER_SUB: &str = "Refer-Sub";
    pub const REFERRED_BY: &str = "Referred-By";
    pub const REPLACES: &str = "Replaces";
    pub const REQUIRE: &str = "Require";
    pub const RETRY_AFTER: &str = "Retry-After";
    pub const ROUTE: &str = "Route";
    pub const RSEQ: &str = "RSeq";
    pub const SERVER: &str = "Server";
    pub const SERVICE_ROUTE: &str = "Service-Route";
    pub const SESSION_EXPIRES: &str = "Session-Expires";
    pub const SUBSCRIPTION_STATE: &str = "Subscription-State";
    pub const SUPPORTED: &str = "Supported";
    pub const TARGET_DIALOG: &str = "Target-Dialog";
    pub const TO: &str = "To";
    pub const UNSUPPORTED: &str = "Unsupported";
    pub const USER_AGENT: &str = "User-Agent";
    pub const VIA: &str = "Via";
    pub const WARNING: &str = "Warning";
    pub const WWW_AUTHENTICATE: &str = "WWW-Authenticate";
}

/// The one-letter forms (RFC 3261 section 7.3.3 and the registry).
const COMPACT: [(&str, &str); 20] = [
    ("a", "Accept-Contact"),
    ("b", name::REFERRED_BY),
    ("c", name::CONTENT_TYPE),
    ("d", "Request-Disposition"),
    ("e", "Content-Encoding"),
    ("f", name::FROM),
    ("i", name::CALL_ID),
    ("j", "Reject-Contact"),
    ("k", name::SUPPORTED),
    ("l", name::CONTENT_LENGTH),
    ("m", name::CONTACT),
    ("n", "Identity-Info"),
    ("o", name::EVENT),
    ("r", name::REFER_TO),
    ("s", "Subject"),
    ("t", name::TO),
    ("u", name::ALLOW_EVENTS),
    ("v", name::VIA),
    ("x", name::SESSION_EXPIRES),
    ("y", "Identity"),
];

/// The header fields of a message.
#[derive(Clone, Default)]
pub struct Headers {
    fields: Vec<(String, String)>,
}

impl Headers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one behind all others. A one-letter name is written out.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push(field(name, value.into()));
    }

    /// Adds one before all others, as Via and Record-Route need it.
    pub fn push_front(&mut self, name: &str, value: impl Into<String>) {
        self.fields.insert(0, field(name, value.into()));
    }

    /// Makes it the only one of its name, in the place of the first, or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let new = field(name, value.into());
        match self.fields.iter().position(|(have, _)| have.eq_ignore_ascii_case(name)) {
            Some(at) => {
                let after = self.fields.split_off(at);
                self.fields.push(new);
                self.fields.extend(after.into_iter().filter(|(have, _)| !have.eq_ignore_ascii_case(name)));
            }
            None => self.fields.push(new),
        }
    }

    /// Takes all of that name away.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
    }

    /// Copies all of that name behind ours, in order.
    pub fn copy_all(&mut self, name: &str, from: &Self) {
        for value in from.all(name) {
            self.push(name, value);
        }
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether there is one of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All values of that name, line by line.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All elements of a comma-separated field, over all its lines (RFC 3261 section 7.3.1). Empty ones are skipped.
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|line| split_outside(line, ',')).filter(|item| !item.is_empty())
    }

    /// Replaces the first element of a comma-separated field and leaves the others; adds it where there is none.
    pub(super) fn set_first_item(&mut self, name: &str, value: String) {
        let item_end = |line: &str| -> Option<usize> {
            let start = line.len() - line.trim_start_matches([',', ' ', '\t']).len();
            (start < line.len())
                .then(|| find_outside(&line[start..], ',').map_or(line.len(), |end| start + end))
        };
        let first = self.fields.iter().enumerate().find_map(|(at, (have, line))| {
            if !have.eq_ignore_ascii_case(name) {
                return None;
            }
            item_end(line).map(|end| (at, trim(line[end..].trim_start_matches(',')).to_owned()))
        });
        match first {
            Some((at, rest)) => {
                self.fields[at] = field(name, value);
                if !rest.is_empty() {
                    self.fields.insert(at + 1, field(name, rest));
                }
            }
            None => self.push_front(name, value),
        }
    }

    /// Names (compact forms written out, else as received) and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The long form of a one-letter name; any other as it is.
fn long_name(name: &str) -> &str {
    COMPACT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name)).map_or(name, |(_, long)| long)
}

fn field(name: &str, value: String) -> (String, String) {
    let value = one_line(value);
    // A line end that became a space may stand at an end.
    let value = if value.len() == trim(&value).len() { value } else { trim(&value).to_owned() };
    (long_name(name).chars().filter(|&c| is_token_char(c)).collect(), value)
}

/// Says how many: names of fields can be telling, values are private.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Headers({})", self.fields.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_not_bring_another_header() {
        let mut headers = Headers::new();
        headers.push("X-Note\r\nEvil", "hello\r\nVia: SIP/2.0/UDP evil\nFoo: bar");
        assert!(
            headers.iter().all(|(name, value)| !name.contains(['\r', '\n']) && !value.contains(['\r', '\n']))
        );
    }

    #[test]
    fn set_keeps_the_place_and_drops_the_rest() {
        let mut headers = Headers::new();
        for (name, value) in [("AA", "1"), ("BB", "1"), ("aa", "2"), ("CC", "1")] {
            headers.push(name, value);
        }
        headers.set("AA", "3");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("AA", "3"), ("BB", "1"), ("CC", "1")]);
        headers.push_front("v", "x");
        assert_eq!(headers.iter().next(), Some(("Via", "x")));
    }

    #[test]
    fn lists_run_over_lines() {
        let mut headers = Headers::new();
        headers.push("Supported", "100rel, timer");
        headers.push("Supported", "");
        headers.push("supported", "replaces");
        assert_eq!(headers.list("SUPPORTED").collect::<Vec<_>>(), ["100rel", "timer", "replaces"]);
    }
}
