//! Requests too large for a datagram (RFC 3261 section 18.1.1): by TCP to the same place, or as a datagram where that is
//! refused.

use crate::kit::{CALLEE, CALLER, Net, Node, address};
use sidetone_sip::{
    api::{CallKey, Command, Event, Flow, Input, Outgoing, Transport},
    message::{self, Message, Method, Request},
};
use std::time::Duration;

fn call(net: &mut Net, key: u32, size: usize) -> CallKey {
    let (call, via) = (CallKey(key), Some(net.flow(CALLER, CALLEE)));
    let outgoing = Outgoing::to("sip:100@192.0.2.2", via, "x".repeat(size).into());
    net.command(CALLER, Command::Call { call, outgoing: Box::new(outgoing) });
    call
}

/// The next request of this method, and what carried it.
fn carried(net: &mut Net, method: Method) -> (Request, Transport) {
    let is = |bytes: &[u8]| matches!(message::parse(bytes), Ok(Message::Request(request)) if request.method == method);
    let found = net.world.run_until(Duration::from_secs(60), |world| match world.endpoint(CALLEE) {
        Node::Wire(wire) => wire.received.iter().any(|(_, bytes)| is(bytes)),
        Node::Agent(_) => panic!("a wire"),
    });
    assert!(found, "never heard {method}");
    net.world.act(CALLEE, |_, node| match node {
        Node::Wire(wire) => {
            let at = wire.received.iter().position(|(_, bytes)| is(bytes)).unwrap();
            let (flow, bytes) = wire.received.remove(at);
            match message::parse(&bytes) {
                Ok(Message::Request(request)) => (request, flow.transport),
                _ => panic!("a request"),
            }
        }
        Node::Agent(_) => panic!("a wire"),
    })
}

fn via_of(request: &Request) -> String {
    request.headers.top_via().unwrap().transport
}

fn refuse_tcp(net: &mut Net) {
    let flow = Flow { transport: Transport::Tcp, local: address(CALLER), remote: address(CALLEE) };
    net.change(CALLER, |now, agent| agent.handle(now, Input::FlowFailed { flow }));
}

#[test]
fn a_small_one_goes_as_a_datagram() {
    let mut net = Net::agent_and_wire();
    call(&mut net, 1, 500);
    let (invite, transport) = carried(&mut net, Method::Invite);
    assert_eq!((transport, via_of(&invite).as_str()), (Transport::Udp, "UDP"));
}

#[test]
fn a_large_one_goes_by_tcp_and_what_follows_in_its_call_does_not_overtake_it() {
    let mut net = Net::agent_and_wire();
    let call = call(&mut net, 1, 1300);
    let (invite, transport) = carried(&mut net, Method::Invite);
    assert_eq!((transport, via_of(&invite).as_str()), (Transport::Tcp, "TCP"));
    assert!(!invite.headers.contact().unwrap().uri.params().contains("transport"));
    net.answer(&invite, 200, "s", &[], "answer");
    net.expect(CALLER, "Answered", |event| matches!(event, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call });
    let (bye, transport) = carried(&mut net, Method::Bye);
    assert_eq!((transport, via_of(&bye).as_str()), (Transport::Tcp, "TCP"));
}

#[test]
fn a_large_one_that_is_cancelled_is_cancelled_where_it_went() {
    let mut net = Net::agent_and_wire();
    let call = call(&mut net, 1, 1300);
    let (invite, _) = carried(&mut net, Method::Invite);
    net.answer(&invite, 180, "s", &[], "");
    net.expect(CALLER, "Progress", |event| matches!(event, Event::Progress { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call });
    let (cancel, transport) = carried(&mut net, Method::Cancel);
    assert_eq!((transport, via_of(&cancel).as_str()), (Transport::Tcp, "TCP"));
}

#[test]
fn where_tcp_is_refused_it_goes_as_a_datagram_and_so_does_the_next() {
    let mut net = Net::agent_and_wire();
    call(&mut net, 1, 1300);
    let (by_tcp, _) = carried(&mut net, Method::Invite);
    refuse_tcp(&mut net);
    let (invite, transport) = carried(&mut net, Method::Invite);
    assert_eq!((transport, via_of(&invite).as_str()), (Transport::Udp, "UDP"));
    assert_eq!(invite.headers.cseq(), by_tcp.headers.cseq());
    net.answer(&invite, 486, "s", &[], "");
    net.ended(CALLER);
    call(&mut net, 2, 1300);
    let again = carried(&mut net, Method::Invite);
    assert_eq!(again.1, Transport::Udp);
    net.answer(&again.0, 486, "s", &[], "");
    net.ended(CALLER);
    // After a while it is tried again.
    net.world.run_for(Duration::from_secs(3600));
    call(&mut net, 3, 1300);
    assert_eq!(carried(&mut net, Method::Invite).1, Transport::Tcp);
}

#[test]
fn a_large_one_that_was_heard_of_is_not_sent_twice() {
    let mut net = Net::agent_and_wire();
    call(&mut net, 1, 1300);
    let (invite, _) = carried(&mut net, Method::Invite);
    net.answer(&invite, 180, "s", &[], "");
    net.expect(CALLER, "Progress", |event| matches!(event, Event::Progress { .. }).then_some(()));
    refuse_tcp(&mut net);
    net.ended(CALLER);
    assert_eq!(net.ladder().count("INVITE"), 1);
}
