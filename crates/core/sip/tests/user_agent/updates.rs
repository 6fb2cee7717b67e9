//! UPDATE (RFC 3311), both ways, before a call is up and after; where it meets other changes, and what is refused.

use crate::kit::{CALLEE, CALLER, Net, address, by_callee, by_caller, request};
use sidetone_sip::{
    api::{CallKey, Command, EndCause, Event, Failure},
    message::{Message, Method, Request, Response, name},
};
use std::time::Duration;

const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE";
const CAN_ALL: &str = "Supported: 100rel\r\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\r\nContent-Type: application/sdp\r\n";

fn offered(net: &mut Net, index: usize, offer: &str) {
    net.expect(index, "OfferReceived", |event| {
        matches!(event, Event::OfferReceived { sdp: Some(sdp), .. } if sdp == offer).then_some(())
    });
}

fn taken(net: &mut Net, index: usize, answer: &str) {
    net.expect(index, "OfferAnswered", |event| {
        matches!(event, Event::OfferAnswered { sdp, .. } if sdp == answer).then_some(())
    });
}

fn refused(net: &mut Net, index: usize) -> Failure {
    net.expect(index, "OfferRefused", |event| match event {
        Event::OfferRefused { why, .. } => Some(why.clone()),
        _ => None,
    })
}

/// The answer to an UPDATE by the wire.
fn answered(net: &mut Net) -> Response {
    let is = |message: &Message| match message {
        Message::Response(response) => {
            response.headers.cseq().is_ok_and(|cseq| cseq.method == Method::Update)
        }
        Message::Request(_) => false,
    };
    match net.heard(CALLEE, "an answer to UPDATE", is) {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!(),
    }
}

/// A call to the wire whose leg `one` sends early media; `reliably`: so that its answer is one.
fn early(net: &mut Net, reliably: bool) -> (CallKey, Request) {
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    let mut more = vec![("Allow", ALLOW)];
    if reliably {
        more.extend([("Require", "100rel"), ("RSeq", "7")]);
    }
    net.answer(&invite, 183, "one", &more, "early");
    net.expect(CALLER, "183", |e| matches!(e, Event::Progress { code: 183, .. }).then_some(()));
    if reliably {
        let prack = net.heard_request(CALLEE, Method::Prack);
        net.answer(&prack, 200, "one", &[], "");
    }
    (call, invite)
}

/// A call from the wire that waits here, with early media that arrived; the To of our answers.
fn waiting(net: &mut Net) -> (CallKey, String) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", CAN_ALL, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::EarlyMedia { call, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    let to = early.headers.get(name::TO).unwrap().to_owned();
    let rack = format!("RAck: {} 1 INVITE\r\n", early.headers.rseq().unwrap());
    net.tell(CALLEE, CALLER, by_caller("PRACK", 2, &to, &rack, ""));
    net.heard_response(CALLEE, 200);
    (call, to)
}

/// A call from the wire that is up; the To of our answers.
fn up(net: &mut Net) -> (CallKey, String) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", CAN_ALL, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, by_caller("ACK", 1, &to, "", ""));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    (call, to)
}

#[test]
fn the_caller_changes_early_media() {
    let mut net = Net::agent_and_wire();
    let (call, _) = early(&mut net, true);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    let update = net.heard_request(CALLEE, Method::Update);
    assert_eq!((&update.body[..], update.headers.to().unwrap().tag()), (&b"change"[..], Some("one")));
    assert_eq!(update.headers.cseq().unwrap().number, 3, "behind INVITE and PRACK");
    assert!(update.headers.contains(name::CONTACT));
    net.answer(&update, 200, "one", &[], "changed");
    taken(&mut net, CALLER, "changed");
}

#[test]
fn the_callee_changes_early_media() {
    let mut net = Net::agent_and_wire();
    let (call, _) = waiting(&mut net);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    let update = net.heard_request(CALLEE, Method::Update);
    net.answer(&update, 200, "ann", &[], "changed");
    taken(&mut net, CALLER, "changed");
}

#[test]
fn an_early_change_waits_for_no_answer_that_may_be_lost() {
    let mut net = Net::agent_and_wire();
    let (call, _) = early(&mut net, false);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    assert!(matches!(refused(&mut net, CALLER), Failure::Status { code: 491, .. }));
    net.tell(CALLEE, CALLER, request("INVITE", "a", CAN_ALL, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    refused(&mut net, CALLER);
    assert_eq!(net.ladder().count("UPDATE"), 0);
}

#[test]
fn an_early_change_that_fails_leaves_the_call_ringing() {
    for code in [481, 488, 503] {
        let mut net = Net::agent_and_wire();
        let (call, invite) = early(&mut net, true);
        net.command(CALLER, Command::Offer { call, sdp: "change".into() });
        let update = net.heard_request(CALLEE, Method::Update);
        net.answer(&update, code, "one", &[], "");
        assert!(matches!(refused(&mut net, CALLER), Failure::Status { code: it, .. } if it == code));
        net.answer(&invite, 200, "one", &[], "early");
        net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    }
}

#[test]
fn a_change_begun_early_ends_when_the_call_is_up() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = early(&mut net, true);
    net.command(CALLER, Command::Offer { call, sdp: "change".into() });
    let update = net.heard_request(CALLEE, Method::Update);
    net.answer(&invite, 200, "one", &[], "");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.answer(&update, 200, "one", &[], "changed");
    taken(&mut net, CALLER, "changed");
}

#[test]
fn their_early_change_is_answered() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = early(&mut net, true);
    net.tell(CALLEE, CALLER, by_callee(&invite, "one", "UPDATE", 1, "change"));
    offered(&mut net, CALLER, "change");
    net.command(CALLER, Command::AnswerOffer { call, sdp: "changed".into() });
    let ok = answered(&mut net);
    assert_eq!((ok.code, &ok.body[..]), (200, &b"changed"[..]));
    assert!(ok.headers.contains(name::CONTACT));
}

#[test]
fn their_early_change_is_refused_and_the_call_goes_on() {
    let mut net = Net::agent_and_wire();
    let (call, to) = waiting(&mut net);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", "change"));
    offered(&mut net, CALLER, "change");
    net.command(CALLER, Command::RefuseOffer { call, code: 488 });
    assert_eq!(answered(&mut net).code, 488);
    net.command(CALLER, Command::Answer { call, sdp: "early".into() });
    assert_eq!(net.heard_response(CALLEE, 200).body, "early");
}

#[test]
fn while_our_offer_has_no_answer_theirs_gets_491() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = early(&mut net, false);
    net.tell(CALLEE, CALLER, by_callee(&invite, "one", "UPDATE", 1, "change"));
    assert_eq!(answered(&mut net).code, 491);
}

#[test]
fn while_their_offer_has_no_answer_another_gets_500_with_a_pause() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", CAN_ALL, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "change"));
    let busy = answered(&mut net);
    assert_eq!(busy.code, 500);
    assert!(busy.headers.retry_after().unwrap() <= Duration::from_secs(10));
}

#[test]
fn a_second_update_before_the_first_is_answered_gets_500_with_a_pause() {
    let mut net = Net::agent_and_wire();
    let (_, to) = up(&mut net);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "one"));
    offered(&mut net, CALLER, "one");
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", ""));
    let busy = answered(&mut net);
    assert!(busy.code == 500 && busy.headers.contains(name::RETRY_AFTER));
    net.tell(CALLEE, CALLER, by_caller("INVITE", 4, &to, "", "two"));
    assert!(net.heard_response(CALLEE, 500).headers.contains(name::RETRY_AFTER));
}

#[test]
fn without_an_offer_it_is_answered_at_once_and_moves_the_target() {
    let mut net = Net::agent_and_wire();
    let (call, to) = up(&mut net);
    let moved = by_caller("UPDATE", 2, &to, "", "")
        .replace("<sip:ann@192.0.2.2:5060>", &format!("<sip:ann@{}:5099>", address(CALLEE).ip()));
    net.tell(CALLEE, CALLER, moved);
    let ok = answered(&mut net);
    assert!(ok.code == 200 && ok.body.is_empty());
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::OfferReceived { .. })), 0);
    net.world.add_address(CALLEE, "192.0.2.2:5099".parse().unwrap());
    net.command(CALLER, Command::Hangup { call });
    assert_eq!(net.heard_request(CALLEE, Method::Bye).uri.as_str(), "sip:ann@192.0.2.2:5099");
}

#[test]
fn in_a_call_that_is_up_theirs_is_answered_and_needs_no_ack() {
    let mut net = Net::agent_and_wire();
    let (call, to) = up(&mut net);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "hold"));
    offered(&mut net, CALLER, "hold");
    net.command(CALLER, Command::AnswerOffer { call, sdp: "held".into() });
    assert_eq!(answered(&mut net).body, "held");
    net.command(CALLER, Command::Offer { call, sdp: "next".into() });
    assert_eq!(net.heard_request(CALLEE, Method::Invite).body, "next");
}

#[test]
fn our_re_invite_meets_their_update() {
    let mut net = Net::agent_and_wire();
    let (call, to) = up(&mut net);
    net.command(CALLER, Command::Offer { call, sdp: "ours".into() });
    let ours = net.heard_request(CALLEE, Method::Invite);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "theirs"));
    assert_eq!(answered(&mut net).code, 491);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", ""));
    assert_eq!(answered(&mut net).code, 200, "one that offers nothing meets nothing");
    net.answer(&ours, 491, "ann", &[], "");
    net.heard_request(CALLEE, Method::Ack);
    let again = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(again.body, "ours");
}

#[test]
fn our_update_meets_theirs_and_goes_out_again() {
    let mut net = Net::agent_and_wire();
    let (call, to) = waiting(&mut net);
    net.command(CALLER, Command::Offer { call, sdp: "ours".into() });
    let ours = net.heard_request(CALLEE, Method::Update);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", "theirs"));
    assert_eq!(answered(&mut net).code, 491);
    net.answer(&ours, 491, "ann", &[], "");
    let again = net.heard_request(CALLEE, Method::Update);
    assert_eq!(again.body, "ours");
    assert!(net.world.elapsed() < Duration::from_secs(3), "who was called waits no longer than 2 s");
    net.answer(&again, 200, "ann", &[], "changed");
    taken(&mut net, CALLER, "changed");
}

#[test]
fn two_agents_whose_early_changes_cross_make_both_in_the_end() {
    let mut net = Net::pair();
    let ours = net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::EarlyMedia { call: theirs, sdp: "early".into() });
    net.expect(CALLER, "183", |e| matches!(e, Event::Progress { code: 183, .. }).then_some(()));
    net.world.run_for(Duration::from_secs(1));
    net.command(CALLER, Command::Offer { call: ours, sdp: "from caller".into() });
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "from callee".into() });
    offered(&mut net, CALLER, "from callee");
    net.command(CALLER, Command::AnswerOffer { call: ours, sdp: "a".into() });
    taken(&mut net, CALLEE, "a");
    offered(&mut net, CALLEE, "from caller");
    net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "b".into() });
    taken(&mut net, CALLER, "b");
    assert_eq!(net.ladder().count("491 UPDATE"), 2);
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "early".into() });
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    net.quiet();
}

#[test]
fn an_offer_that_our_side_never_answers_is_given_up() {
    let mut net = Net::agent_and_wire();
    let (call, to) = up(&mut net);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, "", "hold"));
    offered(&mut net, CALLER, "hold");
    assert_eq!(answered(&mut net).code, 504);
    net.command(CALLER, Command::AnswerOffer { call, sdp: "late".into() });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("200 UPDATE"), 0);
}

#[test]
fn a_call_that_ends_answers_the_update_that_waits() {
    let mut net = Net::agent_and_wire();
    let (call, to) = waiting(&mut net);
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 3, &to, "", "change"));
    offered(&mut net, CALLER, "change");
    net.command(CALLER, Command::Reject { call, code: 486 });
    assert_eq!(answered(&mut net).code, 487);
    net.heard_response(CALLEE, 486);
    assert_eq!(net.ended(CALLER), EndCause::Local);
}

#[test]
fn a_body_that_is_no_description_gets_415() {
    let mut net = Net::agent_and_wire();
    let (_, to) = up(&mut net);
    let odd = by_caller("UPDATE", 2, &to, "", "hello").replace("application/sdp", "text/plain");
    net.tell(CALLEE, CALLER, odd);
    assert_eq!(answered(&mut net).code, 415);
}
