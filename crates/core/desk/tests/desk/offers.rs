//! OFFER: popovers, the accept timer, and the ways an offer ends.

use crate::rig::{Rig, code, deeds, direct, ended, idle, offer, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, CauseView, ChoiceView, DialogView, NoticeKind, PhaseView, StateLabel, TroubleKind,
    UnixMillis, Why,
};
use sidetone_desk::{
    Config, DirectCalls, EndCause, LegId, Offer, Outcome, Output, Party, Pii, RejectReason, Ring, Timer,
    Update, Variable,
};
use std::time::Duration;

fn reject(leg: u32, reason: RejectReason) -> Output {
    Output::Reject { leg: LegId::Incoming(leg), reason }
}

fn variable(label: &str, secure: bool, order: u16) -> Variable {
    Variable { label: label.into(), value: Pii::new(label.to_uppercase()), secure, order }
}

#[test]
fn offer_1_first_connecting_then_the_request_with_its_variables() {
    let mut rig = Rig::available(Config { offer_variables: 2, ..Config::default() });
    let variables = vec![
        variable("third", false, 3),
        variable("secret", true, 0),
        variable("first", false, 1),
        variable("second", false, 2),
    ];
    let assigning = Offer { assigning: true, variables, ..offer(1) };
    assert_eq!(deeds(rig.say(Update::Offer(assigning.clone()))), vec![]);
    let contact = rig.newest();
    assert_eq!(rig.phase(contact), PhaseView::Connecting);
    assert_eq!(rig.view().popovers, vec![contact]);
    assert_eq!(rig.desk.poll_timeout(), None);

    rig.seconds(2);
    let ringing = rig.say(Update::Offer(Offer { assigning: false, ..assigning }));
    assert_eq!(deeds(ringing), vec![Output::StartRinging(Ring::Full)]);
    let shown = rig.contact(contact);
    assert_eq!(shown.phase, PhaseView::Ringing { deadline: UnixMillis(rig.wall().0 + 20_000) });
    assert_eq!((shown.queue.as_deref(), shown.dnis.as_deref()), (Some("Billing"), Some("8000")));
    let labels = |rig: &Rig| rig.contact(contact).variables.into_iter().map(|v| v.label).collect::<Vec<_>>();
    assert_eq!(labels(&rig), ["first", "second"]);
    rig.want(Command::Accept { contact });
    assert_eq!(labels(&rig), ["secret", "first", "second", "third"]);
}

#[test]
fn offer_1_the_same_offer_twice_is_one_and_may_bring_news() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    rig.seconds(5);
    assert_eq!(rig.say(Update::Offer(offer(1))), vec![]);
    let mut better = offer(1);
    better.queue = Some("Gold".into());
    rig.say(Update::Offer(better));
    assert_eq!(rig.contact(contact).queue.as_deref(), Some("Gold"));
    assert_eq!(rig.view().contacts.len(), 1);
    assert_eq!(rows(&rig.seconds(15))[0].outcome, Outcome::Missed, "the countdown did not start anew");
}

#[test]
fn offer_2_numbers_are_masked_in_list_dialog_and_notice() {
    let mut rig = Rig::available(Config { mask_numbers: true, ..Config::default() });
    let contact = rig.offered(1234);
    assert_eq!(rig.contact(contact).party.number, "…1234");
    let outputs = rig.seconds(20);
    assert_eq!(rows(&outputs)[0].party.reveal().number.reveal(), "+15550001234");
    let Some(DialogView::Rona { party, .. }) = rig.view().dialog else { panic!("a dialog") };
    assert_eq!(party.number, "…1234");
    rig.want(Command::AnswerRona { go_available: true });
    rig.offered(4321);
    rig.say(ended(4321, EndCause::Abandoned));
    let NoticeKind::Abandoned { party } = &rig.view().notices[0].what else { panic!("a notice") };
    assert_eq!(party.number, "…4321");
}

#[test]
fn offer_2_no_debug_output_tells_a_number_a_name_or_a_note() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let outputs = rig.want(Command::WriteNotes { contact, notes: "Customer owes".into() });
    let outputs = [outputs, rig.say(ended(1, EndCause::Party))];
    let text = format!("{:?} {outputs:?} {:?} {:?}", rig.desk, rig.view(), offer(1));
    assert!(!text.contains("Customer") && !text.contains("+1555"), "{text}");
}

#[test]
fn offer_3_rings_until_accepted() {
    let mut rig = Rig::available(Config::default());
    let ringing = rig.say(Update::Offer(offer(1)));
    assert_eq!(deeds(ringing), vec![Output::StartRinging(Ring::Full)]);
    let contact = rig.newest();
    assert_eq!(rig.desk.poll_timeout(), Some((rig.now + Duration::from_secs(20), Timer::Accept(contact))));
    assert_eq!(rig.label(), StateLabel::Offered);
    rig.seconds(19);
    let leg = LegId::Incoming(1);
    let accepted = rig.want(Command::Accept { contact });
    assert_eq!(deeds(accepted), vec![Output::Answer { leg, beep: false }, Output::StopRinging]);
    assert_eq!(rig.phase(contact), PhaseView::Answering);
    assert_eq!(rig.view().popovers, vec![]);
    assert_eq!(rig.view().selected, Some(contact));
    assert_eq!(rig.desk.poll_timeout(), None);
    assert_eq!(deeds(rig.seconds(60)), vec![]);
}

#[test]
fn offer_3_countdown_reaches_zero_returns_contact() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    assert_eq!(rig.pass(Duration::from_millis(19_999)), vec![]);
    let outputs = rig.pass(Duration::from_millis(1));
    assert_eq!(rows(&outputs)[0].outcome, Outcome::Missed);
    assert_eq!(deeds(outputs), vec![reject(1, RejectReason::Missed), Output::StopRinging]);
    assert_eq!(rig.find(contact), None);
    assert_eq!(rig.label(), StateLabel::Rona);
    assert_eq!(rig.view().state.cause, CauseView::Rona);
    assert!(
        matches!(rig.view().dialog, Some(DialogView::Rona { queue: Some(queue), .. }) if queue == "Billing")
    );
    assert_eq!(deeds(rig.say(Update::Offer(offer(2)))), vec![reject(2, RejectReason::NotReady)]);
}

#[test]
fn offer_3_the_rona_dialog_goes_available_or_stays() {
    for (go_available, label) in [(true, StateLabel::Available), (false, StateLabel::Rona)] {
        let mut rig = Rig::available(Config::default());
        rig.offered(1);
        rig.seconds(20);
        rig.want(Command::AnswerRona { go_available });
        assert_eq!((rig.label(), rig.view().dialog), (label, None));
        assert_eq!(rig.refused(Command::AnswerRona { go_available }), sidetone_desk::Error::NoSuchDialog);
    }
}

#[test]
fn offer_3_choosing_a_state_answers_the_dialog_too() {
    let mut rig = Rig::available(Config { idle_codes: vec![code("lunch")], ..Config::default() });
    rig.offered(1);
    rig.seconds(20);
    let lunch = ChoiceView::Idle { code: Some(code("lunch").id) };
    rig.want(Command::SetState { to: lunch });
    assert_eq!(rig.view().dialog, None);
    assert_eq!(rig.label(), StateLabel::Idle { code: Some(code("lunch").id) });
}

#[test]
fn offer_3_a_direct_call_missed_makes_nobody_rona() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::Offer(direct(1)));
    let outputs = rig.seconds(20);
    assert_eq!(rows(&outputs)[0].outcome, Outcome::Missed);
    assert_eq!(rig.label(), StateLabel::Available);
}

#[test]
fn offer_3_an_accept_that_comes_too_late_takes_nothing() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    rig.now += Duration::from_secs(21);
    let late = sidetone_desk::Input::Command(Command::Accept { contact });
    assert_eq!(rig.desk.handle_input(rig.now, late), Err(sidetone_desk::Error::NoSuchContact));
    assert_eq!(rows(&rig.drain())[0].outcome, Outcome::Missed);
}

#[test]
fn offer_3_the_call_can_bring_its_own_time() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::Offer(Offer { accept_timeout: Some(Duration::from_secs(5)), ..offer(1) }));
    assert_eq!(rows(&rig.seconds(5))[0].outcome, Outcome::Missed);
    rig.want(Command::AnswerRona { go_available: true });
    rig.say(Update::Offer(Offer { accept_timeout: Some(Duration::MAX), ..offer(2) }));
    assert_eq!(deeds(rig.seconds(1_000_000)), vec![]);
}

#[test]
fn offer_4_popovers_stand_in_the_order_they_came() {
    let mut rig = Rig::available(Config::default());
    let first = rig.offered(9);
    rig.seconds(1);
    let (second, third) = (rig.offered(5), rig.offered(7));
    assert_eq!(rig.view().popovers, vec![first, second, third]);
    let lines: Vec<u8> = rig.view().contacts.iter().map(|contact| contact.line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn offer_4_accepting_one_gives_the_others_back_to_their_queue() {
    let mut rig = Rig::available(Config::default());
    let (first, second) = (rig.offered(1), rig.offered(2));
    let outputs = rig.want(Command::Accept { contact: second });
    assert_eq!(rows(&outputs).iter().map(|row| row.outcome).collect::<Vec<_>>(), [Outcome::Rescinded]);
    let answer = Output::Answer { leg: LegId::Incoming(2), beep: false };
    assert_eq!(deeds(outputs), vec![answer, reject(1, RejectReason::Busy), Output::StopRinging]);
    assert_eq!(rig.find(first), None);
}

#[test]
fn offer_4_two_missed_at_once_are_one_missed_and_one_given_back() {
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    rig.offered(2);
    let outcomes: Vec<Outcome> = rows(&rig.seconds(20)).iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Missed, Outcome::Rescinded]);
}

#[test]
fn offer_5_the_task_list_shows_offered_and_active_contacts() {
    let mut rig = Rig::available(Config::default());
    let talking = rig.talking(1);
    rig.say(Update::Offer(direct(2)));
    let ringing = rig.newest();
    let ids: Vec<_> = rig.view().contacts.iter().map(|contact| contact.id).collect();
    assert_eq!(ids, [talking, ringing]);
    assert_eq!(rig.contact(talking).since, rig.wall());
    assert_eq!(rig.view().selected, Some(talking), "an offer does not push the running call away");
}

#[test]
fn offer_7_auto_answer_beeps_and_connects_only_while_free() {
    let mut rig = Rig::available(Config::default());
    let auto = Offer { auto_answer: Some(Duration::ZERO), ..offer(1) };
    let answer = Output::Answer { leg: LegId::Incoming(1), beep: true };
    assert_eq!(deeds(rig.say(Update::Offer(auto))), vec![answer]);
    rig.say(Update::Connected { leg: LegId::Incoming(1) });
    let second = Offer { auto_answer: Some(Duration::ZERO), ..direct(2) };
    assert_eq!(deeds(rig.say(Update::Offer(second))), vec![Output::StartRinging(Ring::CallWaiting)]);
}

#[test]
fn offer_7_a_call_may_ask_to_ring_for_a_while_first() {
    let mut rig = Rig::available(Config::default());
    let auto = Offer { auto_answer: Some(Duration::from_secs(5)), ..offer(1) };
    assert_eq!(deeds(rig.say(Update::Offer(auto.clone()))), vec![Output::StartRinging(Ring::Full)]);
    let contact = rig.newest();
    rig.say(Update::Offer(auto));
    assert_eq!(rig.desk.poll_timeout(), Some((rig.now + Duration::from_secs(5), Timer::AutoAnswer(contact))));
    assert_eq!(deeds(rig.seconds(4)), vec![]);
    let answer = Output::Answer { leg: LegId::Incoming(1), beep: true };
    assert_eq!(deeds(rig.seconds(1)), vec![answer, Output::StopRinging]);
}

#[test]
fn offer_7_it_is_missed_where_it_asks_for_more_than_it_may_ring() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::Offer(Offer { auto_answer: Some(Duration::from_secs(20)), ..offer(1) }));
    let outputs = deeds(rig.seconds(20));
    assert!(outputs.contains(&reject(1, RejectReason::Missed)), "{outputs:?}");
}

#[test]
fn offer_7_an_agent_who_talks_by_then_is_not_interrupted() {
    let mut rig = Rig::available(Config {
        direct: DirectCalls { while_engaged: true, while_idle: true },
        ..Config::default()
    });
    rig.say(Update::Offer(Offer { auto_answer: Some(Duration::from_secs(5)), ..direct(1) }));
    let asking = rig.newest();
    rig.say(Update::Offer(direct(2)));
    rig.want(Command::Accept { contact: rig.newest() });
    rig.say(Update::Connected { leg: LegId::Incoming(2) });
    assert_eq!(deeds(rig.seconds(6)), vec![]);
    assert!(matches!(rig.phase(asking), PhaseView::Ringing { .. }));
}

#[test]
fn offer_1_who_it_is_may_turn_out_later() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    let party = Party { name: Some(Pii::new("Ada".to_owned())), number: Pii::new("+15550199".to_owned()) };
    for leg in [1, 7] {
        rig.say(Update::PartyChanged { leg: LegId::Incoming(leg), party: Pii::new(party.clone()) });
    }
    let shown = rig.contact(contact).party;
    assert_eq!((shown.name.as_deref(), shown.number.as_str()), (Some("Ada"), "+15550199"));
    let row = rows(&rig.say(ended(1, EndCause::Party))).remove(0);
    assert_eq!(row.party.reveal().number.reveal(), "+15550199");
}

#[test]
fn offer_8_answered_elsewhere_is_neither_missed_nor_rona() {
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    let outputs = rig.say(ended(1, EndCause::AnsweredElsewhere));
    assert_eq!(rows(&outputs)[0].outcome, Outcome::AnsweredElsewhere);
    assert_eq!(deeds(outputs), vec![Output::StopRinging]);
    assert!(matches!(rig.view().notices[0].what, NoticeKind::AnsweredElsewhere { .. }));
    assert_eq!((rig.label(), rig.view().dialog), (StateLabel::Available, None));
}

#[test]
fn offer_8_abandoned_rescinded_and_failed_are_told_apart() {
    let failed = EndCause::Failed(TroubleKind::NoCommonCodec);
    let table = [
        (EndCause::Abandoned, Outcome::Abandoned, 1),
        (EndCause::Party, Outcome::Abandoned, 1),
        (EndCause::Rescinded, Outcome::Rescinded, 0),
        (failed, Outcome::Failed, 1),
    ];
    for (cause, outcome, notices) in table {
        for accepted in [false, true] {
            let mut rig = Rig::available(Config::default());
            let contact = rig.offered(1);
            if accepted {
                rig.want(Command::Accept { contact });
            }
            let outputs = rig.say(ended(1, cause.clone()));
            assert_eq!(rows(&outputs)[0].outcome, outcome);
            assert_eq!(rig.view().notices.len(), notices, "{cause:?}");
            assert_eq!((rig.label(), rig.find(contact)), (StateLabel::Available, None), "no wrap-up");
        }
    }
}

#[test]
fn offer_9_decline_gives_the_contact_back_without_rona() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.offered(1);
    let outputs = rig.want(Command::Decline { contact });
    assert_eq!(rows(&outputs)[0].outcome, Outcome::Declined);
    assert_eq!(deeds(outputs), vec![reject(1, RejectReason::Declined), Output::StopRinging]);
    assert_eq!(rig.label(), StateLabel::Available);
    assert_eq!(rig.say(Update::Offer(offer(1))), vec![], "a late word about it starts nothing anew");
}

#[test]
fn offer_9_decline_is_rona_where_the_admin_wants() {
    let mut rig = Rig::available(Config { rona_on_decline: true, ..Config::default() });
    let contact = rig.offered(1);
    rig.want(Command::Decline { contact });
    assert_eq!(rig.label(), StateLabel::Rona);
    assert!(rig.view().dialog.is_some());
}

#[test]
fn state_1_engaged_and_wrap_up_refuse_queue_offers_as_busy() {
    let mut rig = Rig::available(Config::default());
    rig.talking(1);
    assert_eq!(rig.say(Update::Offer(offer(2))), vec![reject(2, RejectReason::Busy)]);
    rig.say(ended(1, EndCause::Party));
    assert_eq!(rig.label(), StateLabel::WrapUp);
    assert_eq!(rig.say(Update::Offer(offer(3))), vec![reject(3, RejectReason::Busy)]);
}

#[test]
fn state_1_direct_calls_ring_where_the_admin_lets_them() {
    let work_offline = DirectCalls { while_engaged: true, while_idle: true };
    for (while_idle, config) in [(false, DirectCalls::default()), (true, work_offline)] {
        let mut rig = Rig::available(Config { direct: config, ..Config::default() });
        rig.want(Command::SetState { to: idle() });
        let outputs = rig.say(Update::Offer(direct(1)));
        if while_idle {
            assert_eq!(outputs, vec![Output::StartRinging(Ring::Full)]);
            rig.say(ended(1, EndCause::Abandoned));
        } else {
            assert_eq!(rows(&outputs)[0].outcome, Outcome::Refused);
            assert_eq!(deeds(outputs), vec![reject(1, RejectReason::NotReady)]);
        }
        assert_eq!(deeds(rig.say(Update::Offer(offer(2)))), vec![reject(2, RejectReason::NotReady)]);
    }
}

#[test]
fn offer_5_a_flood_of_offers_is_bounded() {
    let mut rig = Rig::available(Config::default());
    for leg in 0..1_000 {
        rig.say(Update::Offer(offer(leg)));
    }
    assert_eq!(rig.view().contacts.len(), 32);
}

#[test]
fn offer_3_only_one_is_accepted_at_a_time() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::Offer(direct(1)));
    let first = rig.newest();
    rig.say(Update::Offer(direct(2)));
    let second = rig.newest();
    rig.want(Command::Accept { contact: first });
    let blocked = ActionView::Blocked { why: Why::AnotherInProgress };
    assert_eq!(rig.contact(second).actions.accept, blocked);
    let error = rig.refused(Command::Accept { contact: second });
    assert_eq!(error, sidetone_desk::Error::Blocked { why: Why::AnotherInProgress });
}

#[test]
fn offer_8_a_late_word_about_an_ended_call_changes_nothing() {
    let mut rig = Rig::available(Config::default());
    rig.wrapping(1);
    let before = rig.view();
    let late = [
        Update::Offer(Offer { queue: Some("Other".into()), ..offer(1) }),
        Update::Connected { leg: LegId::Incoming(1) },
        Update::HoldDone { leg: LegId::Incoming(1), on: true },
        ended(1, EndCause::Failed(TroubleKind::Busy)),
    ];
    for update in late {
        assert_eq!(rig.say(update), vec![]);
        assert_eq!(rig.view(), before);
    }
}
