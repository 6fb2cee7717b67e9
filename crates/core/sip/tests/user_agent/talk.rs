//! A call between an agent (CALLER) and a wire (CALLEE) that is up, for the stories of what happens in it.

use crate::{
    kit::{CALLEE, CALLER, Net, register_as, request},
    register::account,
};
use sidetone_sip::{
    api::{CallKey, Command, Event},
    message::{Method, Request, name},
};

/// The wire calls, the agent answers. The To of the wire's later requests.
pub(crate) fn called(net: &mut Net) -> (CallKey, String) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let to = net.heard_response(CALLEE, 200).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, told("ACK", 1, &to, "", ""));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    (call, to)
}

/// A request of the wire in the call that it placed; each number once.
pub(crate) fn told(method: &str, number: u32, to: &str, more: &str, body: &str) -> String {
    request(method, &format!("told{number}{method}"), more, body)
        .replace("To: <sip:agent@example.org>", &format!("To: {to}"))
        .replace("CSeq: 1 ", &format!("CSeq: {number} "))
}

/// The agent calls, the wire answers with this tag. The INVITE.
pub(crate) fn placed(net: &mut Net, tag: &str) -> (CallKey, Request) {
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, tag, &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    (call, invite)
}

/// The agent registers with the wire, so that what the wire says counts.
pub(crate) fn register_with_wire(net: &mut Net) {
    net.command(CALLER, register_as(account(net, "agent", "secret")));
    let register = net.heard_request(CALLEE, Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
}

/// The tag of a To or From as it stands in a message.
pub(crate) fn tag(of: &str) -> &str {
    of.split("tag=").nth(1).unwrap()
}
