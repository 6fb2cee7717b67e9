//! Who calls, as the own server vouches for it (P-Asserted-Identity, RFC 3325; Remote-Party-ID, which older servers send
//! in its place), and whether they want to stay unknown (Privacy, RFC 3323 section 4.2, RFC 3325 section 9.3).

use super::{MOST, address, api_address, parameter};
use crate::{
    api::Address,
    message::{Headers, NameAddr, Uri},
};

const REMOTE_PARTY_ID: &str = "Remote-Party-ID";

/// Who it is. Of a SIP and a telephone URI (RFC 3325 section 9.1 allows one of each) the telephone number, which can be
/// called back from anywhere, with whichever name there is. Whether the sender may be believed is the caller's to know.
pub(in crate::usage::invite) fn asserted(headers: &Headers) -> Option<Address> {
    let mut all: Vec<NameAddr> = headers
        .list("P-Asserted-Identity")
        .take(MOST)
        .filter_map(|value| NameAddr::parse(value).ok())
        .collect();
    let display_name = all.iter().find_map(|one| one.display_name.clone());
    let number = all.iter().position(|one| one.uri.scheme() == "tel").unwrap_or(0);
    if number < all.len() {
        return Some(Address { display_name, ..api_address(all.swap_remove(number)) });
    }
    let party = |value: &&str| {
        parameter(value, "party")
            .is_none_or(|party| ["calling", "called"].iter().any(|known| party.eq_ignore_ascii_case(known)))
    };
    headers.list(REMOTE_PARTY_ID).take(MOST).find(party).and_then(address)
}

/// Whether the caller wants to stay unknown: by Privacy, by an anonymous From (RFC 3323 section 4.1.1.3), or by the
/// `privacy` of a Remote-Party-ID.
pub(super) fn is_anonymous(headers: &Headers) -> bool {
    wants_privacy(headers) || headers.from().is_ok_and(|from| is_nobody(&from.uri))
}

/// The same, without a look at From: in a response that is the other side.
pub(in crate::usage::invite) fn wants_privacy(headers: &Headers) -> bool {
    let by_privacy = headers
        .list("Privacy")
        .flat_map(|value| value.split(';'))
        .any(|value| ["id", "user"].iter().any(|wish| value.trim().eq_ignore_ascii_case(wish)));
    let by_party = headers
        .list(REMOTE_PARTY_ID)
        .take(MOST)
        .filter_map(|value| parameter(value, "privacy"))
        .any(|privacy| ["full", "uri"].iter().any(|wish| privacy.eq_ignore_ascii_case(wish)));
    by_privacy || by_party
}

/// `sip:anonymous@anonymous.invalid`, and what servers make of it.
fn is_nobody(uri: &Uri) -> bool {
    uri.user().is_some_and(|user| user.eq_ignore_ascii_case("anonymous"))
        || uri.host_port().is_some_and(|host_port| host_port.host.eq_ignore_ascii_case("anonymous.invalid"))
}
