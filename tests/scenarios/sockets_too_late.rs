//! Sockets are asked for and come later: the call may be over by then, and then they are closed.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::TroubleKind;
use sidetone_phone::engine::{MediaOrder, Way};
use sidetone_sip::api::EndCause;

fn way() -> Way {
    Way::plain("10.0.0.1:20002".parse().unwrap(), 20003)
}

#[test]
fn the_agent_hung_up_before_the_sockets_came() {
    let mut story = Story::available();
    story.slow_sockets();
    story.command(Command::Dial { target: "+15550199".into() });
    let contact = story.contact().id;
    story.command(Command::End { contact });
    let before = story.desk().media.len();
    story.opened(Ok(way()));
    let after = &story.desk().media[before..];
    assert!(matches!(after, [(_, MediaOrder::Close)]), "{after:?}");
}

#[test]
fn no_sockets_refuse_the_customer_and_tell_the_agent() {
    let mut story = Story::available();
    let (customer, contact) = story.customer_rings("Ada", "+15550100");
    story.slow_sockets();
    story.command(Command::Accept { contact });
    story.opened(Err(TroubleKind::Other { detail: "no port is free".into() }));
    story.until("refused", |story| story.ended(customer.call).is_some());
    assert!(matches!(story.ended(customer.call), Some(EndCause::Failed(_))));
    assert!(!story.view().notices.is_empty(), "the agent is told");
}

#[test]
fn stopping_does_not_wait_for_a_call_that_never_began() {
    let mut story = Story::available();
    story.slow_sockets();
    story.command(Command::Dial { target: "+15550199".into() });
    story.shut_down();
    story.until("idle", |story| story.desk().engine.is_idle());
    story.opened(Ok(way()));
    assert!(story.desk().engine.is_idle(), "nothing is called any more");
}
