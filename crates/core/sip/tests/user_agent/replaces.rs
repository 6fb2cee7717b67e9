//! An INVITE that takes the place of a call of ours (Replaces, RFC 3891): taken where it may be, refused with the code that
//! section 3 says where not, and written for a target that asks for it.

use crate::{
    kit::{CALLEE, CALLER, Net, Node, address, agent, by_caller, place, request},
    talk::{called, placed, tag, told},
};
use sidetone_sip::{
    Config,
    api::{CallKey, Command, EndCause, Event, Failure},
    message::{Method, name},
};

/// An INVITE of the wire in a dialog of its own, with these lines.
pub(crate) fn invite(lines: &str) -> String {
    let more = format!("{lines}Content-Type: application/sdp\r\n");
    request("INVITE", "second", &more, "offer").replace("Call-ID: by-hand", "Call-ID: second")
}

/// The same, naming the call that the wire placed and whose other end has this To.
fn replacing(to: &str, more: &str) -> String {
    invite(&format!("Replaces: by-hand;from-tag=ann;to-tag={}{more}\r\n", tag(to)))
}

fn announced(net: &mut Net) -> (CallKey, Option<CallKey>) {
    net.incoming_with(CALLER, |incoming| (incoming.call, incoming.about.replaces))
}

/// It is refused, and nobody is told that somebody calls.
pub(crate) fn refused(net: &mut Net, invite: String, code: u16) {
    net.tell(CALLEE, CALLER, invite);
    net.heard_response(CALLEE, code);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}

#[test]
fn answering_it_ends_the_call_that_it_replaces() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    net.tell(CALLEE, CALLER, replacing(&to, ""));
    let (new, replaces) = announced(&mut net);
    assert_eq!(replaces, Some(old));
    net.command(CALLER, Command::Ring { call: new });
    net.heard_response(CALLEE, 180);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0, "ringing ends nothing");
    net.command(CALLER, Command::Answer { call: new, sdp: "answer".into() });
    assert_eq!(net.ended(CALLER), EndCause::Replaced { by: new });
    net.heard_response(CALLEE, 200);
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.call_id().unwrap(), "by-hand");
}

#[test]
fn an_answer_that_waits_for_a_prack_ends_it_then() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    let offer = replacing(&to, "").replace("Replaces:", "Supported: 100rel\r\nReplaces:");
    net.tell(CALLEE, CALLER, offer);
    let (new, _) = announced(&mut net);
    net.command(CALLER, Command::EarlyMedia { call: new, sdp: "early".into() });
    net.command(CALLER, Command::Answer { call: new, sdp: "early".into() });
    let early = net.heard_response(CALLEE, 183);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
    let rack = format!("RAck: {} 1 INVITE\r\n", early.headers.rseq().unwrap());
    let prack = by_caller("PRACK", 2, early.headers.get(name::TO).unwrap(), &rack, "");
    net.tell(CALLEE, CALLER, prack.replace("Call-ID: by-hand", "Call-ID: second"));
    assert_eq!(net.ended(CALLER), EndCause::Replaced { by: new });
}

#[test]
fn refusing_it_leaves_the_call_alone() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    net.tell(CALLEE, CALLER, replacing(&to, ""));
    let (new, _) = announced(&mut net);
    net.command(CALLER, Command::Reject { call: new, code: 486 });
    net.heard_response(CALLEE, 486);
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.command(CALLER, Command::Hangup { call: old });
    assert_eq!(net.heard_request(CALLEE, Method::Bye).headers.call_id().unwrap(), "by-hand");
}

#[test]
fn a_call_that_ended_meanwhile_is_not_in_the_way() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    net.tell(CALLEE, CALLER, replacing(&to, ""));
    let (new, _) = announced(&mut net);
    net.tell(CALLEE, CALLER, told("BYE", 2, &to, "", ""));
    assert_eq!(net.ended(CALLER), EndCause::Remote);
    net.command(CALLER, Command::Answer { call: new, sdp: "answer".into() });
    net.world.run_for(std::time::Duration::from_secs(1));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
    assert_eq!(net.ladder().count("BYE"), 1);
}

#[test]
fn a_call_that_nobody_has_gets_481() {
    for (part, other) in
        [("by-hand;", "elsewhere;"), ("from-tag=ann", "from-tag=bob"), ("to-tag=", "to-tag=x")]
    {
        let mut net = Net::agent_and_wire();
        let (_, to) = called(&mut net);
        refused(&mut net, replacing(&to, "").replacen(part, other, 1), 481);
    }
}

#[test]
fn a_call_that_is_over_gets_603() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    net.command(CALLER, Command::Hangup { call: old });
    net.heard_request(CALLEE, Method::Bye);
    refused(&mut net, replacing(&to, ""), 603);
}

#[test]
fn early_only_is_too_late_when_the_call_is_up() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    refused(&mut net, replacing(&to, ";early-only"), 486);
}

#[test]
fn a_call_that_rings_here_can_not_be_replaced_here() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    refused(&mut net, replacing(&to, ""), 481);
}

#[test]
fn a_call_of_ours_that_rings_there_is_taken_here() {
    for early_only in ["", ";early-only"] {
        let mut net = Net::agent_and_wire();
        let old = net.call();
        let ours = net.heard_request(CALLEE, Method::Invite);
        net.answer(&ours, 180, "one", &[], "");
        net.answer(&ours, 180, "two", &[], "");
        net.world.run_for(std::time::Duration::from_secs(1));
        let (call_id, from) = (ours.headers.call_id().unwrap(), ours.headers.get(name::FROM).unwrap());
        let replaces = format!("Replaces: {call_id};to-tag={};from-tag=two{early_only}\r\n", tag(from));
        net.tell(CALLEE, CALLER, invite(&replaces));
        let (new, replaced) = announced(&mut net);
        assert_eq!(replaced, Some(old));
        net.command(CALLER, Command::Answer { call: new, sdp: "answer".into() });
        assert_eq!(net.ended(CALLER), EndCause::Replaced { by: new });
        net.heard_request(CALLEE, Method::Cancel);
    }
}

#[test]
fn what_names_no_one_call_gets_400() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    let one = format!("by-hand;from-tag=ann;to-tag={}", tag(&to));
    for (number, lines) in [
        (1, format!("Replaces: {one}\r\nReplaces: {one}\r\n")),
        (2, format!("Replaces: {one}, {one}\r\n")),
        (3, format!("Replaces: {one}\r\nJoin: {one}\r\n")),
        (4, "Replaces: by-hand\r\n".to_owned()),
        (5, "Replaces: by-hand;to-tag=x\r\n".to_owned()),
    ] {
        let text = invite(&lines).replace("z9hG4bKsecond", &format!("z9hG4bKnumber{number}"));
        refused(&mut net, text.replace("CSeq: 1", &format!("CSeq: {number}")), 400);
    }
    net.tell(CALLEE, CALLER, request("OPTIONS", "o", &format!("Replaces: {one}\r\n"), ""));
    net.heard_response(CALLEE, 400);
}

#[test]
fn a_stranger_gets_403_whatever_it_knows() {
    let nodes =
        vec![agent(Config::default(), 1), Node::Wire(Default::default()), Node::Wire(Default::default())];
    let mut net = Net::of(nodes, 1);
    let (_, to) = called(&mut net);
    let stranger = replacing(&to, "").replace("192.0.2.2", "192.0.2.3");
    net.tell(2, CALLER, stranger);
    net.heard_response(2, 403);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}

#[test]
fn a_target_that_asks_for_it_is_called_with_it() {
    let mut net = Net::agent_and_wire();
    let via = net.flow(CALLER, CALLEE);
    let target =
        format!("sip:200@{}?Replaces=c%40h%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=evil", address(CALLEE));
    net.command(CALLER, place(CallKey(7), &target, Some(via)));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.get(name::REPLACES), Some("c@h;to-tag=1;from-tag=2"));
    assert!(invite.headers.has_token(name::REQUIRE, "replaces"));
    assert!(!invite.headers.contains("Subject"));
    assert_eq!(invite.uri.as_str(), format!("sip:200@{}", address(CALLEE)));
    assert_eq!(invite.headers.get(name::TO), Some(format!("<sip:200@{}>", address(CALLEE)).as_str()));
}

#[test]
fn a_target_that_asks_for_nonsense_is_not_called() {
    let mut net = Net::agent_and_wire();
    let via = net.flow(CALLER, CALLEE);
    net.command(CALLER, place(CallKey(7), "sip:200@192.0.2.2?Replaces=c", Some(via)));
    assert_eq!(net.ended(CALLER), EndCause::Failed(Failure::Protocol));
    assert_eq!(net.ladder().count("INVITE"), 0);
}

#[test]
fn a_transfer_under_way_ends_with_the_call_that_is_replaced() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    let target = sidetone_sip::api::TransferTarget::Uri("sip:200@example.org".to_owned());
    net.command(CALLER, Command::Transfer { call: old, target });
    net.tell(CALLEE, CALLER, replacing(&to, ""));
    let (new, _) = announced(&mut net);
    net.command(CALLER, Command::Answer { call: new, sdp: "answer".into() });
    net.expect(CALLER, "TransferEnded", |e| {
        matches!(e, Event::TransferEnded { call, outcome: Err(_) } if *call == old).then_some(())
    });
    assert_eq!(net.ended(CALLER), EndCause::Replaced { by: new });
}

#[test]
fn replaced_calls_are_placed_ones_too() {
    let mut net = Net::agent_and_wire();
    let (old, ours) = placed(&mut net, "wire");
    let (call_id, from) = (ours.headers.call_id().unwrap(), ours.headers.get(name::FROM).unwrap());
    net.tell(CALLEE, CALLER, invite(&format!("Replaces: {call_id};to-tag={};from-tag=wire\r\n", tag(from))));
    assert_eq!(announced(&mut net).1, Some(old));
}
