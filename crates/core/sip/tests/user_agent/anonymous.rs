//! Calls of ours that tell nobody who calls but the own server (RFC 3323, RFC 3325).

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, address, register_as},
    register::account,
};
use sidetone_sip::{
    api::{CallKey, Command, Event, Outgoing},
    message::{Message, Method, Request, name},
};

fn call(net: &mut Net, outgoing: Outgoing) -> Request {
    let outgoing = Box::new(Outgoing { anonymous: true, ..outgoing });
    net.command(CALLER, Command::Call { call: CallKey(0), outgoing });
    net.heard_request(CALLEE, Method::Invite)
}

#[test]
fn the_own_server_is_told_who_calls_and_may_ask_for_the_password() {
    let mut net = Net::agent_and_wire();
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    let invite = call(&mut net, Outgoing::by(ACCOUNT, "sip:100@example.org", "offer".into()));
    let from = invite.headers.from().unwrap();
    assert_eq!(from.uri.as_str(), "sip:anonymous@anonymous.invalid");
    assert_eq!(invite.headers.get("Privacy"), Some("id"));
    assert_eq!(invite.headers.get("P-Preferred-Identity"), Some("\"Agent\" <sip:agent@example.org>"));
    let hidden = [name::FROM, name::CONTACT, name::VIA, name::USER_AGENT, name::CALL_ID];
    assert!(hidden.iter().all(|name| !invite.headers.get(name).unwrap().contains("agent@")));
    net.answer(&invite, 407, "x", &[("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n\"")], "");
    let again = net.heard(CALLEE, "credentials", |m| m.headers().contains(name::PROXY_AUTHORIZATION));
    let Message::Request(again) = again else { unreachable!() };
    assert!(again.headers.contains("P-Preferred-Identity"));
}

#[test]
fn nobody_else_is_told() {
    let mut net = Net::agent_and_wire();
    let path = net.flow(CALLER, CALLEE);
    let invite =
        call(&mut net, Outgoing::to(&format!("sip:100@{}", address(CALLEE)), Some(path), "offer".into()));
    assert_eq!(invite.headers.from().unwrap().uri.as_str(), "sip:anonymous@anonymous.invalid");
    assert!(!invite.headers.contains("P-Preferred-Identity"));
}
