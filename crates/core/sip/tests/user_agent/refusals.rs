//! Requests that are not calls, or not ones for us (RFC 3261 sections 8.2 and 11): each gets the answer that the RFC
//! says, and garbage gets none.

use crate::kit::{CALLEE, CALLER, Net, request};
use proptest::prelude::*;
use sidetone_sip::message::{Method, name};
use std::time::Duration;

fn answer_to(text: String) -> sidetone_sip::message::Response {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, text);
    let message = net.heard(CALLEE, "an answer", |_| true);
    match message {
        sidetone_sip::message::Message::Response(response) => response,
        other => panic!("{other:?}"),
    }
}

#[test]
fn options_says_what_we_can() {
    let ok = answer_to(request("OPTIONS", "a", "", ""));
    assert_eq!(ok.code, 200);
    assert!(ok.headers.allow().contains(&Method::Invite) && ok.headers.allow().contains(&Method::Bye));
    assert_eq!(ok.headers.get(name::ACCEPT), Some("application/sdp"));
    assert!(ok.headers.contains(name::SUPPORTED));
    assert!(ok.headers.to().unwrap().tag().is_some());
}

#[test]
fn an_unknown_method_gets_501_and_a_known_one_405() {
    assert_eq!(answer_to(request("FOO", "a", "", "")).code, 501);
    let not_allowed = answer_to(request("PUBLISH", "a", "", ""));
    assert_eq!(not_allowed.code, 405);
    assert!(!not_allowed.headers.allow().is_empty());
}

#[test]
fn a_required_extension_gets_420() {
    let refused = answer_to(request("INVITE", "a", "Require: 100rel, foo, Timer, bar\r\n", ""));
    assert_eq!(refused.code, 420);
    assert_eq!(refused.headers.unsupported().collect::<Vec<_>>(), ["foo", "bar"]);
}

#[test]
fn another_version_gets_505() {
    assert_eq!(
        answer_to(request("OPTIONS", "a", "", "").replacen("SIP/2.0\r\n", "SIP/7.0\r\n", 1)).code,
        505
    );
}

#[test]
fn a_broken_request_gets_400() {
    assert_eq!(
        answer_to(request("INVITE", "a", "", "").replace("Content-Length: 0", "Content-Length: -1")).code,
        400
    );
}

#[test]
fn another_body_gets_415() {
    let refused = answer_to(request("INVITE", "a", "Content-Type: text/plain\r\n", "hello"));
    assert_eq!(refused.code, 415);
    assert_eq!(refused.headers.get(name::ACCEPT), Some("application/sdp"));
}

#[test]
fn an_unknown_scheme_gets_416() {
    let refused =
        answer_to(request("INVITE", "a", "", "").replacen("sip:agent@192.0.2.1", "soap.beep://host", 1));
    assert_eq!(refused.code, 416);
}

#[test]
fn a_request_in_no_dialog_gets_481() {
    let bye = request("BYE", "a", "", "")
        .replace("To: <sip:agent@example.org>", "To: <sip:agent@example.org>;tag=x");
    assert_eq!(answer_to(bye).code, 481);
    assert_eq!(answer_to(request("BYE", "a", "", "")).code, 481);
}

#[test]
fn max_forwards_0_is_no_reason_to_refuse() {
    assert_eq!(
        answer_to(request("OPTIONS", "a", "", "").replace("Max-Forwards: 70", "Max-Forwards: 0")).code,
        200
    );
}

#[test]
fn a_call_without_contact_gets_400() {
    assert_eq!(
        answer_to(request("INVITE", "a", "", "").replace("Contact: <sip:ann@192.0.2.2:5060>\r\n", "")).code,
        400
    );
}

#[test]
fn strangers_get_403_where_only_the_server_may_call() {
    let config = sidetone_sip::Config { callers: sidetone_sip::Callers::Server, ..Default::default() };
    let mut net = Net::of(vec![crate::kit::agent(config, 1), crate::kit::Node::Wire(Default::default())], 1);
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    net.heard_response(CALLEE, 403);
}

#[test]
fn an_old_request_without_branch_is_answered_and_absorbed() {
    let mut net = Net::agent_and_wire();
    let old = request("INVITE", "a", "", "").replace(";branch=z9hG4bKa", "");
    net.tell(CALLEE, CALLER, old.clone());
    net.incoming(CALLER);
    net.tell(CALLEE, CALLER, old);
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("100 INVITE"), 2);
    assert_eq!(net.ladder().count("482"), 0);
}

#[test]
fn acks_and_responses_to_nothing_are_met_with_silence() {
    let mut net = Net::agent_and_wire();
    for text in [
        request("ACK", "a", "", ""),
        "\r\n\r\n".to_owned(),
        "hello".to_owned(),
        request("X", "a", "", "").replacen("X sip:agent@192.0.2.1 SIP/2.0", "SIP/2.0 200 OK", 1),
    ] {
        net.tell(CALLEE, CALLER, text);
    }
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().labels().len(), 4);
}

#[test]
fn more_calls_than_we_take_are_refused_and_forgotten() {
    let mut net = Net::agent_and_wire();
    for number in 0..3_000 {
        let text =
            request("INVITE", &format!("b{number}"), "", "").replace("by-hand", &format!("call-{number}"));
        net.tell(CALLEE, CALLER, text);
    }
    net.heard_response(CALLEE, 486);
    net.heard_response(CALLEE, 503);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn mangled_requests_never_panic(at in 0usize..500, byte in any::<u8>(), cut in 0usize..500, method in "INVITE|BYE|ACK|CANCEL|OPTIONS|REGISTER|REFER|NOTIFY") {
        let mut net = Net::agent_and_wire();
        let mut bytes = request(&method, "a", "Content-Type: application/sdp\r\n", "offer").into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        net.tell(CALLEE, CALLER, bytes.clone());
        bytes.truncate(cut);
        net.tell(CALLEE, CALLER, bytes);
        net.world.run_for(Duration::from_secs(100));
    }
}
