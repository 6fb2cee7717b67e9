//! CALL-6: calls we make.

use crate::rig::{Rig, deeds, ended, idle, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, Direction, EndedView, NoticeKind, PhaseView, StateLabel, TroubleKind, Why,
};
use sidetone_desk::{
    Config, EndCause, Error, LegId, Outcome, Output, Pii, Target, Update, WrapUpRules, WrapUpState,
};

const OURS: LegId = LegId::Outgoing(1);

fn dial(target: &str) -> Command {
    Command::Dial { target: target.into() }
}

fn over(cause: EndCause) -> Update {
    Update::Ended { leg: OURS, cause }
}

#[test]
fn call_6_dials_rings_there_connects_and_wraps_up() {
    let mut rig = Rig::available(Config::default());
    let target = Pii::new(Target::Number("+15551234".into()));
    assert_eq!(rig.want(dial("+15551234")), vec![Output::Call { leg: OURS, target }]);
    let contact = rig.newest();
    assert_eq!((rig.phase(contact), rig.label()), (PhaseView::Dialing, StateLabel::Engaged));
    assert_eq!(rig.contact(contact).direction, Direction::Outbound);
    assert_eq!(rig.view().selected, Some(contact));
    assert_eq!(rig.view().dial, ActionView::Blocked { why: Why::AnotherInProgress });
    rig.say(Update::Ringing { leg: OURS });
    assert_eq!(rig.phase(contact), PhaseView::RingingThere);
    rig.say(Update::Connected { leg: OURS });
    assert_eq!(rig.phase(contact), PhaseView::Connected);
    rig.say(over(EndCause::Party));
    assert!(matches!(rig.phase(contact), PhaseView::WrapUp { .. }));
}

#[test]
fn call_6_what_cannot_be_dialled_is_dropped_visibly() {
    let mut rig = Rig::available(Config::default());
    rig.want(dial("(555) 0001"));
    assert_eq!(rig.view().notices[0].what, NoticeKind::DialCleaned { dropped: "() ".into() });
}

#[test]
fn call_6_a_bad_entry_is_refused_with_its_reason_and_id() {
    let mut rig = Rig::available(Config::default());
    assert_eq!(rig.refused(dial("  ")), Error::Blocked { why: Why::EnterNumber });
    let error =
        rig.desk.handle_input(rig.now, sidetone_desk::Input::Command(dial("12"))).expect_err("too short");
    let Error::BadEntry { trouble } = error else { panic!("{error}") };
    assert_eq!(trouble.what, TroubleKind::BadEntry { field: "dial".into(), reason: "tooShort".into() });
    assert_eq!(rig.drain(), vec![Output::Log { tracking: trouble.tracking, trouble: trouble.what }]);
}

#[test]
fn call_6_an_unanswered_call_ends_without_wrap_up_and_says_why() {
    for kind in [TroubleKind::Busy, TroubleKind::NoAnswer, TroubleKind::NotFound, TroubleKind::Declined] {
        let mut rig = Rig::available(Config::default());
        rig.want(dial("100"));
        let outputs = rig.say(over(EndCause::Failed(kind.clone())));
        let row = &rows(&outputs)[0];
        assert_eq!((row.outcome, row.wrap_up.state), (Outcome::Failed, WrapUpState::NotDue));
        let NoticeKind::CallFailed { trouble, party } = &rig.view().notices[0].what else {
            panic!("a notice")
        };
        assert_eq!((&trouble.what, party.number.as_str()), (&kind, "100"));
        assert_eq!(rig.label(), StateLabel::Available);
    }
}

#[test]
fn call_6_an_unanswered_call_is_wrapped_up_where_the_admin_wants() {
    let wrap_up = WrapUpRules { after_unanswered: true, ..WrapUpRules::default() };
    let mut rig = Rig::available(Config { wrap_up, ..Config::default() });
    rig.want(dial("100"));
    rig.say(over(EndCause::Failed(TroubleKind::Busy)));
    let contact = rig.newest();
    assert!(matches!(rig.phase(contact), PhaseView::WrapUp { ended: EndedView::Failed { .. }, .. }));
    let row = rows(&rig.want(Command::SubmitWrapUp { contact })).remove(0);
    assert_eq!(
        (row.outcome, row.wrap_up.state, row.ended_by),
        (Outcome::Failed, WrapUpState::Submitted, None)
    );
}

#[test]
fn call_6_the_agent_stops_calling() {
    let mut rig = Rig::available(Config::default());
    rig.want(dial("100"));
    let contact = rig.newest();
    let outputs = rig.want(Command::End { contact });
    assert_eq!(rows(&outputs)[0].outcome, Outcome::Cancelled);
    assert_eq!(deeds(outputs), vec![Output::Hangup(OURS)]);
    assert_eq!(rig.say(Update::Connected { leg: OURS }), vec![], "their 200 crossed our CANCEL");
    assert_eq!((rig.view().contacts, rig.view().notices), (vec![], vec![]));
}

#[test]
fn call_6_dialling_from_idle_comes_back_to_idle() {
    let mut rig = Rig::available(Config::default());
    rig.want(Command::SetState { to: idle() });
    rig.want(dial("100"));
    rig.say(Update::Connected { leg: OURS });
    rig.say(over(EndCause::Party));
    let contact = rig.newest();
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.label(), StateLabel::Idle { code: None });
}

#[test]
fn call_6_dialling_waits_for_sign_in_server_and_offers() {
    let blocked = |rig: &mut Rig, why: Why| {
        assert_eq!(rig.view().dial, ActionView::Blocked { why: why.clone() });
        assert_eq!(rig.refused(dial("100")), Error::Blocked { why });
    };
    let mut rig = Rig::signed_out(Config::default());
    blocked(&mut rig, Why::NotSignedIn);
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    blocked(&mut rig, Why::OfferOnScreen);
    rig.say(ended(1, EndCause::Abandoned));
    rig.say(Update::RegistrationLost(TroubleKind::Unreachable { server: "pbx".into() }));
    blocked(&mut rig, Why::RegistrationLost);
    rig.say(Update::RegistrationBack);
    rig.want(dial("100"));
}

#[test]
fn call_5_dialling_holds_the_running_call() {
    let mut rig = Rig::available(Config::default());
    let first = rig.talking(1);
    let target = Pii::new(Target::Uri("sip:ada@example.org".into()));
    let outputs = rig.want(dial("ada@example.org"));
    assert_eq!(outputs, vec![Output::Hold(LegId::Incoming(1)), Output::Call { leg: OURS, target }]);
    assert_eq!(rig.contact(rig.newest()).party.number, "ada@example.org");
    assert_eq!(rig.phase(first), PhaseView::OnHold { by_us: true, by_them: false });
}
