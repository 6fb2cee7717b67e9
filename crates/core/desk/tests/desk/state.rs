//! STATE: availability, activity, and what the agent reads of them.

use crate::rig::{Rig, code, direct, ended, idle};
use sidetone_desk::command::Command;
use sidetone_desk::view::{CauseView, ChoiceView, CodeId, StateLabel, UnixMillis, Why};
use sidetone_desk::{Config, EndCause, Error, LegId, Output, Update};

fn sign_in(rig: &mut Rig) {
    rig.say(Update::SignedIn { account: "agent".into(), practice: false });
}

fn set(to: ChoiceView) -> Command {
    Command::SetState { to }
}

#[test]
fn state_1_the_word_follows_a_contact_with_since_and_cause() {
    let mut rig = Rig::available(Config::default());
    assert_eq!((rig.label(), rig.view().state.cause), (StateLabel::Available, CauseView::SignIn));
    rig.seconds(10);
    let contact = rig.offered(1);
    assert_eq!((rig.label(), rig.view().state.since), (StateLabel::Offered, rig.wall()));
    rig.seconds(3);
    rig.want(Command::Accept { contact });
    let engaged = rig.wall();
    rig.seconds(1);
    rig.say(Update::Connected { leg: LegId::Incoming(1) });
    assert_eq!((rig.label(), rig.view().state.since), (StateLabel::Engaged, engaged));
    rig.say(ended(1, EndCause::Party));
    assert_eq!((rig.label(), rig.view().state.cause), (StateLabel::WrapUp, CauseView::Contact));
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.label(), StateLabel::Available);
}

#[test]
fn state_1_a_direct_offer_in_wrap_up_reads_as_offered_and_then_wrap_up_again() {
    let mut rig = Rig::available(Config::default());
    rig.talking(1);
    rig.say(Update::Offer(direct(2)));
    rig.say(ended(1, EndCause::Party));
    assert_eq!(rig.label(), StateLabel::Offered);
    rig.say(ended(2, EndCause::Abandoned));
    assert_eq!(rig.label(), StateLabel::WrapUp);
}

#[test]
fn state_2_only_the_admins_idle_codes_can_be_chosen() {
    let mut rig = Rig::available(Config { idle_codes: vec![code("lunch")], ..Config::default() });
    let chosen = |id: &str| ChoiceView::Idle { code: Some(CodeId(id.into())) };
    assert_eq!(rig.refused(set(chosen("nonsense"))), Error::NoSuchCode);
    assert_eq!(rig.want(set(chosen("lunch"))), vec![Output::SaveState(Some(chosen("lunch")))]);
    assert_eq!(rig.label(), StateLabel::Idle { code: Some(CodeId("lunch".into())) });
    assert_eq!(rig.view().state.cause, CauseView::Agent);
}

#[test]
fn state_3_the_next_state_can_be_picked_during_a_call() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.want(set(idle()));
    assert_eq!((rig.label(), rig.view().state.next), (StateLabel::Engaged, Some(idle())));
    rig.say(ended(1, EndCause::Party));
    assert_eq!((rig.label(), rig.view().state.next), (StateLabel::WrapUp, Some(idle())));
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!((rig.label(), rig.view().state.next), (StateLabel::Idle { code: None }, None));
}

#[test]
fn state_3_no_change_while_an_offer_is_on_screen_or_nobody_is_there() {
    let mut rig = Rig::signed_out(Config::default());
    assert_eq!(rig.refused(set(idle())), Error::Blocked { why: Why::NotSignedIn });
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    assert_eq!(rig.refused(set(idle())), Error::Blocked { why: Why::OfferOnScreen });
}

#[test]
fn state_4_a_supervisor_sets_the_state_now_or_after_the_contact() {
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    rig.say(Update::StateSet(idle()));
    let state = rig.view().state;
    assert_eq!((state.label, state.cause), (StateLabel::Idle { code: None }, CauseView::Supervisor));
    assert_eq!(rig.view().popovers, vec![], "the offer goes back to its queue");

    rig.say(Update::StateSet(ChoiceView::Available));
    let contact = rig.talking(2);
    rig.say(Update::StateSet(idle()));
    rig.say(ended(2, EndCause::Party));
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.view().state.cause, CauseView::Supervisor);
}

#[test]
fn state_5_a_restart_leaves_nobody_available() {
    let lunch = ChoiceView::Idle { code: Some(CodeId("lunch".into())) };
    let config = Config { after_sign_in: ChoiceView::Available, ..Config::default() };
    let lunching = StateLabel::Idle { code: Some(CodeId("lunch".into())) };
    for (before, after) in [(ChoiceView::Available, StateLabel::Idle { code: None }), (lunch, lunching)] {
        let mut rig = Rig::signed_out(config.clone());
        rig.say(Update::RestoredState(before));
        sign_in(&mut rig);
        assert_eq!((rig.label(), rig.view().state.cause), (after, CauseView::Restored));
    }
}

#[test]
fn state_5_every_change_is_given_out_to_be_kept() {
    let mut rig = Rig::signed_out(Config::default());
    let signed_in = rig.say(Update::SignedIn { account: "agent".into(), practice: false });
    assert_eq!(signed_in, vec![Output::SaveState(Some(idle()))]);
    assert_eq!(rig.want(set(ChoiceView::Available)), vec![Output::SaveState(Some(ChoiceView::Available))]);
    rig.want(Command::SignOut);
    assert_eq!(rig.say(Update::SignedOut), vec![Output::SaveState(None)]);
}

#[test]
fn state_1_a_wall_clock_set_again_moves_what_is_shown_and_no_deadline() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    rig.seconds(5);
    rig.say(Update::WallClock(UnixMillis(1_000_000)));
    assert_eq!(rig.contact(contact).since, UnixMillis(995_000));
    assert_eq!(rig.label(), StateLabel::Offered);
    rig.seconds(15);
    assert_eq!(rig.label(), StateLabel::Rona);
    assert_eq!(rig.view().state.since, UnixMillis(1_015_000));
}
