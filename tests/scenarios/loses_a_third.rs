//! A network that loses 30 % of what it carries delays a call, and changes nothing else (RFC 3261 section 17).

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use std::time::Duration;

/// Retransmissions double from half a second (RFC 3261 section 17.1.1.2): long enough for several.
const AGES: Duration = Duration::from_secs(40);

#[test]
fn a_whole_call_over_a_bad_network() {
    let mut story = Story::with(|rules| rules.accept_timeout = Duration::from_secs(120));
    story.lossy(0.3);
    let customer = story.customer_calls("Ada", "+15550100");
    story.pass(AGES);
    let contact = story.view().popovers[0];
    story.command(Command::Accept { contact });
    story.pass(AGES);
    assert_eq!(story.phase_of(contact), Some(PhaseView::Connected));
    story.command(Command::End { contact });
    story.pass(AGES);
    assert!(story.ended(customer.call).is_some(), "the customer is told");
    assert_eq!(story.row().outcome, Outcome::Connected);
}
