//! CALL-13: whoever hangs up, the wrap-up starts.

use crate::story::Story;
use sidetone_desk::EndedBy;
use sidetone_desk::command::Command;
use sidetone_desk::view::{EndedView, PhaseView, StateLabel};
use sidetone_sip::api::EndCause;

#[test]
fn call_13_the_customer_hangs_up() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    assert!(matches!(story.phase_of(id), Some(PhaseView::WrapUp { ended: EndedView::ByParty, .. })));
    assert_eq!(story.row().ended_by, Some(EndedBy::Party));
}

#[test]
fn call_13_the_agent_hangs_up() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::End { contact: id });
    story.until("told", |story| story.ended(customer.call).is_some());
    assert_eq!(story.ended(customer.call), Some(EndCause::Remote));
    assert!(matches!(story.phase_of(id), Some(PhaseView::WrapUp { ended: EndedView::ByAgent, .. })));
}
