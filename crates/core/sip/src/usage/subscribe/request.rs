//! SUBSCRIBE (RFC 6665 section 4.1.2): the first one, and those in the dialog that renew, ask or end.

use crate::{
    api::{Flow, Subscribing},
    dialog::Dialog,
    message::{Method, Request, Uri, name},
    package::Package,
    stack::{ALLOW, Stack},
    usage::challenge,
};
use bytes::Bytes;
use std::time::Duration;

/// What a SUBSCRIBE says beside: its type and content.
pub(super) type Errand = (String, Bytes);

/// A SUBSCRIBE outside of any dialog, and its path. `None`: there is no path to the account's server, or the target is
/// no URI.
pub(super) fn outside(
    stack: &mut Stack,
    what: &Subscribing,
    expires: Duration,
    errand: Option<&Errand>,
) -> Option<(Request, Flow)> {
    let target = Uri::parse(&what.target).ok()?;
    let (mut request, flow) = stack.outside(what.account, Method::Subscribe, &target)?;
    dress(&mut request, what.package, expires, errand);
    challenge::foresee(stack, &mut request, flow);
    Some((request, flow))
}

/// The next SUBSCRIBE in the dialog, and its path. Zero seconds end the subscription.
pub(super) fn inside(
    stack: &mut Stack,
    dialog: &mut Dialog,
    package: Package,
    expires: Duration,
    errand: Option<&Errand>,
) -> (Request, Flow) {
    let mut request = dialog.request(Method::Subscribe);
    let flow = dialog.flow();
    request.headers.push(name::CONTACT, format!("<{}>", dialog.contact()));
    dress(&mut request, package, expires, errand);
    challenge::foresee(stack, &mut request, flow);
    (request, flow)
}

/// No `id` in Event: every subscription of ours has a dialog of its own (RFC 6665 sections 4.5.2 and 8.2.1).
fn dress(request: &mut Request, package: Package, expires: Duration, errand: Option<&Errand>) {
    let headers = &mut request.headers;
    headers.push(name::EVENT, package.name());
    headers.push(name::ACCEPT, package.accepts().join(", "));
    if package.has_lists() {
        headers.push(name::SUPPORTED, "eventlist");
    }
    headers.push(name::EXPIRES, expires.as_secs().to_string());
    headers.push(name::ALLOW, ALLOW);
    headers.push(name::ALLOW_EVENTS, Package::ALLOW_EVENTS);
    if let Some((content_type, body)) = errand {
        request.set_body(content_type, body.clone());
    }
}
