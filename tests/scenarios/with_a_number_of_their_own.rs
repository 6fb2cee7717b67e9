//! Several accounts at once: what is registered beside the work account comes and goes with it.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{SessionView, StateLabel};
use sidetone_sip::api::Event;

/// Whether this user can be called, by the server's last word.
fn reachable(story: &Story, user: &str) -> Option<bool> {
    let binding = |event: &Event| match event {
        Event::Binding { aor_user, contact } if aor_user == user => Some(contact.is_some()),
        _ => None,
    };
    story.server_events().filter_map(binding).last()
}

#[test]
fn both_are_reached_while_the_agent_is_signed_in_and_neither_afterwards() {
    let mut story = Story::signed_out(|_| {});
    story.sign_in_with_own_number();
    story.until("signed in", |story| matches!(story.view().session, SessionView::SignedIn { .. }));
    story.until("reached by both", |story| {
        ["agent", "own"].iter().all(|user| reachable(story, user) == Some(true))
    });
    story.command(Command::SignOut);
    story.until("out", |story| story.label() == StateLabel::SignedOut);
    story.until("reached by neither", |story| {
        ["agent", "own"].iter().all(|user| reachable(story, user) == Some(false))
    });
}
