//! Calls that outlive the program: what is kept of them, and how another run goes on from there or ends them.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, agent, register_as, request},
    register::account,
};
use proptest::prelude::*;
use sidetone_sip::{
    Config,
    api::{CallKey, Command, EndCause, Event, Failure, Outgoing, SavedCall},
    message::{Method, name},
};
use std::time::Duration;

/// A key of the run after the crash.
const AGAIN: CallKey = CallKey(9);

fn kept(net: &Net, index: usize) -> Vec<SavedCall> {
    match net.world.endpoint(index) {
        Node::Agent(agent) => agent.kept.values().cloned().collect(),
        Node::Wire(_) => unreachable!(),
    }
}

/// The program is gone, and another run takes its place.
fn crash(net: &mut Net, index: usize) {
    let config = Config { grace: Duration::from_secs(10), ..Config::default() };
    net.world.act(index, |_, node| *node = agent(config, 77));
}

fn resume(net: &mut Net, index: usize, saved: SavedCall) {
    let text = saved.to_text();
    let saved = Box::new(SavedCall::from_text(&text).unwrap());
    net.command(index, Command::Resume { call: AGAIN, saved, sdp: "fresh".into() });
}

/// One side offers, the other takes it.
fn change(net: &mut Net, from: (usize, CallKey), to: (usize, CallKey), offer: &'static str) {
    net.command(from.0, Command::Offer { call: from.1, sdp: offer.into() });
    taken(net, from, to, offer);
}

fn taken(net: &mut Net, from: (usize, CallKey), to: (usize, CallKey), offer: &'static str) {
    net.expect(to.0, "OfferReceived", |e| {
        matches!(e, Event::OfferReceived { call, sdp: Some(sdp) } if *call == to.1 && sdp == offer)
            .then_some(())
    });
    net.command(to.0, Command::AnswerOffer { call: to.1, sdp: "taken".into() });
    net.expect(from.0, "OfferAnswered", |e| {
        matches!(e, Event::OfferAnswered { call, sdp } if *call == from.1 && sdp == "taken").then_some(())
    });
}

#[test]
fn a_call_is_kept_while_it_is_up() {
    let mut net = Net::pair();
    let ours = net.call();
    assert!(kept(&net, CALLER).is_empty());
    let theirs = net.incoming(CALLEE);
    net.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
    net.world.run_for(Duration::from_secs(1));
    let [caller, callee] = [CALLER, CALLEE].map(|index| kept(&net, index).remove(0));
    assert!(caller.ours && !callee.ours);
    assert!(caller.call_id == callee.call_id && caller.local == callee.remote);
    assert_eq!((caller.local_cseq, caller.remote_cseq, callee.remote_cseq), (1, None, Some(1)));
    net.command(CALLER, Command::Offer { call: ours, sdp: "private".into() });
    net.world.run_for(Duration::from_secs(1));
    assert_eq!((kept(&net, CALLER)[0].local_cseq, kept(&net, CALLEE)[0].remote_cseq), (2, Some(2)));
    assert!(!kept(&net, CALLER)[0].to_text().contains("private"));
    net.command(CALLER, Command::Hangup { call: ours });
    net.world.run_for(Duration::from_secs(1));
    assert!(kept(&net, CALLER).is_empty() && kept(&net, CALLEE).is_empty());
}

#[test]
fn either_side_goes_on_after_its_crash() {
    for (index, other) in [(CALLER, CALLEE), (CALLEE, CALLER)] {
        let mut net = Net::pair();
        let (ours, theirs) = net.connected();
        let left = if index == CALLER { theirs } else { ours };
        let saved = kept(&net, index).remove(0);
        crash(&mut net, index);
        resume(&mut net, index, saved);
        taken(&mut net, (index, AGAIN), (other, left), "fresh");
        change(&mut net, (other, left), (index, AGAIN), "hold");
        change(&mut net, (index, AGAIN), (other, left), "unhold");
        net.command(other, Command::Hangup { call: left });
        assert_eq!((net.ended(index), net.ended(other)), (EndCause::Remote, EndCause::Local));
        net.quiet();
        assert!(kept(&net, index).is_empty());
    }
}

#[test]
fn what_they_want_before_it_is_back_is_put_off_and_not_refused() {
    let mut net = Net::pair();
    let (_, theirs) = net.connected();
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    net.command(
        CALLER,
        Command::EndSaved { saved: Box::new(SavedCall { call_id: "other".into(), ..saved.clone() }) },
    );
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "hold".into() });
    net.expect(CALLEE, "OfferRefused", |e| {
        matches!(e, Event::OfferRefused { why: Failure::Status { code: 500, .. }, .. }).then_some(())
    });
    resume(&mut net, CALLER, saved);
    taken(&mut net, (CALLER, AGAIN), (CALLEE, theirs), "fresh");
}

#[test]
fn after_the_grace_an_unknown_dialog_is_refused() {
    let mut net = Net::pair();
    let (_, theirs) = net.connected();
    crash(&mut net, CALLER);
    // The run begins with its first input, whatever that is.
    net.command(CALLER, Command::Hangup { call: AGAIN });
    net.world.run_for(Duration::from_secs(11));
    net.command(CALLEE, Command::Offer { call: theirs, sdp: "hold".into() });
    assert!(matches!(net.ended(CALLEE), EndCause::Broken(Failure::Status { code: 481, .. })));
}

#[test]
fn a_call_that_they_ended_meanwhile_is_over_and_gets_no_bye() {
    let mut net = Net::pair();
    let (_, theirs) = net.connected();
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    net.command(CALLEE, Command::Hangup { call: theirs });
    assert_eq!(net.ended(CALLEE), EndCause::Local);
    net.world.run_for(Duration::from_secs(40));
    resume(&mut net, CALLER, saved);
    assert!(matches!(net.ended(CALLER), EndCause::Broken(Failure::Status { code: 481, .. })));
    assert_eq!(net.ladder().count("BYE"), 1);
    net.quiet();
}

#[test]
fn a_call_whose_fresh_media_they_refuse_is_ended_by_bye() {
    let mut net = Net::pair();
    let (_, theirs) = net.connected();
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    resume(&mut net, CALLER, saved);
    net.expect(CALLEE, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
    net.command(CALLEE, Command::RefuseOffer { call: theirs, code: 488 });
    assert!(matches!(net.ended(CALLER), EndCause::Broken(Failure::Status { code: 488, .. })));
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
}

#[test]
fn a_change_of_before_that_they_have_not_answered_makes_it_wait() {
    let mut net = Net::pair();
    let (ours, theirs) = net.connected();
    net.command(CALLER, Command::Offer { call: ours, sdp: "before".into() });
    net.expect(CALLEE, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    resume(&mut net, CALLER, saved);
    net.world.run_for(Duration::from_millis(200));
    assert_eq!(net.ladder().count("500 INVITE"), 1);
    net.command(CALLEE, Command::RefuseOffer { call: theirs, code: 488 });
    taken(&mut net, (CALLER, AGAIN), (CALLEE, theirs), "fresh");
}

#[test]
fn nobody_answers_and_it_is_over() {
    let mut net = Net::pair();
    net.connected();
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    net.world.set_link(CALLER, CALLEE, sidetone_sim::Link::lossy(1.0));
    resume(&mut net, CALLER, saved);
    assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Timeout));
}

#[test]
fn a_call_that_is_too_old_is_ended_without_a_word() {
    let mut net = Net::pair();
    net.connected();
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    net.command(CALLER, Command::EndSaved { saved: Box::new(saved) });
    assert_eq!(net.ended(CALLEE), EndCause::Remote);
    net.quiet();
}

#[test]
fn an_anonymous_call_stays_one() {
    let mut net = Net::agent_and_wire();
    let sign_in = |net: &mut Net| {
        net.command(CALLER, register_as(account(net, "agent", "secret")));
        let register = net.heard_request(CALLEE, Method::Register);
        net.answer(&register, 200, "r", &[("Expires", "3600")], "");
        net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    };
    sign_in(&mut net);
    let outgoing = Outgoing::by(ACCOUNT, "sip:100@example.org", "offer".into());
    let outgoing = Box::new(Outgoing { anonymous: true, ..outgoing });
    net.command(CALLER, Command::Call { call: CallKey(0), outgoing });
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "x", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    let saved = kept(&net, CALLER).remove(0);
    crash(&mut net, CALLER);
    sign_in(&mut net);
    resume(&mut net, CALLER, saved);
    let invite = net.heard_request(CALLEE, Method::Invite);
    for name in [name::FROM, name::CONTACT] {
        assert!(!invite.headers.get(name).unwrap().contains("agent@"), "{name}");
    }
}

#[test]
fn what_is_no_dialog_ends_at_once() {
    let mut net = Net::pair();
    net.connected();
    let saved = kept(&net, CALLER).remove(0);
    for broken in [
        SavedCall { local: "nobody".into(), ..saved.clone() },
        SavedCall { local: "<sip:a@b>".into(), ..saved.clone() },
        SavedCall { target: String::new(), ..saved.clone() },
        SavedCall { routes: vec!["<".into()], ..saved.clone() },
        SavedCall { local_cseq: u32::MAX, ..saved.clone() },
    ] {
        crash(&mut net, CALLER);
        net.command(CALLER, Command::EndSaved { saved: Box::new(broken.clone()) });
        resume(&mut net, CALLER, broken);
        assert_eq!(net.ended(CALLER), EndCause::Broken(Failure::Protocol));
    }
    assert_eq!(net.ladder().count("BYE"), 0);
}

/// The account's server challenges; the path is the account's of today, the routes are those of then.
#[test]
fn it_goes_by_the_account_of_then_and_answers_its_challenge() {
    let mut net = Net::agent_and_wire();
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    let route = "Record-Route: <sip:192.0.2.2;lr>\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", route, "offer"));
    let call = net.incoming(CALLER);
    net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
    net.heard_response(CALLEE, 200);
    net.world.run_for(Duration::from_millis(100));
    let saved = kept(&net, CALLER).remove(0);
    assert_eq!(saved.account, "sip:agent@example.org");
    crash(&mut net, CALLER);
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    let elsewhere = "192.0.2.99:9".parse().unwrap();
    let flow = sidetone_sip::api::Flow { remote: elsewhere, ..saved.flow };
    resume(&mut net, CALLER, SavedCall { flow, ..saved });
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.list(name::ROUTE).collect::<Vec<_>>(), ["<sip:192.0.2.2;lr>"]);
    assert!(invite.headers.cseq().unwrap().number > 100);
    net.answer(&invite, 407, "x", &[("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n\"")], "");
    let again = net.heard(CALLEE, "credentials", |m| m.headers().contains(name::PROXY_AUTHORIZATION));
    let sidetone_sip::message::Message::Request(again) = again else { unreachable!() };
    net.answer(&again, 200, "x", &[], "fresh answer");
    net.expect(CALLER, "OfferAnswered", |e| {
        matches!(e, Event::OfferAnswered { call: AGAIN, sdp } if sdp == "fresh answer").then_some(())
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    /// However many changes there were, from whichever side, at whichever moment it crashed, and even where the last
    /// of what was to be kept never reached the disk: the other side takes what comes, and the other way round.
    #[test]
    fn a_dialog_goes_on_wherever_it_was_left(
        changes in prop::collection::vec(any::<bool>(), 0..6),
        broken_off in 0u64..60,
        stale in any::<bool>(),
        index in 0usize..2,
    ) {
        let mut net = Net::pair();
        let (ours, theirs) = net.connected();
        let ends = [(CALLER, ours), (CALLEE, theirs)];
        let mut saved = kept(&net, index).remove(0);
        for by_caller in changes {
            saved = kept(&net, index).remove(0);
            let (from, to) = if by_caller { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
            change(&mut net, from, to, "hold");
        }
        net.command(ends[index].0, Command::Offer { call: ends[index].1, sdp: "lost".into() });
        net.world.run_for(Duration::from_millis(broken_off));
        if !stale {
            saved = kept(&net, index).remove(0);
        }
        let other = ends[1 - index];
        crash(&mut net, index);
        // The change of before the crash, where it got through, is dealt with first.
        net.world.run_for(Duration::from_millis(100));
        net.command(other.0, Command::RefuseOffer { call: other.1, code: 488 });
        resume(&mut net, index, saved);
        taken(&mut net, (index, AGAIN), other, "fresh");
        change(&mut net, other, (index, AGAIN), "theirs");
        change(&mut net, (index, AGAIN), other, "ours");
        net.command(index, Command::Hangup { call: AGAIN });
        prop_assert_eq!(net.ended(other.0), EndCause::Remote);
    }
}
