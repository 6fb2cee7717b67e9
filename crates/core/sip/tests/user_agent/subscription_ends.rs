//! How subscriptions end (RFC 6665 sections 4.1.2.2, 4.1.2.3 and 4.1.3): by the notifier, by loss, by a change of the
//! network, by us; and which of them are made anew.

use crate::{
    kit::{CALLEE, CALLER, Net, Node},
    watching::{
        COLLEAGUE, HOUR, MINUTE, Notify, accept, change_network, ended, grant, notify, registered, state,
        subscribe, subscribes, to, told, up,
    },
};
use sidetone_sip::{
    api::{
        Command, Event, Failure, Input, Subscribing, SubscriptionEnd, SubscriptionState, TerminationReason,
    },
    message::{Message, Method, Request, name},
    package::Package,
};
use std::time::Duration;

fn unsubscribe(net: &mut Net) {
    net.command(CALLER, Command::Unsubscribe { subscription: COLLEAGUE });
}

/// The notifier ends a subscription that was up; what is said of it.
fn terminated(say: &str) -> (Net, Request, (SubscriptionEnd, Option<Duration>)) {
    let mut net = registered();
    let first = up(&mut net);
    assert_eq!(notify(&mut net, &first, &Notify::of(2, say, "")).code, 200);
    let outcome = ended(&mut net);
    (net, first, outcome)
}

#[test]
fn deactivated_and_timeout_are_made_anew_at_once() {
    for (say, reason) in [
        ("terminated;reason=deactivated", TerminationReason::Deactivated),
        ("terminated;reason=timeout;retry-after=900", TerminationReason::Timeout),
    ] {
        let (mut net, first, (why, retry_in)) = terminated(say);
        assert_eq!(why, SubscriptionEnd::Terminated(reason));
        assert!(retry_in.unwrap() <= Duration::from_secs(1), "{say}: {retry_in:?}");
        let begin = net.world.elapsed();
        let second = net.heard_request(CALLEE, Method::Subscribe);
        assert!(net.world.elapsed() - begin <= Duration::from_secs(1));
        assert_ne!(first.headers.call_id(), second.headers.call_id());
        assert_eq!(second.headers.to().unwrap().tag(), None);
    }
}

#[test]
fn a_server_that_deactivates_every_time_is_not_asked_in_a_circle() {
    let (mut net, _, _) = terminated("terminated;reason=deactivated");
    for _ in 0..8 {
        let request = net.heard_request(CALLEE, Method::Subscribe);
        accept(&mut net, &request);
        notify(&mut net, &request, &Notify::of(1, "terminated;reason=deactivated", ""));
        ended(&mut net);
    }
    let begin = net.world.elapsed();
    net.heard_request(CALLEE, Method::Subscribe);
    assert!(net.world.elapsed() - begin > MINUTE);
}

#[test]
fn probation_giveup_and_no_reason_wait_for_as_long_as_is_said() {
    for say in ["probation;retry-after=600", "giveup;retry-after=600", "moon;retry-after=600"] {
        let (mut net, _, (_, retry_in)) = terminated(&format!("terminated;reason={say}"));
        assert!(retry_in.unwrap() >= 10 * MINUTE, "{say}");
        let begin = net.world.elapsed();
        net.heard_request(CALLEE, Method::Subscribe);
        assert!(net.world.elapsed() - begin >= 10 * MINUTE);
    }
    let (_, _, (_, retry_in)) = terminated("terminated");
    assert!(retry_in.unwrap() < MINUTE);
}

#[test]
fn rejected_noresource_and_invariant_are_for_good() {
    for (say, reason) in [
        ("rejected", TerminationReason::Rejected),
        ("noresource;retry-after=5", TerminationReason::NoResource),
        ("invariant", TerminationReason::Invariant),
    ] {
        let (mut net, _, outcome) = terminated(&format!("terminated;reason={say}"));
        assert_eq!(outcome, (SubscriptionEnd::Terminated(reason), None));
        net.world.run_for(24 * HOUR);
        assert_eq!(subscribes(&net), 1);
    }
}

#[test]
fn the_last_words_are_heard_before_the_end() {
    let mut net = registered();
    let first = up(&mut net);
    notify(&mut net, &first, &Notify::of(2, "terminated;reason=noresource", "last words"));
    assert_eq!(told(&mut net), "last words");
    ended(&mut net);
    assert_eq!(notify(&mut net, &first, &Notify::of(3, "active", "ghost")).code, 481);
}

#[test]
fn a_renewal_that_finds_no_subscription_begins_a_new_one() {
    let mut net = registered();
    let first = up(&mut net);
    let renewal = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&renewal, 481, "wire", &[], "");
    let (why, retry_in) = ended(&mut net);
    assert!(matches!(why, SubscriptionEnd::Failed(Failure::Status { code: 481, .. })));
    assert!(retry_in.unwrap() < Duration::from_secs(5));
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_ne!(first.headers.call_id(), second.headers.call_id());
    accept(&mut net, &second);
    notify(&mut net, &second, &Notify::of(1, "active;expires=3600", "all anew"));
    assert!(matches!(state(&mut net), SubscriptionState::Active(_)), "who merges states begins anew");
    assert_eq!(told(&mut net), "all anew");
}

#[test]
fn a_renewal_without_any_answer_begins_a_new_one() {
    let mut net = registered();
    let first = up(&mut net);
    net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(ended(&mut net).0, SubscriptionEnd::Failed(Failure::Timeout));
    let fresh = |m: &Message| m.headers().to().is_ok_and(|to| to.tag().is_none());
    let second = net.heard(CALLEE, "a first SUBSCRIBE", fresh);
    assert_ne!(first.headers.call_id(), second.headers().call_id());
}

#[test]
fn a_renewal_that_the_server_has_no_time_for_is_tried_again_in_the_dialog() {
    let mut net = registered();
    let first = up(&mut net);
    let renewal = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&renewal, 500, "wire", &[], "");
    let again = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(again.headers.call_id(), first.headers.call_id());
    accept(&mut net, &again);
    net.world.run_for(MINUTE);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Subscription { .. })), 0);
}

#[test]
fn leaving_waits_for_the_last_notify() {
    let mut net = registered();
    let first = up(&mut net);
    unsubscribe(&mut net);
    let last = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(last.headers.expires(), Some(0));
    assert_eq!(last.headers.call_id(), first.headers.call_id());
    net.answer(&last, 200, "wire", &[(name::EXPIRES, "0")], "");
    net.world.run_for(Duration::from_secs(3));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Subscription { .. })), 0);
    assert_eq!(notify(&mut net, &first, &Notify::of(2, "terminated;reason=timeout", "")).code, 200);
    assert_eq!(ended(&mut net), (SubscriptionEnd::Local, None));
    net.world.run_for(24 * HOUR);
    assert_eq!(subscribes(&net), 2);
}

#[test]
fn leaving_does_not_wait_for_ever() {
    let mut net = registered();
    up(&mut net);
    let begin = net.world.elapsed();
    unsubscribe(&mut net);
    let last = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&last, 200, "wire", &[], "");
    assert_eq!(ended(&mut net), (SubscriptionEnd::Local, None));
    assert!(net.world.elapsed() - begin <= Duration::from_secs(33));
}

#[test]
fn leaving_before_it_is_there_ends_it_as_soon_as_it_is() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    unsubscribe(&mut net);
    accept(&mut net, &first);
    assert_eq!(notify(&mut net, &first, &Notify::of(1, "active", "unwanted")).code, 200);
    let last = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!((last.headers.expires(), last.headers.cseq().unwrap().number), (Some(0), 2));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Notified { .. })), 0);
    notify(&mut net, &first, &Notify::of(2, "terminated", ""));
    assert_eq!(ended(&mut net), (SubscriptionEnd::Local, None));
}

#[test]
fn leaving_what_is_not_there_is_over_at_once() {
    let mut net = registered();
    unsubscribe(&mut net);
    assert_eq!(ended(&mut net), (SubscriptionEnd::Local, None));
    assert_eq!(subscribes(&net), 0);
}

#[test]
fn the_same_key_to_somebody_else_leaves_the_first_one() {
    let mut net = registered();
    let first = up(&mut net);
    let other = Subscribing { target: "sip:other@example.org".to_owned(), ..to(Package::Dialog) };
    subscribe(&mut net, COLLEAGUE, other);
    let last = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!((last.headers.expires(), last.headers.call_id()), (Some(0), first.headers.call_id()));
    let next = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(next.uri.as_str(), "sip:other@example.org");
    assert_eq!(notify(&mut net, &first, &Notify::of(2, "terminated", "old")).code, 481);
}

#[test]
fn a_change_of_the_network_makes_all_anew_where_the_account_is() {
    let mut net = registered();
    let first = up(&mut net);
    change_network(&mut net);
    grant(&mut net, CALLEE);
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_ne!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(notify(&mut net, &first, &Notify::of(2, "active", "gone astray")).code, 481);
    accept(&mut net, &second);
    notify(&mut net, &second, &Notify::of(1, "active;expires=3600", "found"));
    assert_eq!(told(&mut net), "found");
}

#[test]
fn a_failed_connection_is_followed_by_a_renewal() {
    let mut net = registered();
    let first = up(&mut net);
    let flow = net.flow(CALLER, CALLEE);
    net.world.act(CALLER, |now, node| match node {
        Node::Agent(agent) => agent.handle(now, Input::FlowFailed { flow }),
        Node::Wire(_) => unreachable!("an agent was placed there"),
    });
    let begin = net.world.elapsed();
    grant(&mut net, CALLEE);
    let next = net.heard_request(CALLEE, Method::Subscribe);
    assert!(net.world.elapsed() - begin < Duration::from_secs(10));
    assert_eq!(next.headers.call_id(), first.headers.call_id());
}
