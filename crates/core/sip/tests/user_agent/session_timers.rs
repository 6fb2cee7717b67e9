//! Session timers (RFC 4028) in both roles: what is asked for and agreed on, refreshes, and calls that nobody refreshed.

use crate::kit::{CALLEE, CALLER, Net, Node, agent, by_caller, request};
use sidetone_sim::Link;
use sidetone_sip::{
    Config,
    api::{CallKey, Command, EndCause, Event, Failure},
    message::{Message, Method, Request, Response, name},
};
use std::time::Duration;

const SDP: &str = "Content-Type: application/sdp\r\n";

fn with_wire() -> Net {
    Net::of(vec![agent(Config::default(), 1), Node::Wire(Default::default())], 1)
}

fn pair(seconds: u64) -> Net {
    let config = Config { session_expires: Duration::from_secs(seconds), ..Config::default() };
    Net::of(vec![agent(config.clone(), 1), agent(config, 2)], 1)
}

fn seconds(net: &Net) -> u64 {
    net.world.elapsed().as_secs()
}

/// A call to the wire that is up, by a 2xx with these headers; when it came up.
fn called(net: &mut Net, more: &[(&str, &str)]) -> (CallKey, u64) {
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "one", more, "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.heard_request(CALLEE, Method::Ack);
    (call, seconds(net))
}

/// A call from the wire that is up; our 200.
fn taken(net: &mut Net, more: &str) -> (CallKey, Response) {
    net.tell(CALLEE, CALLER, request("INVITE", "a", &format!("{more}{SDP}"), "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    let ok = net.heard_response(CALLEE, 200);
    let to = ok.headers.get(name::TO).unwrap();
    net.tell(CALLEE, CALLER, by_caller("ACK", 1, to, "", ""));
    net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    (call, ok)
}

fn agreed(ok: &Response) -> Option<String> {
    ok.headers.session_expires().map(|it| it.to_string())
}

fn refresh(net: &mut Net, method: Method) -> Request {
    let is = |message: &Message| match message {
        Message::Request(request) => {
            request.method == method && request.headers.to().unwrap().tag().is_some()
        }
        Message::Response(_) => false,
    };
    match net.heard(CALLEE, "a refresh", is) {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!(),
    }
}

#[test]
fn every_call_asks_for_half_an_hour() {
    let mut net = with_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert!(invite.headers.has_token(name::SUPPORTED, "timer"));
    assert_eq!(invite.headers.get(name::SESSION_EXPIRES), Some("1800"));
    assert!(!invite.headers.contains(name::MIN_SE));
}

#[test]
fn a_call_whose_timer_is_switched_off_asks_for_none() {
    let mut net = Net::agent_and_wire();
    called(&mut net, &[]);
    assert!(net.world.run_to_quiescence(Duration::from_secs(4_000)));
    net.quiet();
}

#[test]
fn who_wants_more_is_asked_again_with_more() {
    let mut net = with_wire();
    net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 422, "p", &[("Min-SE", "3600")], "");
    net.heard_request(CALLEE, Method::Ack);
    let again = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(again.headers.get(name::SESSION_EXPIRES), Some("3600"));
    assert_eq!(again.headers.get(name::MIN_SE), Some("3600"));
    assert_eq!(again.headers.call_id(), invite.headers.call_id());
    assert_eq!(again.headers.cseq().unwrap().number, 2);
    // Who says so twice makes no sense, and is not followed for ever.
    net.answer(&again, 422, "p", &[("Min-SE", "3600")], "");
    assert!(matches!(net.ended(CALLER), EndCause::Failed(Failure::Status { code: 422, .. })));
}

#[test]
fn a_session_too_brief_is_refused_with_422() {
    let mut net = with_wire();
    let brief = format!("Supported: timer\r\nSession-Expires: 60\r\n{SDP}");
    net.tell(CALLEE, CALLER, request("INVITE", "a", &brief, "offer"));
    assert_eq!(net.heard_response(CALLEE, 422).headers.get(name::MIN_SE), Some("90"));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
    // Who does not know timers would not understand that (section 9).
    let mut net = with_wire();
    let (_, ok) = taken(&mut net, "Session-Expires: 60\r\n");
    assert_eq!(agreed(&ok).as_deref(), Some("90;refresher=uas"));
}

#[test]
fn the_callee_decides_who_refreshes() {
    for (asks, agrees, requires) in [
        ("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", true),
        ("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", "600;refresher=uac", true),
        ("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", "600;refresher=uas", false),
        ("Supported: timer\r\nSession-Expires: 7200\r\n", "1800;refresher=uac", true),
        ("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", "3600;refresher=uac", true),
        ("Supported: timer\r\n", "1800;refresher=uas", false),
        ("", "1800;refresher=uas", false),
    ] {
        let mut net = with_wire();
        let (_, ok) = taken(&mut net, asks);
        assert_eq!(agreed(&ok).as_deref(), Some(agrees), "{asks}");
        assert_eq!(ok.headers.has_token(name::REQUIRE, "timer"), requires, "{asks}");
    }
}

#[test]
fn we_refresh_by_update_at_half_time() {
    let mut net = with_wire();
    let (_, begin) =
        called(&mut net, &[("Session-Expires", "600;refresher=uac"), ("Allow", "INVITE, ACK, BYE, UPDATE")]);
    for round in 1..4 {
        let update = refresh(&mut net, Method::Update);
        assert_eq!(seconds(&net) - begin, 300 * round);
        assert!(update.body.is_empty());
        assert_eq!(update.headers.get(name::SESSION_EXPIRES), Some("600;refresher=uac"));
        net.answer(&update, 200, "one", &[("Session-Expires", "600;refresher=uac")], "");
    }
    assert_eq!(net.said(CALLER, |_| true), 0);
}

#[test]
fn we_refresh_by_what_was_said_last_where_they_know_no_update() {
    let mut net = with_wire();
    called(&mut net, &[("Session-Expires", "600;refresher=uac"), ("Allow", "INVITE, ACK, BYE")]);
    let again = refresh(&mut net, Method::Invite);
    assert_eq!(again.body, "offer");
    net.answer(&again, 200, "one", &[("Session-Expires", "600;refresher=uac")], "answer");
    net.heard_request(CALLEE, Method::Ack);
    net.world.run_for(Duration::from_secs(1));
    assert_eq!(net.said(CALLER, |_| true), 0, "nothing new was agreed");
    let again = refresh(&mut net, Method::Invite);
    net.answer(&again, 200, "one", &[("Session-Expires", "600;refresher=uac")], "moved");
    net.expect(CALLER, "OfferAnswered", |e| {
        matches!(e, Event::OfferAnswered { sdp, .. } if sdp == "moved").then_some(())
    });
}

#[test]
fn who_refuses_update_gets_a_re_invite() {
    let mut net = with_wire();
    called(&mut net, &[("Session-Expires", "600;refresher=uac"), ("Allow", "INVITE, UPDATE")]);
    let update = refresh(&mut net, Method::Update);
    net.answer(&update, 405, "one", &[], "");
    refresh(&mut net, Method::Invite);
}

#[test]
fn who_knows_no_timers_is_refreshed_all_the_same() {
    let mut net = with_wire();
    let (_, begin) = called(&mut net, &[]);
    let again = refresh(&mut net, Method::Invite);
    assert_eq!(seconds(&net) - begin, 900);
    net.answer(&again, 481, "one", &[], "");
    assert!(matches!(net.ended(CALLER), EndCause::Broken(Failure::Status { code: 481, .. })));
}

#[test]
fn who_knows_no_timers_and_refuses_the_refresh_is_there_all_the_same() {
    let mut net = with_wire();
    called(&mut net, &[]);
    for _ in 0..8 {
        let again = refresh(&mut net, Method::Invite);
        net.answer(&again, 488, "one", &[], "");
    }
    assert_eq!(net.said(CALLER, |event| matches!(event, Event::Ended { .. })), 0);
}

#[test]
fn a_refresh_that_nobody_answers_ends_the_call() {
    let mut net = with_wire();
    let (_, begin) = called(&mut net, &[("Session-Expires", "600;refresher=uac")]);
    refresh(&mut net, Method::Invite);
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    assert_eq!(seconds(&net) - begin, 300 + 32);
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.reasons()[0].cause, Some(408));
}

#[test]
fn a_refresh_that_is_refused_is_tried_again_until_the_session_is_over() {
    let mut net = with_wire();
    let (_, begin) = called(&mut net, &[("Session-Expires", "600;refresher=uac")]);
    for _ in 0..3 {
        let again = refresh(&mut net, Method::Invite);
        net.answer(&again, 503, "one", &[], "");
    }
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::OfferRefused { .. })), 0, "nothing was asked for");
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    assert!((560..=568).contains(&(seconds(&net) - begin)));
}

#[test]
fn a_refresh_too_brief_is_made_longer() {
    let mut net = with_wire();
    called(&mut net, &[("Session-Expires", "600;refresher=uac"), ("Allow", "UPDATE")]);
    let update = refresh(&mut net, Method::Update);
    net.answer(&update, 422, "one", &[("Min-SE", "900")], "");
    let again = refresh(&mut net, Method::Update);
    assert_eq!(again.headers.get(name::SESSION_EXPIRES), Some("900;refresher=uac"));
    assert_eq!(again.headers.get(name::MIN_SE), Some("900"));
}

#[test]
fn they_do_not_refresh_in_time() {
    let mut net = with_wire();
    let (_, begin) = called(&mut net, &[("Session-Expires", "600;refresher=uas")]);
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    assert_eq!(seconds(&net) - begin, 600 - 32);
    assert_eq!(net.heard_request(CALLEE, Method::Bye).headers.reasons()[0].cause, Some(408));
    let mut net = with_wire();
    let (_, begin) = called(&mut net, &[("Session-Expires", "90;refresher=uas")]);
    net.ended(CALLER);
    assert_eq!(seconds(&net) - begin, 60, "a third before the end, where that is less");
}

#[test]
fn every_change_of_theirs_is_a_refresh() {
    let mut net = with_wire();
    let (call, ok) = taken(&mut net, "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n");
    let to = ok.headers.get(name::TO).unwrap().to_owned();
    let asks = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    net.world.run_for(Duration::from_secs(500));
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, asks, ""));
    let ok = net.heard_response(CALLEE, 200);
    assert_eq!(agreed(&ok).as_deref(), Some("600;refresher=uac"));
    net.world.run_for(Duration::from_secs(500));
    net.tell(CALLEE, CALLER, by_caller("INVITE", 3, &to, asks, "hold"));
    net.expect(CALLER, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
    net.command(CALLER, Command::AnswerOffer { call, sdp: "held".into() });
    assert_eq!(agreed(&net.heard_response(CALLEE, 200)).as_deref(), Some("600;refresher=uac"));
    net.tell(CALLEE, CALLER, by_caller("ACK", 3, &to, "", ""));
    net.world.run_for(Duration::from_secs(500));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
    net.ended(CALLER);
}

#[test]
fn an_update_too_brief_is_refused_and_the_call_goes_on() {
    let mut net = with_wire();
    let (_, ok) = taken(&mut net, "Supported: timer\r\n");
    let to = ok.headers.get(name::TO).unwrap().to_owned();
    let brief = "Supported: timer\r\nSession-Expires: 30\r\n";
    net.tell(CALLEE, CALLER, by_caller("UPDATE", 2, &to, brief, ""));
    net.heard_response(CALLEE, 422);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Ended { .. })), 0);
}

#[test]
fn an_offer_while_a_refresh_is_under_way_goes_out_behind_it() {
    let mut net = with_wire();
    let (call, _) = called(&mut net, &[("Session-Expires", "600;refresher=uac"), ("Allow", "UPDATE")]);
    let update = refresh(&mut net, Method::Update);
    net.command(CALLER, Command::Offer { call, sdp: "hold".into() });
    net.world.run_for(Duration::from_millis(100));
    assert_eq!(net.ladder().count("INVITE"), 1);
    net.answer(&update, 200, "one", &[("Session-Expires", "600;refresher=uac")], "");
    assert_eq!(refresh(&mut net, Method::Invite).body, "hold");
}

#[test]
fn two_agents_talk_for_ten_hours() {
    let mut net = pair(1_800);
    let (ours, _) = net.connected();
    net.world.run_for(Duration::from_secs(36_000));
    assert_eq!(net.said(CALLER, |_| true) + net.said(CALLEE, |_| true), 0);
    let refreshes = net.ladder().count("UPDATE");
    assert!((38..=41).contains(&refreshes), "{refreshes}");
    net.command(CALLER, Command::Hangup { call: ours });
    assert_eq!((net.ended(CALLER), net.ended(CALLEE)), (EndCause::Local, EndCause::Remote));
    net.quiet();
}

#[test]
fn when_the_network_is_gone_both_sides_end_the_call() {
    let mut net = pair(90);
    net.connected();
    net.world.set_links(Link::lossy(1.0));
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
    assert_eq!(net.ended(CALLEE), EndCause::Broken(Failure::Timeout));
    assert!(seconds(&net) <= 90);
    net.quiet();
}
