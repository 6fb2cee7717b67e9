//! An INVITE that wants into a call of ours (Join, RFC 3911): announced where it may be, refused where not, and written for a
//! target that asks for it.

use crate::{
    kit::{CALLEE, CALLER, Net, Node, address, agent, place, request},
    replaces::{invite, refused},
    talk::{called, tag},
};
use sidetone_sip::{
    Config,
    api::{CallKey, Command, Event},
    message::{Method, name},
};

fn joining(to: &str) -> String {
    invite(&format!("Join: by-hand;from-tag=ann;to-tag={}\r\n", tag(to)))
}

#[test]
fn answering_it_leaves_both_calls() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    net.tell(CALLEE, CALLER, joining(&to));
    let (new, joins, replaces) =
        net.incoming_with(CALLER, |incoming| (incoming.call, incoming.about.joins, incoming.about.replaces));
    assert_eq!((joins, replaces), (Some(old), None));
    net.command(CALLER, Command::Answer { call: new, sdp: "answer".into() });
    net.heard_response(CALLEE, 200);
    net.world.run_for(std::time::Duration::from_secs(1));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn a_call_that_nobody_has_gets_481() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    refused(&mut net, joining(&to).replacen("by-hand;", "elsewhere;", 1), 481);
}

#[test]
fn a_call_that_is_over_gets_603() {
    let mut net = Net::agent_and_wire();
    let (old, to) = called(&mut net);
    net.command(CALLER, Command::Hangup { call: old });
    net.heard_request(CALLEE, Method::Bye);
    refused(&mut net, joining(&to), 603);
}

#[test]
fn a_call_that_rings_has_nothing_to_join() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    refused(&mut net, joining(&to), 488);
}

#[test]
fn what_names_no_one_call_gets_400() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    let two = joining(&to).replacen("Join: ", "Join: c;to-tag=a;from-tag=b, ", 1);
    refused(&mut net, two, 400);
    net.tell(CALLEE, CALLER, request("OPTIONS", "o", "Join: c;to-tag=a;from-tag=b\r\n", ""));
    net.heard_response(CALLEE, 400);
}

#[test]
fn a_stranger_gets_403_whatever_it_knows() {
    let nodes =
        vec![agent(Config::default(), 1), Node::Wire(Default::default()), Node::Wire(Default::default())];
    let mut net = Net::of(nodes, 1);
    let (_, to) = called(&mut net);
    net.tell(2, CALLER, joining(&to).replace("192.0.2.2", "192.0.2.3"));
    net.heard_response(2, 403);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}

#[test]
fn a_target_that_asks_for_it_is_called_with_it() {
    let mut net = Net::agent_and_wire();
    let via = net.flow(CALLER, CALLEE);
    let target = format!("sip:200@{}?Join=c%3Bto-tag%3D1%3Bfrom-tag%3D2", address(CALLEE));
    net.command(CALLER, place(CallKey(7), &target, Some(via)));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.get(name::JOIN), Some("c;to-tag=1;from-tag=2"));
    assert!(invite.headers.has_token(name::REQUIRE, "join"));
}
