//! OFFER-9: declining gives the contact back, without the RONA state.

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::command::Command;
use sidetone_desk::view::StateLabel;
use sidetone_sip::api::{EndCause, Failure};

#[test]
fn offer_9_a_declined_customer_goes_back_and_the_agent_stays_available() {
    let mut story = Story::available();
    let (customer, id) = story.customer_rings("Ada", "+15550100");
    story.command(Command::Decline { contact: id });
    story.until("refused", |story| story.ended(customer.call).is_some());
    assert!(matches!(story.ended(customer.call), Some(EndCause::Failed(Failure::Status { code: 603, .. }))));
    assert!(!story.desk().ringing);
    assert_eq!(story.label(), StateLabel::Available);
    assert!(story.view().dialog.is_none());
    assert_eq!(story.row().outcome, Outcome::Declined);
}
