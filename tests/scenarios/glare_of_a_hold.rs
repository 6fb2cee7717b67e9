//! CALL-2: the agent holds in the moment in which the other side changes the call (RFC 3261 section 14.1): theirs comes
//! through first, and the hold follows.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use sidetone_media::{Direction, Negotiation};
use sidetone_sip::api::{Command as Sip, Event};

#[test]
fn call_2_a_hold_that_crosses_a_change_of_theirs_comes_through_after_it() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    let config = sidetone_media::sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let mut theirs = Negotiation::new(config, [9; 32]);
    let (sdp, _) = theirs.answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    story.pass(std::time::Duration::from_secs(1));

    let sdp = theirs.offer(Direction::SendRecv);
    story.command(Command::Hold { contact: id });
    story.callee_does(Sip::Offer { call, sdp });
    let answered = |e: &Event| matches!(e, Event::OfferAnswered { .. });
    story.until("theirs came through", |story| story.server_events().any(answered));
    let asked = |story: &Story| {
        story.server_events().find_map(|event| match event {
            Event::OfferReceived { sdp: Some(sdp), .. } => Some(sdp.clone()),
            _ => None,
        })
    };
    story.until("ours follows", |story| asked(story).is_some());
    let (sdp, _) = theirs.answer(&asked(&story).unwrap(), Direction::SendRecv).unwrap();
    story.callee_does(Sip::AnswerOffer { call, sdp });
    let held = |story: &Story| {
        story.desk().happened.iter().any(|(_, what)| matches!(what, sidetone_phone::What::Held))
    };
    story.until("held", held);
    assert!(matches!(story.phase_of(id), Some(PhaseView::OnHold { .. })), "{:?}", story.phase_of(id));
}
