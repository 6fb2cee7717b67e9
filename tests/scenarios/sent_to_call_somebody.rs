//! The own server sends the phone to call somebody (REFER, RFC 3515): it does, as if the agent had dialled, and the server hears
//! how it goes. Where the admin does not let it, it is declined.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{PhaseView, StateLabel};
use sidetone_sip::api::{self as sip, CallKey, Event, Failure, TransferTarget};

fn transfer(story: &mut Story, call: CallKey) {
    let target = TransferTarget::Uri("sip:200@10.0.0.2:5060".to_owned());
    story.callee_does(sip::Command::Transfer { call, target });
}

fn outcome(story: &Story) -> Option<Result<(), Failure>> {
    story.server_events().find_map(|event| match event {
        Event::TransferEnded { outcome, .. } => Some(outcome.clone()),
        _ => None,
    })
}

fn progress(story: &Story, wanted: u16) -> bool {
    story
        .server_events()
        .any(|event| matches!(event, Event::TransferProgress { code, .. } if *code == wanted))
}

#[test]
fn the_phone_calls_whom_its_server_sends_it_to() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    transfer(&mut story, customer.call);
    story.customer_agrees(&mut customer);
    let (call, offer) = story.callee();
    story.until("told of it", |story| progress(story, 100));
    story.callee_does(sip::Command::Ring { call });
    story.until("told that it rings", |story| progress(story, 180));
    let sdp = sidetone_media::Negotiation::new(
        sidetone_media::sdp::Config::new("10.0.0.2:32000".parse().unwrap()),
        [98; 32],
    )
    .answer(&offer, sidetone_media::Direction::SendRecv)
    .unwrap()
    .0;
    story.callee_does(sip::Command::Answer { call, sdp });
    story.until("told that it went well", |story| outcome(story) == Some(Ok(())));
    let contacts = story.view().contacts;
    assert_eq!(contacts.len(), 2);
    let held = PhaseView::OnHold { by_us: true, by_them: false };
    assert_eq!(story.phase_of(id), Some(held), "the agent talks in one call at most");

    story.customer_hangs_up(&customer);
    story.until("the first one over", |story| !matches!(story.phase_of(id), Some(PhaseView::OnHold { .. })));
    assert_eq!(story.label(), StateLabel::Engaged);
}

#[test]
fn a_call_that_is_not_taken_is_told_to_the_server() {
    let mut story = Story::available();
    let (mut customer, _) = story.customer_talks("Ada", "+15550100");
    transfer(&mut story, customer.call);
    story.customer_agrees(&mut customer);
    let (call, _) = story.callee();
    story.callee_does(sip::Command::Reject { call, code: 486 });
    story.until("told", |story| matches!(outcome(story), Some(Err(Failure::Status { code: 486, .. }))));
}

#[test]
fn where_the_admin_does_not_let_it_nobody_is_called() {
    let mut story = Story::made_with(|config| config.follows_refers = false);
    story.sign_in("secret");
    story.until("signed in", |story| story.label() != StateLabel::SignedOut);
    story.command(Command::SetState { to: sidetone_desk::view::ChoiceView::Available });
    let (customer, id) = story.customer_talks("Ada", "+15550100");
    transfer(&mut story, customer.call);
    story.until("declined", |story| matches!(outcome(story), Some(Err(Failure::Status { code: 603, .. }))));
    assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
}

#[test]
fn an_agent_who_gives_up_before_there_is_sound_is_told_to_the_server() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.slow_sockets();
    transfer(&mut story, customer.call);
    story.customer_agrees(&mut customer);
    story.until("dialling", |story| story.view().contacts.len() == 2);
    let dialling = story.view().contacts.into_iter().find(|contact| contact.id != id).unwrap().id;
    story.command(Command::End { contact: dialling });
    story.until("told", |story| matches!(outcome(story), Some(Err(Failure::Status { code: 487, .. }))));
}
