//! Presence, dialogs and messages of two user agents with Kamailio's presence server between them: what we publish it
//! understands, and what it makes of it we read.

use crate::rig::{Bare, Kamailio, Manner, aor};
use sidetone_sip::api::{
    Command, Event, MessageKey, PublicationKey, Publishing, Subscribing, SubscriptionEnd, SubscriptionKey,
    SubscriptionState,
};
use sidetone_sip::package::{Activity, Basic, Dialogs, Line, Package, Presence, Told};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const KEY: PublicationKey = PublicationKey(1);

fn server() -> Kamailio {
    Kamailio::with(Manner { script: "presence.cfg", ..Manner::default() })
}

fn subscribe(who: &mut Bare, key: u32, target: String, package: Package, expires: Duration) {
    let account = crate::rig::ACCOUNT;
    let subscribing = Subscribing { account, target, package, expires, body: None };
    who.command(Command::Subscribe {
        subscription: SubscriptionKey(key),
        subscribing: Box::new(subscribing),
    });
}

fn active(who: &mut Bare) -> Duration {
    who.wait("a subscription in force", |event| match event {
        Event::Subscription { state: SubscriptionState::Active(lasts), .. } => Some(*lasts),
        _ => None,
    })
}

/// The next notification that says such a thing.
fn told<T>(who: &mut Bare, what: &str, fits: impl Fn(Told) -> Option<T>) -> T {
    who.wait(what, |event| match event {
        Event::Notified { notification, .. } => {
            fits(Told::read(&notification.content_type, &notification.body).unwrap())
        }
        _ => None,
    })
}

fn publish(who: &mut Bare, package: Package, body: String) {
    let content_type = package.content_type().to_owned();
    let account = crate::rig::ACCOUNT;
    let publishing = Publishing { account, package, content_type, body: body.into(), expires: 10 * MINUTE };
    who.command(Command::Publish { publication: KEY, publishing: Box::new(publishing) });
    published(who);
}

fn published(who: &mut Bare) -> Duration {
    who.wait("a publication", |event| match event {
        Event::Published { outcome, .. } => Some(outcome.clone().unwrap()),
        _ => None,
    })
}

#[test]
fn what_an_agent_publishes_a_colleague_sees() {
    let server = server();
    let (mut ann, mut bob) = (Bare::registered(&server, "ann"), Bare::registered(&server, "bob"));
    let is = |basic, activity: Activity| {
        Presence::ours(&aor("ann"), basic, vec![activity], Some("a & b".to_owned())).write()
    };
    publish(&mut ann, Package::Presence, is(Basic::Open, Activity::OnThePhone));
    subscribe(&mut bob, 1, aor("ann"), Package::Presence, 10 * MINUTE);
    assert!(active(&mut bob) <= 10 * MINUTE);
    let sees = |bob: &mut Bare, activity: Activity| {
        told(bob, "the activity", |told| match told {
            Told::Presence(presence) => presence.activities.contains(&activity).then_some(presence),
            _ => None,
        })
    };
    let first = sees(&mut bob, Activity::OnThePhone);
    assert!(first.is_open());
    assert_eq!(first.note.as_deref(), Some("a & b"));
    publish(&mut ann, Package::Presence, is(Basic::Closed, Activity::Away));
    assert!(!sees(&mut bob, Activity::Away).is_open());

    ann.command(Command::Unpublish { publication: KEY });
    assert_eq!(published(&mut ann), Duration::ZERO);
    bob.command(Command::Unsubscribe { subscription: SubscriptionKey(1) });
    let why = bob.wait("the end", |event| match event {
        Event::Subscription { state: SubscriptionState::Ended { why, .. }, .. } => Some(why.clone()),
        _ => None,
    });
    assert_eq!(why, SubscriptionEnd::Local);
}

#[test]
fn the_calls_of_a_colleague_are_seen() {
    let server = server();
    let (mut ann, mut bob) = (Bare::registered(&server, "ann"), Bare::registered(&server, "bob"));
    let entity = aor("ann");
    let dialogs = format!(
        "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"0\" state=\"full\" \
         entity=\"{entity}\"><dialog id=\"one\" call-id=\"c\" local-tag=\"l\" remote-tag=\"r\" direction=\"recipient\">\
         <state>confirmed</state><remote><identity>sip:customer@example.org</identity></remote></dialog></dialog-info>"
    );
    publish(&mut ann, Package::Dialog, dialogs);
    subscribe(&mut bob, 1, entity, Package::Dialog, 10 * MINUTE);
    active(&mut bob);
    let info = told(&mut bob, "a dialog", |told| match told {
        Told::Dialogs(info) => (!info.dialogs.is_empty()).then_some(info),
        _ => None,
    });
    let mut dialogs = Dialogs::default();
    dialogs.merge(info);
    assert_eq!(dialogs.line(), Line::Talking);
    let customer = dialogs.iter().next().unwrap().remote.identity.clone().unwrap();
    assert_eq!(customer.uri, "sip:customer@example.org");
}

#[test]
fn too_brief_a_subscription_is_made_longer() {
    let server = server();
    let mut bob = Bare::registered(&server, "bob");
    subscribe(&mut bob, 1, aor("ann"), Package::Presence, Duration::from_secs(5));
    let lasts = active(&mut bob);
    assert!(lasts > Duration::from_secs(20), "{lasts:?}: the server takes none below 30 s");
}

#[test]
fn a_hundred_colleagues_are_watched() {
    let server = server();
    let mut bob = Bare::registered(&server, "bob");
    for number in 0..100 {
        subscribe(&mut bob, number, aor(&format!("ann{number}")), Package::Presence, 10 * MINUTE);
    }
    for _ in 0..100 {
        active(&mut bob);
    }
}

#[test]
fn words_go_from_one_to_the_other() {
    let server = server();
    let (mut ann, mut bob) = (Bare::registered(&server, "ann"), Bare::registered(&server, "bob"));
    ann.command(Command::SendMessage {
        message: MessageKey(1),
        account: crate::rig::ACCOUNT,
        target: aor("bob"),
        content_type: "text/plain;charset=UTF-8".to_owned(),
        body: "Grüße".into(),
    });
    let words = bob.wait("a message", |event| match event {
        Event::MessageReceived(message) => Some(message.body.clone()),
        _ => None,
    });
    assert_eq!(&words[..], "Grüße".as_bytes());
    let outcome = ann.wait("the answer", |event| match event {
        Event::MessageSent { outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    assert_eq!(outcome, Ok(()));
}
