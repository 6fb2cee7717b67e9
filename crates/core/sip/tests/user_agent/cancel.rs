//! Giving up before the answer (RFC 3261 section 9), its race with the answer, and its reasons (RFC 3326).

use crate::kit::{CALLEE, CALLER, Net, by_caller, request};
use sidetone_sip::{
    api::{Command, EndCause, Event, Failure},
    message::{Method, name},
};
use std::time::Duration;

#[test]
fn the_caller_gives_up_while_it_rings() {
    let mut net = Net::pair();
    let ours = net.call();
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Ring { call: theirs });
    net.expect(CALLER, "180", |e| matches!(e, Event::Progress { code: 180, .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    assert_eq!(net.ended(CALLEE), EndCause::Cancelled { answered_elsewhere: false });
    net.quiet();
    assert_eq!((net.ladder().count("200 CANCEL"), net.ladder().count("487 INVITE")), (1, 1));
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(net.ladder().count("CANCEL"), 0);
    net.answer(&invite, 180, "wire", &[], "");
    let cancel = net.heard_request(CALLEE, Method::Cancel);
    assert_eq!(cancel.headers.top_via().unwrap().branch(), invite.headers.top_via().unwrap().branch());
    net.answer(&cancel, 200, "wire", &[], "");
    net.answer(&invite, 487, "wire", &[], "");
    net.heard_request(CALLEE, Method::Ack);
    net.quiet();
}

#[test]
fn a_200_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut net = Net::pair();
    let ours = net.call();
    let theirs = net.incoming(CALLEE);
    net.world.run_for(Duration::from_secs(1));
    net.command(CALLER, Command::Hangup { call: ours });
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    net.quiet();
    assert_eq!((net.ladder().count("ACK"), net.ladder().count("BYE")), (1, 1));
}

#[test]
fn a_cancel_that_is_never_followed_is_over_after_64_t1() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 180, "wire", &[], "");
    net.expect(CALLER, "180", |e| matches!(e, Event::Progress { code: 180, .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.quiet();
    assert!(net.world.elapsed() < Duration::from_secs(40));
}

#[test]
fn another_device_took_it() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    net.incoming(CALLER);
    let why = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
    net.tell(CALLEE, CALLER, request("CANCEL", "a", why, ""));
    assert_eq!(net.ended(CALLER), EndCause::Cancelled { answered_elsewhere: true });
    net.heard_response(CALLEE, 487);
}

#[test]
fn other_reasons_are_no_other_device() {
    for why in [
        "SIP;cause=600;text=\"Busy Everywhere\"",
        "Q.850;cause=16;text=\"Terminated\"",
        "Q.850;cause=200",
        "preemption;cause=200",
        "SIP;text=\"Call completed elsewhere\"",
    ] {
        let mut net = Net::agent_and_wire();
        net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
        net.incoming(CALLER);
        net.tell(CALLEE, CALLER, request("CANCEL", "a", &format!("Reason: {why}\r\n"), ""));
        assert_eq!(net.ended(CALLER), EndCause::Cancelled { answered_elsewhere: false }, "{why}");
    }
}

#[test]
fn another_device_took_it_says_one_of_several_reasons_or_a_bye() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    let why = "Reason: Q.850;cause=26, sip ;cause=200 ;text=\"Call completed elsewhere\"\r\n";
    net.tell(CALLEE, CALLER, by_caller("BYE", 2, &to, why, ""));
    assert_eq!(net.ended(CALLER), EndCause::Cancelled { answered_elsewhere: true });
    net.heard_response(CALLEE, 487);
}

#[test]
fn a_200_to_an_invite_that_was_cancelled_is_acknowledged_and_ended() {
    let mut net = Net::agent_and_wire();
    let ours = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 183, "one", &[("Require", "100rel"), ("RSeq", "1")], "");
    let prack = net.heard_request(CALLEE, Method::Prack);
    net.answer(&prack, 200, "one", &[], "");
    net.expect(CALLER, "183", |e| matches!(e, Event::Progress { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call: ours });
    let cancel = net.heard_request(CALLEE, Method::Cancel);
    net.answer(&cancel, 200, "one", &[], "");
    net.answer(&invite, 200, "one", &[], "answer");
    net.heard_request(CALLEE, Method::Ack);
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert!(bye.headers.cseq().unwrap().number > prack.headers.cseq().unwrap().number);
    net.answer(&bye, 200, "one", &[], "");
    assert_eq!(net.ended(CALLER), EndCause::Local);
    net.quiet();
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("CANCEL", "unknown", "", ""));
    net.heard_response(CALLEE, 481);
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Content-Type: application/sdp\r\n", "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    net.tell(CALLEE, CALLER, request("CANCEL", "a", "", ""));
    net.world.run_for(Duration::from_secs(1));
    assert_eq!((net.ladder().count("200 CANCEL"), net.ladder().count("487")), (1, 0));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn the_server_says_487_by_itself() {
    let mut net = Net::agent_and_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 487, "wire", &[], "");
    let why = Failure::Status { code: 487, reason: "Request Terminated".to_owned() };
    assert_eq!(net.ended(CALLER), EndCause::Failed(why));
}

#[test]
fn a_caller_that_is_never_heard_again_rings_no_longer_than_three_minutes() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    net.incoming(CALLER);
    assert_eq!(net.ended(CALLER), EndCause::Cancelled { answered_elsewhere: false });
    assert_eq!(net.world.elapsed().as_secs(), 180);
    net.heard_response(CALLEE, 487);
}

#[test]
fn an_invite_that_expires_rings_no_longer() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "Expires: 20\r\n", ""));
    net.incoming(CALLER);
    net.ended(CALLER);
    assert_eq!(net.world.elapsed().as_secs(), 20);
}
