//! Whom we speak to turns out later, or changes: RFC 4916, and what the own server vouches for.

use crate::{
    kit::{CALLEE, CALLER, Net, place, register_as, request},
    register::account,
};
use sidetone_sip::{
    api::{CallKey, Command, Event},
    message::{Method, name},
};

/// An agent that is registered with the wire.
fn with_server() -> Net {
    let mut net = Net::agent_and_wire();
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    net
}

/// A call from the wire that is up, and our To with its tag.
fn called(net: &mut Net, lines: &str) -> (CallKey, String) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", lines, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, in_dialog("ACK", 1, &to, "", "ann"));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    (call, to)
}

fn in_dialog(method: &str, number: u32, to: &str, lines: &str, from: &str) -> String {
    request(method, &format!("{method}{number}"), lines, "")
        .replace("To: <sip:agent@example.org>", &format!("To: {to}"))
        .replace("\"Ann\" <sip:ann@example.org>", &format!("<sip:{from}@example.org>"))
        .replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {number} {method}"))
}

/// Everybody we were told to speak to, in order.
fn peers(net: &mut Net) -> Vec<String> {
    net.world.run_for(std::time::Duration::from_millis(200));
    let mut peers = Vec::new();
    while net.said(CALLER, |e| matches!(e, Event::PeerChanged { .. })) > 0 {
        peers.push(net.expect(CALLER, "PeerChanged", |e| match e {
            Event::PeerChanged { peer, .. } => {
                Some(format!("{} {}", peer.display_name.as_deref().unwrap_or("-"), peer.uri))
            }
            _ => None,
        }));
    }
    peers
}

#[test]
fn a_from_that_changes_says_who_it_is_and_is_called_so() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net, "");
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 2, &to, "", "ann"));
    assert_eq!(peers(&mut net), Vec::<String>::new());
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 3, &to, "", "bob"));
    assert_eq!(peers(&mut net), ["- sip:bob@example.org"]);
    net.tell(CALLEE, CALLER, in_dialog("INVITE", 4, &to, "", "bob"));
    assert_eq!(peers(&mut net), Vec::<String>::new());
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 2, &to, "", "old").replace("UPDATE2", "late"));
    assert_eq!(peers(&mut net), Vec::<String>::new());
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    let called = bye.headers.to().unwrap();
    assert_eq!((called.uri.as_str(), called.tag()), ("sip:bob@example.org", Some("ann")));
}

#[test]
fn the_own_server_says_who_it_is_whatever_from_says() {
    let mut net = with_server();
    let lines = "P-Asserted-Identity: \"Ann\" <sip:+15550100@example.org>\r\n";
    let (_, to) = called(&mut net, lines);
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 2, &to, lines, "ann"));
    assert_eq!(peers(&mut net), Vec::<String>::new());
    let older = "Remote-Party-ID: \"Bob\" <sip:+15550199@example.org>;party=calling;privacy=off\r\n";
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 3, &to, older, "ann"));
    assert_eq!(peers(&mut net), ["Bob sip:+15550199@example.org"]);
    let private = "P-Asserted-Identity: <tel:+15550142>\r\nPrivacy: id\r\n";
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 4, &to, private, "ann"));
    assert_eq!(peers(&mut net), ["- sip:anonymous@anonymous.invalid"]);
}

#[test]
fn nobody_else_can_vouch() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net, "");
    let lines = "P-Asserted-Identity: <sip:boss@example.org>\r\n";
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 2, &to, lines, "ann"));
    assert_eq!(peers(&mut net), Vec::<String>::new());
}

#[test]
fn whom_we_called_turns_out_to_be_somebody_else() {
    let mut net = with_server();
    net.command(CALLER, place(CallKey(0), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert!(invite.headers.has_token(name::SUPPORTED, "from-change"));
    let asserts = |who| [("P-Asserted-Identity", who)];
    net.answer(&invite, 180, "x", &asserts("<sip:100@example.org>"), "");
    assert_eq!(peers(&mut net), Vec::<String>::new());
    net.answer(&invite, 183, "x", &asserts("\"Sales\" <sip:100@example.org>"), "");
    assert_eq!(peers(&mut net), ["Sales sip:100@example.org"]);
    net.answer(&invite, 200, "x", &asserts("\"Bob\" <sip:bob@example.org>"), "answer");
    assert_eq!(peers(&mut net), ["Bob sip:bob@example.org"]);
}

#[test]
fn nothing_is_said_of_who_it_was_after_the_end() {
    let mut net = with_server();
    let (call, to) = called(&mut net, "");
    net.command(CALLER, Command::Hangup { call });
    net.tell(CALLEE, CALLER, in_dialog("UPDATE", 2, &to, "", "bob"));
    net.ended(CALLER);
    assert_eq!(peers(&mut net), Vec::<String>::new());
}
