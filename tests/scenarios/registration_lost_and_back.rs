//! SESSION-1, SESSION-9: signing in, refused and taken; the server lost and found again during a call.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{BannerKind, PhaseView, SessionView, StateLabel, TroubleKind};
use std::time::Duration;

#[test]
fn session_1_a_wrong_password_is_said_so() {
    let mut story = Story::signed_out(|_| {});
    story.sign_in("guess");
    story.until("refused", |story| {
        matches!(story.view().session, SessionView::SignedOut { trouble: Some(_) })
    });
    let SessionView::SignedOut { trouble: Some(trouble) } = story.view().session else { unreachable!() };
    assert_eq!(trouble.what, TroubleKind::WrongPassword);
    assert!(!trouble.tracking.0.is_empty());
}

#[test]
fn session_9_a_lost_server_shows_a_banner_and_the_call_goes_on() {
    let mut story = Story::available();
    let (_customer, id) = story.customer_talks("Ada", "+15550100");
    story.network(false);
    // The registration is renewed before its ten minutes are over.
    story.pass(Duration::from_secs(660));
    assert!(matches!(
        story.view().banners.first().map(|b| &b.what),
        Some(BannerKind::RegistrationLost { .. })
    ));
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
    story.network(true);
    // By now it is tried every quarter of an hour at longest (RFC 5626 section 4.5).
    story.pass(Duration::from_secs(970));
    assert!(story.view().banners.is_empty(), "{:?}", story.view().banners);
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
}

#[test]
fn session_8_signing_out_waits_for_the_contact_and_then_leaves_the_server() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    story.refused(Command::SignOut);
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    story.refused(Command::SignOut);
    story.command(Command::SubmitWrapUp { contact: id });
    story.command(Command::SignOut);
    story.until("out", |story| story.label() == StateLabel::SignedOut);
}
