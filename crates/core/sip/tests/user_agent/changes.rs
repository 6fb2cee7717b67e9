//! Changing a running call by re-INVITE (RFC 3261 section 14): taken, refused, crossing, repeated, and in the wrong
//! order.

use crate::kit::{CALLEE, CALLER, Net, address, request};
use sidetone_sim::Link;
use sidetone_sip::{
    api::{Command, EndCause, Event, Failure},
    message::{Method, Request, name},
};
use std::time::Duration;

fn offered(net: &mut Net, index: usize) {
    net.expect(index, "OfferReceived", |e| {
        matches!(e, Event::OfferReceived { sdp: Some(_), .. }).then_some(())
    });
}

fn taken(net: &mut Net, index: usize, answer: &str) {
    net.expect(index, "OfferAnswered", |e| {
        matches!(e, Event::OfferAnswered { sdp, .. } if sdp == answer).then_some(())
    });
}

#[test]
fn hold_and_resume() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    for (offer, answer) in [("hold", "held"), ("resume", "resumed")] {
        net.command(CALLER, Command::Offer { call: ours, sdp: offer.into() });
        offered(&mut net, CALLEE);
        net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: answer.into() });
        taken(&mut net, CALLER, answer);
    }
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "hold back".into() });
    offered(&mut net, CALLER);
    net.command(CALLER, Command::AnswerOffer { call: ours, sdp: "held back".into() });
    taken(&mut net, CALLEE, "held back");
    net.quiet();
    assert_eq!(net.ladder().count("ACK"), 4);
}

#[test]
fn an_offer_right_after_answering_waits_for_the_ack() {
    let mut net = Net::pair();
    net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "hold".into() });
    assert_eq!(net.ladder().count("INVITE"), 1);
    offered(&mut net, CALLER);
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    net.command(CALLER, Command::Offer { call: ours, sdp: "video".into() });
    offered(&mut net, CALLEE);
    net.command(CALLEE, Command::RefuseOffer { call: theirs, code: 488 });
    net.expect(CALLER, "OfferRefused", |e| {
        matches!(e, Event::OfferRefused { why: Failure::Status { code: 488, .. }, .. }).then_some(())
    });
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    net.quiet();
}

#[test]
fn two_changes_that_cross_are_both_made_in_the_end() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    net.command(CALLER, Command::Offer { call: ours, sdp: "from caller".into() });
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "from callee".into() });
    offered(&mut net, CALLER);
    assert_eq!(net.ladder().count("491 INVITE"), 2);
    net.command(CALLER, Command::AnswerOffer { call: ours, sdp: "a".into() });
    taken(&mut net, CALLEE, "a");
    offered(&mut net, CALLEE);
    net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "b".into() });
    taken(&mut net, CALLER, "b");
    net.quiet();
}

#[test]
fn a_change_that_nobody_answers_breaks_the_call() {
    let mut net = Net::pair();
    let (ours, _) = net.connected();
    net.world.set_link(CALLER, CALLEE, Link::lossy(1.0));
    net.command(CALLER, Command::Offer { call: ours, sdp: "hold".into() });
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    net.world.set_link(CALLER, CALLEE, Link::default());
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    net.quiet();
}

#[test]
fn a_change_answered_with_481_breaks_the_call() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "wire", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Offer { call: ours, sdp: "hold".into() });
    let change = net.heard(CALLEE, "re-INVITE", is_change);
    let sidetone_sip::message::Message::Request(change) = change else { unreachable!() };
    net.answer(&change, 481, "wire", &[], "");
    assert!(matches!(net.ended(CALLER), EndCause::Broken(Failure::Status { code: 481, .. })));
    net.quiet();
}

fn is_change(message: &sidetone_sip::message::Message) -> bool {
    let sidetone_sip::message::Message::Request(request) = message else { return false };
    request.method == Method::Invite && request.headers.to().unwrap().tag().is_some()
}

/// A call that the wire placed, answered and acknowledged; the To of its later requests.
fn called_by_wire(net: &mut Net) -> (sidetone_sip::api::CallKey, String) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, in_call("ACK", "ack", 1, &to, ""));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    (call, to)
}

fn in_call(method: &str, branch: &str, number: u32, to: &str, body: &str) -> String {
    let more = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    request(method, branch, more, body)
        .replace("To: <sip:agent@example.org>", &format!("To: {to}"))
        .replace("CSeq: 1 ", &format!("CSeq: {number} "))
}

#[test]
fn a_change_without_offer_gets_ours_and_the_ack_brings_the_answer() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called_by_wire(&mut net);
    net.tell(CALLEE, CALLER, in_call("INVITE", "b", 2, &to, ""));
    net.expect(CALLER, "OfferReceived", |e| {
        matches!(e, Event::OfferReceived { sdp: None, .. }).then_some(())
    });
    net.command(CALLER, Command::AnswerOffer { call, sdp: "our offer".into() });
    assert_eq!(net.heard_response(CALLEE, 200).body, "our offer");
    net.tell(CALLEE, CALLER, in_call("ACK", "c", 2, &to, "their answer"));
    net.expect(CALLER, "Confirmed", |e| {
        matches!(e, Event::Confirmed { sdp: Some(sdp), .. } if sdp == "their answer").then_some(())
    });
    net.quiet();
}

#[test]
fn a_request_from_the_past_gets_500() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called_by_wire(&mut net);
    net.tell(CALLEE, CALLER, in_call("INFO", "b", 7, &to, ""));
    net.heard_response(CALLEE, 200);
    net.tell(CALLEE, CALLER, in_call("INFO", "c", 6, &to, ""));
    net.heard_response(CALLEE, 500);
}

#[test]
fn a_second_change_before_the_first_is_answered_gets_500_with_a_pause() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called_by_wire(&mut net);
    net.tell(CALLEE, CALLER, in_call("INVITE", "b", 2, &to, "one"));
    offered(&mut net, CALLER);
    net.tell(CALLEE, CALLER, in_call("INVITE", "c", 3, &to, "two"));
    assert!(net.heard_response(CALLEE, 500).headers.retry_after().unwrap() <= Duration::from_secs(10));
}

#[test]
fn a_bye_while_a_change_waits_answers_both() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called_by_wire(&mut net);
    net.tell(CALLEE, CALLER, in_call("INVITE", "b", 2, &to, "one"));
    offered(&mut net, CALLER);
    net.tell(CALLEE, CALLER, in_call("BYE", "c", 3, &to, ""));
    assert_eq!(net.ended(CALLER), EndCause::Remote);
    net.heard_response(CALLEE, 200);
    net.heard_response(CALLEE, 487);
}

#[test]
fn a_change_moves_the_remote_target() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called_by_wire(&mut net);
    let moved = format!("<sip:ann@{}:5099>", address(CALLEE).ip());
    net.tell(
        CALLEE,
        CALLER,
        in_call("INVITE", "b", 2, &to, "one").replace("<sip:ann@192.0.2.2:5060>", &moved),
    );
    offered(&mut net, CALLER);
    net.command(CALLER, Command::AnswerOffer { call, sdp: "ok".into() });
    net.tell(CALLEE, CALLER, in_call("ACK", "c", 2, &to, ""));
    net.world.run_for(Duration::from_secs(1));
    net.world.add_address(CALLEE, "192.0.2.2:5099".parse().unwrap());
    net.command(CALLER, Command::Hangup { call });
    let bye: Request = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.uri.as_str(), "sip:ann@192.0.2.2:5099");
}
