//! ICE: who waits for what we may be reached at, and who does not.

use crate::story::Story;
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, PhaseView, StateLabel};
use sidetone_media::ice::{Kind, News, Way};
use sidetone_media::session::Channel;
use sidetone_media::{Direction, Negotiation};
use sidetone_phone::What;
use sidetone_phone::engine::{IceMode, MediaOrder};
use sidetone_sip::api::{CallKey, Command as Sip, Event};
use std::time::Duration;

fn rings(story: &mut Story, offer: Bytes) -> (CallKey, sidetone_desk::view::ContactId) {
    let call = story.calls_with("Ada", "+15550100", offer);
    story.until("ringing", |story| !story.view().popovers.is_empty());
    (call, *story.view().popovers.last().unwrap())
}

/// How long it took until the customer had an answer.
fn answered(story: &mut Story, call: CallKey) -> (Duration, String) {
    let mut took = Duration::ZERO;
    while story.answered_with(call).is_none() {
        story.pass(Duration::from_millis(1));
        took += Duration::from_millis(1);
        assert!(took < Duration::from_secs(5), "never answered");
    }
    (took, story.answered_with(call).unwrap())
}

#[test]
fn what_is_found_while_it_rings_is_in_the_answer_at_once() {
    let mut story = Story::that_looks_for_ways();
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer);
    assert_eq!(story.gathering().len(), 1, "sockets are opened while it rings");
    story.gathered();
    story.pass(Duration::from_secs(3));
    assert!(story.answered_with(call).is_none(), "nobody took it yet");
    story.command(Command::Accept { contact });
    let (took, answer) = answered(&mut story, call);
    assert!(took < Duration::from_millis(100), "the way to the server and back: {took:?}");
    assert!(answer.contains("typ srflx") && answer.contains("a=ice-ufrag:"), "{answer}");
}

#[test]
fn taken_before_it_is_known_the_answer_follows_what_is_found() {
    let mut story = Story::that_looks_for_ways();
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer);
    story.command(Command::Accept { contact });
    story.pass(Duration::from_secs(1));
    assert!(story.answered_with(call).is_none());
    story.gathered();
    let (_, answer) = answered(&mut story, call);
    assert!(answer.contains("typ srflx"), "{answer}");
}

#[test]
fn who_speaks_no_ice_is_answered_as_ever() {
    let mut story = Story::that_looks_for_ways();
    let (customer, contact) = story.customer_rings("Ada", "+15550100");
    assert!(story.gathering().is_empty(), "nothing is opened while it rings");
    story.command(Command::Accept { contact });
    let (took, answer) = answered(&mut story, customer.call);
    assert!(took < Duration::from_millis(100), "{took:?}");
    assert!(!answer.contains("candidate") && !answer.contains("ice-"), "{answer}");
}

#[test]
fn without_ice_nothing_waits() {
    let mut story = Story::available();
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer);
    story.command(Command::Accept { contact });
    let (took, answer) = answered(&mut story, call);
    assert!(took < Duration::from_millis(100), "{took:?}");
    assert!(!answer.contains("candidate") && !answer.contains("ice-"), "{answer}");
}

#[test]
fn who_only_answers_answers_in_kind_and_offers_nothing() {
    let mut story = Story::that_looks(IceMode::Answer);
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer);
    story.gathered();
    story.command(Command::Accept { contact });
    let (took, answer) = answered(&mut story, call);
    assert!(took < Duration::from_millis(100), "{took:?}");
    assert!(answer.contains("a=candidate:") && answer.contains("a=ice-ufrag:"), "{answer}");

    let mut story = Story::that_looks(IceMode::Answer);
    story.command(Command::Dial { target: "+15550199".into() });
    story.pass(Duration::from_millis(50));
    let (_, offer) = story.callee();
    assert!(!String::from_utf8_lossy(&offer).contains("ice-"));
    assert!(story.gathering().is_empty());
}

#[test]
fn with_relays_alone_who_speaks_no_ice_learns_no_address_of_ours_either() {
    let mut story = Story::that_looks(IceMode::RelayOnly);
    let (customer, contact) = story.customer_rings("Ada", "+15550100");
    assert_eq!(story.gathering().len(), 1);
    story.command(Command::Accept { contact });
    story.pass(Duration::from_millis(100));
    assert!(story.answered_with(customer.call).is_none(), "there is nothing to say yet");
    story.gathered_by_relay("198.51.100.4:50000");
    let (_, answer) = answered(&mut story, customer.call);
    assert!(answer.contains("c=IN IP4 198.51.100.4\r\n") && answer.contains("m=audio 50000 "), "{answer}");
    assert!(!answer.contains("candidate"), "{answer}");
}

#[test]
fn without_ice_our_call_goes_out_at_once() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    story.pass(Duration::from_millis(50));
    assert!(story.server_events().any(|event| matches!(event, Event::IncomingCall(_))));
    let (_, offer) = story.callee();
    assert!(!String::from_utf8_lossy(&offer).contains("ice-"));
    assert!(story.gathering().is_empty());
}

#[test]
fn our_call_goes_out_with_what_was_found() {
    let mut story = Story::that_looks_for_ways();
    story.command(Command::Dial { target: "+15550199".into() });
    story.pass(Duration::from_secs(1));
    let out = |story: &Story| story.server_events().any(|event| matches!(event, Event::IncomingCall(_)));
    assert!(!out(&story), "it waits for the servers");
    story.gathered();
    let (_, offer) = story.callee();
    let offer = String::from_utf8_lossy(&offer);
    assert!(offer.contains("typ srflx") && offer.contains("typ host"), "{offer}");
}

#[test]
fn sockets_of_a_call_that_nobody_took_are_closed() {
    let mut story = Story::that_looks_for_ways();
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer.clone());
    story.gathered();
    story.command(Command::Decline { contact });
    story.until("declined", |story| story.ended(call).is_some());
    let closed = |story: &Story| {
        story.desk().media.iter().filter(|(_, order)| matches!(order, MediaOrder::Close)).count()
    };
    assert_eq!(closed(&story), 1);
}

/// `early`: it is chosen before the other side takes the call.
fn who_chose_another_way_than_was_said_tells_the_other_side(early: bool) {
    let mut story = Story::that_looks_for_ways();
    story.command(Command::Dial { target: "+15550199".into() });
    let leg = story.gathering()[0];
    let id = story.contact().id;
    story.gathered();
    let (call, offer) = story.callee();
    let address = "10.0.0.2:30000".parse().unwrap();
    let (_, theirs) = Story::offer_with_ice();
    assert!(sidetone_media::sdp::speaks_ice(&theirs));
    let candidates = Some(vec![]);
    let config = sidetone_media::sdp::Config { candidates, ..sidetone_media::sdp::Config::new(address) };
    let (sdp, _) = Negotiation::new(config, [9; 32]).answer(&offer, Direction::SendRecv).unwrap();
    // As a phone that names its address as a candidate.
    let line = "a=candidate:1 1 UDP 2130706431 10.0.0.2 30000 typ host\r\na=ice-ufrag:";
    let sdp: Bytes = String::from_utf8_lossy(&sdp).replace("a=ice-ufrag:", line).into();
    let local = "203.0.113.7:41000".parse().unwrap();
    let (local_kind, remote_kind) = (Kind::ServerReflexive, Kind::Host);
    let way = Way { channel: Channel::Rtp, local_kind, local, remote_kind, remote: address };
    let found = News::Found { ways: vec![way], round_trip: None };
    if early {
        story.callee_does(Sip::EarlyMedia { call, sdp: sdp.clone() });
        story.until("ringing there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
        story.path(leg, found.clone());
    }
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    if !early {
        story.path(leg, found);
    }
    let told = |story: &Story| {
        story.server_events().find_map(|event| match event {
            Event::OfferReceived { sdp, .. } => sdp.clone(),
            _ => None,
        })
    };
    story.until("told", |story| told(story).is_some());
    let offer = String::from_utf8_lossy(&told(&story).unwrap()).into_owned();
    assert!(offer.contains("m=audio 41000 ") && offer.contains("c=IN IP4 203.0.113.7\r\n"), "{offer}");
    assert!(offer.contains("a=remote-candidates:1 10.0.0.2 30000\r\n"), "{offer}");
    let said =
        story.desk().happened.iter().any(|(_, what)| matches!(what, What::Path { local: "srflx", .. }));
    assert!(said);
}

#[test]
fn who_chose_another_way_than_was_said_tells_the_other_side_at_once() {
    who_chose_another_way_than_was_said_tells_the_other_side(false);
}

#[test]
fn or_when_the_call_is_taken() {
    who_chose_another_way_than_was_said_tells_the_other_side(true);
}

#[test]
fn call_12_a_call_that_rings_on_in_another_network_is_answered_from_there() {
    let mut story = Story::made_with(|config| config.ice = IceMode::Offer);
    story.sign_in_by_name("secret");
    story.until("signed in", |story| story.view().state.label != StateLabel::SignedOut);
    story.command(Command::SetState { to: ChoiceView::Available });
    let (_, offer) = Story::offer_with_ice();
    let (call, contact) = rings(&mut story, offer);
    story.gathered();
    story.desk_moves("10.0.0.9:5060");
    story.until("sockets anew", |story| !story.gathering().is_empty());
    story.gathered();
    story.command(Command::Accept { contact });
    let (_, answer) = answered(&mut story, call);
    assert!(answer.contains("c=IN IP4 10.0.0.9\r\n") && answer.contains(" 10.0.0.9 "), "{answer}");
    assert!(!answer.contains("10.0.0.1 "), "{answer}");
}
