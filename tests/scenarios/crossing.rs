//! Two wishes that meet on the way: giving up and answering (RFC 3261 section 9.1), and two sign-ins.

use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::command::Command;
use sidetone_desk::view::{PhaseView, StateLabel};
use sidetone_media::{Direction, Negotiation, sdp};
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::{Command as Sip, EndCause};
use std::time::Duration;

#[test]
fn call_6_a_call_answered_at_the_moment_the_agent_gives_it_up_is_ended() {
    let mut story = Story::available();
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    story.callee_does(Sip::Ring { call });
    story.until("ringing there", |story| story.phase_of(id) == Some(PhaseView::RingingThere));
    let config = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let (sdp, _) = Negotiation::new(config, [9; 32]).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    story.command(Command::End { contact: id });
    story.until("ended there", |story| story.ended(call) == Some(EndCause::Remote));
    assert!(story.view().contacts.is_empty());
    assert_eq!(story.row().outcome, Outcome::Cancelled);
}

#[test]
fn offer_8_a_call_accepted_at_the_moment_the_customer_gives_up_is_ended() {
    let mut story = Story::available();
    let (customer, id) = story.customer_rings("Ada", "+15550100");
    story.customer_hangs_up(&customer);
    story.command(Command::Accept { contact: id });
    let closed = |story: &Story| matches!(story.desk().media.last(), Some((_, MediaOrder::Close)));
    story.until("closed", closed);
    assert!(!story.desk().ringing);
    assert_eq!(story.ended(customer.call), Some(EndCause::Local));
    assert_ne!(story.phase_of(id), Some(PhaseView::Connected));
}

#[test]
fn session_1_of_two_sign_ins_at_once_the_last_counts() {
    let mut story = Story::signed_out(|_| {});
    story.sign_in("wrong");
    story.sign_in("secret");
    story.until("signed in", |story| story.label() != StateLabel::SignedOut);
    story.pass(Duration::from_secs(30));
    assert_ne!(story.label(), StateLabel::SignedOut);
    assert!(story.view().banners.is_empty());
}
