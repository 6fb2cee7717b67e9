//! An INVITE without an offer gets ours in the 200, and the ACK answers it (RFC 3261 section 13.2.1): only then is it a call.

use crate::by_hand::ack;
use crate::story::Story;
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use sidetone_media::{Direction, Negotiation, sdp};
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::Event;

#[test]
fn a_call_without_an_offer_is_connected_when_ours_is_answered() {
    let mut story = Story::available();
    story.calls_with("Ada", "+15550100", Bytes::new());
    story.until("ringing", |story| !story.view().popovers.is_empty());
    let contact = story.view().popovers[0];
    story.server_is_unheard();
    story.command(Command::Accept { contact });
    let offer = |story: &Story| {
        story.server_events().find_map(|event| match event {
            Event::Answered { sdp, .. } => Some(sdp.clone()),
            _ => None,
        })
    };
    story.until("offered there", |story| offer(story).is_some());
    assert_eq!(story.phase_of(contact), Some(PhaseView::Answering));
    assert!(!story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Apply(_))));

    let config = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let (answer, _) =
        Negotiation::new(config, [9; 32]).answer(&offer(&story).unwrap(), Direction::SendRecv).unwrap();
    let call = story.server_keeps().remove(0);
    story.tell(&ack(&call, std::str::from_utf8(&answer).unwrap()));
    story.until("connected", |story| story.phase_of(contact) == Some(PhaseView::Connected));
    assert!(story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Apply(_))));
}
