//! Where descriptions stand when they are not simply in the INVITE: in one part of its body (RFC 5621), or nowhere, so
//! that the offer is ours (RFC 3261 section 13.2.1).

use crate::kit::{CALLEE, CALLER, Net, by_caller, request};
use sidetone_sip::{
    api::{Command, EndCause, Event, Failure},
    message::{Method, Response, name},
};

const MIXED: &str = "Content-Type: multipart/mixed;boundary=\"b\"\r\n";

#[test]
fn an_offer_among_other_parts_is_found() {
    let mut net = Net::agent_and_wire();
    let body = "--b\r\nContent-Type: application/isup\r\n\r\n\0\r\n--b\r\nContent-Type: application/sdp\r\n\r\noffer\r\n--b--\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", MIXED, body));
    let sdp = net.incoming_with(CALLER, |incoming| incoming.sdp.clone());
    assert_eq!(sdp.as_deref(), Some(&b"offer"[..]));
}

#[test]
fn parts_without_an_offer_get_415() {
    let mut net = Net::agent_and_wire();
    let body = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", MIXED, body));
    net.heard_response(CALLEE, 415);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}

#[test]
fn an_ack_without_the_answer_ends_the_call_and_says_why() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "our offer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, by_caller("ACK", 1, &to, "", ""));
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Protocol));
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.reasons()[0].cause, Some(400));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Confirmed { .. })), 0);
}

#[test]
fn while_our_offer_in_a_200_has_no_answer_theirs_gets_491() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "our offer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "theirs"));
    net.heard_response(CALLEE, 491);
    net.tell(CALLEE, CALLER, by_caller("ACK", 1, &to, "", "their answer"));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { sdp: Some(_), .. }).then_some(()));
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", "theirs"));
    net.expect(CALLER, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
}

#[test]
fn an_answer_in_parts_is_found() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    let mut ok = Response::to(&invite, 200).with_to_tag("one");
    ok.headers.push(name::CONTACT, "<sip:wire@192.0.2.2:5060>");
    let body = "--b\r\nContent-Type: application/sdp\r\n\r\nanswer\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--";
    ok.set_body("multipart/mixed;boundary=b", body.into());
    net.tell(CALLEE, CALLER, ok.to_bytes());
    net.expect(CALLER, "Answered", |e| {
        matches!(e, Event::Answered { sdp, .. } if sdp == "answer").then_some(())
    });
}
