//! Several servers (RFC 3263 section 4.3, RFC 5626 section 4.5): the next one when one fails, the preferred one when it
//! is back, and pauses that grow when there is none.

use crate::{
    kit::{ACCOUNT, CALLER, Net, Node, address, agent, place, register_as},
    register::{account, failed},
};
use sidetone_sim::{Link, Names, Wire};
use sidetone_sip::{
    Config, RegistrarConfig,
    api::{Account, CallKey, Command, Event, Failure, Flow, Found, Input, LookupError, Server, Transport},
    message::{Method, Request, Response, name},
};
use std::{net::SocketAddr, time::Duration};

pub(crate) const FIRST: usize = 1;
pub(crate) const SECOND: usize = 2;

pub(crate) fn server(seed: u8) -> Node {
    let config = RegistrarConfig::new("practice", vec![("agent".to_owned(), "secret".to_owned())]);
    agent(Config { registrar: Some(config), ..Config::default() }, seed)
}

fn two(first: Node, second: Node) -> Net {
    Net::of(vec![agent(Config::default(), 1), first, second], 1)
}

pub(crate) fn of_two(net: &Net) -> Account {
    let servers = vec![Server::At(net.flow(CALLER, FIRST)), Server::At(net.flow(CALLER, SECOND))];
    Account { servers, ..account(net, "agent", "secret") }
}

fn register(net: &mut Net) {
    let identity = of_two(net);
    net.command(CALLER, register_as(identity));
}

/// Waits for the next success, and says where it was and how long it took.
pub(crate) fn registered_at(net: &mut Net) -> (SocketAddr, Duration) {
    let before = net.world.elapsed();
    let remote = net.expect(CALLER, "Registered", |event| match event {
        Event::Registered { path, .. } => Some(path.remote),
        _ => None,
    });
    (remote, net.world.elapsed() - before)
}

fn lose(net: &mut Net, server: usize, share: f64) {
    net.world.set_link(CALLER, server, Link::lossy(share));
}

fn failures(net: &Net) -> usize {
    net.said(CALLER, |event| matches!(event, Event::RegistrationFailed { .. }))
}

pub(crate) fn answer_from(net: &mut Net, server: usize, request: &Request, code: u16, more: &[(&str, &str)]) {
    let mut response = Response::to(request, code).with_to_tag("s");
    for (name, value) in more {
        response.headers.push(name, *value);
    }
    net.tell(server, CALLER, response.to_bytes());
}

pub(crate) fn grant_from(net: &mut Net, server: usize, request: &Request, more: &[(&str, &str)]) {
    let contact = request.headers.get(name::CONTACT).unwrap().to_owned();
    answer_from(net, server, request, 200, &[&[(name::CONTACT, contact.as_str())], more].concat());
}

#[test]
fn a_silent_server_is_left_for_the_next_one() {
    let mut net = two(server(2), server(3));
    lose(&mut net, FIRST, 1.0);
    register(&mut net);
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after < Duration::from_secs(10), "{after:?}");
    assert_eq!(failures(&net), 0, "nobody need be told");
}

#[test]
fn the_preferred_one_is_returned_to_when_it_answers() {
    let mut net = two(server(2), server(3));
    lose(&mut net, FIRST, 1.0);
    register(&mut net);
    registered_at(&mut net);
    lose(&mut net, FIRST, 0.0);
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(FIRST));
    assert!(after < Duration::from_secs(40), "{after:?}");
    assert_eq!(failures(&net), 0);
    // And nobody goes to and fro.
    net.world.run_for(Duration::from_secs(1800));
    assert_eq!(net.said(CALLER, |event| matches!(event, Event::Registered { .. })), 0);
}

#[test]
fn while_the_preferred_one_stays_away_it_is_asked_ever_more_rarely() {
    let mut net = two(server(2), server(3));
    lose(&mut net, FIRST, 1.0);
    register(&mut net);
    registered_at(&mut net);
    net.world.run_for(Duration::from_secs(6 * 3600));
    let registers = net.ladder().count("REGISTER");
    // A quarter of an hour at the least between two tries: 24 of them, each sent some times, and seven renewals.
    assert!(registers < 200, "{registers}");
    assert_eq!(failures(&net), 0);
}

#[test]
fn a_server_that_dies_later_is_left_too() {
    let mut net = two(server(2), server(3));
    register(&mut net);
    assert_eq!(registered_at(&mut net).0, address(FIRST));
    lose(&mut net, FIRST, 1.0);
    let flow = net.flow(CALLER, FIRST);
    net.change(CALLER, |now, agent| agent.handle(now, Input::FlowFailed { flow }));
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after < Duration::from_secs(12), "{after:?}");
}

#[test]
fn a_path_that_can_not_be_opened_is_left_at_once() {
    let mut net = two(Node::Wire(Wire::default()), server(3));
    net.transport = Transport::Tls;
    register(&mut net);
    net.heard_request(FIRST, Method::Register);
    let flow = net.flow(CALLER, FIRST);
    net.change(CALLER, |now, agent| agent.handle(now, Input::FlowFailed { flow }));
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after < Duration::from_millis(100), "{after:?}");
}

#[test]
fn retry_after_is_how_long_a_busy_server_is_left_alone() {
    let mut net = two(Node::Wire(Wire::default()), server(3));
    register(&mut net);
    let request = net.heard_request(FIRST, Method::Register);
    answer_from(&mut net, FIRST, &request, 503, &[(name::RETRY_AFTER, "600")]);
    assert_eq!(registered_at(&mut net).0, address(SECOND));
    let before = net.world.elapsed();
    let again = net.heard_request(FIRST, Method::Register);
    let pause = net.world.elapsed() - before;
    assert!((600..=605).contains(&pause.as_secs()), "{pause:?}");
    assert_eq!(again.headers.call_id(), request.headers.call_id());
}

#[test]
fn when_all_are_away_the_pauses_grow_and_the_first_one_back_is_taken() {
    let mut net = two(server(2), server(3));
    lose(&mut net, FIRST, 1.0);
    lose(&mut net, SECOND, 1.0);
    register(&mut net);
    let (why, retry_in) = failed(&mut net);
    assert_eq!(why, Failure::Timeout);
    assert!(retry_in.unwrap() < Duration::from_secs(30));
    net.world.run_for(Duration::from_secs(2 * 3600));
    let registers = net.ladder().count("REGISTER");
    // Two servers, each at most every 60 seconds, each try sent up to eleven times (RFC 3261 timers E and F).
    assert!(registers < 2 * 120 * 11, "{registers}");
    lose(&mut net, SECOND, 0.0);
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after <= Duration::from_secs(120 + 40), "{after:?}");
}

#[test]
fn names_are_looked_up_anew_when_all_they_led_to_is_away() {
    let mut net = two(Node::Wire(Wire::default()), server(3));
    net.set_names(CALLER, Names::at(address(CALLER)).host("pbx.example.org", address(FIRST).ip()));
    let servers =
        vec![Server::Named { host: "pbx.example.org".to_owned(), port: Some(5060), transport: None }];
    let identity = Account { servers, ..of_two(&net) };
    net.command(CALLER, register_as(identity));
    net.heard_request(FIRST, Method::Register);
    net.change_names(CALLER, |names| {
        names.hosts.insert("pbx.example.org".to_owned(), vec![address(SECOND).ip()]);
    });
    failed(&mut net);
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after < Duration::from_secs(1), "{after:?}");
}

#[test]
fn names_are_looked_up_again_with_the_renewal() {
    let mut net = two(server(2), server(3));
    net.set_names(CALLER, Names::at(address(CALLER)).host("pbx.example.org", address(FIRST).ip()));
    let servers =
        vec![Server::Named { host: "pbx.example.org".to_owned(), port: Some(5060), transport: None }];
    let identity = Account { servers, ..of_two(&net) };
    net.command(CALLER, register_as(identity));
    registered_at(&mut net);
    net.change_names(CALLER, |names| {
        names.hosts.insert("pbx.example.org".to_owned(), vec![address(SECOND).ip()]);
    });
    // Renewed where it is; then moved to where the name leads by now.
    assert_eq!(registered_at(&mut net).0, address(FIRST));
    let (server, after) = registered_at(&mut net);
    assert_eq!(server, address(SECOND));
    assert!(after < Duration::from_secs(5), "{after:?}");
}

#[test]
fn a_redirection_is_followed_and_not_for_ever() {
    let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
    net.set_names(CALLER, Names::at(address(CALLER)));
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let request = net.heard_request(FIRST, Method::Register);
    answer_from(&mut net, FIRST, &request, 302, &[(name::CONTACT, "<sip:192.0.2.3:5060>")]);
    let request = net.heard_request(SECOND, Method::Register);
    assert_eq!(request.uri.as_str(), "sip:192.0.2.3:5060");
    for port in 5070..5080 {
        answer_from(&mut net, SECOND, &request, 302, &[(name::CONTACT, &format!("<sip:192.0.2.3:{port}>"))]);
    }
    net.world.run_for(Duration::from_secs(10));
    let asked = net.asked(CALLER);
    assert!(asked.len() <= 4, "{asked:?}");
}

#[test]
fn where_a_redirection_leads_it_stays() {
    let mut net = two(Node::Wire(Wire::default()), server(3));
    net.set_names(CALLER, Names::at(address(CALLER)));
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let request = net.heard_request(FIRST, Method::Register);
    answer_from(&mut net, FIRST, &request, 301, &[(name::CONTACT, "<sip:192.0.2.3>")]);
    assert_eq!(registered_at(&mut net).0, address(SECOND));
    assert_eq!(registered_at(&mut net).0, address(SECOND));
}

#[test]
fn a_call_takes_the_next_path_when_the_first_one_fails() {
    let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
    register(&mut net);
    let request = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &request, &[]);
    registered_at(&mut net);
    let call = CallKey(40);
    net.command(CALLER, place(call, "sip:100@example.org", None));
    let first = net.heard_request(FIRST, Method::Invite);
    answer_from(&mut net, FIRST, &first, 503, &[]);
    let second = net.heard_request(SECOND, Method::Invite);
    assert_eq!(first.headers.call_id(), second.headers.call_id());
    assert_ne!(first.headers.top_via().unwrap().branch(), second.headers.top_via().unwrap().branch());
    answer_from(&mut net, SECOND, &second, 486, &[]);
    let ended = net.ended(CALLER);
    assert!(format!("{ended:?}").contains("486"), "{ended:?}");
    net.world.run_for(Duration::from_secs(60));
    assert_eq!(net.ladder().count("INVITE"), 2);
}

#[test]
fn a_call_that_was_heard_of_is_not_placed_twice() {
    let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
    register(&mut net);
    let request = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &request, &[]);
    registered_at(&mut net);
    net.command(CALLER, place(CallKey(40), "sip:100@example.org", None));
    let invite = net.heard_request(FIRST, Method::Invite);
    answer_from(&mut net, FIRST, &invite, 180, &[]);
    net.expect(CALLER, "Progress", |event| matches!(event, Event::Progress { .. }).then_some(()));
    answer_from(&mut net, FIRST, &invite, 503, &[]);
    net.ended(CALLER);
    assert_eq!(net.ladder().count("INVITE"), 1);
}

#[test]
fn a_call_finds_no_path_and_ends_once() {
    let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
    register(&mut net);
    let request = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &request, &[]);
    registered_at(&mut net);
    net.command(CALLER, place(CallKey(40), "sip:100@example.org", None));
    for server in [FIRST, SECOND] {
        net.heard_request(server, Method::Invite);
        let flow: Flow = net.flow(CALLER, server);
        net.change(CALLER, |now, agent| agent.handle(now, Input::FlowFailed { flow }));
    }
    net.ended(CALLER);
    assert_eq!(net.said(CALLER, |event| matches!(event, Event::Ended { .. })), 0);
}

#[test]
fn leaving_is_said_to_the_server_that_knows_us() {
    let mut net = two(server(2), server(3));
    lose(&mut net, FIRST, 1.0);
    register(&mut net);
    registered_at(&mut net);
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
    net.expect(CALLER, "Unregistered", |e| matches!(e, Event::Unregistered { .. }).then_some(()));
    net.expect(SECOND, "Binding", |e| matches!(e, Event::Binding { contact: None, .. }).then_some(()));
}

/// A name that nobody answers for holds the others up, but only until somebody does.
#[test]
fn a_server_that_fails_while_a_better_ones_name_is_looked_up_waits_for_that() {
    let mut net = two(Node::Wire(Wire::default()), server(3));
    let named = |host: &str| Server::Named { host: host.to_owned(), port: Some(5060), transport: None };
    let servers = vec![named("a.example.org"), Server::At(net.flow(CALLER, FIRST))];
    let identity = Account { servers, ..of_two(&net) };
    net.command(CALLER, register_as(identity));
    let answer = |net: &mut Net, found: Result<Found, LookupError>| {
        net.change(CALLER, |now, agent| {
            let (lookup, _) = agent.lookups.remove(0);
            agent.handle(now, Input::LookedUp { lookup, found });
        });
    };
    answer(&mut net, Err(LookupError::NoSuchName));
    let request = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &request, &[]);
    registered_at(&mut net);
    // The renewal asks for the name again, and is refused before that is answered.
    let request = net.heard_request(FIRST, Method::Register);
    answer_from(&mut net, FIRST, &request, 500, &[]);
    net.world.run_for(Duration::from_secs(5));
    let path = Flow { remote: address(SECOND), ..net.flow(CALLER, FIRST) };
    answer(&mut net, Ok(Found::Paths(vec![path])));
    assert_eq!(registered_at(&mut net).0, address(SECOND));
}

/// A call by the account, taken at the first server.
fn talking(net: &mut Net) -> CallKey {
    let call = CallKey(40);
    net.command(CALLER, place(call, "sip:100@example.org", None));
    let invite = net.heard_request(FIRST, Method::Invite);
    net.answer(&invite, 200, "s", &[], "answer");
    net.expect(CALLER, "Answered", |event| matches!(event, Event::Answered { .. }).then_some(()));
    call
}

#[test]
fn a_call_stays_with_a_server_that_refuses_a_renewal_and_leaves_one_that_is_silent() {
    for (code, stays) in [(Some(503), true), (None, false)] {
        let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
        register(&mut net);
        let request = net.heard_request(FIRST, Method::Register);
        grant_from(&mut net, FIRST, &request, &[]);
        registered_at(&mut net);
        let call = talking(&mut net);
        match code {
            Some(code) => {
                let renewal = net.heard_request(FIRST, Method::Register);
                answer_from(&mut net, FIRST, &renewal, code, &[]);
            }
            None => lose(&mut net, FIRST, 1.0),
        }
        let elsewhere = net.heard_request(SECOND, Method::Register);
        grant_from(&mut net, SECOND, &elsewhere, &[]);
        assert_eq!(registered_at(&mut net).0, address(SECOND));
        lose(&mut net, FIRST, 0.0);
        net.command(CALLER, Command::Hangup { call });
        net.heard_request(if stays { FIRST } else { SECOND }, Method::Bye);
    }
}

#[test]
fn a_server_that_knew_us_and_denies_it_is_asked_again() {
    let mut net = two(Node::Wire(Wire::default()), Node::Wire(Wire::default()));
    lose(&mut net, SECOND, 1.0);
    register(&mut net);
    let request = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &request, &[]);
    registered_at(&mut net);
    let renewal = net.heard_request(FIRST, Method::Register);
    answer_from(&mut net, FIRST, &renewal, 403, &[]);
    let retry_in = failed(&mut net).1;
    assert!(retry_in.is_some(), "an agent at work is not signed out for a whim");
    let again = net.heard_request(FIRST, Method::Register);
    grant_from(&mut net, FIRST, &again, &[]);
    assert_eq!(registered_at(&mut net).0, address(FIRST));
}
