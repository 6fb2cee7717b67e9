//! An announcement before the answer (183 with a description): it is heard, and no ringing tone of ours beside it.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use sidetone_media::{Direction, Negotiation, sdp};
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::Command as Sip;

#[test]
fn call_6_what_the_other_side_plays_before_the_answer_is_heard() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    let config = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let (sdp, _) = Negotiation::new(config, [9; 32]).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::EarlyMedia { call, sdp: sdp.clone() });
    story.until("ringing there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
    let media = &story.desk().media;
    assert!(media.iter().any(|(_, order)| matches!(order, MediaOrder::Apply(_))), "{media:?}");
    assert!(!media.iter().any(|(_, order)| matches!(order, MediaOrder::Ringback(true))), "{media:?}");
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
}
