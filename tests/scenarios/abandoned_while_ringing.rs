//! The caller gives up before the agent accepts: no RONA, no wrap-up, and the agent is told.

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::view::{NoticeKind, StateLabel};

#[test]
fn offer_an_abandoned_offer_is_not_the_agents_fault() {
    let mut story = Story::available();
    let (customer, _) = story.customer_rings("Ada", "+15550100");
    story.customer_hangs_up(&customer);
    story.until("over", |story| story.view().contacts.is_empty());
    assert!(!story.desk().ringing);
    assert_eq!(story.label(), StateLabel::Available);
    assert!(story.view().dialog.is_none());
    assert!(story.view().notices.iter().any(|notice| matches!(notice.what, NoticeKind::Abandoned { .. })));
    assert_eq!(story.row().outcome, Outcome::Abandoned);
}
