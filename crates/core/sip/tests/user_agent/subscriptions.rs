//! Subscriptions (RFC 6665): made, told of, renewed, refused. How they end: `subscription_ends.rs`.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net},
    watching::{
        CHALLENGE, COLLEAGUE, HOUR, MINUTE, Notify, accept, drain, ended, notify, registered, state,
        subscribe, subscribes, to, told, up,
    },
};
use sidetone_sim::Link;
use sidetone_sip::{
    api::{
        Event, Failure, Subscribing, SubscriptionEnd, SubscriptionKey, SubscriptionState, TerminationReason,
    },
    message::{Method, name},
    package::Package,
};
use std::time::Duration;

#[test]
fn a_subscription_says_what_it_is_to_and_what_it_understands() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(first.uri.as_str(), "sip:colleague@example.org");
    assert_eq!(first.headers.get(name::EVENT), Some("dialog"));
    assert_eq!(first.headers.expires(), Some(3600));
    assert!(first.headers.has_token(name::SUPPORTED, "eventlist"));
    let accept: Vec<_> = first.headers.list(name::ACCEPT).collect();
    assert_eq!(accept, ["application/dialog-info+xml", "application/rlmi+xml", "multipart/related"]);
    assert!(first.headers.contact().is_ok());
    subscribe(&mut net, SubscriptionKey(8), to(Package::MessageSummary));
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(second.headers.get(name::ACCEPT), Some("application/simple-message-summary"));
    assert!(!second.headers.contains(name::SUPPORTED));
}

#[test]
fn the_first_notify_makes_it() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    accept(&mut net, &first);
    net.world.run_for(Duration::from_secs(5));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Subscription { .. })), 0);
    assert_eq!(notify(&mut net, &first, &Notify::of(1, "active;expires=600", "words")).code, 200);
    assert_eq!(state(&mut net), SubscriptionState::Active(10 * MINUTE));
    assert_eq!(told(&mut net), "words");
}

#[test]
fn a_notify_may_overtake_the_200() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(notify(&mut net, &first, &Notify::of(1, "active", "words")).code, 200);
    assert_eq!(state(&mut net), SubscriptionState::Active(HOUR));
    net.answer(&first, 200, "wire", &[(name::EXPIRES, "600")], "");
    let before = net.world.elapsed();
    let renewal = net.heard_request(CALLEE, Method::Subscribe);
    assert!(net.world.elapsed() - before < 10 * MINUTE);
    assert_eq!(renewal.headers.to().unwrap().tag(), Some("wire"));
}

#[test]
fn without_a_notify_it_failed_after_timer_n_and_is_made_anew() {
    let mut net = registered();
    let begin = net.world.elapsed();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    accept(&mut net, &first);
    let (why, retry_in) = ended(&mut net);
    assert_eq!(why, SubscriptionEnd::Failed(Failure::Timeout));
    let waited = net.world.elapsed() - begin;
    assert!(waited >= Duration::from_secs(32) && waited < Duration::from_secs(33), "{waited:?}");
    assert!(retry_in.is_some());
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_ne!(first.headers.call_id(), second.headers.call_id());
    assert_eq!(notify(&mut net, &first, &Notify::of(1, "active", "late")).code, 481);
}

#[test]
fn it_is_renewed_in_its_dialog_before_it_runs_out() {
    let mut net = registered();
    let first = up(&mut net);
    let begin = net.world.elapsed();
    let renewal = net.heard_request(CALLEE, Method::Subscribe);
    let waited = net.world.elapsed() - begin;
    assert!(waited > HOUR / 2 && waited < HOUR, "{waited:?}");
    assert_eq!(renewal.uri.as_str(), "sip:wire@192.0.2.2:5060");
    assert_eq!(renewal.headers.call_id(), first.headers.call_id());
    assert_eq!(renewal.headers.cseq().unwrap().number, 2);
    assert_eq!(renewal.headers.expires(), Some(3600));
    assert!(renewal.headers.contact().is_ok());
    accept(&mut net, &renewal);
    notify(&mut net, &first, &Notify::of(2, "active;expires=3600", "again"));
    assert_eq!(told(&mut net), "again");
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Subscription { .. })), 0, "nothing changed");
}

#[test]
fn what_a_notify_says_of_the_time_left_counts() {
    let mut net = registered();
    let first = up(&mut net);
    notify(&mut net, &first, &Notify::of(2, "active;expires=100", ""));
    let begin = net.world.elapsed();
    net.heard_request(CALLEE, Method::Subscribe);
    assert!(net.world.elapsed() - begin < Duration::from_secs(100));
}

#[test]
fn a_challenge_is_answered_and_renewals_bring_credentials_with_them() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&first, 401, "wire", &[CHALLENGE], "");
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert!(second.headers.contains(name::AUTHORIZATION));
    assert_eq!(second.headers.cseq().unwrap().number, 2);
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    accept(&mut net, &second);
    notify(&mut net, &second, &Notify::of(1, "active;expires=3600", ""));
    state(&mut net);
    let third = net.heard_request(CALLEE, Method::Subscribe);
    assert!(third.headers.contains(name::AUTHORIZATION));
    assert_eq!(third.headers.cseq().unwrap().number, 3);
    let stale = ("WWW-Authenticate", "Digest realm=\"r\", nonce=\"m\", stale=true, algorithm=MD5");
    net.answer(&third, 401, "wire", &[stale], "");
    let fourth = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(fourth.headers.cseq().unwrap().number, 4);
}

#[test]
fn refused_credentials_are_said_and_not_tried_again() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    for _ in 0..2 {
        let request = net.heard_request(CALLEE, Method::Subscribe);
        net.answer(&request, 401, "wire", &[CHALLENGE], "");
    }
    assert_eq!(ended(&mut net), (SubscriptionEnd::Failed(Failure::Credentials), None));
    net.world.run_for(HOUR);
    assert_eq!(subscribes(&net), 2);
}

#[test]
fn too_brief_an_interval_is_made_longer() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&first, 423, "wire", &[("Min-Expires", "7200")], "");
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(second.headers.expires(), Some(7200));
    net.answer(&second, 423, "wire", &[("Min-Expires", "7200")], "");
    let (why, _) = ended(&mut net);
    assert!(matches!(why, SubscriptionEnd::Failed(Failure::Status { code: 423, .. })));
}

#[test]
fn what_can_not_be_watched_is_not_asked_for_again() {
    for code in [403, 404, 489, 603] {
        let mut net = registered();
        subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
        let request = net.heard_request(CALLEE, Method::Subscribe);
        net.answer(&request, code, "wire", &[], "");
        let (why, retry_in) = ended(&mut net);
        assert!(matches!(why, SubscriptionEnd::Failed(Failure::Status { code: c, .. }) if c == code));
        assert_eq!(retry_in, None);
        net.world.run_for(24 * HOUR);
        assert_eq!(subscribes(&net), 1);
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_wants() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let request = net.heard_request(CALLEE, Method::Subscribe);
    net.answer(&request, 503, "wire", &[(name::RETRY_AFTER, "300")], "");
    let (_, retry_in) = ended(&mut net);
    assert!(retry_in.unwrap() >= 5 * MINUTE && retry_in.unwrap() < 6 * MINUTE);
    let begin = net.world.elapsed();
    net.heard_request(CALLEE, Method::Subscribe);
    assert!(net.world.elapsed() - begin >= 5 * MINUTE);
}

#[test]
fn a_silent_server_is_asked_ever_more_slowly() {
    let mut net = registered();
    net.world.set_link(CALLER, CALLEE, Link::lossy(1.0));
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let pauses: Vec<_> = (0..6).map(|_| ended(&mut net).1.unwrap()).collect();
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
    net.world.set_link(CALLER, CALLEE, Link::default());
    let again = net.heard_request(CALLEE, Method::Subscribe);
    notify(&mut net, &again, &Notify::of(1, "active;expires=3600", ""));
    assert!(matches!(state(&mut net), SubscriptionState::Active(_)));
}

#[test]
fn pending_is_said_and_then_active() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    accept(&mut net, &first);
    notify(&mut net, &first, &Notify::of(1, "pending;expires=3600", ""));
    assert_eq!(state(&mut net), SubscriptionState::Pending);
    notify(&mut net, &first, &Notify::of(2, "active;expires=3600", "words"));
    assert_eq!(state(&mut net), SubscriptionState::Active(HOUR));
    assert_eq!(told(&mut net), "words");
}

#[test]
fn only_the_first_leg_of_a_fork_is_kept() {
    let mut net = registered();
    let first = up(&mut net);
    let other = Notify { tag: "other", ..Notify::of(1, "active", "other") };
    assert_eq!(notify(&mut net, &first, &other).code, 481);
    assert_eq!(notify(&mut net, &first, &Notify::of(2, "active", "second")).code, 200);
    assert_eq!(told(&mut net), "second");
}

#[test]
fn notifications_that_belong_to_nothing_are_refused() {
    let mut net = registered();
    let first = up(&mut net);
    let strange = Notify { event: "presence", ..Notify::of(5, "active", "x") };
    let answer = notify(&mut net, &first, &strange);
    assert_eq!(answer.code, 489);
    assert!(answer.headers.has_token(name::ALLOW_EVENTS, "dialog"));
    let mut stranger = first.clone();
    stranger.headers.set(name::CALL_ID, "nobody's");
    assert_eq!(notify(&mut net, &stranger, &Notify::of(6, "active", "x")).code, 481);
    let unknown = Notify { event: "moon-phase", ..Notify::of(7, "active", "x") };
    let answer = notify(&mut net, &stranger, &unknown);
    assert_eq!(answer.code, 489);
    assert!(answer.headers.contains(name::ALLOW_EVENTS));
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Notified { .. })), 0);
}

#[test]
fn a_body_that_was_not_asked_for_is_refused() {
    let mut net = registered();
    let first = up(&mut net);
    let html = Notify { kind: "text/html", ..Notify::of(2, "active", "<p>") };
    let answer = notify(&mut net, &first, &html);
    assert_eq!(answer.code, 415);
    assert!(answer.headers.has_token(name::ACCEPT, "application/dialog-info+xml"));
    let packed = Notify { more: "Content-Encoding: gzip\r\n", ..Notify::of(3, "active", "\u{1f}") };
    assert_eq!(notify(&mut net, &first, &packed).code, 415);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Notified { .. })), 0);
}

#[test]
fn a_list_may_be_required_and_nothing_else() {
    let mut net = registered();
    let first = up(&mut net);
    let kind = "multipart/related;type=\"application/rlmi+xml\";boundary=b";
    let list = Notify { kind, more: "Require: eventlist\r\n", ..Notify::of(2, "active", "--b--") };
    assert_eq!(notify(&mut net, &first, &list).code, 200);
    assert_eq!(told(&mut net), "--b--");
    let odd = Notify { more: "Require: moon\r\n", ..Notify::of(3, "active", "x") };
    assert_eq!(notify(&mut net, &first, &odd).code, 420);
}

#[test]
fn a_notification_from_the_past_is_refused() {
    let mut net = registered();
    let first = up(&mut net);
    notify(&mut net, &first, &Notify::of(5, "active", "five"));
    assert_eq!(told(&mut net), "five");
    let late = Notify { tag: "wire", ..Notify::of(4, "active", "four") };
    assert_eq!(notify(&mut net, &first, &late).code, 500);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Notified { .. })), 0);
}

#[test]
fn the_state_is_asked_for_once() {
    let mut net = registered();
    subscribe(&mut net, COLLEAGUE, Subscribing { expires: Duration::ZERO, ..to(Package::Dialog) });
    let only = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!(only.headers.expires(), Some(0));
    accept(&mut net, &only);
    notify(&mut net, &only, &Notify::of(1, "terminated;reason=timeout", "as it is"));
    assert_eq!(told(&mut net), "as it is");
    let why = SubscriptionEnd::Terminated(TerminationReason::Timeout);
    assert_eq!(ended(&mut net), (why, None));
}

#[test]
fn what_is_said_in_a_running_subscription_is_said_once() {
    let mut net = registered();
    let body = |text: &str| Some(("application/x-as-feature-event+xml".to_owned(), text.to_owned().into()));
    let with = |text: &str| Subscribing { body: body(text), ..to(Package::AsFeatureEvent) };
    subscribe(&mut net, COLLEAGUE, to(Package::AsFeatureEvent));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    assert!(first.body.is_empty());
    accept(&mut net, &first);
    let kind = "application/x-as-feature-event+xml";
    let event = "as-feature-event";
    notify(&mut net, &first, &Notify { event, kind, ..Notify::of(1, "active;expires=3600", "state") });
    state(&mut net);
    subscribe(&mut net, COLLEAGUE, with("ready"));
    subscribe(&mut net, COLLEAGUE, with("wrap-up"));
    let second = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!((&second.body[..], second.headers.cseq().unwrap().number), (&b"ready"[..], 2));
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    accept(&mut net, &second);
    let third = net.heard_request(CALLEE, Method::Subscribe);
    assert_eq!((&third.body[..], third.headers.cseq().unwrap().number), (&b"wrap-up"[..], 3));
    accept(&mut net, &third);
    let renewal = net.heard_request(CALLEE, Method::Subscribe);
    assert!(renewal.body.is_empty());
}

#[test]
fn several_hundred_are_asked_for_one_after_the_other_and_renewed_apart() {
    let mut net = registered();
    for number in 0..300 {
        subscribe(&mut net, SubscriptionKey(number), to(Package::Dialog));
    }
    assert!(subscribes(&net) < 30, "{} at once", subscribes(&net));
    let mut renewals = Vec::new();
    let answer = |net: &mut Net| {
        net.world.run_for(Duration::from_millis(400));
        let requests = drain(net, &Method::Subscribe);
        for request in &requests {
            accept(net, request);
            if request.headers.to().unwrap().tag().is_none() {
                net.tell(CALLEE, CALLER, Notify::of(1, "active;expires=3600", "").text(request));
            }
        }
        requests.len()
    };
    let first: usize = (0..20).map(|_| answer(&mut net)).sum();
    assert_eq!(first, 300, "all of them within seconds");
    net.world.run_for(Duration::from_secs(1));
    let active = |e: &Event| matches!(e, Event::Subscription { state: SubscriptionState::Active(_), .. });
    assert_eq!(net.said(CALLER, active), 300);
    net.world.run_for(30 * MINUTE);
    drain(&mut net, &Method::Subscribe);
    for _ in 0..1500 * 5 / 2 {
        renewals.push(answer(&mut net));
    }
    assert_eq!(renewals.iter().sum::<usize>(), 300, "each is renewed once");
    assert!(renewals.iter().all(|at_once| *at_once < 8), "renewals come in a burst");
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::Subscription { .. })), 300, "and nothing was lost");
}

#[test]
fn voice_messages_are_told_of_without_a_subscription_by_the_own_server_only() {
    let mut net = registered();
    let body = "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n";
    let unasked = |from: usize| {
        let more = "Event: message-summary\r\nContent-Type: application/simple-message-summary\r\n";
        crate::kit::request("NOTIFY", &format!("mwi{from}"), more, body)
            .replace("Call-ID: by-hand", &format!("Call-ID: mwi{from}"))
    };
    net.tell(CALLEE, CALLER, unasked(CALLEE));
    net.heard_response(CALLEE, 200);
    let (account, words) = net.expect(CALLER, "MessagesWaiting", |e| match e {
        Event::MessagesWaiting { account, notification } => Some((*account, notification.body.clone())),
        _ => None,
    });
    assert_eq!((account, &words[..]), (ACCOUNT, body.as_bytes()));
    net.tell(2, CALLER, unasked(2).replace("192.0.2.2:5060", "192.0.2.3:5060"));
    net.heard_response(2, 481);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::MessagesWaiting { .. })), 0);
}

#[test]
fn nobody_may_subscribe_to_us() {
    let mut net = registered();
    net.tell(CALLEE, CALLER, crate::kit::request("SUBSCRIBE", "a", "Event: presence\r\nExpires: 60\r\n", ""));
    let answer = net.heard_response(CALLEE, 405);
    assert!(!answer.headers.has_token(name::ALLOW, "SUBSCRIBE"));
    assert!(answer.headers.has_token(name::ALLOW, "NOTIFY"));
}
