//! CALL-10: the program is killed in a call. Started again within half a minute it goes on with it; later it ends it.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{EndedView, PhaseView, StateLabel, TroubleKind};
use sidetone_desk::{Outcome, WrapUpState};
use sidetone_phone::What;
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::{self as sip, EndCause};
use std::time::Duration;

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn gap(story: &Story) -> Option<u64> {
    story.desk().happened.iter().find_map(|(_, what)| match what {
        What::Resumed { gap_ms } => *gap_ms,
        _ => None,
    })
}

#[test]
fn call_10_the_call_goes_on_and_so_does_its_contact() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::WriteNotes { contact: id, notes: "wants a refund".into() });
    let (before, row) = (story.contact(), story.row());
    story.crash(SECONDS(5));

    let contact = story.contact();
    assert_eq!((contact.phase, contact.connection), (PhaseView::Connected, before.connection));
    assert_eq!((contact.party.number, contact.queue), (before.party.number, before.queue));
    assert_eq!(contact.wrap_up.map(|it| it.notes), Some("wants a refund".to_owned()));
    assert_eq!(story.label(), StateLabel::Engaged);
    story.sign_in("secret");
    story.customer_agrees(&mut customer);
    story.until("going on", |story| gap(story).is_some());
    assert!((5_000..7_000).contains(&gap(&story).unwrap()), "at once when the server knows us again");
    let sound = story.desk().media.iter().filter(|(_, order)| matches!(order, MediaOrder::Sound(true)));
    assert_eq!(sound.count(), 1, "they hear each other");

    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| matches!(story.contact().phase, PhaseView::WrapUp { .. }));
    let contact = story.contact().id;
    story.command(Command::SubmitWrapUp { contact });
    let done = story.row();
    assert_eq!((done.id, done.outcome), (row.id, Outcome::Connected), "one contact, one row");
    assert_eq!(done.wrap_up.notes.reveal(), "wants a refund");
    assert!(story.desk().kept.is_empty(), "nothing is left of it on disk");
}

#[test]
fn call_10_where_nobody_signs_in_the_customer_waits_three_seconds() {
    let mut story = Story::available();
    let (mut customer, _) = story.customer_talks("Ada", "+15550100");
    story.crash(SECONDS(1));
    story.pass(Duration::from_millis(2_900));
    assert_eq!(gap(&story), None);
    story.customer_agrees(&mut customer);
    story.until("going on", |story| gap(story).is_some());
}

#[test]
fn call_10_a_call_on_hold_comes_back_on_hold() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    story.customer_agrees(&mut customer);
    // Until the other side has our ACK.
    story.pass(Duration::from_millis(100));
    story.crash(SECONDS(5));
    story.customer_agrees_later(&mut customer);
    story.until("going on", |story| gap(story).is_some());
    assert_eq!(story.contact().phase, PhaseView::OnHold { by_us: true, by_them: false });
    let id = story.contact().id;
    story.command(Command::Resume { contact: id });
    story.customer_agrees(&mut customer);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
}

#[test]
fn call_10_after_half_a_minute_the_call_is_ended_and_wrapped_up() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.crash(SECONDS(31));
    story.until_within("ended", SECONDS(4), |story| story.ended(customer.call).is_some());
    assert_eq!(story.ended(customer.call), Some(EndCause::Remote));
    let PhaseView::WrapUp { ended: EndedView::Failed { .. }, .. } = story.contact().phase else {
        panic!("{:?}", story.contact().phase)
    };
    assert!(story.desk().kept.is_empty());
    assert_eq!(story.row().wrap_up.state, WrapUpState::Pending);
}

#[test]
fn call_10_a_call_that_the_program_does_not_survive_is_not_tried_for_ever() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    for _ in 0..2 {
        story.crash(SECONDS(2));
        assert_eq!(story.contact().phase, PhaseView::Connected);
    }
    story.crash(SECONDS(2));
    story.until_within("ended", SECONDS(4), |story| story.ended(customer.call).is_some());
    assert!(matches!(story.contact().phase, PhaseView::WrapUp { .. }));
    assert!(story.desk().kept.is_empty());
}

#[test]
fn call_10_a_party_who_is_gone_is_wrapped_up() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.crash(SECONDS(5));
    story.customer_hangs_up(&customer);
    story.until_within("wrapping up", SECONDS(60), |story| {
        matches!(story.contact().phase, PhaseView::WrapUp { .. })
    });
    let PhaseView::WrapUp { ended: EndedView::Failed { trouble }, .. } = story.contact().phase else {
        panic!("{:?}", story.contact().phase)
    };
    assert_eq!(trouble.what, TroubleKind::NotResumed);
    assert!(story.desk().kept.is_empty());
}

#[test]
fn call_10_the_agent_may_end_it_before_it_is_back() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.crash(SECONDS(5));
    let id = story.contact().id;
    story.command(Command::End { contact: id });
    story.until("ended", |story| story.ended(customer.call) == Some(EndCause::Remote));
    assert!(story.desk().kept.is_empty());
}

#[test]
fn call_10_what_only_rings_leaves_nothing_behind() {
    let mut story = Story::available();
    story.customer_rings("Ada", "+15550100");
    assert!(story.desk().kept.is_empty());
    let (customer, _) = story.customer_talks("Bob", "+15550101");
    assert_eq!(story.desk().kept.len(), 1);
    story.callee_does(sip::Command::Hangup { call: customer.call });
    story.until("over", |story| story.desk().kept.is_empty());
}
