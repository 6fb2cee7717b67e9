//! What the other side changes in a running call: the codec, who it is, and keys that come by INFO.

use crate::by_hand::update_from;
use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::PhaseView;
use sidetone_media::{Codec, Direction, Negotiation, sdp};
use sidetone_phone::What;
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::{Command as Sip, Event};

fn codec(story: &Story) -> Option<Codec> {
    story.desk().media.iter().rev().find_map(|(_, order)| match order {
        MediaOrder::Apply(plan) => Some(plan.codec),
        _ => None,
    })
}

#[test]
fn another_codec_is_taken_and_the_call_goes_on() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    assert_eq!(codec(&story), Some(Codec::Opus));
    let plain = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let mut theirs = Negotiation::new(sdp::Config { codecs: vec![Codec::Pcma], ..plain }, [9; 32]);
    let sdp = theirs.offer(Direction::SendRecv);
    story.callee_does(Sip::Offer { call: customer.call, sdp });
    let answered = |story: &Story| story.server_events().any(|e| matches!(e, Event::OfferAnswered { .. }));
    story.until("answered", answered);
    assert_eq!((codec(&story), story.phase_of(id)), (Some(Codec::Pcma), Some(PhaseView::Connected)));
}

#[test]
fn call_1_who_it_is_by_now_shows_and_stands_in_the_history() {
    let mut story = Story::available();
    let (_, id) = story.customer_talks("Ada", "+15550100");
    let call = story.server_keeps().remove(0);
    story.tell(&update_from(&call, "\"Bea\" <sip:+15550199@10.0.0.2>"));
    story.until("told", |story| story.contact().party.number == "+15550199");
    assert_eq!(story.contact().party.name.as_deref(), Some("Bea"));
    story.command(Command::End { contact: id });
    story.until("wrapping up", |story| matches!(story.phase_of(id), Some(PhaseView::WrapUp { .. })));
    story.command(Command::SubmitWrapUp { contact: id });
    assert_eq!(story.row().party.reveal().number.reveal(), "+15550199");
}

#[test]
fn keys_by_info_are_told() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.callee_does(Sip::SendDigit { call: customer.call, digit: '#' });
    let told = |what: &What| matches!(what, What::Digit { key: '#' });
    story.until("told", |story| story.desk().happened.iter().any(|(_, what)| told(what)));
}
