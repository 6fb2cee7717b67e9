//! CALL: hold, resume, mute, keys, several at once, and the ways a call ends.

use crate::rig::{Rig, deeds, direct, ended, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, ContactId, EndedView, NoticeKind, PhaseView, StateLabel, TroubleKind, Why,
};
use sidetone_desk::{Config, EndCause, Error, LegId, Outcome, Output, Pii, Ring, Update};

const HELD: PhaseView = PhaseView::OnHold { by_us: true, by_them: false };

fn done(leg: u32, on: bool) -> Update {
    Update::HoldDone { leg: LegId::Incoming(leg), on }
}

fn hold(rig: &mut Rig, contact: ContactId, leg: u32) {
    rig.want(Command::Hold { contact });
    rig.say(done(leg, true));
}

#[test]
fn call_1_every_button_says_whether_it_works_and_why_not() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    let actions = rig.contact(contact).actions;
    assert_eq!(
        (actions.accept, actions.decline, actions.end),
        (ActionView::Ready, ActionView::Ready, ActionView::Absent)
    );
    rig.want(Command::Accept { contact });
    let actions = rig.contact(contact).actions;
    let early = ActionView::Blocked { why: Why::NotConnected };
    assert_eq!((actions.hold, actions.mute, actions.keypad), (early.clone(), early.clone(), early));
    assert_eq!((actions.accept, actions.end), (ActionView::Busy, ActionView::Ready));
    rig.say(Update::Connected { leg: LegId::Incoming(1) });
    let actions = rig.contact(contact).actions;
    assert_eq!(
        (actions.hold, actions.resume, actions.end),
        (ActionView::Ready, ActionView::Absent, ActionView::Ready)
    );
}

#[test]
fn call_2_hold_and_resume_with_end_disabled_on_hold() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.seconds(30);
    assert_eq!(rig.want(Command::Hold { contact }), vec![Output::Hold(LegId::Incoming(1))]);
    assert_eq!(rig.phase(contact), HELD, "its sound is gone at once");
    assert_eq!(rig.contact(contact).actions.resume, ActionView::Busy);
    assert_eq!(rig.refused(Command::Resume { contact }), Error::Busy);
    rig.say(done(1, true));
    assert_eq!(rig.contact(contact).since, rig.wall());
    assert_eq!(rig.contact(contact).actions.end, ActionView::Blocked { why: Why::OnHold });
    assert_eq!(rig.refused(Command::End { contact }), Error::Blocked { why: Why::OnHold });
    assert_eq!(rig.refused(Command::Key { contact, key: '1' }), Error::Blocked { why: Why::OnHold });
    rig.seconds(5);
    assert_eq!(rig.want(Command::Resume { contact }), vec![Output::Resume(LegId::Incoming(1))]);
    rig.say(done(1, false));
    assert_eq!(rig.phase(contact), PhaseView::Connected);
    assert_eq!(rig.contact(contact).since, rig.wall());
    rig.want(Command::End { contact });
}

#[test]
fn call_2_a_refused_hold_goes_on_talking_and_says_so() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.want(Command::Hold { contact });
    let refused =
        Update::HoldFailed { leg: LegId::Incoming(1), on: true, trouble: TroubleKind::Refused { code: 488 } };
    assert_eq!(deeds(rig.say(refused)), vec![Output::Resume(LegId::Incoming(1))]);
    assert!(matches!(rig.view().notices[0].what, NoticeKind::Failed { .. }));
    rig.say(done(1, false));
    assert_eq!(rig.phase(contact), PhaseView::Connected);
}

#[test]
fn call_2_a_refused_hold_stays_silent_while_another_call_has_the_agent() {
    let mut rig = Rig::available(Config::default());
    let first = rig.talking(1);
    rig.say(Update::Offer(direct(2)));
    let second = rig.newest();
    rig.want(Command::Accept { contact: second });
    let trouble = TroubleKind::Refused { code: 488 };
    let refused = Update::HoldFailed { leg: LegId::Incoming(1), on: true, trouble };
    assert_eq!(deeds(rig.say(refused)), vec![]);
    assert_eq!((rig.phase(first), rig.phase(second)), (HELD, PhaseView::Answering));
}

#[test]
fn call_2_a_refused_resume_stays_on_hold() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    hold(&mut rig, contact, 1);
    rig.want(Command::Resume { contact });
    let trouble = TroubleKind::Refused { code: 500 };
    rig.say(Update::HoldFailed { leg: LegId::Incoming(1), on: false, trouble });
    assert_eq!(rig.phase(contact), HELD);
    assert_eq!(rig.contact(contact).actions.resume, ActionView::Ready);
}

#[test]
fn call_2_held_by_the_other_side_shows_and_can_be_ended() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.say(Update::HeldByThem { leg: LegId::Incoming(1), on: true });
    assert_eq!(rig.phase(contact), PhaseView::OnHold { by_us: false, by_them: true });
    hold(&mut rig, contact, 1);
    assert_eq!(rig.phase(contact), PhaseView::OnHold { by_us: true, by_them: true });
    rig.want(Command::Resume { contact });
    rig.say(done(1, false));
    rig.want(Command::End { contact });
}

#[test]
fn call_3_mute_and_keys() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let leg = LegId::Incoming(1);
    assert_eq!(rig.want(Command::Mute { contact, on: true }), vec![Output::Mute { leg, on: true }]);
    assert!(rig.contact(contact).muted);
    assert_eq!(rig.want(Command::Mute { contact, on: true }), vec![]);
    assert_eq!(rig.want(Command::Mute { contact, on: false }), vec![Output::Mute { leg, on: false }]);
    assert_eq!(
        rig.want(Command::Key { contact, key: '#' }),
        vec![Output::Digit { leg, digit: Pii::new('#') }]
    );
    assert_eq!(
        rig.want(Command::Key { contact, key: 'd' }),
        vec![Output::Digit { leg, digit: Pii::new('D') }]
    );
    for key in ['E', ' ', '\n', 'é'] {
        assert!(matches!(rig.refused(Command::Key { contact, key }), Error::BadEntry { .. }));
    }
}

#[test]
fn call_3_the_desk_says_when_the_agent_talks_while_muted_and_only_then() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::Speaking { on: true });
    assert_eq!(rig.view().speaks_muted, None, "there is no call");
    let contact = rig.talking(1);
    assert_eq!(rig.view().speaks_muted, None, "they are heard");
    rig.want(Command::Mute { contact, on: true });
    assert_eq!(rig.view().speaks_muted, Some(contact));
    rig.say(Update::Speaking { on: false });
    assert_eq!(rig.view().speaks_muted, None, "they are silent");
    rig.say(Update::Speaking { on: true });
    hold(&mut rig, contact, 1);
    assert_eq!(rig.view().speaks_muted, None, "on hold nobody would hear them anyway");
}

#[test]
fn call_5_accepting_another_holds_the_active_one_first() {
    let mut rig = Rig::available(Config::default());
    let first = rig.talking(1);
    let ringing = rig.say(Update::Offer(direct(2)));
    assert_eq!(ringing, vec![Output::StartRinging(Ring::CallWaiting)]);
    let second = rig.newest();
    let (one, two) = (LegId::Incoming(1), LegId::Incoming(2));
    let accepted = rig.want(Command::Accept { contact: second });
    let answer = Output::Answer { leg: two, beep: false };
    assert_eq!(accepted, vec![Output::Hold(one), answer, Output::StopRinging]);
    assert_eq!(rig.refused(Command::Resume { contact: first }), Error::Busy);
    rig.say(done(1, true));
    assert_eq!(
        rig.refused(Command::Resume { contact: first }),
        Error::Blocked { why: Why::AnotherInProgress }
    );
    rig.say(Update::Connected { leg: two });
    assert_eq!((rig.phase(first), rig.phase(second)), (HELD, PhaseView::Connected));
    assert_eq!((rig.contact(first).line, rig.contact(second).line), (1, 2));

    let swapped = rig.want(Command::Resume { contact: first });
    assert_eq!(swapped, vec![Output::Hold(two), Output::Resume(one)]);
    rig.say(done(1, false));
    assert_eq!((rig.phase(first), rig.phase(second)), (PhaseView::Connected, HELD));
}

#[test]
fn call_5_a_late_answer_to_an_overtaken_resume_changes_nothing() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    hold(&mut rig, contact, 1);
    rig.want(Command::Resume { contact });
    rig.want(Command::Dial { target: "100".into() });
    rig.say(done(1, false));
    assert_eq!(rig.phase(contact), HELD);
    rig.say(done(1, true));
    assert_eq!(rig.phase(contact), HELD);
}

#[test]
fn call_5_the_platform_connecting_by_itself_holds_the_active_one() {
    let mut rig = Rig::available(Config::default());
    let first = rig.talking(1);
    rig.say(Update::Offer(direct(2)));
    let second = rig.newest();
    let outputs = rig.say(Update::Connected { leg: LegId::Incoming(2) });
    assert_eq!(deeds(outputs), vec![Output::Hold(LegId::Incoming(1)), Output::StopRinging]);
    assert_eq!((rig.phase(first), rig.phase(second)), (HELD, PhaseView::Connected));
}

#[test]
fn call_13_end_hangs_up_and_starts_wrap_up_at_once() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let outputs = rig.want(Command::End { contact });
    assert_eq!(deeds(outputs), vec![Output::Hangup(LegId::Incoming(1))]);
    assert!(matches!(rig.phase(contact), PhaseView::WrapUp { ended: EndedView::ByAgent, .. }));
    assert_eq!(rig.label(), StateLabel::WrapUp);
    assert_eq!(rig.say(ended(1, EndCause::Local)), vec![], "the late word changes nothing");
}

#[test]
fn call_13_the_customer_hangs_up_on_hold_too() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    hold(&mut rig, contact, 1);
    rig.say(ended(1, EndCause::Party));
    assert!(matches!(rig.phase(contact), PhaseView::WrapUp { ended: EndedView::ByParty, .. }));
}

#[test]
fn call_13_a_broken_call_says_why() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let server = "pbx".to_owned();
    rig.say(ended(1, EndCause::Failed(TroubleKind::Unreachable { server })));
    let PhaseView::WrapUp { ended: EndedView::Failed { trouble }, .. } = rig.phase(contact) else {
        panic!("failed")
    };
    assert_eq!(trouble.tracking.0.len(), 4);
}

#[test]
fn call_13_ending_while_answering_is_a_decline() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    rig.want(Command::Accept { contact });
    let outputs = rig.want(Command::End { contact });
    assert_eq!(rows(&outputs)[0].outcome, Outcome::Declined);
    assert_eq!(deeds(outputs), vec![Output::Hangup(LegId::Incoming(1))]);
    assert_eq!(rig.label(), StateLabel::Available);
}

#[test]
fn call_2_a_hold_that_nobody_answers_does_not_trap_the_agent() {
    for resuming in [false, true] {
        let mut rig = Rig::available(Config::default());
        let contact = rig.talking(1);
        if resuming {
            hold(&mut rig, contact, 1);
            rig.want(Command::Resume { contact });
        } else {
            rig.want(Command::Hold { contact });
        }
        assert_eq!(deeds(rig.want(Command::End { contact })), vec![Output::Hangup(LegId::Incoming(1))]);
        assert_eq!(rig.label(), StateLabel::WrapUp);
    }
}
