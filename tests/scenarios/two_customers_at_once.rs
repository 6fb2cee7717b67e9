//! Two customers at once: both ring, one is taken, the other is never left hanging.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{PhaseView, StateLabel};
use sidetone_sip::api::{EndCause, Failure};
use std::time::Duration;

#[test]
fn offer_4_of_two_that_ring_the_earlier_is_on_top_and_the_other_goes_back_when_it_is_taken() {
    let mut story = Story::available();
    let (_first, first) = story.customer_rings("Ada", "+15550100");
    story.pass(Duration::from_secs(1));
    let (second_customer, second) = story.customer_rings("Bob", "+15550101");
    assert_eq!(story.view().popovers, [first, second]);

    story.command(Command::Accept { contact: first });
    story.until("talking to the first", |story| story.phase_of(first) == Some(PhaseView::Connected));
    story.until("the second refused", |story| story.ended(second_customer.call).is_some());
    assert!(matches!(
        story.ended(second_customer.call),
        Some(EndCause::Failed(Failure::Status { code: 480..=603, .. }))
    ));
    assert!(!story.desk().ringing);
    assert_eq!(story.label(), StateLabel::Engaged);
    assert_eq!(story.view().contacts.len(), 1);
}

#[test]
fn state_3_a_queue_customer_is_not_offered_to_an_engaged_agent() {
    let mut story = Story::available();
    let (_customer, id) = story.customer_talks("Ada", "+15550100");
    let next = story.customer_calls("Bob", "+15550101");
    story.until("refused", |story| story.ended(next.call).is_some());
    assert!(matches!(story.ended(next.call), Some(EndCause::Failed(Failure::Status { code: 486, .. }))));
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected), "nothing is heard of it in the running call");
}
