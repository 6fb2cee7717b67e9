//! CALL-6: calls that the agent places.

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::command::Command;
use sidetone_desk::view::{NoticeKind, PhaseView, TroubleKind};
use sidetone_media::{Direction, Negotiation};
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::Command as Sip;

#[test]
fn call_6_a_number_is_dialled_and_answered() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+1 555 0199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    story.callee_does(Sip::Ring { call });
    story.until("ringing there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
    let config = sidetone_media::sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let (sdp, _) = Negotiation::new(config, [9; 32]).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    story.command(Command::End { contact: id });
    story.until("over there", |story| story.ended(call).is_some());
    assert_eq!(story.row().outcome, Outcome::Connected);
}

#[test]
fn call_6_what_is_announced_before_the_answer_is_heard() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    let config = sidetone_media::sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let (sdp, _) = Negotiation::new(config, [9; 32]).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::EarlyMedia { call, sdp: sdp.clone() });
    let heard = |story: &Story| {
        let orders = &story.desk().media;
        let starts = orders.iter().any(|(_, order)| matches!(order, MediaOrder::Apply(_)));
        starts && matches!(orders.last(), Some((_, MediaOrder::Sound(true))))
    };
    story.until("heard", heard);
    assert_eq!(story.phase_of(id), Some(PhaseView::RingingThere), "nobody has answered yet");
    let tone = story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Ringback(true)));
    assert!(!tone, "what they play is the ringing");
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
}

#[test]
fn call_6_a_busy_callee_is_told_in_words() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let (call, _) = story.callee();
    story.callee_does(Sip::Reject { call, code: 486 });
    story.until("told", |story| !story.view().notices.is_empty());
    let notices = story.view().notices;
    assert!(matches!(
        &notices[0].what,
        NoticeKind::CallFailed { trouble, .. } if trouble.what == TroubleKind::Busy
    ));
    assert!(story.view().contacts.is_empty());
}

#[test]
fn call_6_the_agent_thinks_better_of_it_while_it_rings() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, _) = story.callee();
    story.callee_does(Sip::Ring { call });
    story.until("ringing there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
    story.command(Command::End { contact: id });
    story.until("over", |story| story.view().contacts.is_empty() && story.ended(call).is_some());
    assert_eq!(story.row().outcome, Outcome::Cancelled);
}
