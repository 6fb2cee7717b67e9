//! Calls that are answered, declined and ended, by both sides and over both transports (RFC 3261 sections 13 and 15).

use crate::kit::{CALLEE, CALLER, Net, Node, address, place, request};
use sidetone_sim::Link;
use sidetone_sip::{
    api::{Command, EndCause, Event, Failure, Input, Transport},
    message::{Message, Method, name},
};
use std::time::Duration;

#[test]
fn call_rings_is_answered_and_hung_up_by_the_callee() {
    let mut net = Net::pair();
    let ours = net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Ring { call: theirs });
    net.expect(CALLER, "180", |e| {
        matches!(e, Event::Progress { call, code: 180, .. } if *call == ours).then_some(())
    });
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.expect(CALLER, "Answered", |e| {
        matches!(e, Event::Answered { sdp, .. } if sdp == "answer").then_some(())
    });
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    net.command(CALLEE, Command::Hangup { call: theirs });
    assert_eq!(net.ended(CALLEE), EndCause::Local);
    assert_eq!(net.ended(CALLER), EndCause::Remote);
    net.quiet();
    let sent = ["INVITE 1", "100 INVITE 1", "180 INVITE 1", "200 INVITE 1", "ACK 1", "BYE 1", "200 BYE 1"];
    assert_eq!(net.ladder().labels(), sent);
}

#[test]
fn caller_hangs_up() {
    let mut net = Net::pair();
    let (ours, _) = net.connected();
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    net.quiet();
}

#[test]
fn who_stops_waits_for_the_last_answer() {
    let mut net = Net::pair();
    let owed = |net: &Net, index| match net.world.endpoint(index) {
        Node::Agent(agent) => agent.ua.is_waiting(),
        Node::Wire(_) => unreachable!(),
    };
    let (ours, _) = net.connected();
    assert!(!owed(&net, CALLER) && !owed(&net, CALLEE));
    net.command(CALLER, Command::Hangup { call: ours });
    assert!(owed(&net, CALLER), "the BYE has no answer yet");
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    net.quiet();
    assert!(!owed(&net, CALLER));

    net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Reject { call: theirs, code: 486 });
    assert!(owed(&net, CALLEE), "the 486 has no ACK yet");
    assert_eq!(net.ended(CALLEE), EndCause::Local);
    assert!(matches!(net.ended(CALLER), EndCause::Failed(_)));
    net.quiet();
    assert!(!owed(&net, CALLEE) && !owed(&net, CALLER));
}

#[test]
fn both_hang_up_at_once() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    net.command(CALLER, Command::Hangup { call: ours });
    net.command(CALLEE, Command::Hangup { call: theirs });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    assert_eq!(net.ended(CALLEE), EndCause::Local);
    net.quiet();
    assert_eq!(net.ladder().count("200 BYE"), 2);
}

#[test]
fn the_whole_call_over_tcp() {
    let mut net = Net::pair();
    net.transport = Transport::Tcp;
    let (ours, _) = net.connected();
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    net.quiet();
    assert_eq!(net.ladder().count("INVITE"), 1);
}

#[test]
fn over_tcp_the_200_is_repeated_until_its_ack() {
    let mut net = Net::agent_and_wire();
    net.transport = Transport::Tcp;
    let text = request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer");
    net.tell(CALLEE, CALLER, text.replace("/UDP", "/TCP"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    net.world.run_for(Duration::from_secs(2));
    assert_eq!(net.ladder().count("200 INVITE"), 3);
}

#[test]
fn the_callee_declines() {
    let mut net = Net::pair();
    net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Reject { call: theirs, code: 486 });
    assert_eq!(net.ended(CALLEE), EndCause::Local);
    let busy = Failure::Status { code: 486, reason: "Busy Here".to_owned() };
    assert_eq!(net.ended(CALLER), EndCause::Failed(busy));
    net.quiet();
    assert_eq!(net.ladder().count("ACK"), 1);
}

#[test]
fn nobody_answers_at_all() {
    let mut net = Net::agent_and_wire();
    net.call();
    assert_eq!(net.ended(CALLER), EndCause::Failed(Failure::Timeout));
    assert_eq!(net.world.elapsed(), Duration::from_secs(32));
    assert_eq!(net.ladder().count("INVITE"), 7);
    net.quiet();
}

#[test]
fn a_server_that_gets_no_answer_says_408() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 408, "s", &[], "");
    let why = Failure::Status { code: 408, reason: "Request Timeout".to_owned() };
    assert_eq!(net.ended(CALLER), EndCause::Failed(why));
    net.heard_request(CALLEE, Method::Ack);
    net.quiet();
}

#[test]
fn the_path_fails() {
    let mut net = Net::agent_and_wire();
    net.call();
    let flow = net.flow(CALLER, CALLEE);
    net.world.act(CALLER, |now, node| match node {
        Node::Agent(agent) => agent.handle(now, Input::FlowFailed { flow }),
        Node::Wire(_) => unreachable!(),
    });
    assert_eq!(net.ended(CALLER), EndCause::Failed(Failure::Transport));
    net.quiet();
}

#[test]
fn a_call_without_path_or_with_a_broken_target_ends_at_once() {
    let mut net = Net::pair();
    for (number, target, via) in [(90, "sip:a@b", None), (91, "no uri", Some(net.flow(CALLER, CALLEE)))] {
        let call = sidetone_sip::api::CallKey(number);
        net.command(CALLER, place(call, target, via));
        assert!(matches!(net.ended(CALLER), EndCause::Failed(_)));
    }
    assert!(net.ladder().labels().is_empty());
}

#[test]
fn a_lost_200_is_sent_again() {
    let mut net = Net::pair();
    net.call();
    let theirs = net.incoming(CALLEE);
    net.world.run_for(Duration::from_secs(1));
    net.world.set_link(CALLEE, CALLER, Link::lossy(1.0));
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.world.set_link(CALLEE, CALLER, Link::default());
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    assert_eq!(net.ladder().count("200 INVITE"), 2);
}

#[test]
fn a_lost_ack_is_sent_again_for_the_repeated_200() {
    let mut net = Net::pair();
    net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.world.set_link(CALLER, CALLEE, Link::lossy(1.0));
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.world.set_link(CALLER, CALLEE, Link::default());
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    assert_eq!(net.ladder().count("ACK"), 2);
}

#[test]
fn without_any_ack_the_call_breaks() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    net.heard_request(CALLEE, Method::Bye);
    net.quiet();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    net.command(CALLER, Command::Hangup { call });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("BYE"), 0);
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    let ack = request("ACK", "b", "", "").replace("To: <sip:agent@example.org>", &format!("To: {to}"));
    net.tell(CALLEE, CALLER, ack);
    net.heard_request(CALLEE, Method::Bye);
}

#[test]
fn a_lost_bye_is_sent_again() {
    let mut net = Net::pair();
    let (ours, _) = net.connected();
    net.world.set_link(CALLER, CALLEE, Link::lossy(1.0));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.world.set_link(CALLER, CALLEE, Link::default());
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    assert_eq!(net.ladder().count("BYE"), 2);
    net.quiet();
}

#[test]
fn a_repeated_invite_rings_once() {
    let mut net = Net::agent_and_wire();
    let invite = request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer");
    net.tell(CALLEE, CALLER, invite.clone());
    net.incoming(CALLER);
    net.tell(CALLEE, CALLER, invite);
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
    assert_eq!(net.ladder().count("100 INVITE"), 2);
}

#[test]
fn an_incoming_call_says_who_whom_and_the_rest() {
    let mut net = Net::agent_and_wire();
    let more = "X-Queue: Sales\r\nContent-Type: application/sdp\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", more, "offer"));
    let (from, uri, queue, sdp) = net.incoming_with(CALLER, |incoming| {
        let queue =
            incoming.headers.iter().find(|(name, _)| name == "X-Queue").map(|(_, value)| value.clone());
        (incoming.from.clone(), incoming.request_uri.clone(), queue, incoming.sdp.clone())
    });
    assert_eq!((from.display_name.as_deref(), from.uri.as_str()), (Some("Ann"), "sip:ann@example.org"));
    assert_eq!(uri, "sip:agent@192.0.2.1");
    assert_eq!(queue.as_deref(), Some("Sales"));
    assert_eq!(sdp.as_deref(), Some(&b"offer"[..]));
}

#[test]
fn an_invite_without_offer_gets_ours() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let (call, sdp) = net.incoming_with(CALLER, |incoming| (incoming.call, incoming.sdp.clone()));
    assert_eq!(sdp, None);
    net.command(CALLER, Command::Answer { call, sdp: "our offer".into() });
    let ok = net.heard_response(CALLEE, 200);
    assert_eq!(ok.body, "our offer");
    let to = ok.headers.get(name::TO).unwrap();
    let ack = request("ACK", "b", "Content-Type: application/sdp\r\n", "their answer");
    net.tell(CALLEE, CALLER, ack.replace("To: <sip:agent@example.org>", &format!("To: {to}")));
    let theirs = "their answer";
    net.expect(CALLER, "Confirmed", |e| {
        matches!(e, Event::Confirmed { sdp: Some(sdp), .. } if sdp == theirs).then_some(())
    });
}

#[test]
fn requests_in_the_call_follow_the_route_set() {
    let mut net = Net::agent_and_wire();
    let more = "Record-Route: <sip:192.0.2.2:5060;lr>\r\nContent-Type: application/sdp\r\n";
    let invite = request("INVITE", "a", more, "offer")
        .replace("<sip:ann@192.0.2.2:5060>", "<sip:ann@192.0.2.77:5070>");
    net.tell(CALLEE, CALLER, invite);
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let ok = net.heard_response(CALLEE, 200);
    assert_eq!(ok.headers.record_route().unwrap().len(), 1);
    let ack = request("ACK", "b", "", "");
    let to = ok.headers.get(name::TO).unwrap();
    net.tell(CALLEE, CALLER, ack.replace("To: <sip:agent@example.org>", &format!("To: {to}")));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.uri.as_str(), "sip:ann@192.0.2.77:5070");
    assert_eq!(bye.headers.route().unwrap().len(), 1);
}

#[test]
fn responses_go_back_to_where_the_request_came_from() {
    let mut net = Net::agent_and_wire();
    let invite = request("OPTIONS", "a", "", "").replace("192.0.2.2:5060;branch", "10.9.9.9:9999;branch");
    net.tell(CALLEE, CALLER, invite);
    let ok = net.heard_response(CALLEE, 200);
    let via = ok.headers.top_via().unwrap();
    assert_eq!(via.reflexive(), Some(address(CALLEE)));
}

#[test]
fn a_busy_house_takes_no_more_calls() {
    let config = sidetone_sip::Config { max_calls: 1, ..Default::default() };
    let mut net = Net::of(vec![crate::kit::agent(config, 1), Node::Wire(Default::default())], 1);
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    net.incoming(CALLER);
    net.tell(CALLEE, CALLER, request("INVITE", "b", "", "").replace("by-hand", "another"));
    net.heard(CALLEE, "486", |m| matches!(m, Message::Response(r) if r.code == 486));
}
