//! What is answered without any state: OPTIONS (RFC 3261 section 11), INFO (RFC 6086), and requests that we can't or
//! won't take (section 8.2).

use crate::{
    message::{Method, Request, Response, name, part},
    package::Package,
    stack::{ALLOW, SDP, SUPPORTED, Stack},
    transaction::ServerId,
};
use std::time::Instant;

/// Says what we can do.
pub(crate) fn on_options(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    let mut response = Response::to(request, 200).with_to_tag(&stack.tokens.tag());
    response.headers.push(name::ALLOW, ALLOW);
    response.headers.push(name::ACCEPT, SDP);
    response.headers.push("Accept-Encoding", "identity");
    response.headers.push("Accept-Language", "en");
    response.headers.push(name::SUPPORTED, SUPPORTED);
    response.headers.push(name::ALLOW_EVENTS, Package::ALLOW_EVENTS);
    stack.respond(now, id, response);
}

/// An empty INFO is a sign of life; no package is understood.
pub(crate) fn on_info(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    if request.headers.contains("Info-Package") {
        // RFC 6086 section 4.2.2.
        let mut response = Response::to(request, 469).with_to_tag(&stack.tokens.tag());
        response.headers.push("Recv-Info", "");
        stack.respond(now, id, response);
    } else if request.body.is_empty() {
        stack.reply(now, id, request, 200);
    } else {
        refuse_media(now, stack, id, request);
    }
}

/// 415: the body is none that we understand.
pub(crate) fn refuse_media(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    let mut response = Response::to(request, 415).with_to_tag(&stack.tokens.tag());
    response.headers.push(name::ACCEPT, SDP);
    stack.respond(now, id, response);
}

/// 500 with a pause: what it is about may be back soon. The dialog lives on by this (RFC 5057 section 5.1), which 481 would
/// end.
pub(crate) fn put_off(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    let mut response = Response::to(request, 500);
    response.headers.push(name::RETRY_AFTER, "2");
    stack.respond(now, id, response);
}

/// 405 for a method we know, 501 for any other.
pub(crate) fn refuse_method(now: Instant, stack: &mut Stack, id: ServerId, request: &Request) {
    let code = if matches!(request.method, Method::Other(_)) { 501 } else { 405 };
    stack.reply(now, id, request, code);
}

/// 420, where an extension is required that we don't have: neither everywhere nor, as `more` says, here. `true`: it was
/// refused.
pub(crate) fn refuse_extensions(
    now: Instant,
    stack: &mut Stack,
    (id, request): (ServerId, &Request),
    more: &[&str],
) -> bool {
    let here = || SUPPORTED.split(", ").chain(more.iter().copied());
    let known = |tag: &str| here().any(|known| known.eq_ignore_ascii_case(tag));
    let unknown: Vec<&str> = request.headers.require().filter(|tag| !known(tag)).collect();
    if unknown.is_empty() {
        return false;
    }
    let mut response = Response::to(request, 420).with_to_tag(&stack.tokens.tag());
    response.headers.push(name::UNSUPPORTED, unknown.join(", "));
    stack.respond(now, id, response);
    true
}

/// Whether the body is a session description or has one among its parts (RFC 5621), or there is none.
pub(crate) fn has_fit_body(request: &Request) -> bool {
    let encoded =
        request.headers.get("Content-Encoding").is_some_and(|how| !how.eq_ignore_ascii_case("identity"));
    let described = match request.headers.get(name::CONTENT_TYPE) {
        Some(content_type) => part(content_type, &request.body, SDP).is_some(),
        None => true,
    };
    request.body.is_empty() || (!encoded && described)
}
