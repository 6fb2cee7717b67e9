//! OFFER-7: an announcement to the agent alone, then a beep, then the call; the caller hears it ring meanwhile.

use crate::story::Story;
use sidetone_desk::view::{ContactId, PhaseView};
use sidetone_desk::{LegId, Outcome};
use sidetone_phone::engine::{MediaOrder, Rules, Whispers};
use sidetone_sip::api::{CallKey, Event};
use std::time::Duration;

/// The queue of every customer in these stories.
const QUEUE: &str = "Support";

fn rules(queue: &str) -> Rules {
    let by_queue = [(queue.to_owned(), "/whispers/queue.opus".into())].into();
    Rules { whispers: Whispers { any: None, by_queue }, ..Rules::default() }
}

/// A call that is taken by itself.
fn taken(rules: Rules) -> (Story, CallKey, ContactId) {
    let mut story = Story::reading(rules, |config| config.auto_answer = true);
    let customer = story.customer_calls("Ada", "+15550100");
    story.until("on the desk", |story| !story.view().contacts.is_empty());
    let id = story.contact().id;
    (story, customer.call, id)
}

fn plays(story: &Story) -> usize {
    story.desk().logged.matches("Play { ").count()
}

fn answered(story: &Story, call: CallKey) -> bool {
    story.server_events().any(|event| matches!(event, Event::Answered { call: of, .. } if *of == call))
}

fn beeps(story: &Story) -> usize {
    story.desk().media.iter().filter(|(_, order)| matches!(order, MediaOrder::Beep)).count()
}

/// The leg that the whisper is played beside, as the phone said it.
fn whispered_to(story: &Story) -> LegId {
    let line = story.desk().logged.lines().find(|line| line.starts_with("Play { ")).unwrap().to_owned();
    let number = line.split("Incoming(").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
    LegId::Incoming(number.parse().unwrap())
}

#[test]
fn offer_7_the_whisper_comes_before_beep_and_answer() {
    let (mut story, call, id) = taken(rules(QUEUE));
    story.pass(Duration::from_secs(5));
    assert_eq!((plays(&story), beeps(&story), answered(&story, call)), (1, 0, false));
    assert_eq!(story.phase_of(id), Some(PhaseView::Answering));
    let leg = whispered_to(&story);
    story.played(leg, true);
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!((plays(&story), beeps(&story), answered(&story, call)), (1, 1, true));
}

#[test]
fn offer_7_a_whisper_that_is_too_long_or_is_not_there_holds_nobody_up() {
    let (mut story, call, id) = taken(rules(QUEUE));
    story.pass(Duration::from_secs(14));
    assert!(!answered(&story, call));
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert!(story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::StopPlaying)));

    let (mut story, _, id) = taken(rules(QUEUE));
    story.pass(Duration::from_secs(1));
    let leg = whispered_to(&story);
    story.played(leg, false);
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
}

#[test]
fn offer_7_another_queue_has_no_whisper() {
    let (mut story, call, id) = taken(rules("Billing"));
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!((plays(&story), beeps(&story), answered(&story, call)), (0, 1, true));
}

#[test]
fn offer_7_a_caller_who_gives_up_during_the_whisper_is_gone() {
    let (mut story, call, _) = taken(rules(QUEUE));
    story.pass(Duration::from_secs(1));
    let leg = whispered_to(&story);
    story.callee_does(sidetone_sip::api::Command::Hangup { call });
    story.until("over", |story| story.view().contacts.is_empty());
    assert!(matches!(story.desk().media.last(), Some((_, MediaOrder::Close))));
    // A late word about it changes nothing.
    story.played(leg, true);
    assert_eq!(story.row().outcome, Outcome::Abandoned);
}
