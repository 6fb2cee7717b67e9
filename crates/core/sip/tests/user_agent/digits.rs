//! Digits by INFO: in order, one at a time, in whichever of the usual forms they come.

use crate::kit::{CALLEE, CALLER, Net, Node, request};
use sidetone_sim::Link;
use sidetone_sip::{
    api::{CallKey, Command, Event},
    message::{Message, Method, name},
};
use std::time::Duration;

fn digits(net: &mut Net, index: usize) -> String {
    net.world.run_for(Duration::from_secs(40));
    net.world.act(index, |_, node| match node {
        Node::Agent(agent) => {
            let all = std::mem::take(&mut agent.events);
            all.iter()
                .filter_map(|e| if let Event::Digit { digit, .. } = e { Some(*digit) } else { None })
                .collect()
        }
        Node::Wire(_) => unreachable!(),
    })
}

fn send(net: &mut Net, index: usize, call: CallKey, keys: &str) {
    for digit in keys.chars() {
        net.command(index, Command::SendDigit { call, digit });
    }
}

#[test]
fn typed_quickly_over_a_bad_network_they_come_in_order() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    net.world.set_links(Link { jitter: Duration::from_millis(300), ..Link::lossy(0.3) });
    send(&mut net, CALLER, ours, "0123456789*#aBcDx ");
    send(&mut net, CALLEE, theirs, "42");
    assert_eq!(digits(&mut net, CALLEE), "0123456789*#ABCD");
    assert_eq!(digits(&mut net, CALLER), "42");
}

/// A call with the wire, and its tag.
fn with_wire() -> (Net, CallKey, String) {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let ok = net.heard_response(CALLEE, 200);
    let to = ok.headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, in_dialog("ACK", 1, &to, "", ""));
    (net, call, to)
}

fn in_dialog(method: &str, number: u32, to: &str, more: &str, body: &str) -> String {
    request(method, &format!("{method}{number}"), more, body)
        .replace("To: <sip:agent@example.org>", &format!("To: {to}"))
        .replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {number} {method}"))
}

#[test]
fn what_is_refused_is_not_said_and_the_next_one_goes_out() {
    let (mut net, call, _) = with_wire();
    send(&mut net, CALLER, call, "12");
    for (expected, code) in [("1", 415), ("2", 200)] {
        let info = net.heard_request(CALLEE, Method::Info);
        assert_eq!(info.headers.content_type().as_deref(), Some("application/dtmf-relay"));
        assert_eq!(info.body, format!("Signal={expected}\r\nDuration=160\r\n"));
        net.answer(&info, code, "x", &[], "");
    }
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn the_usual_forms_are_understood() {
    let (mut net, _, to) = with_wire();
    let forms = [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Signal= #\nDuration= 250", "#"),
        ("application/dtmf-relay", "signal=10\r\n", "*"),
        ("Application/DTMF", "7", "7"),
        ("application/dtmf", " 11\r\n", "#"),
        ("application/dtmf-relay", "Signal=!\r\n", ""),
        ("application/dtmf-relay", "Duration=5", ""),
        ("application/dtmf", "99", ""),
        ("application/dtmf", "\u{e9}", ""),
    ];
    for ((kind, body, expected), number) in forms.into_iter().zip(2..) {
        let kind = format!("Content-Type: {kind}\r\n");
        net.tell(CALLEE, CALLER, in_dialog("INFO", number, &to, &kind, body));
        let answered = net.heard(CALLEE, "an answer", |m| m.headers().cseq().unwrap().number == number);
        assert!(matches!(answered, Message::Response(response) if response.code == 200));
        assert_eq!(digits(&mut net, CALLER), expected, "{body}");
    }
}

#[test]
fn while_it_rings_they_come_too() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    let kind = "Content-Type: application/dtmf\r\n";
    net.tell(CALLEE, CALLER, in_dialog("INFO", 2, &to, kind, "3"));
    net.heard_response(CALLEE, 200);
    net.expect(CALLER, "Digit", |e| matches!(e, Event::Digit { digit: '3', .. }).then_some(()));
}

#[test]
fn other_bodies_and_packages_are_refused() {
    let (mut net, _, to) = with_wire();
    net.tell(
        CALLEE,
        CALLER,
        in_dialog("INFO", 2, &to, "Content-Type: application/media_control+xml\r\n", "<x/>"),
    );
    net.heard_response(CALLEE, 415);
    net.tell(CALLEE, CALLER, in_dialog("INFO", 3, &to, "Info-Package: trickle-ice\r\n", ""));
    assert!(net.heard_response(CALLEE, 469).headers.contains("Recv-Info"));
}
