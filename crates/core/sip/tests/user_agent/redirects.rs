//! 3xx to our INVITE (RFC 3261 sections 8.1.3.4 and 13.2.2.2): followed in order of preference, a few times, in no
//! circle, and to nobody whom we can't call.

use crate::{
    kit::{CALLEE, CALLER, Net, address, place, register_as},
    register::account,
};
use sidetone_sip::{
    api::{CallKey, Command, EndCause, Event, Failure},
    message::{Message, Method, Request, name},
};
use std::time::Duration;

fn called(net: &mut Net) -> (CallKey, Request) {
    let call = net.call();
    (call, net.heard_request(CALLEE, Method::Invite))
}

fn redirect(net: &mut Net, invite: &Request, code: u16, contacts: &str) {
    net.answer(invite, code, "p", &[("Contact", contacts)], "");
}

fn failed(net: &mut Net) -> u16 {
    match net.ended(CALLER) {
        EndCause::Failed(Failure::Status { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

/// A URI at the wire.
fn at_wire(user: &str) -> String {
    format!("sip:{user}@{}", address(CALLEE))
}

#[test]
fn the_call_goes_where_it_is_sent() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    redirect(&mut net, &invite, 302, &format!("<{}?Subject=x>", at_wire("other")));
    net.heard_request(CALLEE, Method::Ack);
    let again = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(again.uri.as_str(), at_wire("other"));
    assert_eq!(again.headers.call_id(), invite.headers.call_id());
    assert_eq!(again.headers.get(name::TO), invite.headers.get(name::TO));
    assert_eq!((again.headers.cseq().unwrap().number, &again.body), (2, &invite.body));
    assert!(!again.headers.contains("Subject"));
    net.expect(CALLER, "181", |e| matches!(e, Event::Progress { code: 181, sdp: None, .. }).then_some(()));
    net.answer(&again, 200, "one", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call });
    net.heard_request(CALLEE, Method::Bye);
}

#[test]
fn the_preferred_place_first_then_the_others() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    let contacts = format!("<{}>;q=0.2, <{}>;q=0.9", at_wire("second"), at_wire("first"));
    redirect(&mut net, &invite, 300, &contacts);
    let mut invite = invite;
    for (user, code) in [("first", 486), ("second", 480)] {
        net.heard_request(CALLEE, Method::Ack);
        invite = net.heard_request(CALLEE, Method::Invite);
        assert_eq!(invite.uri.as_str(), at_wire(user));
        net.answer(&invite, code, "p", &[], "");
    }
    assert_eq!(failed(&mut net), 480);
    assert_eq!(invite.headers.cseq().unwrap().number, 3);
}

#[test]
fn a_place_where_nobody_answers_is_left_for_the_next() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    redirect(&mut net, &invite, 302, &format!("<{}>, <{}>;q=0.5", at_wire("silent"), at_wire("next")));
    let is = |message: &Message| match message {
        Message::Request(request) => {
            request.method == Method::Invite && request.uri.as_str() == at_wire("next")
        }
        Message::Response(_) => false,
    };
    net.heard(CALLEE, "the next INVITE", is);
    assert_eq!(net.world.elapsed().as_secs(), 32);
}

#[test]
fn hanging_up_while_the_second_try_is_silent_cancels_it_when_it_rings() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    net.answer(&invite, 183, "one", &[("Require", "100rel"), ("RSeq", "1")], "");
    let prack = net.heard_request(CALLEE, Method::Prack);
    redirect(&mut net, &invite, 302, &format!("<{}>", at_wire("other")));
    net.heard_request(CALLEE, Method::Ack);
    let again = net.heard_request(CALLEE, Method::Invite);
    net.command(CALLER, Command::Hangup { call });
    net.answer(&prack, 200, "one", &[], "");
    net.answer(&again, 180, "two", &[], "");
    assert_eq!(net.heard_request(CALLEE, Method::Cancel).uri.as_str(), at_wire("other"));
}

#[test]
fn who_refuses_for_everybody_is_believed() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    redirect(&mut net, &invite, 302, &format!("<{}>, <{}>", at_wire("one"), at_wire("two")));
    let again = net.heard_request(CALLEE, Method::Invite);
    net.answer(&again, 603, "p", &[], "");
    assert_eq!(failed(&mut net), 603);
}

#[test]
fn a_circle_ends() {
    let mut net = Net::agent_and_wire();
    let (_, invite) = called(&mut net);
    redirect(&mut net, &invite, 302, &format!("<{}>", at_wire("other")));
    let again = net.heard_request(CALLEE, Method::Invite);
    redirect(&mut net, &again, 302, &format!("<{}>, <{}>", at_wire("100"), at_wire("other")));
    assert_eq!(failed(&mut net), 302);
}

#[test]
fn a_chain_ends_after_five() {
    let mut net = Net::agent_and_wire();
    let (_, mut invite) = called(&mut net);
    for number in 0..5 {
        redirect(&mut net, &invite, 302, &format!("<{}>", at_wire(&format!("n{number}"))));
        net.heard_request(CALLEE, Method::Ack);
        invite = net.heard_request(CALLEE, Method::Invite);
    }
    redirect(&mut net, &invite, 302, &format!("<{}>", at_wire("n6")));
    assert_eq!(failed(&mut net), 302);
}

#[test]
fn whom_we_can_not_call_is_not_called() {
    for (code, contacts) in [
        (302, "<tel:+15551234>, <mailto:ann@example.org>, <sips:ann@192.0.2.2>"),
        (302, ""),
        (302, "nonsense"),
        (305, "<sip:proxy@192.0.2.2:5060>"),
        (380, "<sip:other@192.0.2.2:5060>"),
    ] {
        let mut net = Net::agent_and_wire();
        let (_, invite) = called(&mut net);
        redirect(&mut net, &invite, code, contacts);
        assert_eq!(failed(&mut net), code, "{contacts}");
        assert_eq!(net.ladder().count("INVITE"), 1);
    }
}

#[test]
fn an_account_goes_by_its_server_wherever_it_is_sent() {
    let mut net = Net::agent_and_wire();
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let registration = net.heard_request(CALLEE, Method::Register);
    net.answer(&registration, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    net.command(CALLER, place(CallKey(40), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    redirect(&mut net, &invite, 302, "<sip:ann@192.0.2.77:5099>");
    net.heard_request(CALLEE, Method::Ack);
    assert_eq!(net.heard_request(CALLEE, Method::Invite).uri.as_str(), "sip:ann@192.0.2.77:5099");
}

#[test]
fn hanging_up_ends_the_second_try_too() {
    let mut net = Net::agent_and_wire();
    let (call, invite) = called(&mut net);
    redirect(&mut net, &invite, 302, &format!("<{}>", at_wire("other")));
    net.heard_request(CALLEE, Method::Ack);
    let again = net.heard_request(CALLEE, Method::Invite);
    net.answer(&again, 180, "one", &[], "");
    net.world.run_for(Duration::from_secs(1));
    net.command(CALLER, Command::Hangup { call });
    let cancel = net.heard_request(CALLEE, Method::Cancel);
    assert_eq!(cancel.uri.as_str(), at_wire("other"));
    assert_eq!(cancel.headers.cseq().unwrap().number, 2);
}
