//! What a log would show of a call: no number, no name, no password, no body.

use crate::{
    kit::{CALLEE, CALLER, Net, place, register_as, request},
    register::account,
};
use sidetone_sip::api::{Address, CallKey, Command, Event, Input, Output, Transmit};

#[test]
fn debug_output_keeps_secrets() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "X-Customer: 12345678\r\n", "v=0 private"));
    let seen =
        net.expect(CALLER, "IncomingCall", |e| matches!(e, Event::IncomingCall(_)).then(|| format!("{e:?}")));
    let (call, sdp) = (CallKey(1), bytes::Bytes::from("v=0 private"));
    let flow = net.flow(CALLER, CALLEE);
    let address = Address { display_name: Some("Ann".to_owned()), uri: "sip:ann@example.org".to_owned() };
    let shown = [
        seen,
        format!("{address:?}"),
        format!("{:?}", register_as(account(&net, "ann", "secret"))),
        format!("{:?}", place(call, "sip:ann@example.org", Some(flow))),
        format!("{:?}", Command::Answer { call, sdp: sdp.clone() }),
        format!("{:?}", Event::Progress { call, code: 183, sdp: Some(sdp.clone()) }),
        format!("{:?}", Output::Event(Event::Answered { call, sdp: sdp.clone() })),
        format!("{:?}", Output::Transmit(Transmit { flow, payload: sdp.clone() })),
        format!("{:?}", Input::Received { flow, message: &sdp }),
    ];
    for line in shown {
        for secret in ["12345678", "Ann", "ann", "private", "secret"] {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}
