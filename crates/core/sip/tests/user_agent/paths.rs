//! A path that breaks under a call: the call stays, its next request goes by the path anew, and only when nobody can be
//! reached for a while it is over.

use crate::kit::{CALLEE, CALLER, Net, Node, request};
use sidetone_sip::{
    api::{CallKey, Command, EndCause, Event, Failure, Input, Transport},
    message::{Message, Method},
};
use std::time::Duration;

fn break_path(net: &mut Net) {
    let flow = net.flow(CALLER, CALLEE);
    net.world.act(CALLER, |now, node| match node {
        Node::Agent(agent) => agent.handle(now, Input::FlowFailed { flow }),
        Node::Wire(_) => unreachable!(),
    });
}

/// A call to the wire that is up, over TCP.
fn called() -> (Net, CallKey) {
    let mut net = Net::agent_and_wire();
    net.transport = Transport::Tcp;
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.heard_request(CALLEE, Method::Ack);
    (net, call)
}

fn ended(net: &Net) -> usize {
    net.said(CALLER, |event| matches!(event, Event::Ended { .. }))
}

#[test]
fn a_call_at_rest_does_not_mind() {
    let (mut net, call) = called();
    break_path(&mut net);
    net.world.run_for(Duration::from_secs(60));
    assert_eq!(ended(&net), 0);
    net.command(CALLER, Command::Hangup { call });
    net.heard_request(CALLEE, Method::Bye);
}

#[test]
fn a_change_under_way_goes_out_again() {
    let (mut net, call) = called();
    net.command(CALLER, Command::Offer { call, sdp: "hold".into() });
    let first = net.heard_request(CALLEE, Method::Invite);
    break_path(&mut net);
    let again = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(again.headers.cseq().unwrap().number, first.headers.cseq().unwrap().number + 1);
    net.answer(&again, 200, "one", &[], "held");
    net.expect(CALLER, "OfferAnswered", |e| matches!(e, Event::OfferAnswered { .. }).then_some(()));
    assert_eq!(ended(&net), 0);
}

#[test]
fn a_path_that_breaks_again_and_again_breaks_the_call() {
    let (mut net, call) = called();
    net.command(CALLER, Command::Offer { call, sdp: "hold".into() });
    for _ in 0..6 {
        net.heard_request(CALLEE, Method::Invite);
        assert_eq!(ended(&net), 0);
        break_path(&mut net);
    }
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Transport));
    assert!(net.world.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_bye_whose_path_breaks_is_sent_once_more() {
    let (mut net, call) = called();
    net.command(CALLER, Command::Hangup { call });
    let first = net.heard_request(CALLEE, Method::Bye);
    break_path(&mut net);
    let again = net.heard_request(CALLEE, Method::Bye);
    assert!(again.headers.cseq().unwrap().number > first.headers.cseq().unwrap().number);
    break_path(&mut net);
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.quiet();
    assert_eq!(net.ladder().count("BYE"), 2);
}

#[test]
fn a_bye_says_why_a_call_broke() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    let bye = net.heard(
        CALLEE,
        "BYE",
        |message| matches!(message, Message::Request(request) if request.method == Method::Bye),
    );
    let reasons: Vec<_> = bye.headers().reasons().iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["SIP;cause=408;text=\"Request Timeout\""]);
}
