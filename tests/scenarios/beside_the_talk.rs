//! CALL-8, CALL-15: a recording with its pause, and a greeting on answer, in a whole phone.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::RecordingView;
use sidetone_desk::{Error, Pii, RecordingNews, RecordingRules, RecordingStart, Update};
use sidetone_phone::engine::{Input, MediaOrder};
use sidetone_phone::{CallSound, Control};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(40);

/// Where the phone first gave out something with these words; a line is an output.
fn line(story: &Story, output: &str) -> usize {
    let found = story.desk().logged.lines().position(|line| line.contains(output));
    found.unwrap_or_else(|| panic!("{output} never came"))
}

fn recorder(story: &Story) -> Vec<bool> {
    let pauses = story.desk().media.iter().filter_map(|(_, order)| match order {
        MediaOrder::PauseRecording(on) => Some(*on),
        _ => None,
    });
    pauses.collect()
}

#[test]
fn call_15_the_greeting_is_asked_for_when_media_is_agreed_on_and_not_before() {
    let mut story = Story::available();
    story.update(Update::GreetingOnAnswer(Some(Pii::new("Good morning".into()))));
    let (_, id) = story.customer_talks("Ada Lovelace", "+15550100");
    let (applied, greeted) = (line(&story, "Apply(Plan"), line(&story, "Greet {"));
    assert!(applied < greeted, "{applied}, {greeted}");
    assert_eq!(story.desk().logged.matches("Greet {").count(), 1, "once");
    assert!(!story.desk().logged.contains("Good morning"), "its name is the agent's own");
    story.command(Command::StopGreeting { contact: id });
    assert!(matches!(story.desk().media.last(), Some((_, MediaOrder::StopPlaying))));
}

#[test]
fn call_8_every_call_is_recorded_and_a_pause_ends_by_itself() {
    let recording = RecordingRules { start: RecordingStart::Always, resume_after: PAUSE };
    let mut story = Story::with(|config| config.recording = recording);
    let (_, id) = story.customer_talks("Ada Lovelace", "+15550100");
    line(&story, "Record(Incoming(");
    let leg = story.desk().media.last().unwrap().0;
    let news = |story: &mut Story, news| story.update(Update::Recording { leg, news });
    news(&mut story, RecordingNews::Begun);
    story.command(Command::PauseRecording { contact: id, on: true });
    assert_eq!(recorder(&story), [true]);
    news(&mut story, RecordingNews::Paused);
    story.pass(PAUSE - Duration::from_secs(1));
    assert_eq!(recorder(&story), [true]);
    story.pass(Duration::from_secs(1));
    assert_eq!(recorder(&story), [true, false]);
    news(&mut story, RecordingNews::Resumed);
    let shown = story.contact().connection.unwrap().recording;
    assert!(matches!(shown, RecordingView::On { .. }), "{shown:?}");
}

#[test]
fn call_8_a_script_begins_no_second_recording_beside_one_that_is_paused() {
    let mut story = Story::available();
    story.customer_talks("Ada Lovelace", "+15550100");
    let leg = story.desk().media.last().unwrap().0;
    let asked = |story: &mut Story, wish| story.input(Input::Control(Control::Sound(None, wish)));
    assert_eq!(asked(&mut story, CallSound::Record), Ok(()));
    story.update(Update::Recording { leg, news: RecordingNews::Begun });
    assert_eq!(asked(&mut story, CallSound::PauseRecording(true)), Ok(()));
    story.update(Update::Recording { leg, news: RecordingNews::Paused });
    assert_eq!(asked(&mut story, CallSound::Record), Err(Error::Impossible));
    assert_eq!(begun(&story), 1);
    story.update(Update::Recording { leg, news: RecordingNews::Ended });
    assert_eq!(asked(&mut story, CallSound::Record), Ok(()));
    assert_eq!(begun(&story), 2);
}

/// A call that is recorded by hand goes on after a crash; what was `said` of its recording was the last before.
fn resumed(said: &[RecordingNews]) -> Story {
    let recording = RecordingRules { start: RecordingStart::ByHand, resume_after: PAUSE };
    let mut story = Story::with(|config| config.recording = recording);
    let (mut customer, id) = story.customer_talks("Ada Lovelace", "+15550100");
    let leg = story.desk().media.last().unwrap().0;
    story.command(Command::Record { contact: id, on: true });
    said.iter().for_each(|news| story.update(Update::Recording { leg, news: *news }));
    story.crash(Duration::from_secs(1));
    story.sign_in("secret");
    story.customer_agrees(&mut customer);
    story.until("going on", |story| {
        story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Sound(true)))
    });
    story
}

fn begun(story: &Story) -> usize {
    story.desk().logged.matches("Record(Incoming(").count()
}

#[test]
fn call_8_after_a_crash_the_call_is_recorded_on_in_another_file() {
    let story = resumed(&[RecordingNews::Begun]);
    assert_eq!((begun(&story), recorder(&story)), (2, vec![]));
    let ended = resumed(&[RecordingNews::Begun, RecordingNews::Ended]);
    assert_eq!(begun(&ended), 1, "it was over before");
}

#[test]
fn call_8_a_crash_in_a_pause_records_nothing_of_it_and_the_pause_ends_by_itself() {
    let mut story = resumed(&[RecordingNews::Begun, RecordingNews::Paused]);
    assert_eq!((begun(&story), recorder(&story)), (2, vec![true]));
    let sound = |(_, order): &&(_, MediaOrder)| {
        matches!(order, MediaOrder::Sound(true) | MediaOrder::PauseRecording(true))
    };
    let first = story.desk().media.iter().find(sound).map(|(_, order)| order.clone());
    assert!(matches!(first, Some(MediaOrder::PauseRecording(true))), "{first:?}");
    let leg = story.desk().media.last().unwrap().0;
    story.update(Update::Recording { leg, news: RecordingNews::Paused });
    story.update(Update::Recording { leg, news: RecordingNews::Begun });
    let shown = story.contact().connection.unwrap().recording;
    assert!(matches!(shown, RecordingView::Paused { .. }), "{shown:?}");
    story.pass(PAUSE);
    assert_eq!(recorder(&story), [true, false]);
}
