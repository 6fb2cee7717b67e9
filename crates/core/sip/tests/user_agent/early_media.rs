//! What is heard before a call is up: early dialogs of a forked INVITE, each with its own description, and what may be
//! asked in them (RFC 3261 sections 12.1.2 and 13.2.2.4).

use crate::kit::{CALLEE, CALLER, Net, address, by_callee};
use sidetone_sip::{
    api::{CallKey, Command, EndCause, Event},
    message::{Message, Method, Request, Response},
};
use std::time::Duration;

const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE, INFO";

fn called(net: &mut Net) -> (CallKey, Request) {
    let call = net.call();
    (call, net.heard_request(CALLEE, Method::Invite))
}

fn described(net: &mut Net) -> String {
    net.expect(CALLER, "early media", |event| match event {
        Event::Progress { code: 183, sdp: Some(sdp), .. } => Some(String::from_utf8(sdp.to_vec()).unwrap()),
        _ => None,
    })
}

fn up(net: &mut Net) -> String {
    net.expect(CALLER, "Answered", |event| match event {
        Event::Answered { sdp, .. } => Some(String::from_utf8(sdp.to_vec()).unwrap()),
        _ => None,
    })
}

fn answered(net: &mut Net, method: Method) -> Response {
    let is = |message: &Message| match message {
        Message::Response(response) => response.headers.cseq().is_ok_and(|cseq| cseq.method == method),
        Message::Request(_) => false,
    };
    match net.heard(CALLEE, "an answer", is) {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!(),
    }
}

#[test]
fn every_leg_is_told_and_the_one_that_answers_brings_its_own() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    net.answer(&invite, 183, "one", &[], "music");
    assert_eq!(described(&mut net), "music");
    net.answer(&invite, 183, "two", &[], "announcement");
    assert_eq!(described(&mut net), "announcement");
    net.answer(&invite, 200, "one", &[], "");
    assert_eq!(up(&mut net), "music", "not what another leg said");
}

#[test]
fn the_200_of_a_leg_that_said_nothing_says_what_it_has_to() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    net.answer(&invite, 183, "one", &[], "music");
    described(&mut net);
    net.answer(&invite, 200, "two", &[], "");
    assert!(matches!(net.ended(CALLER), EndCause::Failed(_)), "nothing of leg two is known");
    net.heard_request(CALLEE, Method::Ack);
    assert_eq!(net.heard_request(CALLEE, Method::Bye).headers.to().unwrap().tag(), Some("two"));
}

#[test]
fn the_routes_of_the_200_count_and_the_numbers_of_the_early_dialog_go_on() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    let early = "<sip:192.0.2.2:5060;lr;early>";
    let more = [("Require", "100rel"), ("RSeq", "1"), ("Record-Route", early)];
    net.answer(&invite, 183, "one", &more, "music");
    let prack = net.heard_request(CALLEE, Method::Prack);
    assert_eq!(prack.headers.route().unwrap()[0].to_string(), early);
    net.answer(&prack, 200, "one", &[], "");
    let late = "<sip:192.0.2.2:5060;lr;late>";
    net.answer(&invite, 200, "one", &[("Record-Route", late)], "music");
    up(&mut net);
    assert_eq!(net.heard_request(CALLEE, Method::Ack).headers.route().unwrap()[0].to_string(), late);
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.route().unwrap()[0].to_string(), late);
    assert_eq!(bye.headers.cseq().unwrap().number, 3, "behind INVITE and PRACK");
}

#[test]
fn questions_in_an_early_dialog_are_answered_and_a_bye_is_none_of_the_callees() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    net.answer(&invite, 183, "one", &[("Allow", ALLOW)], "music");
    described(&mut net);
    for (number, method, code) in [
        (1, Method::Info, 200),
        (2, Method::Options, 200),
        (3, Method::Update, 200),
        (4, Method::Bye, 481),
        (5, Method::Invite, 491),
        (6, Method::Prack, 481),
        (6, Method::Info, 500),
    ] {
        net.tell(CALLEE, CALLER, by_callee(&invite, "one", method.as_str(), number, ""));
        assert_eq!(answered(&mut net, method.clone()).code, code, "{method}");
    }
    net.tell(CALLEE, CALLER, by_callee(&invite, "unknown", "UPDATE", 1, ""));
    assert_eq!(answered(&mut net, Method::Update).code, 481);
    net.answer(&invite, 200, "one", &[], "music");
    up(&mut net);
}

#[test]
fn a_call_that_fails_answers_the_update_that_waits_in_a_leg() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    net.answer(&invite, 183, "one", &[("Allow", ALLOW), ("Require", "100rel"), ("RSeq", "1")], "music");
    described(&mut net);
    net.tell(CALLEE, CALLER, by_callee(&invite, "one", "UPDATE", 1, "change"));
    net.expect(CALLER, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
    net.answer(&invite, 486, "one", &[], "");
    assert_eq!(answered(&mut net, Method::Update).code, 487);
    assert!(matches!(net.ended(CALLER), EndCause::Failed(_)));
}

#[test]
fn a_target_refreshed_early_is_where_the_next_request_goes() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    let more = [("Allow", ALLOW), ("Require", "100rel"), ("RSeq", "1")];
    net.answer(&invite, 183, "one", &more, "music");
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.answer(&prack, 200, "one", &[], "");
    let moved = format!("<sip:moved@{}>", address(CALLEE));
    let update = by_callee(&invite, "one", "UPDATE", 1, "");
    net.tell(CALLEE, CALLER, update.replace("<sip:ann@192.0.2.2:5060>", &moved));
    assert_eq!(answered(&mut net, Method::Update).code, 200);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    let update = net.heard_request(CALLEE, Method::Update);
    assert_eq!(update.uri.as_str(), format!("sip:moved@{}", address(CALLEE)));
}

#[test]
fn a_hundred_legs_ring_and_a_dozen_are_known() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    for number in 0..100 {
        let tag = format!("t{number}");
        net.answer(&invite, 183, &tag, &[("Require", "100rel"), ("RSeq", "1")], "");
    }
    net.world.run_for(Duration::from_millis(100));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Progress { .. })), 100);
    assert_eq!(net.ladder().count("PRACK"), 12);
    net.answer(&invite, 200, "t99", &[], "answer");
    assert_eq!(up(&mut net), "answer");
}
