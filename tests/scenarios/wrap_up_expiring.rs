//! WRAPUP-2: the timer ends a wrap-up by itself, and nothing that was typed is lost.

use crate::story::Story;
use sidetone_desk::WrapUpState;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, NoticeKind, StateLabel};
use std::time::Duration;

#[test]
fn wrapup_2_an_expired_wrap_up_is_saved_as_it_stands_and_the_agent_is_available() {
    let mut story = Story::with(|rules| rules.wrap_up.timeout = Some(Duration::from_secs(60)));
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    story.command(Command::WriteNotes { contact: id, notes: "half a sent".into() });
    story.pass(Duration::from_secs(61));
    assert_eq!(story.label(), StateLabel::Available);
    assert_eq!(story.row().wrap_up.state, WrapUpState::Expired);
    assert_eq!(story.row().wrap_up.notes.reveal(), "half a sent");
    assert!(
        story.view().notices.iter().any(|notice| matches!(notice.what, NoticeKind::WrapUpExpired { .. }))
    );
}

#[test]
fn state_3_the_state_picked_during_the_call_follows_the_wrap_up() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::SetState { to: ChoiceView::Idle { code: None } });
    assert_eq!(story.label(), StateLabel::Engaged);
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    story.command(Command::SubmitWrapUp { contact: id });
    assert_eq!(story.label(), StateLabel::Idle { code: None });
}
