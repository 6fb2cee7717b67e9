//! Reports to a collector (RFC 6035): a PUBLISH each, with credentials where they are wanted, and never a second one.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net},
    watching::{CHALLENGE, HOUR, registered, registered_by},
};
use sidetone_sip::{
    api::{Command, Event, Failure, ReportKey, Transport},
    message::{Method, Request, name},
};

const KEY: ReportKey = ReportKey(3);

fn report(net: &mut Net, body: &str) {
    let collector = "sip:collector@example.org".to_owned();
    let report = Command::Report { report: KEY, account: ACCOUNT, collector, body: body.to_owned().into() };
    net.command(CALLER, report);
}

fn sent(net: &mut Net) -> Request {
    report(net, "VQSessionReport: CallTerm");
    net.heard_request(CALLEE, Method::Publish)
}

fn reported(net: &mut Net) -> Result<(), Failure> {
    net.expect(CALLER, "Reported", |e| match e {
        Event::Reported { report, outcome } => (*report == KEY).then(|| outcome.clone()),
        _ => None,
    })
}

#[test]
fn a_report_leaves_nothing_to_be_kept_in_force() {
    let mut net = registered();
    let publish = sent(&mut net);
    assert_eq!(publish.uri.as_str(), "sip:collector@example.org");
    assert_eq!(publish.headers.get(name::EVENT), Some("vq-rtcpxr"));
    assert_eq!(publish.headers.get(name::CONTENT_TYPE), Some("application/vq-rtcpxr"));
    assert_eq!(&publish.body[..], b"VQSessionReport: CallTerm");
    net.answer(&publish, 200, "s", &[("SIP-ETag", "x"), ("Expires", "60")], "");
    assert_eq!(reported(&mut net), Ok(()));
    net.world.run_for(HOUR);
    assert_eq!(net.ladder().count("PUBLISH"), 1);
}

#[test]
fn a_challenge_is_answered() {
    let mut net = registered();
    let publish = sent(&mut net);
    net.answer(&publish, 401, "s", &[CHALLENGE], "");
    let again = net.heard_request(CALLEE, Method::Publish);
    assert!(again.headers.contains(name::AUTHORIZATION));
    assert_eq!(again.body, publish.body);
    net.answer(&again, 200, "s", &[], "");
    assert_eq!(reported(&mut net), Ok(()));
}

#[test]
fn a_collector_that_refuses_is_not_asked_again() {
    for (code, more) in [(489, vec![]), (503, vec![("Retry-After", "5")]), (423, vec![("Min-Expires", "60")])]
    {
        let mut net = registered();
        let publish = sent(&mut net);
        net.answer(&publish, code, "s", &more, "");
        assert!(matches!(reported(&mut net), Err(Failure::Status { code: found, .. }) if found == code));
        net.world.run_for(HOUR);
        assert_eq!(net.ladder().count("PUBLISH"), 1);
    }
}

#[test]
fn a_collector_that_is_silent_is_given_up() {
    let mut net = registered_by(Transport::Tcp);
    sent(&mut net);
    assert_eq!(reported(&mut net), Err(Failure::Timeout));
    net.world.run_for(HOUR);
    assert_eq!(net.ladder().count("PUBLISH"), 1);
}

#[test]
fn without_a_path_to_the_server_it_fails_at_once() {
    let mut net = Net::agent_and_wire();
    report(&mut net, "VQSessionReport: CallTerm");
    assert_eq!(reported(&mut net), Err(Failure::Transport));
}

#[test]
fn what_is_too_large_for_a_datagram_takes_a_stream() {
    let mut net = registered();
    report(&mut net, &"x".repeat(1_400));
    let publish = net.heard_request(CALLEE, Method::Publish);
    assert_eq!(publish.headers.top_via().unwrap().transport, "TCP");
    net.answer(&publish, 200, "s", &[], "");
    assert_eq!(reported(&mut net), Ok(()));
}
