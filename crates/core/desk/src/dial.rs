//! What the dial field dials (CALL-6): 3 to 18 of `0`-`9 + # * :`, an address `user@host`, or a link with `tel:`
//! (RFC 3966), `sip:` (RFC 3261 section 19.1) or `callto:`. What cannot be dialled is dropped, and said.
//! It knows no dial plan, and looks nothing up.

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A number or extension, cleaned: 3 to 18 of `0`-`9 + # * :`. The phone adds the account's domain.
    Number(String),
    /// `sip:user@host` or `sips:user@host`, perhaps with port and parameters.
    Uri(String),
}

impl Target {
    /// As the agent reads it: the number, or `user@host`.
    pub fn readable(&self) -> &str {
        match self {
            Self::Number(number) => number,
            Self::Uri(uri) => uri.split_once(':').map_or(uri, |(_, rest)| rest),
        }
    }
}

/// What was made of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialled {
    pub(crate) target: Target,
    /// What was in the entry and cannot be dialled, in order.
    pub(crate) dropped: String,
}

/// Why an entry cannot be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Empty,
    TooShort,
    TooLong,
    NoDigits,
    BadAddress,
}

impl Refusal {
    /// The word for [`TroubleKind::BadEntry`](crate::view::TroubleKind::BadEntry).
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort => "tooShort",
            Self::TooLong => "tooLong",
            Self::NoDigits => "noDigits",
            Self::BadAddress => "badAddress",
        }
    }
}

const SHORTEST: usize = 3;
const LONGEST: usize = 18;
/// No address in use is longer; what is pasted may be.
const LONGEST_ADDRESS: usize = 256;

/// Reads what was typed, pasted or clicked.
pub(crate) fn parse(entry: &str) -> Result<Dialled, Refusal> {
    let entry = entry.trim();
    match scheme(entry) {
        Some(("tel", rest)) => number(&unescape(link_body(rest)), "-.() "),
        Some(("callto", rest)) => bare(&unescape(link_body(rest))),
        Some((scheme, rest)) if rest.contains('@') => address(scheme, rest),
        Some((_, rest)) => number(&unescape(link_body(rest)), ""),
        None => bare(entry),
    }
}

fn bare(entry: &str) -> Result<Dialled, Refusal> {
    if entry.contains('@') { address("sip", entry) } else { number(entry, "") }
}

/// The scheme in small letters and what follows, where it is one of ours. Otherwise a colon is a character to dial.
fn scheme(entry: &str) -> Option<(&'static str, &str)> {
    let (before, rest) = entry.split_once(':')?;
    let known =
        ["tel", "sip", "sips", "callto"].into_iter().find(|known| before.eq_ignore_ascii_case(known))?;
    Some((known, rest.strip_prefix("//").unwrap_or(rest)))
}

/// Without parameters and headers, which say nothing about whom to call.
fn link_body(rest: &str) -> &str {
    rest.split([';', '?']).next().unwrap_or_default()
}

/// Undoes %-escapes of ASCII characters (RFC 3986 section 2.1); others stay, and are dropped later.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte =
            after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii_graphic);
        match byte {
            Some(byte) => {
                out.push(char::from(byte));
                rest = &after[2..];
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

/// Keeps what can be dialled. `separators` belong to the way it is written, so nothing is lost with them.
fn number(entry: &str, separators: &str) -> Result<Dialled, Refusal> {
    let (kept, dropped): (String, String) = entry
        .chars()
        .filter(|c| !separators.contains(*c))
        .partition(|c| c.is_ascii_digit() || ['+', '#', '*', ':'].contains(c));
    match kept.chars().count() {
        0 if entry.is_empty() => Err(Refusal::Empty),
        _ if !kept.contains(|c: char| c.is_ascii_digit()) => Err(Refusal::NoDigits),
        ..SHORTEST => Err(Refusal::TooShort),
        SHORTEST..=LONGEST => Ok(Dialled { target: Target::Number(kept), dropped }),
        _ => Err(Refusal::TooLong),
    }
}

/// An address. Headers after `?` are dropped: a link must not write into our request (RFC 3261 section 19.1.5).
fn address(scheme: &str, entry: &str) -> Result<Dialled, Refusal> {
    let (kept, dropped) = entry.find('?').map_or((entry, ""), |at| entry.split_at(at));
    if kept.len() > LONGEST_ADDRESS {
        return Err(Refusal::TooLong);
    }
    let (user, host) = kept.split_once('@').ok_or(Refusal::BadAddress)?;
    let host_alone = host.split(';').next().unwrap_or_default();
    let user_fits = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()%&=+$,;#:".contains(c);
    let host_fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    let parameters_fit = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()%[]/:&+$;=".contains(c);
    let sound = !user.is_empty()
        && user.chars().all(user_fits)
        && host_alone.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host_alone.chars().all(host_fits)
        && host.chars().all(parameters_fit);
    if !sound {
        return Err(Refusal::BadAddress);
    }
    // `#` may be typed in a user part, but has to travel escaped.
    let user = user.replace('#', "%23");
    Ok(Dialled { target: Target::Uri(format!("{scheme}:{user}@{host}")), dropped: dropped.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dialled(entry: &str) -> (String, String) {
        let dialled = parse(entry).unwrap();
        match dialled.target {
            Target::Number(text) | Target::Uri(text) => (text, dialled.dropped),
        }
    }

    #[test]
    fn call_6_keeps_digits_and_drops_the_rest_visibly() {
        assert_eq!(dialled("100"), ("100".into(), String::new()));
        assert_eq!(dialled(" +1 (555) 123-4567 "), ("+15551234567".into(), " () -".into()));
        assert_eq!(dialled("*72#12:3"), ("*72#12:3".into(), String::new()));
        assert_eq!(dialled("call 555 now"), ("555".into(), "call  now".into()));
    }

    #[test]
    fn call_6_refuses_what_is_too_short_too_long_or_no_number() {
        assert_eq!(parse("12"), Err(Refusal::TooShort));
        assert_eq!(parse("1234567890123456789"), Err(Refusal::TooLong));
        assert_eq!(dialled("123456789012345678").0.len(), 18);
        assert_eq!(parse("**#"), Err(Refusal::NoDigits));
        assert_eq!(parse("hello"), Err(Refusal::NoDigits));
        assert_eq!(parse("  "), Err(Refusal::Empty));
        assert_eq!(parse("tel:"), Err(Refusal::Empty));
    }

    #[test]
    fn call_6_links_dial() {
        assert_eq!(dialled("tel:+1-555-123-4567;ext=9"), ("+15551234567".into(), String::new()));
        assert_eq!(dialled("TEL:%2B15551234567").0, "+15551234567");
        assert_eq!(dialled("callto://+15551234567").0, "+15551234567");
        assert_eq!(dialled("callto:ada@example.org").0, "sip:ada@example.org");
        assert_eq!(dialled("sip:100").0, "100");
        assert_eq!(
            dialled("sips:ada@example.org:5061;transport=tcp").0,
            "sips:ada@example.org:5061;transport=tcp"
        );
        assert_eq!(dialled("ada@[::1]:5070").0, "sip:ada@[::1]:5070");
        assert_eq!(dialled("*72#@example.org").0, "sip:*72%23@example.org");
    }

    #[test]
    fn call_6_a_link_cannot_write_headers_or_break_out_of_the_uri() {
        let (target, dropped) = dialled("sip:ada@example.org?Replaces=1");
        assert_eq!((target.as_str(), dropped.as_str()), ("sip:ada@example.org", "?Replaces=1"));
        for bad in ["ada@", "@host", "sip:a b@host", "sip:ada@ho st", "ada@host>\r\nX: y", "sip:ada@-"] {
            assert_eq!(parse(bad), Err(Refusal::BadAddress), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn call_6_whatever_is_pasted_a_number_has_only_what_dials(entry in ".{0,60}") {
            if let Ok(Dialled { target: Target::Number(number), .. }) = parse(&entry) {
                prop_assert!((3..=18).contains(&number.len()));
                prop_assert!(number.chars().all(|c| c.is_ascii_digit() || "+#*:".contains(c)));
            }
        }
    }
}
