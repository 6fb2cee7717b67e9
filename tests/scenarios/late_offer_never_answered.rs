//! An INVITE without an offer gets ours in the 200; an ACK that does not answer it leaves nothing to talk by (RFC 3261
//! section 13.2.1).

use crate::story::Story;
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_phone::What;
use sidetone_phone::engine::MediaOrder;

#[test]
fn a_call_without_media_is_ended_and_not_shown_as_connected() {
    let mut story = Story::available();
    let call = story.calls_with("Ada", "+15550100", Bytes::new());
    story.until("ringing", |story| !story.view().popovers.is_empty());
    let contact = story.view().popovers[0];
    story.command(Command::Accept { contact });
    story.until("over there", |story| story.ended(call).is_some());
    let happened = &story.desk().happened;
    assert!(!happened.iter().any(|(_, what)| matches!(what, What::Connected { .. })), "{happened:?}");
    assert!(matches!(story.desk().media.last(), Some((_, MediaOrder::Close))));
}
