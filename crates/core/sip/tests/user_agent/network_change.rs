//! Another network (RFC 5626 section 4.4): everything is found anew, the account registers as the one it was, and calls
//! follow.

use crate::{
    failover::registered_at,
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, address, agent, place, register_as},
    register::{account, failed, grant},
};
use sidetone_sim::Names;
use sidetone_sip::{
    Config, RegistrarConfig,
    api::{Account, CallKey, Command, Event, Flow, Input, Transport},
    message::{Method, Request, name},
};
use std::{net::SocketAddr, time::Duration};

fn elsewhere() -> SocketAddr {
    "198.51.100.7:5060".parse().unwrap()
}

fn change_network(net: &mut Net, locals: &[SocketAddr]) {
    for local in locals {
        net.world.add_address(CALLER, *local);
    }
    net.change_names(CALLER, |names| names.locals = locals.to_vec());
    net.change(CALLER, |now, agent| agent.handle(now, Input::NetworkChanged));
}

fn at_a_wire(transport: Transport) -> (Net, Request) {
    let mut net = Net::agent_and_wire();
    net.transport = transport;
    net.set_names(CALLER, Names::at(address(CALLER)));
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let request = net.heard_request(CALLEE, Method::Register);
    grant(&mut net, &request, &address(CALLER).to_string());
    registered_at(&mut net);
    (net, request)
}

/// A phone, and a server that can be called.
fn at_a_server() -> Net {
    let config = RegistrarConfig::new("practice", vec![("agent".to_owned(), "secret".to_owned())]);
    let server = Config { registrar: Some(config), ..Config::default() };
    let mut net = Net::of(vec![agent(Config::default(), 1), agent(server, 2)], 1);
    net.set_names(CALLER, Names::at(address(CALLER)));
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    registered_at(&mut net);
    net
}

fn moved(net: &mut Net) -> (CallKey, Flow) {
    net.expect(CALLER, "PathChanged", |event| match event {
        Event::PathChanged { call, path } => Some((*call, *path)),
        _ => None,
    })
}

/// Our side changes the call; where the change came from, and what it said our Contact was.
fn offered(net: &mut Net, call: CallKey) {
    net.command(CALLER, Command::Offer { call, sdp: "moved".into() });
    net.expect(CALLEE, "OfferReceived", |event| matches!(event, Event::OfferReceived { .. }).then_some(()));
}

#[test]
fn it_registers_from_where_it_is_now_as_the_one_that_it_was() {
    let (mut net, first) = at_a_wire(Transport::Udp);
    change_network(&mut net, &[elsewhere()]);
    let before = net.world.elapsed();
    let second = net.heard_request(CALLEE, Method::Register);
    assert!(net.world.elapsed() - before < Duration::from_millis(100));
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(second.headers.cseq().unwrap().number, first.headers.cseq().unwrap().number + 1);
    let contacts: Vec<_> = second.headers.all(name::CONTACT).collect();
    assert_eq!(
        contacts,
        ["<sip:agent@198.51.100.7:5060>;expires=3600", "<sip:agent@192.0.2.1:5060>;expires=0"]
    );
    assert_eq!(second.headers.top_via().unwrap().sent_by.ip(), Some(elsewhere().ip()));
}

#[test]
fn behind_a_nat_it_is_corrected_there_too() {
    let (mut net, _) = at_a_wire(Transport::Udp);
    change_network(&mut net, &[elsewhere()]);
    let request = net.heard_request(CALLEE, Method::Register);
    grant(&mut net, &request, "203.0.113.9:7000");
    let request = net.heard_request(CALLEE, Method::Register);
    assert_eq!(request.headers.contact().unwrap().uri.as_str(), "sip:agent@203.0.113.9:7000");
}

#[test]
fn old_connections_are_given_up() {
    let (mut net, _) = at_a_wire(Transport::Tcp);
    change_network(&mut net, &[elsewhere()]);
    net.heard_request(CALLEE, Method::Register);
    let flow = net.flow(CALLER, CALLEE);
    assert_eq!(net.change(CALLER, |_, agent| agent.closed.clone()), [flow]);
}

#[test]
fn without_a_network_it_waits_for_one() {
    let mut net = at_a_server();
    change_network(&mut net, &[]);
    let (_, retry_in) = failed(&mut net);
    assert!(retry_in.is_some());
    let registers = net.ladder().count("REGISTER");
    net.world.run_for(Duration::from_secs(3600));
    assert_eq!(net.ladder().count("REGISTER"), registers, "there is no way to send one");
    change_network(&mut net, &[elsewhere()]);
    let (_, after) = registered_at(&mut net);
    assert!(after < Duration::from_secs(1), "{after:?}");
}

#[test]
fn who_is_not_registered_does_nothing() {
    let mut net = Net::agent_and_wire();
    net.set_names(CALLER, Names::at(address(CALLER)));
    change_network(&mut net, &[elsewhere()]);
    net.quiet();
    assert!(net.ladder().labels().is_empty());
}

#[test]
fn a_call_of_the_account_follows_it() {
    let mut net = at_a_server();
    let call = CallKey(9);
    net.command(CALLER, place(call, "sip:100@192.0.2.2", None));
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.expect(CALLER, "Answered", |event| matches!(event, Event::Answered { .. }).then_some(()));
    net.expect(CALLEE, "Confirmed", |event| matches!(event, Event::Confirmed { .. }).then_some(()));
    change_network(&mut net, &[elsewhere()]);
    let before = net.world.elapsed();
    let (moved_call, path) = moved(&mut net);
    assert!(net.world.elapsed() - before < Duration::from_secs(1));
    assert_eq!((moved_call, path.local, path.remote), (call, elsewhere(), address(CALLEE)));
    offered(&mut net, call);
    net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "here too".into() });
    net.expect(CALLER, "OfferAnswered", |event| matches!(event, Event::OfferAnswered { .. }).then_some(()));
    // They reach us where we are: their BYE comes to the new Contact.
    net.command(CALLEE, Command::Hangup { call: theirs });
    net.ended(CALLER);
    net.ended(CALLEE);
}

#[test]
fn a_call_that_they_placed_follows_too() {
    let mut net = at_a_server();
    let bound = net.expect(CALLEE, "Binding", |event| match event {
        Event::Binding { contact: Some(contact), .. } => Some(contact.clone()),
        _ => None,
    });
    net.command(CALLEE, place(CallKey(9), &bound.uri, Some(bound.flow)));
    let ours = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call: ours, sdp: "answer".into() });
    net.expect(CALLER, "Confirmed", |event| matches!(event, Event::Confirmed { .. }).then_some(()));
    change_network(&mut net, &[elsewhere()]);
    assert_eq!(moved(&mut net).1.local, elsewhere());
    offered(&mut net, ours);
    net.command(CALLER, Command::Hangup { call: ours });
    net.ended(CALLEE);
}

#[test]
fn a_call_that_rings_is_taken_from_where_we_are() {
    let mut net = at_a_server();
    let bound = net.expect(CALLEE, "Binding", |event| match event {
        Event::Binding { contact: Some(contact), .. } => Some(contact.clone()),
        _ => None,
    });
    net.command(CALLEE, place(CallKey(9), &bound.uri, Some(bound.flow)));
    let ours = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call: ours });
    change_network(&mut net, &[elsewhere()]);
    assert_eq!(moved(&mut net), (ours, Flow { local: elsewhere(), ..net.flow(CALLER, CALLEE) }));
    net.command(CALLER, Command::Answer { call: ours, sdp: "answer".into() });
    net.expect(CALLER, "Confirmed", |event| matches!(event, Event::Confirmed { .. }).then_some(()));
    net.command(CALLEE, Command::Hangup { call: CallKey(9) });
    net.ended(CALLER);
}

#[test]
fn a_call_without_account_finds_its_own_way() {
    let mut net = Net::pair();
    net.set_names(CALLER, Names::at(address(CALLER)));
    let (ours, theirs) = net.connected();
    change_network(&mut net, &[elsewhere()]);
    let (call, path) = moved(&mut net);
    assert_eq!((call, path.local, path.remote), (ours, elsewhere(), address(CALLEE)));
    offered(&mut net, ours);
    net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "here too".into() });
    net.expect(CALLER, "OfferAnswered", |event| matches!(event, Event::OfferAnswered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    net.ended(CALLEE);
    net.ended(CALLER);
}

#[test]
fn an_invite_that_nobody_heard_goes_out_again_from_the_new_place() {
    let (mut net, _) = at_a_wire(Transport::Udp);
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    let first = net.heard_request(CALLEE, Method::Invite);
    change_network(&mut net, &[elsewhere()]);
    let request = net.heard_request(CALLEE, Method::Register);
    grant(&mut net, &request, &elsewhere().to_string());
    registered_at(&mut net);
    let wire = |net: &Net| match net.world.endpoint(CALLEE) {
        Node::Wire(wire) => wire.received.iter().map(|(flow, _)| flow.remote).collect::<Vec<_>>(),
        Node::Agent(_) => panic!("a wire"),
    };
    net.world.run_for(Duration::from_millis(20));
    assert!(wire(&net).contains(&elsewhere()));
    let again = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(first.headers.call_id(), again.headers.call_id());
}

#[test]
fn many_changes_end_in_one_registration() {
    let mut net = at_a_server();
    for last in 10..40 {
        change_network(&mut net, &[SocketAddr::from(([198, 51, 100, last], 5060))]);
        net.world.run_for(Duration::from_millis(5));
    }
    net.world.run_for(Duration::from_secs(60));
    assert!(net.ladder().count("REGISTER") < 80, "{}", net.ladder().count("REGISTER"));
    let last = net.change(CALLER, |_, agent| {
        let paths = agent.events.iter().filter_map(|event| match event {
            Event::Registered { path, .. } => Some(path.local),
            _ => None,
        });
        paths.last()
    });
    assert_eq!(last, Some("198.51.100.39:5060".parse().unwrap()));
}

#[test]
fn an_account_with_an_instance_does_not_take_the_old_contact_back() {
    let mut net = Net::agent_and_wire();
    net.set_names(CALLER, Names::at(address(CALLER)));
    let identity = Account { instance: "urn:uuid:1".to_owned(), ..account(&net, "agent", "secret") };
    net.command(CALLER, register_as(identity));
    let request = net.heard_request(CALLEE, Method::Register);
    let contact = request.headers.get(name::CONTACT).unwrap().to_owned();
    net.answer(&request, 200, "s", &[(name::CONTACT, &contact), (name::REQUIRE, "outbound")], "");
    registered_at(&mut net);
    change_network(&mut net, &[elsewhere()]);
    let request = net.heard_request(CALLEE, Method::Register);
    assert_eq!(request.headers.all(name::CONTACT).count(), 1, "the number says which one it replaces");
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
}
