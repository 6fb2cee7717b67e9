//! What a call carries besides its headers' own words: User-to-User data (RFC 7433), and the way it came (RFC 7044, RFC
//! 5806), as the user agent read them. An admin's rule names them like any other header.

use super::{Part, part_of};
use sidetone_sip::api::{About, Diversion, UserToUser};

/// The value that a rule asks for. The outer `None`: the header is none of these, and is read as it stands.
pub(super) fn value(about: &About, header: &str, parameter: &str, part: Part) -> Option<Option<String>> {
    let is = |name: &str| header.eq_ignore_ascii_case(name);
    if is("User-to-User") {
        Some(data(&about.user_to_user, parameter))
    } else if (is("Diversion") || is("History-Info")) && (parameter.is_empty() || parameter == "reason") {
        Some(about.diversions.first().map(|first| step(first, parameter, part)))
    } else {
        None
    }
}

/// Whom the call was for at first, or why it went on from there.
fn step(first: &Diversion, parameter: &str, part: Part) -> String {
    if !parameter.is_empty() {
        return first.reason.clone();
    }
    let name = first.address.display_name.as_deref().unwrap_or_default();
    let written = format!("{name} <{}>", first.address.uri);
    part_of(&written, part).to_owned()
}

/// All of the first data there is; or of any data the value with this name: `order=12` in `customer=7;order=12`.
fn data(all: &[UserToUser], parameter: &str) -> Option<String> {
    if parameter.is_empty() {
        return all.first().map(|one| text(&one.data));
    }
    all.iter().find_map(|one| {
        let text = text(&one.data);
        let pairs = text.split([';', '&', ',', '|', '\r', '\n']).filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case(parameter));
        named.next().map(|(_, value)| value.trim().to_owned())
    })
}

/// UTF-8, or else Latin-1. ISDN puts an octet in front that says what follows (ITU-T Q.931 section 4.5.30): it is no text.
fn text(data: &[u8]) -> String {
    let data = match data {
        [0..=8, rest @ ..] => rest,
        whole => whole,
    };
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) => data.iter().copied().map(char::from).collect(),
    }
}
