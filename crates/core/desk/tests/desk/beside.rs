//! CALL-8 and CALL-15: a recording with its pause, and greetings, beside a call.

use crate::rig::{Rig, deeds, direct, ended};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, ContactId, NoticeKind, RecordingProblem, RecordingView, TroubleKind, UnixMillis, Why,
};
use sidetone_desk::{
    Config, EndCause, Error, LegId, Output, Pii, Recorder, RecordingNews, RecordingRules, RecordingStart,
    Update,
};
use std::time::Duration;

const LEG: LegId = LegId::Incoming(1);
const PAUSE: u64 = 30;

fn rules(start: RecordingStart) -> Config {
    let recording = RecordingRules { start, resume_after: Duration::from_secs(PAUSE) };
    Config { recording, ..Config::default() }
}

fn recorder(wish: Recorder) -> Vec<Output> {
    vec![Output::Record { leg: LEG, wish }]
}

fn news(rig: &mut Rig, news: RecordingNews) {
    assert_eq!(deeds(rig.say(Update::Recording { leg: LEG, news })), vec![]);
}

fn shown(rig: &Rig, contact: ContactId) -> RecordingView {
    rig.contact(contact).connection.expect("connected").recording
}

/// A call that is being recorded.
fn recorded(start: RecordingStart) -> (Rig, ContactId) {
    let mut rig = Rig::available(rules(start));
    let contact = rig.talking(1);
    if start == RecordingStart::ByHand {
        assert_eq!(rig.want(Command::Record { contact, on: true }), recorder(Recorder::Begin));
    }
    news(&mut rig, RecordingNews::Begun);
    (rig, contact)
}

#[test]
fn call_8_a_recording_shows_when_its_file_is_there_and_not_before() {
    let mut rig = Rig::available(rules(RecordingStart::Always));
    let contact = rig.offered(1);
    rig.want(Command::Accept { contact });
    assert_eq!(deeds(rig.say(Update::Connected { leg: LEG })), recorder(Recorder::Begin));
    assert_eq!(deeds(rig.say(Update::Connected { leg: LEG })), vec![], "once");
    assert_eq!(shown(&rig, contact), RecordingView::Off);
    rig.seconds(1);
    news(&mut rig, RecordingNews::Begun);
    assert_eq!(shown(&rig, contact), RecordingView::On { since: rig.wall() });
    assert_eq!(rig.contact(contact).actions.record, ActionView::Absent, "it is not the agent's to end");
    rig.say(ended(1, EndCause::Party));
    assert_eq!(shown(&rig, contact), RecordingView::Off);
}

#[test]
fn call_8_a_pause_shows_when_nothing_is_written_any_more_and_ends_by_itself() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    let since = rig.wall();
    rig.seconds(5);
    let pause = Command::PauseRecording { contact, on: true };
    assert_eq!(rig.want(pause.clone()), recorder(Recorder::Pause));
    assert_eq!(shown(&rig, contact), RecordingView::On { since }, "not before it is so");
    assert_eq!(rig.refused(pause), Error::Busy);
    news(&mut rig, RecordingNews::Paused);
    let resumes = UnixMillis(rig.wall().0 + 30_000);
    let paused = RecordingView::Paused { since: rig.wall(), resumes };
    assert_eq!(shown(&rig, contact), paused);
    assert_eq!(rig.seconds(PAUSE - 1), vec![]);
    assert_eq!(rig.seconds(1), recorder(Recorder::Resume));
    assert_eq!(shown(&rig, contact), paused, "not before it is so");
    news(&mut rig, RecordingNews::Resumed);
    assert_eq!(shown(&rig, contact), RecordingView::On { since });
    assert_eq!(rig.seconds(10 * PAUSE), vec![], "once");
}

#[test]
fn call_8_the_agent_ends_a_pause_before_its_time() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    rig.want(Command::PauseRecording { contact, on: true });
    news(&mut rig, RecordingNews::Paused);
    rig.seconds(5);
    let resume = Command::PauseRecording { contact, on: false };
    assert_eq!(rig.want(resume), recorder(Recorder::Resume));
    news(&mut rig, RecordingNews::Resumed);
    assert_eq!(rig.seconds(2 * PAUSE), vec![], "its time is over with it");
}

#[test]
fn call_8_pause_and_resume_are_disabled_in_consult_and_conference() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    let pause = Command::PauseRecording { contact, on: true };
    rig.say(Update::Joined { leg: LEG, on: true });
    assert_eq!(rig.refused(pause.clone()), Error::Blocked { why: Why::InConference });
    rig.say(Update::Joined { leg: LEG, on: false });
    rig.want(Command::Dial { target: "100".into() });
    rig.say(Update::HoldDone { leg: LEG, on: true });
    let blocked = ActionView::Blocked { why: Why::InConsult };
    assert_eq!(rig.contact(contact).actions.pause_recording, blocked);
    assert_eq!(rig.refused(pause.clone()), Error::Blocked { why: Why::InConsult });
    rig.say(Update::Ended { leg: LegId::Outgoing(1), cause: EndCause::Party });
    assert_eq!(rig.want(pause), recorder(Recorder::Pause));
}

#[test]
fn call_8_a_second_caller_is_no_consult() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    rig.say(Update::Offer(direct(2)));
    let second = rig.newest();
    rig.want(Command::Accept { contact: second });
    rig.say(Update::Connected { leg: LegId::Incoming(2) });
    assert_eq!(rig.contact(contact).actions.pause_recording, ActionView::Ready);
}

#[test]
fn call_8_by_hand_only_where_the_admin_lets_the_agent() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    assert_eq!(rig.refused(Command::Record { contact, on: true }), Error::Impossible);
    let (mut rig, contact) = recorded(RecordingStart::ByHand);
    assert_eq!(rig.want(Command::Record { contact, on: false }), recorder(Recorder::End));
    assert_eq!(rig.refused(Command::Record { contact, on: true }), Error::Busy, "its file is made whole");
    news(&mut rig, RecordingNews::Ended);
    assert_eq!(rig.want(Command::Record { contact, on: true }), recorder(Recorder::Begin));
}

#[test]
fn call_8_what_cannot_be_recorded_is_said_once_and_the_call_goes_on() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    let failed = RecordingNews::Failed(RecordingProblem::Full);
    news(&mut rig, failed);
    news(&mut rig, failed);
    assert_eq!(shown(&rig, contact), RecordingView::Off);
    let notices = rig.view().notices;
    assert_eq!(notices.len(), 1);
    let NoticeKind::Failed { trouble } = &notices[0].what else { panic!("{notices:?}") };
    assert_eq!(trouble.what, TroubleKind::NotRecorded { problem: RecordingProblem::Full });
    assert_eq!(rig.contact(contact).actions.hold, ActionView::Ready);
}

#[test]
fn call_8_what_a_slow_disk_lost_is_said_once_and_the_recording_goes_on() {
    let (mut rig, contact) = recorded(RecordingStart::Always);
    news(&mut rig, RecordingNews::Gap);
    news(&mut rig, RecordingNews::Gap);
    assert!(matches!(shown(&rig, contact), RecordingView::On { .. }));
    let notices = rig.view().notices;
    assert_eq!(notices.len(), 1);
    let NoticeKind::Failed { trouble } = &notices[0].what else { panic!("{notices:?}") };
    assert_eq!(trouble.what, TroubleKind::RecordingGap);
}

#[test]
fn call_8_recordings_that_were_mended_are_told() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::RecordingsMended(2));
    assert_eq!(rig.view().notices[0].what, NoticeKind::RecordingsMended { count: 2 });
}

#[test]
fn call_15_a_greeting_is_played_on_answer_to_callers_alone() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::GreetingOnAnswer(Some(Pii::new("Good morning".into()))));
    let contact = rig.offered(1);
    rig.want(Command::Accept { contact });
    let greet = Output::Greet { leg: LEG, name: Pii::new("Good morning".into()) };
    assert_eq!(deeds(rig.say(Update::Connected { leg: LEG })), vec![greet]);
    let playing = |rig: &Rig| rig.contact(contact).connection.and_then(|connection| connection.greeting);
    assert_eq!(playing(&rig).as_deref(), Some("Good morning"));
    rig.say(Update::GreetingOver { leg: LEG, played: true });
    assert_eq!(playing(&rig), None);
    rig.want(Command::End { contact });
    rig.want(Command::SubmitWrapUp { contact });
    rig.want(Command::Dial { target: "100".into() });
    let outgoing = LegId::Outgoing(1);
    assert_eq!(deeds(rig.say(Update::Connected { leg: outgoing })), vec![], "whom we call hears the agent");
}

#[test]
fn call_15_a_greeting_is_played_by_a_button_and_stopped_by_it() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let greet = |name: &str| Command::Greet { contact, name: name.into() };
    assert_eq!(rig.want(greet("One")), vec![Output::Greet { leg: LEG, name: Pii::new("One".into()) }]);
    assert_eq!(rig.refused(greet("Two")), Error::Busy);
    assert_eq!(rig.want(Command::StopGreeting { contact }), vec![Output::StopGreeting(LEG)]);
    assert_eq!(rig.refused(greet("Two")), Error::Busy, "the first one sounds until the phone says");
    rig.say(Update::GreetingOver { leg: LEG, played: true });
    rig.want(greet("Two"));
    rig.say(Update::GreetingOver { leg: LEG, played: false });
    assert!(
        matches!(&rig.view().notices[0].what, NoticeKind::Failed { trouble } if trouble.what == TroubleKind::NotPlayed)
    );
    rig.want(Command::Hold { contact });
    assert_eq!(rig.refused(greet("Two")), Error::Blocked { why: Why::OnHold });
}
