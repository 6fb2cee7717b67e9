//! Whose REFER is taken, and for what (RFC 3515 section 2.4.2): in a call's dialog, outside of any dialog where it names one
//! of our calls (Target-Dialog, RFC 4538 section 4), and from the account's server; others get 403. Refer-To is one URI that
//! can be called.

use super::dialog_id::DialogId;
use crate::{
    api::CallKey,
    dialog::Dialog,
    message::{NameAddr, Request, name},
    stack::Stack,
    transaction::ServerId,
    usage::invite::Calls,
};

/// Where a REFER came.
pub(super) struct Place {
    /// The call in whose dialog it came.
    pub(super) call: Option<CallKey>,
    /// The call that it is about.
    pub(super) about: Option<CallKey>,
    pub(super) dialog: Dialog,
    /// What tells it apart from those before it in its dialog.
    pub(super) id: Option<u32>,
}

/// Finds its dialog, or makes it one of its own where its sender may have that. `Err`: what it is refused with.
pub(super) fn place_of(
    stack: &mut Stack,
    calls: &mut Calls,
    server: ServerId,
    request: &Request,
) -> Result<Place, u16> {
    if request.headers.to().is_ok_and(|to| to.tag().is_some()) {
        let call = calls.enter(request)?;
        let id = calls.note_refer(call, request)?;
        let dialog = calls.dialog_mut(call).ok_or(481_u16)?.clone();
        return Ok(Place { call: Some(call), about: Some(call), dialog, id });
    }
    let flow = stack.servers.flow(server).ok_or(400_u16)?;
    let named = DialogId::target(&request.headers).map_err(|_| 400_u16)?;
    // Many write the tags as they see them themselves. Whoever knows both is in the call, or was told by one who is.
    let about = named.and_then(|named| calls.up(&named).or_else(|| calls.up(&named.seen_there())));
    if about.is_none() && !stack.accounts.is_server(flow) {
        return Err(403);
    }
    let (tag, account) = (stack.tokens.tag(), stack.accounts.asked(request, flow));
    let contact = stack.contact(account, flow).ok_or(400_u16)?;
    let dialog = Dialog::of_callee(request, &tag, contact, flow).ok_or(400_u16)?;
    Ok(Place { call: None, about, dialog, id: None })
}

/// Refer-To: one URI that can be called (section 2.4.1).
pub(super) fn target_of(request: &Request) -> Result<String, u16> {
    let mut values = request.headers.list(name::REFER_TO);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(400) };
    let uri = NameAddr::parse(value).map_err(|_| 400_u16)?.uri;
    if !uri.is_sip() && uri.scheme() != "tel" {
        return Err(416);
    }
    match uri.params().get("method") {
        Some(method) if !method.eq_ignore_ascii_case("INVITE") => Err(501),
        Some(_) | None => Ok(uri.to_string()),
    }
}
