//! What an INVITE says about its call beyond From and To, read for [`About`]. A header that can't be read is as good as
//! none: no call is refused because of one. Replaces and Join are not read here.

mod answer;
mod data;
mod identity;
mod ring;
mod way;

use identity::is_anonymous;
pub(super) use identity::{asserted, wants_privacy};

use crate::{
    api::{About, Address},
    message::{Headers, NameAddr, find_outside, name, split_outside, take_quoted},
};

/// How many values of one header are looked at.
const MOST: usize = 32;

/// Reads an INVITE. `trusted`: it came from the account's own server (RFC 3325 section 8: from the trust domain).
pub(super) fn of(headers: &Headers, trusted: bool) -> About {
    About {
        asserted: trusted.then(|| asserted(headers)).flatten(),
        anonymous: is_anonymous(headers),
        diversions: way::diversions(headers),
        answer_after: trusted.then(|| answer::after(headers)).flatten(),
        ring: ring::choice(headers),
        user_to_user: data::user_to_user(headers),
        referred_by: headers.get(name::REFERRED_BY).and_then(address),
        replaces: None,
        joins: None,
    }
}

/// A name-addr as the api has it.
pub(super) fn api_address(name_addr: NameAddr) -> Address {
    Address { display_name: name_addr.display_name, uri: name_addr.uri.to_string() }
}

fn address(value: &str) -> Option<Address> {
    NameAddr::parse(value).ok().map(api_address)
}

/// What stands before the parameters, and the parameters: read with more patience than a grammar has, since phones
/// and servers write `Alert-Info: Ring Answer` and `Call-Info: <>;answer-after=0`.
fn loosely(value: &str) -> (&str, impl Iterator<Item = (&str, String)>) {
    let (head, rest) = value.split_at(find_outside(value, ';').unwrap_or(value.len()));
    let params = split_outside(rest, ';').filter(|item| !item.is_empty()).take(MOST).map(|item| {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let value = value.trim();
        (name.trim(), take_quoted(value).map_or_else(|| value.to_owned(), |(plain, _)| plain))
    });
    (head.trim(), params)
}

/// A parameter, found by [`loosely`].
fn parameter(value: &str, wanted: &str) -> Option<String> {
    loosely(value).1.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}
