//! Data that travels with a call: User-to-User (RFC 7433).

use super::{loosely, parameter};
use crate::{
    api::UserToUser,
    message::{Headers, take_quoted},
};

/// How many are kept.
const MOST: usize = 8;

/// How large one may be, decoded. ISDN carries 128 bytes; servers that speak SIP only some hundred.
const LARGEST: usize = 4096;

pub(super) fn user_to_user(headers: &Headers) -> Vec<UserToUser> {
    headers.list("User-to-User").filter_map(one).take(MOST).collect()
}

/// `56a390;encoding=hex;purpose=isdn-uui;content=isdn-uui`. In the package of ISDN hex is what is meant where no encoding
/// is named (RFC 7434).
fn one(value: &str) -> Option<UserToUser> {
    let (head, _) = loosely(value);
    let text = if head.starts_with('"') { take_quoted(head)?.0 } else { head.to_owned() };
    let [encoding, purpose, content] = ["encoding", "purpose", "content"].map(|name| parameter(value, name));
    let is_hex = match (&encoding, &purpose) {
        (Some(encoding), _) => encoding.eq_ignore_ascii_case("hex"),
        (None, Some(purpose)) => purpose.eq_ignore_ascii_case("isdn-uui"),
        (None, None) => false,
    };
    let data = if is_hex { from_hex(&text)? } else { text.into_bytes() };
    let fits = !data.is_empty() && data.len() <= LARGEST;
    fits.then(|| UserToUser {
        data,
        purpose: purpose.unwrap_or_default(),
        content: content.unwrap_or_default(),
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
