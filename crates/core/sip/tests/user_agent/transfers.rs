//! Sending the other side of a call to somebody else (REFER, RFC 3515): blindly and after a consult (RFC 3891), what is told of
//! it, and every way in which it comes to nothing.

use crate::{
    kit::{CALLEE, CALLER, Net, Node, agent, register_as},
    register::account,
    talk::{called, placed, register_with_wire, tag, told},
};
use sidetone_sip::{
    Config,
    api::{CallKey, Command, EndCause, Event, Failure, TransferTarget},
    message::{Method, Request, name},
};
use std::time::Duration;

/// Sends the wire to somebody, and gives the REFER.
fn refer(net: &mut Net, call: CallKey) -> Request {
    let target = TransferTarget::Uri("sip:200@example.org".to_owned());
    net.command(CALLER, Command::Transfer { call, target });
    net.heard_request(CALLEE, Method::Refer)
}

/// A call that the wire placed, and a transfer of it that the wire took: what later requests go to.
fn taken(net: &mut Net) -> (CallKey, String) {
    let (call, to) = called(net);
    let refer = refer(net, call);
    net.answer(&refer, 202, "", &[], "");
    net.world.run_for(Duration::from_secs(1));
    (call, to)
}

fn notify(number: u32, to: &str, state: &str, line: &str) -> String {
    let kind = "Content-Type: message/sipfrag;version=2.0\r\n";
    let kind = if line.is_empty() { "" } else { kind };
    let more = format!("Event: refer\r\nSubscription-State: {state}\r\n{kind}");
    told("NOTIFY", number, to, &more, line)
}

fn outcome(net: &mut Net) -> Result<(), Failure> {
    net.expect(CALLER, "TransferEnded", |e| match e {
        Event::TransferEnded { outcome, .. } => Some(outcome.clone()),
        _ => None,
    })
}

fn progress(net: &mut Net, wanted: u16) {
    net.expect(CALLER, "TransferProgress", |e| {
        matches!(e, Event::TransferProgress { code, .. } if *code == wanted).then_some(())
    });
}

fn status(outcome: Result<(), Failure>) -> u16 {
    match outcome {
        Err(Failure::Status { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

/// The call is as it was: nobody said that it ended, and hanging up sends a BYE.
fn still_up(net: &mut Net, call: CallKey) {
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
    net.command(CALLER, Command::Hangup { call });
    net.heard_request(CALLEE, Method::Bye);
}

#[test]
fn a_blind_transfer_that_goes_well() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net);
    let refer = refer(&mut net, call);
    assert_eq!(refer.headers.get(name::REFER_TO), Some("<sip:200@example.org>"));
    assert_eq!(refer.headers.get(name::REFERRED_BY), Some("<sip:agent@example.org>"));
    assert_eq!(refer.headers.get(name::REFER_SUB), Some("true"));
    assert!(refer.headers.has_token(name::SUPPORTED, "norefersub"));
    assert!(refer.headers.contact().is_ok());
    assert_eq!(refer.headers.to().unwrap().tag(), Some("ann"));
    net.answer(&refer, 202, "", &[], "");
    net.tell(CALLEE, CALLER, notify(2, &to, "active;expires=60", "SIP/2.0 100 Trying\r\n"));
    progress(&mut net, 100);
    net.heard_response(CALLEE, 200);
    net.tell(CALLEE, CALLER, notify(3, &to, "active;expires=59", "SIP/2.0 180 Ringing\r\n"));
    progress(&mut net, 180);
    net.tell(CALLEE, CALLER, notify(4, &to, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n"));
    assert_eq!(outcome(&mut net), Ok(()));
    still_up(&mut net, call);
}

#[test]
fn a_refer_that_is_refused_leaves_the_call_as_it_was() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    let refer = refer(&mut net, call);
    net.answer(&refer, 603, "", &[], "");
    assert_eq!(status(outcome(&mut net)), 603);
    still_up(&mut net, call);
}

#[test]
fn a_target_that_is_busy_fails_the_transfer_and_not_the_call() {
    let mut net = Net::agent_and_wire();
    let (call, to) = taken(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n"));
    let busy = Failure::Status { code: 486, reason: "Busy Here".to_owned() };
    assert_eq!(outcome(&mut net), Err(busy));
    still_up(&mut net, call);
}

#[test]
fn a_notify_may_overtake_the_202() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net);
    let refer = refer(&mut net, call);
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "SIP/2.0 100 Trying\r\n"));
    progress(&mut net, 100);
    net.tell(CALLEE, CALLER, notify(3, &to, "terminated", "SIP/2.0 200 OK\r\n"));
    assert_eq!(outcome(&mut net), Ok(()));
    net.answer(&refer, 202, "", &[], "");
    net.world.run_for(Duration::from_secs(400));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. })), 0);
}

#[test]
fn what_comes_after_the_end_is_taken_and_changes_nothing() {
    let mut net = Net::agent_and_wire();
    let (_, to) = taken(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "SIP/2.0 200 OK\r\n"));
    assert_eq!(outcome(&mut net), Ok(()));
    net.heard_response(CALLEE, 200);
    net.tell(CALLEE, CALLER, notify(3, &to, "terminated;reason=noresource", ""));
    net.heard_response(CALLEE, 200);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. })), 0);
}

#[test]
fn who_will_tell_nothing_took_it() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    let refer = refer(&mut net, call);
    net.answer(&refer, 202, "", &[("Refer-Sub", "false")], "");
    assert_eq!(outcome(&mut net), Ok(()));
}

#[test]
fn three_minutes_without_a_word_are_the_end() {
    let mut net = Net::agent_and_wire();
    let (call, to) = taken(&mut net);
    net.world.run_for(Duration::from_secs(100));
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "SIP/2.0 180 Ringing\r\n"));
    progress(&mut net, 180);
    net.world.run_for(Duration::from_secs(170));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. })), 0);
    assert_eq!(outcome(&mut net), Err(Failure::Timeout));
    assert_eq!(net.world.elapsed().as_secs(), 281);
    still_up(&mut net, call);
}

#[test]
fn who_leaves_with_the_new_call_took_it() {
    let mut net = Net::agent_and_wire();
    let (_, to) = taken(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "SIP/2.0 180 Ringing\r\n"));
    progress(&mut net, 180);
    net.tell(CALLEE, CALLER, told("BYE", 3, &to, "", ""));
    assert_eq!(outcome(&mut net), Ok(()));
    assert_eq!(net.ended(CALLER), EndCause::Remote);
}

#[test]
fn who_leaves_before_the_202_took_nothing() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net);
    refer(&mut net, call);
    net.tell(CALLEE, CALLER, told("BYE", 2, &to, "", ""));
    assert_eq!(status(outcome(&mut net)), 487);
    assert_eq!(net.ended(CALLER), EndCause::Remote);
}

#[test]
fn hanging_up_ends_the_transfer() {
    let mut net = Net::agent_and_wire();
    let (call, _) = taken(&mut net);
    net.command(CALLER, Command::Hangup { call });
    assert_eq!(status(outcome(&mut net)), 487);
    assert_eq!(net.ended(CALLER), EndCause::Local);
}

#[test]
fn an_end_without_a_final_status_is_a_failure() {
    for (state, why) in [
        ("terminated;reason=noresource", Failure::Protocol),
        ("terminated", Failure::Protocol),
        ("terminated;reason=timeout;retry-after=9", Failure::Timeout),
    ] {
        let mut net = Net::agent_and_wire();
        let (call, to) = taken(&mut net);
        net.tell(CALLEE, CALLER, notify(2, &to, state, "SIP/2.0 100 Trying\r\n"));
        assert_eq!(outcome(&mut net), Err(why), "{state}");
        net.heard_response(CALLEE, 200);
        still_up(&mut net, call);
    }
}

#[test]
fn a_body_that_tells_nothing_gets_400_and_the_transfer_goes_on() {
    let mut net = Net::agent_and_wire();
    let (_, to) = taken(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "hello"));
    net.heard_response(CALLEE, 400);
    let other = notify(3, &to, "active", "SIP/2.0 200 OK\r\n").replace("message/sipfrag", "text/plain");
    net.tell(CALLEE, CALLER, other);
    net.heard_response(CALLEE, 400);
    net.tell(CALLEE, CALLER, notify(4, &to, "terminated", "SIP/2.0 200 OK\r\n"));
    assert_eq!(outcome(&mut net), Ok(()));
}

#[test]
fn a_notify_about_another_refer_tells_nothing_of_this_one() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net);
    let refer = refer(&mut net, call);
    net.answer(&refer, 202, "", &[], "");
    let number = refer.headers.cseq().unwrap().number;
    let with_id = |notify: String, id: u32| notify.replace("Event: refer", &format!("Event: refer;id={id}"));
    net.tell(CALLEE, CALLER, with_id(notify(2, &to, "terminated", "SIP/2.0 486 Busy\r\n"), number + 1));
    net.heard_response(CALLEE, 200);
    net.tell(CALLEE, CALLER, with_id(notify(3, &to, "terminated", "SIP/2.0 200 OK\r\n"), number));
    assert_eq!(outcome(&mut net), Ok(()));
}

#[test]
fn a_notify_that_nobody_asked_for_gets_481() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "active", "SIP/2.0 200 OK\r\n"));
    net.heard_response(CALLEE, 481);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. })), 0);
}

#[test]
fn a_challenge_is_answered() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    let (call, _) = called(&mut net);
    let first = refer(&mut net, call);
    let challenge = "Digest realm=\"example.org\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    net.answer(&first, 401, "", &[("WWW-Authenticate", challenge)], "");
    let second = net.heard_request(CALLEE, Method::Refer);
    assert!(second.headers.contains(name::AUTHORIZATION));
    assert!(second.headers.cseq().unwrap().number > first.headers.cseq().unwrap().number);
    net.answer(&second, 202, "", &[("Refer-Sub", "false")], "");
    assert_eq!(outcome(&mut net), Ok(()));
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert!(bye.headers.cseq().unwrap().number > second.headers.cseq().unwrap().number);
}

#[test]
fn a_challenge_that_can_not_be_answered_fails_the_transfer() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    let refer = refer(&mut net, call);
    net.answer(&refer, 401, "", &[("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\"")], "");
    assert_eq!(status(outcome(&mut net)), 401);
}

#[test]
fn a_refer_without_an_answer_fails_the_transfer_and_not_the_call() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    refer(&mut net, call);
    assert_eq!(outcome(&mut net), Err(Failure::Timeout));
    still_up(&mut net, call);
}

#[test]
fn a_481_to_the_refer_means_that_the_call_is_gone() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    let refer = refer(&mut net, call);
    net.answer(&refer, 481, "", &[], "");
    assert_eq!(status(outcome(&mut net)), 481);
    assert!(matches!(net.ended(CALLER), EndCause::Broken(Failure::Status { code: 481, .. })));
}

#[test]
fn a_second_transfer_waits_for_nothing_and_does_nothing() {
    let mut net = Net::agent_and_wire();
    let (call, _) = taken(&mut net);
    let target = TransferTarget::Uri("sip:300@example.org".to_owned());
    net.command(CALLER, Command::Transfer { call, target });
    net.world.run_for(Duration::from_secs(5));
    assert_eq!(net.ladder().count("REFER"), 1);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. })), 0);
}

#[test]
fn after_a_transfer_that_failed_comes_another() {
    let mut net = Net::agent_and_wire();
    let (call, to) = taken(&mut net);
    net.tell(CALLEE, CALLER, notify(2, &to, "terminated", "SIP/2.0 486 Busy Here\r\n"));
    assert_eq!(status(outcome(&mut net)), 486);
    let again = refer(&mut net, call);
    net.answer(&again, 202, "", &[], "");
    net.tell(CALLEE, CALLER, notify(3, &to, "terminated", "SIP/2.0 200 OK\r\n"));
    assert_eq!(outcome(&mut net), Ok(()));
}

#[test]
fn nobody_can_be_sent_where_no_uri_leads_or_before_the_call_is_up() {
    let mut net = Net::agent_and_wire();
    let (call, _) = placed(&mut net, "wire");
    for target in ["", "200", "sip:a@b>\r\nVia: x", "sip:a b@c"] {
        let target = TransferTarget::Uri(target.to_owned());
        net.command(CALLER, Command::Transfer { call, target });
        assert_eq!(outcome(&mut net), Err(Failure::Protocol));
    }
    let ringing = net.call();
    let target = TransferTarget::Uri("sip:200@example.org".to_owned());
    net.command(CALLER, Command::Transfer { call: ringing, target });
    assert_eq!(outcome(&mut net), Err(Failure::Protocol));
    assert_eq!(net.ladder().count("REFER"), 0);
}

#[test]
fn an_attended_transfer_names_the_consult_as_its_other_side_sees_it() {
    let mut net = Net::agent_and_wire();
    let (call, _) = called(&mut net);
    let (consult, invite) = placed(&mut net, "consulted");
    let target = TransferTarget::Call(consult);
    net.command(CALLER, Command::Transfer { call, target });
    let refer = net.heard_request(CALLEE, Method::Refer);
    let (call_id, from) = (invite.headers.call_id().unwrap(), invite.headers.get(name::FROM).unwrap());
    let replaces = format!("{call_id}%3Bto-tag%3Dconsulted%3Bfrom-tag%3D{}", tag(from));
    let expected = format!("<sip:wire@192.0.2.2:5060?Replaces={replaces}>");
    assert_eq!(refer.headers.get(name::REFER_TO), Some(expected.as_str()));
    assert_eq!(refer.headers.to().unwrap().tag(), Some("ann"), "it goes to the first one");
}

#[test]
fn an_attended_transfer_to_whoever_called_us() {
    let mut net = Net::agent_and_wire();
    let (consult, to) = called(&mut net);
    let (call, _) = placed(&mut net, "wire");
    net.command(CALLER, Command::Transfer { call, target: TransferTarget::Call(consult) });
    let refer = net.heard_request(CALLEE, Method::Refer);
    let expected =
        format!("<sip:ann@192.0.2.2:5060?Replaces=by-hand%3Bto-tag%3Dann%3Bfrom-tag%3D{}>", tag(&to));
    assert_eq!(refer.headers.get(name::REFER_TO), Some(expected.as_str()));
}

#[test]
fn a_consult_that_rings_can_not_be_handed_over() {
    let mut net = Net::agent_and_wire();
    let (call, _) = called(&mut net);
    let consult = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 180, "consulted", &[], "");
    net.world.run_for(Duration::from_secs(1));
    for target in [consult, call, CallKey(99)] {
        net.command(CALLER, Command::Transfer { call, target: TransferTarget::Call(target) });
        assert_eq!(status(outcome(&mut net)), 481);
    }
    assert_eq!(net.ladder().count("REFER"), 0);
}

/// Three user agents; the second takes the word of the first, and the third that of the second.
fn three() -> Net {
    let mut net = Net::of(
        vec![agent(Config::default(), 1), agent(Config::default(), 2), agent(Config::default(), 3)],
        1,
    );
    let server = sidetone_sip::api::Server::At(net.flow(2, CALLEE));
    let identity = sidetone_sip::api::Account { servers: vec![server], ..account(&net, "third", "x") };
    net.command(2, register_as(identity));
    net.expect(2, "RegistrationFailed", |e| matches!(e, Event::RegistrationFailed { .. }).then_some(()));
    net
}

/// The second follows what the first asked of it: calls whom it was sent to.
fn follow(net: &mut Net) {
    let (refer, target) = net.expect(CALLEE, "ReferReceived", |e| match e {
        Event::ReferReceived(refer) => Some((refer.refer, refer.target.clone())),
        _ => None,
    });
    let via = net.flow(CALLEE, 2);
    let call = net.world.act(CALLEE, |_, node| match node {
        Node::Agent(agent) => agent.ua.new_call_key(),
        Node::Wire(_) => unreachable!(),
    });
    net.command(CALLEE, Command::FollowRefer { refer, call });
    net.command(CALLEE, crate::kit::place(call, &target, Some(via)));
}

#[test]
fn three_phones_and_a_blind_transfer() {
    let mut net = three();
    let (ours, _) = net.connected();
    let target = TransferTarget::Uri("sip:300@192.0.2.3:5060".to_owned());
    net.command(CALLER, Command::Transfer { call: ours, target });
    follow(&mut net);
    let theirs = net.incoming(2);
    progress(&mut net, 100);
    net.command(2, Command::Ring { call: theirs });
    progress(&mut net, 180);
    net.command(2, Command::Answer { call: theirs, sdp: "answer".into() });
    assert_eq!(outcome(&mut net), Ok(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    assert_eq!(net.ladder().count("NOTIFY"), 3);
}

#[test]
fn three_phones_and_an_attended_transfer() {
    let mut net = three();
    let (ours, _) = net.connected();
    let consult = net.world.act(CALLER, |_, node| match node {
        Node::Agent(agent) => agent.ua.new_call_key(),
        Node::Wire(_) => unreachable!(),
    });
    let via = net.flow(CALLER, 2);
    net.command(CALLER, crate::kit::place(consult, "sip:300@192.0.2.3:5060", Some(via)));
    let consulted = net.incoming(2);
    net.command(2, Command::Answer { call: consulted, sdp: "answer".into() });
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));

    net.command(CALLER, Command::Transfer { call: ours, target: TransferTarget::Call(consult) });
    follow(&mut net);
    let (taking, replaces) = net.incoming_with(2, |incoming| (incoming.call, incoming.about.replaces));
    assert_eq!(replaces, Some(consulted));
    net.command(2, Command::Answer { call: taking, sdp: "answer".into() });
    assert_eq!(net.ended(2), EndCause::Replaced { by: taking });
    net.expect(CALLER, "the consult's end", |e| {
        matches!(e, Event::Ended { call, cause: EndCause::Remote } if *call == consult).then_some(())
    });
    assert_eq!(outcome(&mut net), Ok(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    assert_eq!(net.said(2, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn what_is_told_of_a_transfer_of_before_a_crash_is_taken_and_means_nothing() {
    let mut net = Net::agent_and_wire();
    let (_, to) = taken(&mut net);
    let saved = net.world.act(CALLER, |_, node| match node {
        Node::Agent(old) => old.kept.values().next().cloned().unwrap(),
        Node::Wire(_) => unreachable!(),
    });
    net.world.act(CALLER, |_, node| *node = agent(Config::default(), 77));
    let call = CallKey(9);
    net.command(CALLER, Command::Resume { call, saved: Box::new(saved), sdp: "fresh".into() });
    let change = net.heard_request(CALLEE, Method::Invite);
    net.answer(&change, 200, "", &[], "answer");
    net.tell(CALLEE, CALLER, notify(2, &to, "terminated", "SIP/2.0 200 OK\r\n"));
    net.heard_response(CALLEE, 200);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::TransferEnded { .. } | Event::Ended { .. })), 0);
}
