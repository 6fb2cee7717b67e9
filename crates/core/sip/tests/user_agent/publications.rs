//! Publications (RFC 3903): made, changed, renewed, forgotten by the server, refused, taken back.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net},
    watching::{CHALLENGE, HOUR, MINUTE, registered},
};
use sidetone_sip::{
    api::{Command, Event, Failure, PublicationKey, Publishing},
    message::{Method, Request, name},
    package::Package,
};
use std::time::Duration;

const KEY: PublicationKey = PublicationKey(3);

fn publish(net: &mut Net, body: &str) {
    let publishing = Publishing {
        account: ACCOUNT,
        package: Package::Presence,
        content_type: "application/pidf+xml".to_owned(),
        body: body.to_owned().into(),
        expires: HOUR,
    };
    net.command(CALLER, Command::Publish { publication: KEY, publishing: Box::new(publishing) });
}

fn heard(net: &mut Net) -> Request {
    net.heard_request(CALLEE, Method::Publish)
}

fn take(net: &mut Net, request: &Request, etag: &str) {
    net.answer(request, 200, "s", &[("SIP-ETag", etag), (name::EXPIRES, "3600")], "");
}

fn outcome(net: &mut Net) -> Result<Duration, Failure> {
    net.expect(CALLER, "Published", |e| match e {
        Event::Published { outcome, .. } => Some(outcome.clone()),
        _ => None,
    })
}

fn etag(request: &Request) -> Option<&str> {
    request.headers.get("SIP-If-Match")
}

/// Published, known as `one` at the server.
fn published() -> Net {
    let mut net = registered();
    publish(&mut net, "open");
    let request = heard(&mut net);
    take(&mut net, &request, "one");
    assert_eq!(outcome(&mut net), Ok(HOUR));
    net
}

#[test]
fn the_first_one_brings_the_state_and_names_nothing_before_it() {
    let mut net = registered();
    publish(&mut net, "open");
    let request = heard(&mut net);
    assert_eq!(request.uri.as_str(), "sip:agent@example.org");
    assert_eq!(request.headers.to().unwrap().uri.as_str(), "sip:agent@example.org");
    assert_eq!(request.headers.get(name::EVENT), Some("presence"));
    assert_eq!(request.headers.expires(), Some(3600));
    assert_eq!(request.headers.get(name::CONTENT_TYPE), Some("application/pidf+xml"));
    assert_eq!((etag(&request), &request.body[..]), (None, &b"open"[..]));
}

#[test]
fn it_is_renewed_by_name_without_the_state() {
    let mut net = published();
    for (old, new) in [("one", "two"), ("two", "three")] {
        let begin = net.world.elapsed();
        let renewal = heard(&mut net);
        assert!(net.world.elapsed() - begin < HOUR);
        assert_eq!((etag(&renewal), renewal.body.len()), (Some(old), 0));
        take(&mut net, &renewal, new);
    }
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Published { .. })), 0);
}

#[test]
fn a_change_brings_the_new_state_under_the_old_name() {
    let mut net = published();
    publish(&mut net, "busy");
    let change = heard(&mut net);
    assert_eq!((etag(&change), &change.body[..]), (Some("one"), &b"busy"[..]));
    take(&mut net, &change, "two");
    assert_eq!(outcome(&mut net), Ok(HOUR));
}

#[test]
fn changes_wait_for_the_answer_and_only_the_last_one_goes_out() {
    let mut net = registered();
    publish(&mut net, "open");
    publish(&mut net, "busy");
    publish(&mut net, "away");
    let first = heard(&mut net);
    assert_eq!(&first.body[..], b"open");
    assert_eq!(net.ladder().count("PUBLISH"), 1);
    take(&mut net, &first, "one");
    let last = heard(&mut net);
    assert_eq!((etag(&last), &last.body[..]), (Some("one"), &b"away"[..]));
    take(&mut net, &last, "two");
    assert_eq!(outcome(&mut net), Ok(HOUR));
}

#[test]
fn a_server_that_forgot_is_told_everything_anew() {
    let mut net = published();
    let renewal = heard(&mut net);
    net.answer(&renewal, 412, "s", &[], "");
    let anew = heard(&mut net);
    assert_eq!((etag(&anew), &anew.body[..]), (None, &b"open"[..]));
    net.answer(&anew, 412, "s", &[], "");
    let why = outcome(&mut net);
    assert!(matches!(why, Err(Failure::Status { code: 412, .. })), "no circle");
}

#[test]
fn a_change_that_meets_a_server_that_forgot_is_told_anew() {
    let mut net = published();
    publish(&mut net, "busy");
    let change = heard(&mut net);
    net.answer(&change, 412, "s", &[], "");
    let anew = heard(&mut net);
    assert_eq!((etag(&anew), &anew.body[..]), (None, &b"busy"[..]));
}

#[test]
fn taking_back_names_what_goes() {
    let mut net = published();
    net.command(CALLER, Command::Unpublish { publication: KEY });
    let last = heard(&mut net);
    assert_eq!((etag(&last), last.headers.expires(), last.body.len()), (Some("one"), Some(0), 0));
    net.answer(&last, 200, "s", &[("SIP-ETag", "none"), (name::EXPIRES, "0")], "");
    assert_eq!(outcome(&mut net), Ok(Duration::ZERO));
    net.world.run_for(24 * HOUR);
    assert_eq!(net.ladder().count("PUBLISH"), 2);
    net.command(CALLER, Command::Unpublish { publication: KEY });
    assert_eq!(outcome(&mut net), Ok(Duration::ZERO), "what is gone is gone");
}

#[test]
fn taking_back_what_the_server_forgot_is_done() {
    let mut net = published();
    net.command(CALLER, Command::Unpublish { publication: KEY });
    let last = heard(&mut net);
    net.answer(&last, 412, "s", &[], "");
    assert_eq!(outcome(&mut net), Ok(Duration::ZERO));
}

#[test]
fn taking_back_waits_for_the_answer_before_it() {
    let mut net = registered();
    publish(&mut net, "open");
    net.command(CALLER, Command::Unpublish { publication: KEY });
    let first = heard(&mut net);
    take(&mut net, &first, "one");
    let last = heard(&mut net);
    assert_eq!((etag(&last), last.headers.expires()), (Some("one"), Some(0)));
    net.answer(&last, 200, "s", &[], "");
    assert_eq!(outcome(&mut net), Ok(Duration::ZERO));
}

#[test]
fn a_challenge_is_answered_once() {
    let mut net = registered();
    publish(&mut net, "open");
    let first = heard(&mut net);
    net.answer(&first, 401, "s", &[CHALLENGE], "");
    let second = heard(&mut net);
    assert!(second.headers.contains(name::AUTHORIZATION));
    assert_eq!((second.headers.cseq().unwrap().number, &second.body[..]), (2, &b"open"[..]));
    net.answer(&second, 401, "s", &[CHALLENGE], "");
    assert_eq!(outcome(&mut net), Err(Failure::Credentials));
    net.world.run_for(HOUR);
    assert_eq!(net.ladder().count("PUBLISH"), 2);
}

#[test]
fn too_brief_an_interval_is_made_longer() {
    let mut net = registered();
    publish(&mut net, "open");
    let first = heard(&mut net);
    net.answer(&first, 423, "s", &[("Min-Expires", "7200")], "");
    let second = heard(&mut net);
    assert_eq!((second.headers.expires(), &second.body[..]), (Some(7200), &b"open"[..]));
}

#[test]
fn a_package_that_the_server_does_not_know_is_not_tried_again() {
    let mut net = registered();
    publish(&mut net, "open");
    let first = heard(&mut net);
    net.answer(&first, 489, "s", &[], "");
    assert!(matches!(outcome(&mut net), Err(Failure::Status { code: 489, .. })));
    net.world.run_for(24 * HOUR);
    assert_eq!(net.ladder().count("PUBLISH"), 1);
}

#[test]
fn a_server_without_time_is_told_later_and_with_the_state() {
    let mut net = published();
    let renewal = heard(&mut net);
    net.answer(&renewal, 503, "s", &[(name::RETRY_AFTER, "600")], "");
    assert!(matches!(outcome(&mut net), Err(Failure::Status { code: 503, .. })));
    let begin = net.world.elapsed();
    let again = heard(&mut net);
    assert!(net.world.elapsed() - begin >= 10 * MINUTE);
    assert_eq!(&again.body[..], b"open");
    take(&mut net, &again, "two");
    assert_eq!(outcome(&mut net), Ok(HOUR));
}

#[test]
fn a_success_without_a_name_is_none() {
    let mut net = registered();
    publish(&mut net, "open");
    let first = heard(&mut net);
    net.answer(&first, 200, "s", &[], "");
    assert_eq!(outcome(&mut net), Err(Failure::Protocol));
    heard(&mut net);
}
