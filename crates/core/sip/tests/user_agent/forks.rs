//! One INVITE, several answers: the first is the call, the others are acknowledged and ended (RFC 3261 section
//! 13.2.2.4); one request by two ways is answered once (section 8.2.2.2).

use crate::kit::{CALLEE, CALLER, Net, request};
use sidetone_sip::{
    api::{Command, EndCause, Event},
    message::Method,
};
use std::time::Duration;

#[test]
fn a_second_leg_that_answers_late_is_ended() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 180, "one", &[], "");
    net.answer(&invite, 180, "two", &[], "");
    net.answer(&invite, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.heard_request(CALLEE, Method::Ack);
    net.answer(&invite, 200, "two", &[], "answer");
    let ack = net.heard_request(CALLEE, Method::Ack);
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(ack.headers.to().unwrap().tag(), Some("two"));
    assert_eq!(bye.headers.to().unwrap().tag(), Some("two"));
    net.answer(&bye, 200, "two", &[], "");
    net.answer(&invite, 200, "two", &[], "answer");
    net.heard_request(CALLEE, Method::Ack);
    net.world.run_for(Duration::from_secs(60));
    assert_eq!(net.ladder().count("BYE"), 1);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn a_leg_that_answers_after_we_hung_up_is_ended_too() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    let bye = net.heard_request(CALLEE, Method::Bye);
    net.answer(&bye, 200, "one", &[], "");
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.answer(&invite, 200, "two", &[], "answer");
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("two"));
    net.answer(&bye, 200, "two", &[], "");
    net.quiet();
}

#[test]
fn a_repeated_200_after_we_hung_up_gets_its_ack_again() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    let bye = net.heard_request(CALLEE, Method::Bye);
    net.answer(&bye, 200, "one", &[], "");
    net.answer(&invite, 200, "one", &[], "answer");
    net.world.run_for(Duration::from_secs(1));
    assert_eq!((net.ladder().count("ACK"), net.ladder().count("BYE")), (2, 1));
}

#[test]
fn one_request_by_two_ways_gets_482() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "way-one", "", ""));
    net.incoming(CALLER);
    net.tell(CALLEE, CALLER, request("INVITE", "way-two", "", ""));
    net.heard_response(CALLEE, 482);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}

#[test]
fn early_media_stands_in_for_an_answer_without_description() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 183, "one", &[], "early");
    net.answer(&invite, 200, "one", &[], "");
    net.expect(CALLER, "Answered", |e| {
        matches!(e, Event::Answered { sdp, .. } if sdp == "early").then_some(())
    });
}

#[test]
fn an_answer_without_any_description_is_acknowledged_and_ended() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "one", &[], "");
    assert!(matches!(net.ended(CALLER), EndCause::Failed(_)));
    net.heard_request(CALLEE, Method::Ack);
    net.heard_request(CALLEE, Method::Bye);
}
