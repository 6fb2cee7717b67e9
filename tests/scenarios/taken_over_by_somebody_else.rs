//! An INVITE that takes the place of a call (Replaces, RFC 3891): a colleague handed the customer on, and the contact goes on
//! with them, without a ring and without a wrap-up. One that wants in (Join, RFC 3911) does not get in.

use crate::{
    dialogs::newest,
    story::{SOON, Story},
};
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_desk::view::{PhaseView, StateLabel};
use sidetone_media::{Direction, Negotiation, sdp};
use sidetone_phone::{What, engine::MediaOrder};
use sidetone_sip::api::{CallKey, EndCause, Event, Failure};

fn negotiation() -> Negotiation {
    Negotiation::new(sdp::Config::new("10.0.0.2:31000".parse().unwrap()), [99; 32])
}

/// Somebody takes the customer's place.
fn take_over(story: &mut Story, offer: Bytes) -> CallKey {
    let place = newest(story);
    story.calls_saying("Bea", "+15550199", offer, &[("Replaces", &place)])
}

fn answer_to(story: &mut Story, call: CallKey) -> Bytes {
    let answered = |story: &Story| {
        story.server_events().find_map(|event| match event {
            Event::Answered { call: answered, sdp } if *answered == call => Some(sdp.clone()),
            _ => None,
        })
    };
    story.until("answered by itself", |story| answered(story).is_some());
    answered(story).unwrap()
}

#[test]
fn the_contact_goes_on_with_who_took_the_place() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    let mut theirs = negotiation();
    let new = take_over(&mut story, theirs.offer(Direction::SendRecv));
    let answer = answer_to(&mut story, new);
    theirs.accept_answer(&answer).unwrap();
    story.until("the one before over", |story| story.ended(customer.call) == Some(EndCause::Remote));

    assert!(story.view().popovers.is_empty() && !story.desk().ringing);
    let contact = story.contact();
    assert_eq!((contact.id, &contact.phase), (id, &PhaseView::Connected));
    assert_eq!((contact.party.name.as_deref(), contact.party.number.as_str()), (Some("Bea"), "+15550199"));
    assert!(story.desk().happened.iter().any(|(_, what)| matches!(what, What::Replaced)));
    let applied = |story: &Story| {
        story.desk().media.iter().filter(|(_, order)| matches!(order, MediaOrder::Apply(_))).count()
    };
    assert_eq!(applied(&story), 2, "sound goes on with the new one");
    assert!(!story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Close)));

    story.command(Command::End { contact: id });
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    story.until("over", |story| story.ended(new) == Some(EndCause::Remote));
    assert_eq!(story.desk().rows.len(), 1, "it was one contact all along");
}

#[test]
fn who_is_on_hold_stays_on_hold_with_somebody_else() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    story.customer_agrees(&mut customer);
    let held = PhaseView::OnHold { by_us: true, by_them: false };
    story.until("on hold", |story| story.phase_of(id) == Some(held.clone()));
    let mut theirs = negotiation();
    let new = take_over(&mut story, theirs.offer(Direction::SendRecv));
    let answer = answer_to(&mut story, new);
    let plan = theirs.accept_answer(&answer).unwrap();
    assert_eq!(plan.direction, Direction::RecvOnly);
    assert_eq!(story.phase_of(id), Some(held));
}

#[test]
fn a_hold_that_was_under_way_is_agreed_with_who_took_the_place() {
    let mut story = Story::available();
    let (_, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    let mut theirs = negotiation();
    let new = take_over(&mut story, theirs.offer(Direction::SendRecv));
    let answer = answer_to(&mut story, new);
    assert_eq!(theirs.accept_answer(&answer).unwrap().direction, Direction::RecvOnly);
    story.command(Command::Resume { contact: id });
}

#[test]
fn who_brings_no_offer_gets_ours() {
    let mut story = Story::available();
    let (_, id) = story.customer_talks("Ada", "+15550100");
    let new = take_over(&mut story, Bytes::new());
    let offer = answer_to(&mut story, new);
    assert!(offer.starts_with(b"v=0"));
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
}

#[test]
fn who_can_not_be_talked_to_takes_no_place() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    let new = take_over(&mut story, "v=0\r\n".into());
    story.until("refused", |story| {
        matches!(story.ended(new), Some(EndCause::Failed(Failure::Status { code: 488, .. })))
    });
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
    assert_eq!(story.ended(customer.call), None);
}

#[test]
fn who_wants_in_stays_out() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    let part = newest(&story);
    let offer = negotiation().offer(Direction::SendRecv);
    let new = story.calls_saying("Bea", "+15550199", offer, &[("Join", &part)]);
    story.until("refused", |story| {
        matches!(story.ended(new), Some(EndCause::Failed(Failure::Status { code: 488, .. })))
    });
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
    assert_eq!(story.ended(customer.call), None);
}

#[test]
fn a_call_of_ours_that_rings_comes_back_answered() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "5550142".into() });
    let id = story.contact().id;
    let (ringing, _) = story.callee();
    story.callee_does(sidetone_sip::api::Command::Ring { call: ringing });
    story.until("rings there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
    let mut theirs = negotiation();
    let new = take_over(&mut story, theirs.offer(Direction::SendRecv));
    let answer = answer_to(&mut story, new);
    assert_eq!(theirs.accept_answer(&answer).unwrap().direction, Direction::SendRecv);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
    story.until("cancelled there", |story| {
        story.ended(ringing) == Some(EndCause::Cancelled { answered_elsewhere: false })
    });
    assert!(matches!(
        story.desk().media.iter().rev().find(|(_, order)| matches!(order, MediaOrder::Ringback(_))),
        Some((_, MediaOrder::Ringback(false)))
    ));
}

#[test]
fn call_10_after_a_crash_it_goes_on_with_who_took_the_place() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    let mut theirs = negotiation();
    let new = take_over(&mut story, theirs.offer(Direction::SendRecv));
    let answer = answer_to(&mut story, new);
    theirs.accept_answer(&answer).unwrap();
    story.until("the one before over", |story| story.ended(customer.call) == Some(EndCause::Remote));
    story.pass(SOON);
    assert_eq!(story.desk().kept.len(), 1, "the one that goes on, and no other");
    story.crash(SOON);
    assert_eq!(story.contact().party.number, "+15550199");
    story.sign_in("secret");
    story.until("asked to go on", |story| {
        story.server_events().any(|event| matches!(event, Event::OfferReceived { call, .. } if *call == new))
    });
}
