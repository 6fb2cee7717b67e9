//! REFER (RFC 3515): [ours](sent), which transfers a call, and [theirs](received), which wants us to call somebody; and the
//! [names of dialogs](dialog_id) that both come with. REFER for anything but a call is refused.

mod admit;
pub(crate) mod dialog_id;
mod fragment;
mod received;
mod sent;

pub(crate) use fragment::SIPFRAG;
pub(crate) use received::Refers;
pub(crate) use sent::{Transfer, Turn};

use crate::message::{Headers, Params, name};

/// The event package of a REFER's implicit subscription (RFC 3515 section 2.4.4).
pub(crate) const REFER: &str = "refer";

/// The package that Event names, in lower case (RFC 6665 section 8.2.1).
pub(crate) fn event_name(headers: &Headers) -> Option<String> {
    Some(headers.get(name::EVENT)?.split(';').next()?.trim().to_ascii_lowercase())
}

/// The `id` of Event (RFC 6665 section 8.2.1).
fn event_id(headers: &Headers) -> Option<String> {
    let value = headers.get(name::EVENT)?;
    let params = Params::parse(value.get(value.find(';')?..)?).ok()?;
    params.get("id").map(str::to_owned)
}
