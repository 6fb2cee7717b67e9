//! WRAPUP: reason and notes, the timer, and nothing typed is lost.

use crate::rig::{Rig, code, deeds, ended, idle, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, CauseView, ChoiceView, CodeId, ContactId, EndedView, NoticeKind, PhaseView, StateLabel,
    UnixMillis, Why,
};
use sidetone_desk::{
    Config, EndCause, Error, HistoryRow, Output, Pii, Timer, Update, WrapUpRules, WrapUpState,
};
use std::time::Duration;

fn rules() -> WrapUpRules {
    WrapUpRules { reasons: vec![code("sale"), code("question")], ..WrapUpRules::default() }
}

fn rig(wrap_up: WrapUpRules) -> Rig {
    Rig::available(Config { wrap_up, ..Config::default() })
}

fn choose(contact: ContactId, reason: &str) -> Command {
    Command::ChooseReason { contact, reason: Some(CodeId(reason.into())) }
}

fn write(contact: ContactId, notes: &str) -> Command {
    Command::WriteNotes { contact, notes: notes.into() }
}

#[test]
fn wrapup_1_reason_and_notes_then_submit() {
    let mut rig = rig(rules());
    let contact = rig.wrapping(1);
    rig.want(choose(contact, "sale"));
    rig.want(write(contact, "two licences"));
    let outputs = rig.want(Command::SubmitWrapUp { contact });
    let row = &rows(&outputs)[0];
    assert_eq!(row.wrap_up.state, WrapUpState::Submitted);
    assert_eq!(row.wrap_up.reason, Some(CodeId("sale".into())));
    assert_eq!(row.wrap_up.notes.reveal(), "two licences");
    assert_eq!((rig.find(contact), rig.label()), (None, StateLabel::Available));
    assert_eq!(rig.desk.poll_timeout(), None);
}

#[test]
fn wrapup_1_only_the_admins_reasons_can_be_chosen_and_cleared() {
    let mut rig = rig(rules());
    let contact = rig.wrapping(1);
    assert_eq!(rig.refused(choose(contact, "nonsense")), Error::NoSuchCode);
    rig.want(choose(contact, "sale"));
    rig.want(Command::ChooseReason { contact, reason: None });
    assert_eq!(rig.contact(contact).wrap_up.expect("a wrap-up").reason, None);
}

#[test]
fn wrapup_1_no_wrap_up_before_the_parties_are_connected() {
    let mut rig = rig(rules());
    let contact = rig.offered(1);
    assert_eq!(rig.contact(contact).wrap_up, None);
    assert_eq!(rig.refused(choose(contact, "sale")), Error::Impossible);
}

#[test]
fn wrapup_2_at_zero_it_ends_by_itself() {
    let mut rig = rig(rules());
    let contact = rig.wrapping(1);
    rig.want(write(contact, "half a sent"));
    assert_eq!(rig.desk.poll_timeout(), Some((rig.now + Duration::from_secs(60), Timer::WrapUp(contact))));
    let deadline = Some(UnixMillis(rig.wall().0 + 60_000));
    assert_eq!(rig.phase(contact), PhaseView::WrapUp { deadline, ended: EndedView::ByParty });
    assert_eq!(deeds(rig.seconds(59)), vec![]);
    let row = rows(&rig.seconds(1)).remove(0);
    assert_eq!(
        (row.wrap_up.state, row.wrap_up.notes.reveal().as_str()),
        (WrapUpState::Expired, "half a sent")
    );
    assert_eq!((rig.label(), rig.view().state.cause), (StateLabel::Available, CauseView::Timer));
    assert!(matches!(rig.view().notices[0].what, NoticeKind::WrapUpExpired { .. }));
}

#[test]
fn wrapup_2_a_mandatory_reason_blocks_submitting_but_not_the_timer() {
    let mut rig = rig(WrapUpRules { mandatory: true, ..rules() });
    let contact = rig.wrapping(1);
    let missing = ActionView::Blocked { why: Why::ReasonMissing };
    assert_eq!(rig.contact(contact).actions.submit_wrap_up, missing);
    assert_eq!(rig.refused(Command::SubmitWrapUp { contact }), Error::Blocked { why: Why::ReasonMissing });
    rig.want(choose(contact, "sale"));
    rig.want(Command::SubmitWrapUp { contact });

    let contact = rig.wrapping(2);
    let row = rows(&rig.seconds(60)).remove(0);
    assert_eq!((row.wrap_up.state, row.wrap_up.reason), (WrapUpState::Expired, None));
    assert_eq!(rig.find(contact), None);
}

#[test]
fn wrapup_2_the_reason_can_be_chosen_during_the_call() {
    let mut rig = rig(WrapUpRules { mandatory: true, ..rules() });
    let contact = rig.talking(1);
    rig.want(choose(contact, "question"));
    rig.say(ended(1, EndCause::Party));
    rig.want(Command::SubmitWrapUp { contact });
}

#[test]
fn wrapup_2_mandatory_without_any_reason_to_choose_blocks_nobody() {
    let mut rig = rig(WrapUpRules { mandatory: true, ..WrapUpRules::default() });
    let contact = rig.wrapping(1);
    assert!(!rig.contact(contact).wrap_up.expect("a wrap-up").mandatory);
    rig.want(Command::SubmitWrapUp { contact });
}

#[test]
fn wrapup_2_extending_adds_time_up_to_the_longest() {
    let longest = Duration::from_secs(150);
    let mut rig = rig(WrapUpRules { longest, ..rules() });
    let contact = rig.wrapping(1);
    let began = rig.now;
    let due = |rig: &Rig| rig.desk.poll_timeout().map(|(due, _)| due - began);
    rig.want(Command::ExtendWrapUp { contact });
    assert_eq!(due(&rig), Some(Duration::from_secs(120)));
    rig.want(Command::ExtendWrapUp { contact });
    assert_eq!(due(&rig), Some(longest));
    assert_eq!(rig.refused(Command::ExtendWrapUp { contact }), Error::Blocked { why: Why::NotAllowed });
    assert_eq!(deeds(rig.seconds(149)), vec![]);
    assert_eq!(rows(&rig.seconds(1)).len(), 1);
}

#[test]
fn wrapup_2_without_a_timer_it_waits() {
    let mut rig = rig(WrapUpRules { timeout: None, ..rules() });
    let contact = rig.wrapping(1);
    assert_eq!(rig.desk.poll_timeout(), None);
    assert_eq!(rig.contact(contact).actions.extend_wrap_up, ActionView::Absent);
    assert_eq!(rig.refused(Command::ExtendWrapUp { contact }), Error::Impossible);
    assert_eq!(deeds(rig.seconds(100_000)), vec![]);
}

#[test]
fn wrapup_2_the_next_state_holds_after_it() {
    for submit in [true, false] {
        let mut rig = rig(rules());
        let contact = rig.wrapping(1);
        rig.want(Command::SetState { to: idle() });
        assert_eq!((rig.label(), rig.view().state.next), (StateLabel::WrapUp, Some(idle())));
        if submit {
            rig.want(Command::SubmitWrapUp { contact });
        } else {
            rig.seconds(60);
        }
        let state = rig.view().state;
        assert_eq!((state.label, state.cause), (StateLabel::Idle { code: None }, CauseView::Agent));
        assert_eq!(state.next, None);
    }
}

#[test]
fn wrapup_3_every_change_is_saved_as_it_is_typed() {
    let mut rig = rig(rules());
    let contact = rig.talking(1);
    let version = |outputs: Vec<Output>| match outputs.as_slice() {
        [Output::SaveDraft { version, notes, .. }] => (*version, notes.reveal().clone()),
        other => panic!("{other:?}"),
    };
    let saved = |rig: &Rig| rig.contact(contact).wrap_up.expect("a wrap-up").saved;
    assert!(saved(&rig));
    assert_eq!(version(rig.want(write(contact, "a"))), (1, "a".into()));
    assert_eq!(version(rig.want(write(contact, "ab"))), (2, "ab".into()));
    assert_eq!(rig.want(write(contact, "ab")), vec![], "nothing new");
    rig.say(Update::DraftSaved { contact, version: 1 });
    assert!(!saved(&rig), "what was typed since is not on disk");
    rig.say(Update::DraftSaved { contact, version: 2 });
    assert!(saved(&rig));
    rig.say(Update::DraftSaved { contact, version: 99 });
    assert_eq!(version(rig.want(choose(contact, "sale"))), (3, "ab".into()));
    assert!(!saved(&rig));
}

#[test]
fn wrapup_3_too_long_notes_are_refused_whole() {
    let mut rig = rig(rules());
    let contact = rig.talking(1);
    let error = rig.refused(write(contact, &"x".repeat(65_537)));
    assert!(matches!(error, Error::BadEntry { .. }));
}

/// The row of a desk that stopped in the middle, with what was saved as it was typed.
fn left_behind(call_ended: bool) -> HistoryRow {
    let mut rig = rig(rules());
    let contact = rig.offered(1);
    rig.want(Command::Accept { contact });
    let mut outputs = rig.say(Update::Connected { leg: sidetone_desk::LegId::Incoming(1) });
    if call_ended {
        outputs = rig.say(ended(1, EndCause::Party));
    }
    let mut row = rows(&outputs).remove(0);
    assert_eq!(row.wrap_up.state, WrapUpState::Pending);
    row.wrap_up.notes = Pii::new("typed before".into());
    row.wrap_up.reason = Some(CodeId("sale".into()));
    row
}

#[test]
fn wrapup_3_a_wrap_up_comes_back_after_a_restart() {
    for call_ended in [true, false] {
        let row = left_behind(call_ended);
        let mut rig = rig(rules());
        let kept = rows(&rig.say(Update::RestoredDrafts(vec![row.clone(), row.clone()])));
        assert_eq!(kept.len(), 1, "twice is once");
        assert_eq!((&kept[0].id, &kept[0].wrap_up), (&row.id, &row.wrap_up), "the row takes the draft in");
        assert_eq!(rig.view().contacts.len(), 1);
        let contact = rig.newest();
        let PhaseView::WrapUp { deadline: None, ended } = rig.phase(contact) else {
            panic!("wrap-up, no timer")
        };
        assert_eq!(matches!(ended, EndedView::ByParty), call_ended);
        assert_eq!(rig.contact(contact).wrap_up.expect("a wrap-up").notes, "typed before");
        assert_eq!(rig.label(), StateLabel::WrapUp);
        let done = rows(&rig.want(Command::SubmitWrapUp { contact })).remove(0);
        assert_eq!((&done.id, done.times, done.wrap_up.state), (&row.id, row.times, WrapUpState::Submitted));
        assert_eq!(done.wrap_up.reason, row.wrap_up.reason);
        assert_eq!(rig.label(), StateLabel::Available);
    }
}

#[test]
fn wrapup_3_what_is_done_does_not_come_back() {
    let mut row = left_behind(true);
    row.wrap_up.state = WrapUpState::Submitted;
    let mut rig = rig(rules());
    rig.say(Update::RestoredDrafts(vec![row]));
    assert_eq!(rig.view().contacts, vec![]);
}

#[test]
fn wrapup_3_a_restored_wrap_up_can_be_done_before_signing_in() {
    let mut rig = Rig::signed_out(Config { wrap_up: rules(), ..Config::default() });
    rig.say(Update::RestoredDrafts(vec![left_behind(true)]));
    assert_eq!(rig.label(), StateLabel::SignedOut);
    let contact = rig.newest();
    rig.want(write(contact, "finished"));
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.view().contacts, vec![]);
}

#[test]
fn wrapup_1_an_idle_agent_stays_idle_after_it() {
    let mut rig = rig(rules());
    let contact = rig.talking(1);
    rig.want(Command::SetState { to: idle() });
    rig.want(Command::SetState { to: ChoiceView::Available });
    assert_eq!(rig.view().state.next, None, "what follows by itself need not be picked");
    rig.say(ended(1, EndCause::Party));
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.label(), StateLabel::Available);
}
