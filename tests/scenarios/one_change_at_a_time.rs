//! CALL-2: while a hold is being asked for, the next change is refused, and the agent is not left on hold by it (RFC 3261
//! section 14.1: one change at a time).

use crate::story::Story;
use sidetone_desk::Error;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use sidetone_phone::What;
use sidetone_phone::engine::MediaOrder;

#[test]
fn call_2_a_resume_before_the_hold_is_agreed_waits_for_it() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    assert!(matches!(story.refused(Command::Resume { contact: id }), Error::Busy));
    story.customer_agrees(&mut customer);
    story.until("agreed", |story| story.desk().happened.iter().any(|(_, what)| matches!(what, What::Held)));
    story.command(Command::Resume { contact: id });
    story.customer_agrees(&mut customer);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
    let sound = story.desk().media.iter().rev().find_map(|(_, order)| match order {
        MediaOrder::Sound(on) => Some(*on),
        _ => None,
    });
    assert_eq!(sound, Some(true));
}
