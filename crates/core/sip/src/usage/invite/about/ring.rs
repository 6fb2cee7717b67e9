//! How a call wants to ring: Alert-Info with the URNs of RFC 7462, and the names that servers had before there were
//! any. No sound is fetched from anywhere (RFC 3261 section 20.4 names the danger).

use super::{MOST, answer::is_word_for_answering, loosely, parameter};
use crate::{api::RingChoice, message::Headers};

/// A longer name is none.
const LONGEST: usize = 64;

/// The first choice that can be read.
pub(super) fn choice(headers: &Headers) -> Option<RingChoice> {
    headers.list("Alert-Info").take(MOST).find_map(one)
}

/// `<...>;info=name`, or `info=name` and no URI at all.
pub(super) fn info(value: &str) -> Option<String> {
    let (head, _) = loosely(value);
    let alone = head.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("info"));
    alone.map(|(_, name)| name.trim().to_owned()).or_else(|| parameter(value, "info"))
}

fn one(value: &str) -> Option<RingChoice> {
    if let Some(info) = info(value) {
        return named(&info);
    }
    let (head, _) = loosely(value);
    let Some(target) = head.split_once('<').map(|(_, rest)| rest.trim_end_matches('>').trim()) else {
        return named(head);
    };
    if let Some(urn) = strip_any_case(target, "urn:alert:") {
        return indication(&urn.to_ascii_lowercase());
    }
    // `<http://127.0.0.1/Bellcore-dr3>`, `<file://Bellcore-dr3>`, `<Bellcore-dr3>`.
    let last = target.rsplit('/').next().unwrap_or_default();
    strip_any_case(last, "Bellcore-dr").and_then(|_| named(last))
}

/// `source:internal`, and what is said more closely behind it (RFC 7462 section 6.2: read from the right).
fn indication(urn: &str) -> Option<RingChoice> {
    let is =
        |source: &str| urn.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    if is("source:internal") {
        Some(RingChoice::Internal)
    } else if is("source:external") {
        Some(RingChoice::External)
    } else {
        named(urn)
    }
}

fn named(name: &str) -> Option<RingChoice> {
    let name = name.trim();
    let is = |known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    if name.is_empty()
        || name.len() > LONGEST
        || name.contains(char::is_control)
        || is_word_for_answering(name)
    {
        None
    } else if is(&["alert-internal", "internal"]) {
        Some(RingChoice::Internal)
    } else if is(&["alert-external", "external"]) {
        Some(RingChoice::External)
    } else {
        Some(RingChoice::Named(name.to_owned()))
    }
}

fn strip_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
