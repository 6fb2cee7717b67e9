//! Keeping the path to the server alive, and noticing that it is not (RFC 5626 sections 3.5 and 4.4).

use crate::{
    failover::{grant_from, registered_at},
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, address, register_as},
    register::account,
};
use sidetone_sip::{
    api::{Account, Command, Event, Flow, Transport},
    message::{Method, Request, name},
};
use std::{net::SocketAddr, time::Duration};

const PING: &[u8] = b"\r\n\r\n";
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

fn is_stun_request(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 1, ..])
}

fn is_ping(bytes: &[u8]) -> bool {
    bytes == PING
}

/// The answer to a binding request: its kind, the transaction, XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
fn stun_answer(request: &[u8], seen: &str) -> Vec<u8> {
    let SocketAddr::V4(seen) = seen.parse().unwrap() else { panic!("IPv4") };
    let mut answer = vec![0x01, 0x01, 0, 12];
    answer.extend(&request[4..20]);
    answer.extend([0, 0x20, 0, 8, 0, 1]);
    answer.extend((seen.port() ^ 0x2112).to_be_bytes());
    answer.extend(seen.ip().octets().iter().zip(COOKIE).map(|(octet, mask)| octet ^ mask));
    answer
}

/// A wire takes the registration of an account on this transport.
fn registered_over(transport: Transport, more: &[(&str, &str)]) -> Net {
    let mut net = Net::agent_and_wire();
    net.transport = transport;
    let identity = Account { instance: "urn:uuid:1".to_owned(), ..account(&net, "agent", "secret") };
    net.command(CALLER, register_as(identity));
    let request = net.heard_request(CALLEE, Method::Register);
    grant_from(&mut net, CALLEE, &request, more);
    registered_at(&mut net);
    net
}

/// Waits for bytes that fit at the wire, takes them out, and says how long it took.
fn heard_bytes(net: &mut Net, what: &str, fits: fn(&[u8]) -> bool) -> (Vec<u8>, Duration) {
    let before = net.world.elapsed();
    let found = net.world.run_until(Duration::from_secs(7200), |world| match world.endpoint(CALLEE) {
        Node::Wire(wire) => wire.received.iter().any(|(_, bytes)| fits(bytes)),
        Node::Agent(_) => panic!("a wire"),
    });
    assert!(found, "never heard {what}");
    let bytes = net.world.act(CALLEE, |_, node| match node {
        Node::Wire(wire) => {
            let at = wire.received.iter().position(|(_, bytes)| fits(bytes)).unwrap();
            wire.received.remove(at).1
        }
        Node::Agent(_) => panic!("a wire"),
    });
    (bytes, net.world.elapsed() - before)
}

fn renewed(net: &mut Net) -> (Request, Duration) {
    let before = net.world.elapsed();
    let request = net.heard_request(CALLEE, Method::Register);
    (request, net.world.elapsed() - before)
}

#[test]
fn a_stream_is_pinged_and_its_pongs_are_enough() {
    let mut net = registered_over(Transport::Tcp, &[]);
    for _ in 0..10 {
        let (_, pause) = heard_bytes(&mut net, "a ping", is_ping);
        assert!((95..=121).contains(&pause.as_secs()), "{pause:?}");
        net.tell(CALLEE, CALLER, "\r\n");
    }
    assert_eq!(net.ladder().count("REGISTER"), 1);
}

#[test]
fn a_stream_that_fell_silent_is_closed_and_registered_on_anew() {
    let mut net = registered_over(Transport::Tcp, &[]);
    heard_bytes(&mut net, "a ping", is_ping);
    net.tell(CALLEE, CALLER, "\r\n");
    heard_bytes(&mut net, "a ping", is_ping);
    let (_, pause) = renewed(&mut net);
    assert!((10..=13).contains(&pause.as_secs()), "{pause:?}");
    let flow = net.flow(CALLER, CALLEE);
    assert_eq!(net.change(CALLER, |_, agent| agent.closed.clone()), [flow]);
}

#[test]
fn a_stream_that_never_answers_is_asked_once_whether_it_lives() {
    let mut net = registered_over(Transport::Tls, &[]);
    heard_bytes(&mut net, "a ping", is_ping);
    let (request, pause) = renewed(&mut net);
    assert!((9..=11).contains(&pause.as_secs()), "{pause:?}");
    grant_from(&mut net, CALLEE, &request, &[]);
    registered_at(&mut net);
    for _ in 0..5 {
        heard_bytes(&mut net, "a ping", is_ping);
    }
    assert_eq!(net.ladder().count("REGISTER"), 2);
    assert_eq!(net.change(CALLER, |_, agent| agent.closed.len()), 0);
}

#[test]
fn a_server_that_keeps_to_rfc_5626_must_answer() {
    let mut net = registered_over(Transport::Tcp, &[(name::REQUIRE, "outbound")]);
    heard_bytes(&mut net, "a ping", is_ping);
    renewed(&mut net);
    assert_eq!(net.change(CALLER, |_, agent| agent.closed.len()), 1);
}

#[test]
fn a_flow_timer_says_how_often() {
    let more = [(name::REQUIRE, "outbound"), ("Flow-Timer", "40")];
    let mut net = registered_over(Transport::Tcp, &more);
    for _ in 0..5 {
        let (_, pause) = heard_bytes(&mut net, "a ping", is_ping);
        assert!((31..=40).contains(&pause.as_secs()), "{pause:?}");
        net.tell(CALLEE, CALLER, "\r\n");
    }
}

#[test]
fn datagrams_are_kept_alive_by_stun() {
    let mut net = registered_over(Transport::Udp, &[]);
    for _ in 0..10 {
        let (request, pause) = heard_bytes(&mut net, "STUN", is_stun_request);
        assert_eq!(request.len(), 20);
        assert!((23..=30).contains(&pause.as_secs()), "{pause:?}");
        net.tell(CALLEE, CALLER, stun_answer(&request, "203.0.113.5:61000"));
    }
    assert_eq!(net.ladder().count("REGISTER"), 1);
}

#[test]
fn a_nat_that_gives_us_another_address_is_noticed() {
    let mut net = registered_over(Transport::Udp, &[]);
    let (request, _) = heard_bytes(&mut net, "STUN", is_stun_request);
    net.tell(CALLEE, CALLER, stun_answer(&request, "203.0.113.5:61000"));
    let (request, _) = heard_bytes(&mut net, "STUN", is_stun_request);
    net.tell(CALLEE, CALLER, stun_answer(&request, "203.0.113.5:61999"));
    let (request, pause) = renewed(&mut net);
    assert!(pause < Duration::from_millis(100), "{pause:?}");
    assert_eq!(request.headers.contact().unwrap().uri.as_str(), "sip:agent@203.0.113.5:61999");
}

#[test]
fn an_answer_to_another_question_is_none() {
    let mut net = registered_over(Transport::Udp, &[]);
    let (request, _) = heard_bytes(&mut net, "STUN", is_stun_request);
    net.tell(CALLEE, CALLER, stun_answer(&request, "203.0.113.5:61000"));
    let (mut request, _) = heard_bytes(&mut net, "STUN", is_stun_request);
    request[19] ^= 1;
    net.tell(CALLEE, CALLER, stun_answer(&request, "198.51.100.66:666"));
    net.world.run_for(Duration::from_secs(2));
    assert_eq!(net.ladder().count("REGISTER"), 1);
}

#[test]
fn datagrams_that_are_answered_no_more_mean_a_new_registration() {
    let mut net = registered_over(Transport::Udp, &[]);
    let (request, _) = heard_bytes(&mut net, "STUN", is_stun_request);
    net.tell(CALLEE, CALLER, stun_answer(&request, "203.0.113.5:61000"));
    heard_bytes(&mut net, "STUN", is_stun_request);
    let (_, pause) = renewed(&mut net);
    assert!((10..=13).contains(&pause.as_secs()), "{pause:?}");
}

#[test]
fn a_server_without_stun_gets_two_requests_and_then_line_ends() {
    let mut net = registered_over(Transport::Udp, &[]);
    heard_bytes(&mut net, "STUN", is_stun_request);
    let (request, _) = renewed(&mut net);
    grant_from(&mut net, CALLEE, &request, &[]);
    registered_at(&mut net);
    for _ in 0..20 {
        let (_, pause) = heard_bytes(&mut net, "a ping", is_ping);
        assert!((23..=30).contains(&pause.as_secs()), "{pause:?}");
    }
    assert_eq!(net.ladder().count("STUN"), 2);
    assert_eq!(net.ladder().count("REGISTER"), 2);
}

#[test]
fn who_left_keeps_nothing_alive() {
    let mut net = registered_over(Transport::Udp, &[]);
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
    let request = net.heard_request(CALLEE, Method::Register);
    net.answer(&request, 200, "s", &[], "");
    net.expect(CALLER, "Unregistered", |e| matches!(e, Event::Unregistered { .. }).then_some(()));
    net.quiet();
    assert_eq!(net.ladder().count("STUN") + net.ladder().count("ping"), 0);
}

#[test]
fn the_server_is_told_where_we_see_it_and_strangers_are_not() {
    let mut net = registered_over(Transport::Udp, &[]);
    let mut question = vec![0, 1, 0, 0];
    question.extend(COOKIE);
    question.extend(*b"twelve bytes");
    net.tell(CALLEE, CALLER, question.clone());
    let is_answer = |bytes: &[u8]| matches!(bytes, [1, 1, ..]);
    let (answer, _) = heard_bytes(&mut net, "a STUN answer", is_answer);
    assert_eq!(answer, stun_answer(&question, &address(CALLEE).to_string()));
    let stranger = Flow { remote: "192.0.2.66:5060".parse().unwrap(), ..net.flow(CALLER, CALLEE) };
    net.change(CALLER, |now, agent| {
        agent.handle(now, sidetone_sip::api::Input::Received { flow: stranger, message: &question });
    });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("STUN answer"), 1);
}
