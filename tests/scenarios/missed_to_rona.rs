//! OFFER-3: nobody accepts in time.

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::command::Command;
use sidetone_desk::view::{DialogView, PhaseView, StateLabel};
use sidetone_sip::api::{EndCause, Failure};
use std::time::Duration;

#[test]
fn offer_3_a_missed_offer_goes_back_and_the_agent_becomes_rona() {
    let mut story = Story::with(|rules| rules.accept_timeout = Duration::from_secs(20));
    let (customer, id) = story.customer_rings("Ada", "+15550100");
    let Some(PhaseView::Ringing { deadline }) = story.phase_of(id) else { panic!("it rings") };
    assert_eq!(deadline.0 - story.contact().since.0, 20_000, "the countdown ring runs for the accept timer");

    story.pass(Duration::from_millis(19_500));
    assert!(story.ended(customer.call).is_none(), "it rings until the last moment");
    story.pass(Duration::from_secs(1));
    assert!(matches!(story.ended(customer.call), Some(EndCause::Failed(Failure::Status { code: 480, .. }))));
    assert_eq!(story.label(), StateLabel::Rona);
    assert!(matches!(story.view().dialog, Some(DialogView::Rona { .. })));
    assert!(!story.desk().ringing);
    assert_eq!(story.row().outcome, Outcome::Missed);

    // Nobody is offered to an agent who is not there.
    let next = story.customer_calls("Bob", "+15550101");
    story.until("refused", |story| story.ended(next.call).is_some());
    assert_eq!(story.label(), StateLabel::Rona);

    story.command(Command::AnswerRona { go_available: true });
    assert_eq!(story.label(), StateLabel::Available);
    story.customer_rings("Cid", "+15550102");
}

#[test]
fn offer_3_after_a_missed_offer_the_agent_may_stay_idle() {
    let mut story = Story::available();
    story.customer_rings("Ada", "+15550100");
    story.pass(Duration::from_secs(21));
    story.command(Command::AnswerRona { go_available: false });
    assert!(story.view().dialog.is_none());
    assert!(matches!(story.label(), StateLabel::Idle { .. } | StateLabel::Rona));
}
