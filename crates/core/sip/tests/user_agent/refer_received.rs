//! REFERs of theirs (RFC 3515): who may send one, when it is answered, what its sender is told of the call that follows, and
//! when nobody is told any more.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, address, agent, place, request},
    talk::{called, register_with_wire, tag, told},
};
use sidetone_sip::{
    Config,
    api::{CallKey, Command, Event, IncomingRefer, ReferKey},
    message::{Message, Method, Request, Response, name},
};
use std::time::Duration;

const TARGET: &str = "<sip:200@192.0.2.2:5060>";

fn refer(number: u32, to: &str, more: &str) -> String {
    told("REFER", number, to, &format!("Refer-To: {TARGET}\r\n{more}"), "")
}

fn received<T>(net: &mut Net, look: impl Fn(&IncomingRefer) -> T) -> T {
    net.expect(CALLER, "ReferReceived", |e| match e {
        Event::ReferReceived(refer) => Some(look(refer)),
        _ => None,
    })
}

/// A call of the wire's, and a REFER in it.
fn asked(net: &mut Net, more: &str) -> (ReferKey, CallKey, String) {
    let (call, to) = called(net);
    net.tell(CALLEE, CALLER, refer(2, &to, more));
    let refer = received(net, |refer| refer.refer);
    (refer, call, to)
}

/// It is followed by a call to the wire. The call's key and its INVITE.
fn follow(net: &mut Net, refer: ReferKey) -> (CallKey, Request) {
    let call = net.world.act(CALLER, |_, node| match node {
        Node::Agent(agent) => agent.ua.new_call_key(),
        Node::Wire(_) => unreachable!(),
    });
    let via = net.flow(CALLER, CALLEE);
    net.command(CALLER, Command::FollowRefer { refer, call });
    net.command(CALLER, place(call, "sip:200@192.0.2.2:5060", Some(via)));
    (call, net.heard_request(CALLEE, Method::Invite))
}

fn answer_to_refer(net: &mut Net) -> Response {
    let is = |message: &Message| match message {
        Message::Response(response) => response.headers.cseq().unwrap().method == Method::Refer,
        Message::Request(_) => false,
    };
    match net.heard(CALLEE, "an answer to the REFER", is) {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!(),
    }
}

/// The next NOTIFY says this, and is taken.
fn notified(net: &mut Net, state: &str, line: &str) -> Request {
    let notify = net.heard_request(CALLEE, Method::Notify);
    says(&notify, state, line);
    net.answer(&notify, 200, "", &[], "");
    notify
}

fn says(notify: &Request, state: &str, line: &str) {
    assert_eq!(notify.body, format!("SIP/2.0 {line}\r\n"));
    assert_eq!(notify.headers.content_type().as_deref(), Some("message/sipfrag"));
    let said = notify.headers.get(name::SUBSCRIPTION_STATE).unwrap();
    assert!(said.starts_with(state), "{said}");
}

fn nothing_more(net: &mut Net) {
    let before = net.ladder().count("NOTIFY");
    net.world.run_for(Duration::from_secs(600));
    assert_eq!(net.ladder().count("NOTIFY"), before);
}

#[test]
fn one_that_is_followed_tells_how_the_call_goes() {
    let mut net = Net::agent_and_wire();
    let (call, to) = called(&mut net);
    net.tell(CALLEE, CALLER, refer(2, &to, "Referred-By: \"Boss\" <sip:boss@example.org>\r\n"));
    let (refer, from, target, by) = received(&mut net, |refer| {
        (refer.refer, refer.call, refer.target.clone(), refer.referred_by.clone().unwrap())
    });
    assert_eq!((from, target.as_str()), (Some(call), "sip:200@192.0.2.2:5060"));
    assert_eq!((by.display_name.as_deref(), by.uri.as_str()), (Some("Boss"), "sip:boss@example.org"));
    assert_eq!(net.ladder().count("202 REFER"), 0, "our side decides first");

    let (_, invite) = follow(&mut net, refer);
    let accepted = answer_to_refer(&mut net);
    assert_eq!(accepted.code, 202);
    assert!(accepted.headers.contact().is_ok() && !accepted.headers.contains(name::REFER_SUB));
    let first = notified(&mut net, "active;expires=300", "100 Trying");
    assert_eq!(first.headers.get(name::EVENT), Some("refer"));
    assert_eq!(first.headers.to().unwrap().tag(), Some("ann"));
    net.answer(&invite, 180, "new", &[], "");
    notified(&mut net, "active", "180 Ringing");
    net.answer(&invite, 200, "new", &[], "answer");
    notified(&mut net, "terminated;reason=noresource", "200 OK");
    nothing_more(&mut net);
}

#[test]
fn a_call_that_fails_is_told_with_its_code() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let (_, invite) = follow(&mut net, refer);
    notified(&mut net, "active", "100 Trying");
    net.answer(&invite, 486, "new", &[], "");
    notified(&mut net, "terminated", "486 Busy Here");
    nothing_more(&mut net);
}

#[test]
fn a_call_that_we_give_up_is_told_as_487() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let (call, _) = follow(&mut net, refer);
    notified(&mut net, "active", "100 Trying");
    net.command(CALLER, Command::Hangup { call });
    notified(&mut net, "terminated", "487 Request Terminated");
}

#[test]
fn one_that_is_refused_at_once_is_answered_with_that() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    net.command(CALLER, Command::RefuseRefer { refer, code: 603 });
    assert_eq!(answer_to_refer(&mut net).code, 603);
    nothing_more(&mut net);
    assert_eq!(net.ladder().count("NOTIFY"), 0);
}

#[test]
fn who_thinks_for_too_long_accepts_and_refuses_by_notify() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let asked_at = net.world.elapsed();
    assert_eq!(answer_to_refer(&mut net).code, 202);
    assert_eq!((net.world.elapsed() - asked_at).as_secs(), 2);
    notified(&mut net, "active", "100 Trying");
    net.command(CALLER, Command::RefuseRefer { refer, code: 486 });
    notified(&mut net, "terminated", "486 Busy Here");
    nothing_more(&mut net);
}

#[test]
fn who_never_decides_refuses() {
    let mut net = Net::agent_and_wire();
    asked(&mut net, "");
    notified(&mut net, "active;expires=60", "100 Trying");
    notified(&mut net, "terminated", "603 Decline");
    assert_eq!(net.world.elapsed().as_secs(), 62);
    nothing_more(&mut net);
}

#[test]
fn one_that_is_followed_late_is_followed_all_the_same() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    notified(&mut net, "active", "100 Trying");
    let (_, invite) = follow(&mut net, refer);
    net.answer(&invite, 200, "new", &[], "answer");
    notified(&mut net, "terminated", "200 OK");
}

#[test]
fn who_wants_to_hear_nothing_hears_nothing() {
    for late in [false, true] {
        let mut net = Net::agent_and_wire();
        let (refer, _, _) = asked(&mut net, "Refer-Sub: false\r\nRequire: norefersub\r\n");
        if late {
            net.world.run_for(Duration::from_secs(3));
        }
        let (_, invite) = follow(&mut net, refer);
        let accepted = answer_to_refer(&mut net);
        assert_eq!((accepted.code, accepted.headers.get(name::REFER_SUB)), (202, Some("false")));
        net.answer(&invite, 486, "new", &[], "");
        nothing_more(&mut net);
        assert_eq!(net.ladder().count("NOTIFY"), 0);
    }
}

#[test]
fn one_notify_at_a_time_and_the_newest_only() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let (_, invite) = follow(&mut net, refer);
    let trying = net.heard_request(CALLEE, Method::Notify);
    for code in [180, 181, 183] {
        net.answer(&invite, code, "new", &[], "");
    }
    net.world.run_for(Duration::from_millis(300));
    assert_eq!(net.ladder().count("NOTIFY"), 1);
    net.answer(&trying, 200, "", &[], "");
    notified(&mut net, "active", "183 Session Progress");
}

#[test]
fn a_notify_that_is_not_taken_is_the_last_and_the_call_goes_on() {
    for code in [481, 403] {
        let mut net = Net::agent_and_wire();
        let (refer, _, _) = asked(&mut net, "");
        let (_, invite) = follow(&mut net, refer);
        let notify = net.heard_request(CALLEE, Method::Notify);
        net.answer(&notify, code, "", &[], "");
        net.world.run_for(Duration::from_secs(1));
        net.answer(&invite, 200, "new", &[], "answer");
        net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
        nothing_more(&mut net);
    }
}

#[test]
fn nobody_is_told_who_does_not_answer() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    follow(&mut net, refer);
    net.world.run_for(Duration::from_secs(40));
    nothing_more(&mut net);
}

#[test]
fn who_hung_up_is_told_to_the_end() {
    let mut net = Net::agent_and_wire();
    let (refer, _, to) = asked(&mut net, "");
    let (_, invite) = follow(&mut net, refer);
    let first = notified(&mut net, "active", "100 Trying");
    net.tell(CALLEE, CALLER, told("BYE", 3, &to, "", ""));
    net.expect(CALLER, "Ended", |e| matches!(e, Event::Ended { .. }).then_some(()));
    net.answer(&invite, 200, "new", &[], "answer");
    let last = notified(&mut net, "terminated", "200 OK");
    assert_eq!(last.headers.call_id().unwrap(), "by-hand");
    assert!(last.headers.cseq().unwrap().number > first.headers.cseq().unwrap().number);
}

#[test]
fn a_call_that_rings_for_longer_than_anybody_listens() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let (_, invite) = follow(&mut net, refer);
    notified(&mut net, "active", "100 Trying");
    net.answer(&invite, 180, "new", &[], "");
    notified(&mut net, "active", "180 Ringing");
    notified(&mut net, "terminated;reason=timeout", "100 Trying");
    assert_eq!(net.world.elapsed().as_secs(), 300);
}

#[test]
fn the_second_one_in_a_call_has_a_name() {
    let mut net = Net::agent_and_wire();
    let (first, _, to) = asked(&mut net, "");
    net.command(CALLER, Command::RefuseRefer { refer: first, code: 603 });
    net.tell(CALLEE, CALLER, refer(9, &to, ""));
    let second = received(&mut net, |refer| refer.refer);
    follow(&mut net, second);
    let notify = notified(&mut net, "active", "100 Trying");
    assert_eq!(notify.headers.get(name::EVENT), Some("refer;id=9"));
}

#[test]
fn what_can_not_be_followed_is_refused() {
    for (line, code) in [
        ("", 400),
        ("Refer-To: <sip:1@a>, <sip:2@a>\r\n", 400),
        ("Refer-To: <sip:1@a>\r\nr: <sip:2@a>\r\n", 400),
        ("Refer-To: \r\n", 400),
        ("Refer-To: nobody\r\n", 400),
        ("Refer-To: <http://example.org/>\r\n", 416),
        ("Refer-To: <sip:1@a;method=BYE>\r\n", 501),
        ("Refer-To: <sip:1@a>\r\nRequire: multiple-refer\r\n", 420),
    ] {
        let mut net = Net::agent_and_wire();
        let (_, to) = called(&mut net);
        net.tell(CALLEE, CALLER, told("REFER", 2, &to, line, ""));
        assert_eq!(answer_to_refer(&mut net).code, code, "{line}");
        assert_eq!(net.said(CALLER, |e| matches!(e, Event::ReferReceived(_))), 0);
    }
}

#[test]
fn a_call_that_rings_can_not_be_sent_away() {
    let mut net = Net::agent_and_wire();
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", ""));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Ring { call });
    let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
    net.tell(CALLEE, CALLER, refer(2, &to, ""));
    assert_eq!(answer_to_refer(&mut net).code, 603);
}

/// A REFER outside of any dialog.
fn outside(more: &str) -> String {
    let more = format!("Refer-To: {TARGET}\r\n{more}");
    request("REFER", "outside", &more, "").replace("Call-ID: by-hand", "Call-ID: refer")
}

#[test]
fn a_stranger_gets_403() {
    let mut net = Net::agent_and_wire();
    called(&mut net);
    net.tell(CALLEE, CALLER, outside(""));
    assert_eq!(answer_to_refer(&mut net).code, 403);
    let unknown = outside("Target-Dialog: by-hand;remote-tag=ann;local-tag=guessed\r\n");
    let unknown = unknown.replace("CSeq: 1", "CSeq: 2").replace("z9hG4bKoutside", "z9hG4bKunknown");
    net.tell(CALLEE, CALLER, unknown);
    assert_eq!(answer_to_refer(&mut net).code, 403);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::ReferReceived(_))), 0);
}

#[test]
fn who_knows_the_call_is_no_stranger() {
    for (ours, theirs) in [("local", "remote"), ("remote", "local")] {
        let nodes =
            vec![agent(Config::default(), 1), Node::Wire(Default::default()), Node::Wire(Default::default())];
        let mut net = Net::of(nodes, 1);
        let (call, to) = called(&mut net);
        let known = format!("Target-Dialog: by-hand;{theirs}-tag=ann;{ours}-tag={}\r\n", tag(&to));
        let known = outside(&format!("{known}Require: tdialog\r\n"));
        net.tell(2, CALLER, known.replace("192.0.2.2:5060;branch", "192.0.2.3:5060;branch"));
        let (refer, about) = received(&mut net, |refer| (refer.refer, refer.call));
        assert_eq!(about, Some(call), "{ours}-tag is ours");
        net.command(CALLER, Command::RefuseRefer { refer, code: 603 });
        net.heard_response(2, 603);
    }
}

#[test]
fn the_server_may_ask_for_a_call_out_of_the_blue() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    net.tell(CALLEE, CALLER, outside(""));
    let (refer, call, account) = received(&mut net, |refer| (refer.refer, refer.call, refer.account));
    assert_eq!((call, account), (None, Some(ACCOUNT)));
    let (_, invite) = follow(&mut net, refer);
    let accepted = answer_to_refer(&mut net);
    assert_eq!(accepted.code, 202);
    let first = notified(&mut net, "active", "100 Trying");
    assert_eq!(first.headers.call_id().unwrap(), "refer");
    assert_eq!(first.headers.from().unwrap().tag(), accepted.headers.to().unwrap().tag());
    assert_eq!(first.uri.as_str(), format!("sip:ann@{}", address(CALLEE)));
    net.answer(&invite, 200, "new", &[], "answer");
    notified(&mut net, "terminated", "200 OK");
}

#[test]
fn a_notify_is_authorized_where_that_is_asked_for() {
    let mut net = Net::agent_and_wire();
    register_with_wire(&mut net);
    let (refer, _, _) = asked(&mut net, "");
    follow(&mut net, refer);
    let first = net.heard_request(CALLEE, Method::Notify);
    let challenge = "Digest realm=\"example.org\", nonce=\"n\", qop=\"auth\"";
    net.answer(&first, 407, "", &[("Proxy-Authenticate", challenge)], "");
    let second = notified(&mut net, "active", "100 Trying");
    assert!(second.headers.contains(name::PROXY_AUTHORIZATION));
}

#[test]
fn more_than_sixteen_at_a_time_get_503() {
    let mut net = Net::agent_and_wire();
    let (_, to) = called(&mut net);
    for number in 2..18 {
        net.tell(CALLEE, CALLER, refer(number, &to, ""));
        received(&mut net, |_| ());
    }
    net.tell(CALLEE, CALLER, refer(18, &to, ""));
    assert_eq!(answer_to_refer(&mut net).code, 503);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::ReferReceived(_))), 0);
}

#[test]
fn deciding_twice_or_about_nothing_does_nothing() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let (call, _) = follow(&mut net, refer);
    notified(&mut net, "active", "100 Trying");
    net.command(CALLER, Command::RefuseRefer { refer, code: 603 });
    net.command(CALLER, Command::FollowRefer { refer, call: CallKey(77) });
    net.command(CALLER, Command::RefuseRefer { refer: ReferKey(77), code: 603 });
    net.command(CALLER, Command::FollowRefer { refer: ReferKey(77), call });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.ladder().count("NOTIFY"), 1);
}

#[test]
fn where_only_the_server_may_call_a_stranger_is_turned_away_and_who_knows_the_call_is_not() {
    let nodes = vec![
        agent(Config { callers: sidetone_sip::Callers::Server, ..Config::default() }, 1),
        Node::Wire(Default::default()),
        Node::Wire(Default::default()),
    ];
    let mut net = Net::of(nodes, 1);
    register_with_wire(&mut net);
    let (call, to) = called(&mut net);
    let from_third = |text: String| text.replace("192.0.2.2:5060;branch", "192.0.2.3:5060;branch");
    net.tell(2, CALLER, from_third(outside("")));
    net.heard_response(2, 403);
    let known = format!("Target-Dialog: by-hand;remote-tag=ann;local-tag={}\r\n", tag(&to));
    let known = outside(&known).replace("CSeq: 1", "CSeq: 2").replace("z9hG4bKoutside", "z9hG4bKknown");
    net.tell(2, CALLER, from_third(known));
    assert_eq!(received(&mut net, |refer| refer.call), Some(call));
}

#[test]
fn for_a_call_of_before_a_crash_that_may_come_back_it_waits() {
    let config = Config { grace: Duration::from_secs(10), ..Config::default() };
    let mut net = Net::of(vec![agent(config, 1), Node::Wire(Default::default())], 1);
    net.tell(CALLEE, CALLER, refer(2, "<sip:agent@example.org>;tag=before", ""));
    let response = answer_to_refer(&mut net);
    assert!(response.code == 500 && response.headers.contains(name::RETRY_AFTER));
    let more = "Event: talk\r\n";
    net.tell(CALLEE, CALLER, told("NOTIFY", 3, "<sip:agent@example.org>;tag=before", more, ""));
    assert!(net.heard_response(CALLEE, 500).headers.contains(name::RETRY_AFTER));
}

#[test]
fn a_call_that_is_given_up_before_it_is_placed_is_told_as_487() {
    let mut net = Net::agent_and_wire();
    let (refer, _, _) = asked(&mut net, "");
    let call = CallKey(99);
    net.command(CALLER, Command::FollowRefer { refer, call });
    notified(&mut net, "active", "100 Trying");
    net.command(CALLER, Command::Hangup { call });
    notified(&mut net, "terminated", "487 Request Terminated");
    nothing_more(&mut net);
}
