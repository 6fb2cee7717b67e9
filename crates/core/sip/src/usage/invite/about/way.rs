//! Whom a call was for before it came here: History-Info (RFC 7044) and Diversion (RFC 5806), made one list.

use super::{MOST, address, parameter};
use crate::{
    api::{Address, Diversion},
    message::{Headers, NameAddr, Uri, number, unescape},
};

/// The first one first. Where both headers are there they tell the same in two ways (RFC 7544): History-Info gives the
/// order, Diversion what it leaves out.
pub(super) fn diversions(headers: &Headers) -> Vec<Diversion> {
    let mut all = history(headers);
    for diversion in diverted(headers) {
        match all.iter_mut().find(|known| is_same(&known.address, &diversion.address)) {
            Some(known) if known.reason.is_empty() => known.reason = diversion.reason,
            Some(_) => {}
            None => all.push(diversion),
        }
    }
    all.truncate(MOST);
    all
}

fn is_same(one: &Address, other: &Address) -> bool {
    match (Uri::parse(&one.uri), Uri::parse(&other.uri)) {
        (Ok(one), Ok(other)) => {
            one.is_equivalent(&other) || (one.user().is_some() && one.user() == other.user())
        }
        (_, _) => one.uri == other.uri,
    }
}

/// Diversion has the last one first (RFC 5806 section 6).
fn diverted(headers: &Headers) -> Vec<Diversion> {
    let mut all: Vec<Diversion> = headers.list("Diversion").take(MOST).filter_map(diversion).collect();
    all.reverse();
    all
}

/// `None`: it can't be read, or whom it names does not want to be known.
fn diversion(value: &str) -> Option<Diversion> {
    let mut address = address(value)?;
    match parameter(value, "privacy").as_deref() {
        Some("full" | "uri") => return None,
        Some("name") => address.display_name = None,
        Some(_) | None => {}
    }
    Some(Diversion { address, reason: parameter(value, "reason").unwrap_or_default() })
}

/// A step of the history.
struct Step {
    index: Vec<u32>,
    entry: NameAddr,
    /// Why the call went on from here.
    reason: Option<String>,
    private: bool,
}

/// The entries in the order of their index, without the last, which is ourselves, and without those whose next one is
/// only the place where the same user was to be found (`rc` and `np`, RFC 7044 section 5.1).
fn history(headers: &Headers) -> Vec<Diversion> {
    let mut steps: Vec<Step> = headers.list("History-Info").take(MOST).filter_map(step).collect();
    steps.sort_by(|a, b| a.index.cmp(&b.index));
    let mut diversions = Vec::new();
    for pair in steps.windows(2) {
        let [step, next] = pair else { continue };
        let same_user = next.entry.params.contains("rc") || next.entry.params.contains("np");
        if step.private || (same_user && step.reason.is_none()) {
            continue;
        }
        let cause = next.entry.uri.params().get("cause").and_then(number).map(word);
        diversions.push(Diversion {
            address: Address {
                display_name: step.entry.display_name.clone(),
                uri: step.entry.uri.without_headers().to_string(),
            },
            reason: step.reason.clone().or(cause).unwrap_or_default(),
        });
    }
    diversions
}

fn step(value: &str) -> Option<Step> {
    let entry = NameAddr::parse(value).ok()?;
    let index = entry.params.get("index")?.split('.').take(MOST).map(number).collect::<Option<Vec<u32>>>()?;
    let inside = |wanted: &str| {
        let mut fields = entry.uri.headers().split('&').filter_map(|field| field.split_once('='));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| unescape(value))
    };
    let reason =
        inside("Reason").map(|reason| match parameter(&reason, "cause").as_deref().and_then(number) {
            Some(cause) => word(cause),
            None => String::new(),
        });
    let private = inside("Privacy").is_some_and(|wish| wish.to_ascii_lowercase().contains("history"));
    Some(Step { index, reason, private, entry })
}

/// The word of a Diversion for a cause (RFC 7544 section 4.2, RFC 4458); else the cause itself.
fn word(cause: u32) -> String {
    match cause {
        302 => "unconditional".to_owned(),
        404 => "unknown".to_owned(),
        408 => "no-answer".to_owned(),
        480 | 487 => "deflection".to_owned(),
        486 => "user-busy".to_owned(),
        503 => "unavailable".to_owned(),
        other => other.to_string(),
    }
}
