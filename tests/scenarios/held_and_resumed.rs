//! CALL-2: hold and resume, by either side, agreed and refused.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ActionView, PhaseView, Why};
use sidetone_media::Direction;
use sidetone_phone::engine::MediaOrder;

#[test]
fn call_2_the_agent_holds_and_resumes() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    assert!(matches!(story.desk().media.last(), Some((_, MediaOrder::Sound(false)))), "silent at once");
    story.customer_agrees(&mut customer);
    let held = PhaseView::OnHold { by_us: true, by_them: false };
    story.until("on hold", |story| story.phase_of(id) == Some(held.clone()));
    let blocked = ActionView::Blocked { why: Why::OnHold };
    story.until("agreed", |story| story.contact().actions.end == blocked);
    story.refused(Command::End { contact: id });
    let plan = story.desk().media.iter().rev().find_map(|(_, order)| match order {
        MediaOrder::Apply(plan) => Some(plan.direction),
        _ => None,
    });
    assert_eq!(plan, Some(Direction::SendOnly));

    story.command(Command::Resume { contact: id });
    story.customer_agrees(&mut customer);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!(story.contact().actions.end, ActionView::Ready);
    story.command(Command::End { contact: id });
}

#[test]
fn call_2_a_refused_hold_leaves_the_call_as_it_was() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    story.customer_disagrees(&customer);
    story.until("talking again", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!(story.view().notices.len(), 1, "the agent is told why");
    assert!(matches!(story.desk().media.last(), Some((_, MediaOrder::Sound(true)))), "the sound is back");
}

#[test]
fn call_2_the_customer_holds_and_comes_back() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.customer_holds(&mut customer, true);
    let held = PhaseView::OnHold { by_us: false, by_them: true };
    story.until("held by them", |story| story.phase_of(id) == Some(held.clone()));
    story.customer_holds(&mut customer, false);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
}

#[test]
fn call_13_the_customer_hangs_up_while_on_hold() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    story.customer_agrees(&mut customer);
    story.until("on hold", |story| matches!(story.phase_of(id), Some(PhaseView::OnHold { .. })));
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| matches!(story.phase_of(id), Some(PhaseView::WrapUp { .. })));
}
