//! Provisional responses that must arrive (RFC 3262), from both sides: in order, once, and with descriptions where they
//! belong.

use crate::{
    kit::{CALLEE, CALLER, Net, address, by_caller, place, register_as, request},
    register::account,
};
use sidetone_sip::{
    api::{CallKey, Command, EndCause, Event, Failure, Transport},
    message::{Message, Method, Request, Response, name},
};
use std::time::Duration;

const SDP: &str = "Content-Type: application/sdp\r\n";
const REQUIRED: &str = "Require: 100rel\r\nContent-Type: application/sdp\r\n";
const SUPPORTED: &str = "Supported: 100rel\r\nContent-Type: application/sdp\r\n";

/// The INVITE of a call to the wire.
fn called(net: &mut Net) -> (CallKey, Request) {
    let call = net.call();
    (call, net.heard_request(CALLEE, Method::Invite))
}

fn answer_reliably(net: &mut Net, invite: &Request, code: u16, tag: &str, rseq: u32, body: &str) {
    net.answer(invite, code, tag, &[("Require", "100rel"), ("RSeq", &rseq.to_string())], body);
}

fn progress(net: &mut Net, code: u16) -> Option<String> {
    net.expect(CALLER, "Progress", |event| match event {
        Event::Progress { code: it, sdp, .. } if *it == code => {
            Some(sdp.as_ref().map(|sdp| String::from_utf8(sdp.to_vec()).unwrap()))
        }
        _ => None,
    })
}

/// A call from the wire that waits here.
fn waiting(net: &mut Net, more: &str, body: &str) -> CallKey {
    net.tell(CALLEE, CALLER, request("INVITE", "a", more, body));
    net.incoming(CALLER)
}

fn prack(net: &mut Net, response: &Response, number: u32, body: &str) {
    let to = response.headers.get(name::TO).unwrap();
    let rack = format!("RAck: {} 1 INVITE\r\n", response.headers.rseq().unwrap());
    net.tell(CALLEE, CALLER, by_caller("PRACK", number, to, &rack, body));
}

/// The answer to a request by the wire.
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
fn we_say_that_we_know_them() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    assert!(invite.headers.has_token(name::SUPPORTED, "100rel"));
    assert!(invite.headers.allow().contains(&Method::Prack));
}

#[test]
fn a_reliable_ringing_gets_its_prack() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    answer_reliably(&mut net, &invite, 180, "one", 7, "");
    assert_eq!(progress(&mut net, 180), None);
    let prack = net.heard_request(CALLEE, Method::Prack);
    assert_eq!(prack.headers.get(name::RACK), Some("7 1 INVITE"));
    assert_eq!(prack.headers.cseq().unwrap().to_string(), "2 PRACK");
    assert_eq!(prack.headers.to().unwrap().tag(), Some("one"));
    assert_eq!(prack.uri.as_str(), format!("sip:wire@{}", address(CALLEE)));
}

#[test]
fn an_unreliable_ringing_gets_none() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    net.answer(&invite, 180, "one", &[("RSeq", "7")], "");
    net.answer(&invite, 100, "one", &[("Require", "100rel"), ("RSeq", "7")], "");
    net.world.run_for(Duration::from_secs(2));
    assert_eq!(net.ladder().count("PRACK"), 0);
}

#[test]
fn a_repeated_one_is_neither_told_nor_acknowledged_again() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    for _ in 0..3 {
        answer_reliably(&mut net, &invite, 180, "one", 7, "");
    }
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.answer(&prack, 200, "one", &[], "");
    net.world.run_for(Duration::from_secs(10));
    assert_eq!(net.ladder().count("PRACK"), 1);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Progress { .. })), 1);
}

#[test]
fn one_behind_a_gap_is_left_until_it_comes_again_in_order() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    let mut racks = Vec::new();
    for rseq in [7, 9, 8, 9] {
        answer_reliably(&mut net, &invite, 183, "one", rseq, "");
        net.world.run_for(Duration::from_millis(100));
    }
    for _ in 0..3 {
        let prack = net.heard_request(CALLEE, Method::Prack);
        net.answer(&prack, 200, "one", &[], "");
        racks.push(prack.headers.rack().unwrap().rseq);
    }
    assert_eq!(racks, [7, 8, 9]);
    net.world.run_for(Duration::from_secs(10));
    assert_eq!(net.ladder().count("PRACK"), 3);
}

#[test]
fn each_leg_of_a_fork_counts_for_itself() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    for (tag, rseq) in [("one", 7), ("two", 400), ("one", 8)] {
        answer_reliably(&mut net, &invite, 183, tag, rseq, "");
        let prack = net.heard_request(CALLEE, Method::Prack);
        assert_eq!(
            (prack.headers.to().unwrap().tag(), prack.headers.rack().unwrap().rseq),
            (Some(tag), rseq)
        );
        net.answer(&prack, 200, tag, &[], "");
        net.world.run_for(Duration::from_millis(100));
    }
    assert_eq!((net.ladder().count("PRACK 2"), net.ladder().count("PRACK 3")), (2, 1));
}

#[test]
fn a_prack_that_is_challenged_goes_out_with_credentials() {
    let mut net = Net::agent_and_wire();
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let registration = net.heard_request(CALLEE, Method::Register);
    net.answer(&registration, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    net.command(CALLER, place(CallKey(40), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    answer_reliably(&mut net, &invite, 183, "one", 7, "");
    let prack = net.heard_request(CALLEE, Method::Prack);
    let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    net.answer(&prack, 407, "one", &[("Proxy-Authenticate", challenge)], "");
    let again = net.heard(CALLEE, "PRACK with credentials", |message| match message {
        Message::Request(request) => {
            request.method == Method::Prack && request.headers.contains(name::PROXY_AUTHORIZATION)
        }
        Message::Response(_) => false,
    });
    assert_eq!(again.headers().get(name::RACK), Some("7 1 INVITE"));
    assert_eq!(again.headers().cseq().unwrap().number, prack.headers.cseq().unwrap().number + 1);
}

#[test]
fn a_change_does_not_overtake_the_prack() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    let more = [("Require", "100rel"), ("RSeq", "7"), ("Allow", "PRACK, UPDATE")];
    net.answer(&invite, 183, "one", &more, "early");
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("UPDATE"), 0);
    net.answer(&prack, 200, "one", &[], "");
    net.heard_request(CALLEE, Method::Update);
}

#[test]
fn a_prack_that_was_refused_is_sent_again_when_the_response_comes_again() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    answer_reliably(&mut net, &invite, 183, "one", 7, "early");
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.answer(&prack, 500, "one", &[], "");
    net.world.run_for(Duration::from_millis(100));
    answer_reliably(&mut net, &invite, 183, "one", 7, "early");
    assert_eq!(net.heard_request(CALLEE, Method::Prack).headers.rack().unwrap().rseq, 7);
}

#[test]
fn an_answer_that_arrived_for_certain_is_the_answer() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    answer_reliably(&mut net, &invite, 183, "one", 7, "early");
    assert_eq!(progress(&mut net, 183).as_deref(), Some("early"));
    net.answer(&invite, 200, "one", &[], "another");
    net.expect(CALLER, "Answered", |e| {
        matches!(e, Event::Answered { sdp, .. } if sdp == "early").then_some(())
    });
}

#[test]
fn a_late_leg_that_had_a_prack_is_ended_behind_it() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    answer_reliably(&mut net, &invite, 183, "two", 7, "");
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.answer(&prack, 200, "two", &[], "");
    net.answer(&invite, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.answer(&invite, 200, "two", &[], "answer");
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("two"));
    assert!(bye.headers.cseq().unwrap().number > prack.headers.cseq().unwrap().number);
}

#[test]
fn who_requires_it_gets_a_reliable_ringing_until_its_prack() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, REQUIRED, "offer");
    net.command(CALLER, Command::Ring { call });
    let ringing = net.heard_response(CALLEE, 180);
    assert!(ringing.headers.has_token(name::REQUIRE, "100rel") && ringing.headers.contains(name::CONTACT));
    // Sent again after 0.5, 1.5, 3.5 and 7.5 s.
    net.world.run_for(Duration::from_secs(8));
    assert_eq!(net.ladder().count("180 INVITE"), 5);
    prack(&mut net, &ringing, 2, "");
    assert_eq!(answered(&mut net, Method::Prack).code, 200);
    net.world.run_for(Duration::from_secs(60));
    assert_eq!(net.ladder().count("180 INVITE"), 5);
}

#[test]
fn over_a_stream_it_is_repeated_too() {
    let mut net = Net::agent_and_wire();
    net.transport = Transport::Tcp;
    net.tell(CALLEE, CALLER, request("INVITE", "a", REQUIRED, "offer").replace("/UDP", "/TCP"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    net.world.run_for(Duration::from_secs(2));
    assert_eq!(net.ladder().count("180 INVITE"), 3);
}

#[test]
fn without_any_prack_the_call_is_refused() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, REQUIRED, "offer");
    net.command(CALLER, Command::Ring { call });
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    assert_eq!(net.world.elapsed().as_secs(), 32);
    net.heard_response(CALLEE, 504);
}

#[test]
fn a_prack_for_something_else_gets_481() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, REQUIRED, "offer");
    net.command(CALLER, Command::Ring { call });
    let ringing = net.heard_response(CALLEE, 180);
    let (to, rseq) = (ringing.headers.get(name::TO).unwrap(), ringing.headers.rseq().unwrap());
    for (number, rack) in [
        (2, format!("RAck: {} 1 INVITE\r\n", rseq + 1)),
        (3, format!("RAck: {rseq} 2 INVITE\r\n")),
        (4, format!("RAck: {rseq} 1 BYE\r\n")),
        (5, String::new()),
    ] {
        net.tell(CALLEE, CALLER, by_caller("PRACK", number, to, &rack, ""));
        assert_eq!(answered(&mut net, Method::Prack).code, 481, "{rack}");
    }
    net.tell(CALLEE, CALLER, request("PRACK", "x", "RAck: 1 1 INVITE\r\n", ""));
    assert_eq!(answered(&mut net, Method::Prack).code, 481);
}

#[test]
fn who_only_knows_it_gets_it_for_descriptions() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, SUPPORTED, "offer");
    net.command(CALLER, Command::Ring { call });
    assert!(!net.heard_response(CALLEE, 180).headers.contains(name::RSEQ));
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    assert!(early.headers.contains(name::RSEQ) && early.body == "early");
}

#[test]
fn who_does_not_know_it_gets_early_media_all_the_same_and_again_in_the_200() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, SDP, "offer");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    assert!(!early.headers.contains(name::RSEQ) && early.body == "early");
    net.command(CALLER, Command::Answer { call, sdp: "something else".into() });
    assert_eq!(net.heard_response(CALLEE, 200).body, "early");
}

#[test]
fn the_next_one_waits_for_the_prack_of_the_one_before() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, REQUIRED, "offer");
    net.command(CALLER, Command::Ring { call });
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let ringing = net.heard_response(CALLEE, 180);
    assert_eq!(net.ladder().count("183"), 0);
    prack(&mut net, &ringing, 2, "");
    let early = net.heard_response(CALLEE, 183);
    assert_eq!(early.headers.rseq(), ringing.headers.rseq().map(|rseq| rseq + 1));
}

#[test]
fn a_200_waits_until_the_description_before_it_arrived() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, SUPPORTED, "offer");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    net.command(CALLER, Command::Answer { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("200 INVITE"), 0);
    prack(&mut net, &early, 2, "");
    assert_eq!(answered(&mut net, Method::Prack).code, 200);
    assert_eq!(net.heard_response(CALLEE, 200).body, "early");
}

#[test]
fn a_200_does_not_wait_for_a_mere_ringing_whose_prack_is_answered_still() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, REQUIRED, "offer");
    net.command(CALLER, Command::Ring { call });
    let ringing = net.heard_response(CALLEE, 180);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    assert_eq!(net.heard_response(CALLEE, 200).body, "answer");
    prack(&mut net, &ringing, 2, "");
    assert_eq!(answered(&mut net, Method::Prack).code, 200);
    let to = ringing.headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, by_caller("ACK", 1, &to, "", ""));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    net.quiet();
    assert_eq!(net.ladder().count("180 INVITE"), 1);
}

#[test]
fn without_their_offer_early_media_brings_ours_and_the_prack_the_answer() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, "Supported: 100rel\r\n", "");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "our offer".into() });
    net.command(CALLER, Command::Answer { call, sdp: "our offer".into() });
    let early = net.heard_response(CALLEE, 183);
    assert_eq!(early.body, "our offer");
    prack(&mut net, &early, 2, "");
    assert_eq!(answered(&mut net, Method::Prack).code, 400, "it must bring the answer");
    prack(&mut net, &early, 3, "their answer");
    net.expect(CALLER, "OfferAnswered", |e| {
        matches!(e, Event::OfferAnswered { sdp, .. } if sdp == "their answer").then_some(())
    });
    assert_eq!(answered(&mut net, Method::Prack).code, 200);
    assert!(net.heard_response(CALLEE, 200).body.is_empty(), "a description would be an offer");
}

#[test]
fn without_their_offer_nothing_unreliable_brings_ours() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, "", "");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "our offer".into() });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("183"), 0);
}

#[test]
fn an_offer_in_a_prack_is_answered_in_its_200() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, SUPPORTED, "offer");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    prack(&mut net, &early, 2, "another offer");
    net.expect(CALLER, "OfferReceived", |e| {
        matches!(e, Event::OfferReceived { sdp: Some(sdp), .. } if sdp == "another offer").then_some(())
    });
    net.command(CALLER, Command::AnswerOffer { call, sdp: "another answer".into() });
    let ok = answered(&mut net, Method::Prack);
    assert_eq!((ok.code, &ok.body[..]), (200, &b"another answer"[..]));
    net.command(CALLER, Command::Answer { call, sdp: "early".into() });
    assert!(net.heard_response(CALLEE, 200).body.is_empty(), "what was said first is not so any more");
}

#[test]
fn an_offer_in_a_prack_may_be_refused_and_the_response_arrived_all_the_same() {
    let mut net = Net::agent_and_wire();
    let call = waiting(&mut net, SUPPORTED, "offer");
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    prack(&mut net, &early, 2, "another offer");
    net.expect(CALLER, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
    net.command(CALLER, Command::RefuseOffer { call, code: 488 });
    assert_eq!(answered(&mut net, Method::Prack).code, 488);
    net.world.run_for(Duration::from_secs(60));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn two_agents_with_early_media() {
    let mut net = Net::pair();
    let ours = net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::EarlyMedia { call: theirs, sdp: "answer".into() });
    assert_eq!(progress(&mut net, 183).as_deref(), Some("answer"));
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    net.quiet();
    let golden = [
        "INVITE 1",
        "100 INVITE 1",
        "183 INVITE 1",
        "PRACK 2",
        "200 PRACK 2",
        "200 INVITE 1",
        "ACK 1",
        "BYE 3",
        "200 BYE 3",
    ];
    assert_eq!(net.ladder().labels(), golden);
}
