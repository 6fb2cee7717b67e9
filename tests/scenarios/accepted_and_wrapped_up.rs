//! OFFER-1, OFFER-3, STATE-3, CALL-13, WRAPUP-1, WRAPUP-3: a whole contact, from the ring to the row in the history.

use crate::story::{SOON, Story};
use sidetone_desk::command::Command;
use sidetone_desk::view::{CodeId, PhaseView, StateLabel};
use sidetone_desk::{EndedBy, Outcome, WrapUpState};
use std::time::Duration;

#[test]
fn offer_1_a_customer_is_accepted_talked_to_and_wrapped_up() {
    let mut story = Story::available();
    let (customer, id) = story.customer_rings("Ada Lovelace", "+15550100");
    assert!(story.desk().ringing);
    assert_eq!(story.label(), StateLabel::Offered);
    let offered = story.contact();
    assert_eq!(offered.party.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(offered.party.number, "+15550100");
    assert_eq!(offered.queue.as_deref(), Some("Support"));

    story.command(Command::Accept { contact: id });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert!(!story.desk().ringing);
    assert_eq!(story.label(), StateLabel::Engaged);

    story.pass(Duration::from_secs(30));
    story.command(Command::WriteNotes { contact: id, notes: "asked about the invoice".into() });
    assert!(story.contact().wrap_up.unwrap().saved, "what was typed is on disk");
    story.command(Command::End { contact: id });
    story.until("told", |story| story.ended(customer.call).is_some());
    assert_eq!(story.label(), StateLabel::WrapUp);

    story.command(Command::ChooseReason { contact: id, reason: Some(CodeId("billing".into())) });
    story.command(Command::SubmitWrapUp { contact: id });
    story.pass(SOON);
    assert_eq!(story.label(), StateLabel::Available);
    assert!(story.view().contacts.is_empty());

    let row = story.row();
    assert_eq!((row.outcome, row.ended_by), (Outcome::Connected, Some(EndedBy::Agent)));
    assert_eq!(row.wrap_up.state, WrapUpState::Submitted);
    assert_eq!(row.wrap_up.reason, Some(CodeId("billing".into())));
    assert_eq!(row.wrap_up.notes.reveal(), "asked about the invoice");
    let talked = row.times.ended.unwrap().0 - row.times.connected.unwrap().0;
    assert!((29_000..32_000).contains(&talked), "{talked} ms");
}
