//! NOTIFY without a subscription: `talk` and `hold` in a call's dialog are passed on, from the account's server only; anything
//! else is refused (RFC 6665 section 4.1.3).

use crate::{
    kit::{CALLEE, CALLER, Net, request},
    talk::{called, register_with_wire, told},
};
use sidetone_sip::{
    api::{Asked, Command, Event},
    message::name,
};

fn asked(net: &mut Net, wanted: Asked) {
    net.expect(CALLER, "Asked", |e| matches!(e, Event::Asked { what, .. } if *what == wanted).then_some(()));
    net.heard_response(CALLEE, 200);
}

#[test]
fn the_server_asks_to_hold_and_to_go_on() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    let (_, to) = called(&mut net);
    net.tell(CALLEE, CALLER, told("NOTIFY", 2, &to, "Event: hold\r\nSubscription-State: active\r\n", ""));
    asked(&mut net, Asked::Hold);
    net.tell(CALLEE, CALLER, told("NOTIFY", 3, &to, "o: Talk\r\n", ""));
    asked(&mut net, Asked::Talk);
}

#[test]
fn the_server_asks_to_answer() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, told("NOTIFY", 2, &to, "Event: talk\r\n", ""));
    asked(&mut net, Asked::Talk);
}

#[test]
fn nobody_else_has_a_phone_answer_by_itself() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    net.tell(CALLEE, CALLER, told("NOTIFY", 2, &to, "Event: talk\r\n", ""));
    net.heard_response(CALLEE, 403);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Asked { .. })), 0);
}

#[test]
fn an_event_that_nobody_knows_gets_489() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    let (_, to) = called(&mut net);
    for (number, event) in [(2, "Event: weather\r\n"), (3, "Event: ;\r\n"), (4, "")] {
        net.tell(CALLEE, CALLER, told("NOTIFY", number, &to, event, ""));
        net.heard_response(CALLEE, 489);
    }
}

#[test]
fn outside_of_a_call_it_gets_481() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    net.tell(CALLEE, CALLER, request("NOTIFY", "n", "Event: talk\r\n", ""));
    net.heard_response(CALLEE, 481);
}

#[test]
fn one_from_the_past_gets_500() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    let (_, to) = called(&mut net);
    net.tell(CALLEE, CALLER, told("NOTIFY", 5, &to, "Event: hold\r\n", ""));
    asked(&mut net, Asked::Hold);
    net.tell(CALLEE, CALLER, told("NOTIFY", 4, &to, "Event: talk\r\n", ""));
    net.heard_response(CALLEE, 500);
}
