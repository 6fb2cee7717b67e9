//! Words carry both ways: what was spoken is held against what was heard.

use super::desk::{Desk, Setup, speech};
use sidetone_lab::ears::{self, Recording};
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::PhaseView;
use sidetone_phone::{Choice, What as PhoneWhat};
use sidetone_practice::{EndedBy, What};
use std::path::Path;

fn carries(spoken: &str, heard: &Path) -> bool {
    let spoken = Recording::load(&speech(spoken)).unwrap();
    Recording::load(heard).is_ok_and(|heard| ears::carries_words(&spoken, &heard))
}

/// Looks once a second, when the phone tells how the call sounds. A machine too busy for one sentence gets another.
async fn until_agent_hears(desk: &mut Desk, sentences: &[&str]) {
    for _ in 0..60 {
        desk.phone_says(|what| matches!(what, PhoneWhat::Quality { .. }).then_some(())).await;
        if sentences.iter().any(|sentence| carries(sentence, &desk.agent_heard())) {
            return;
        }
    }
    let heard = Recording::load(&desk.agent_heard()).unwrap();
    let score = |sentence: &&str| ears::correlate(&Recording::load(&speech(sentence)).unwrap(), &heard);
    let scores: Vec<_> = sentences.iter().map(score).collect();
    let (level, gap) = (heard.level_dbfs(), heard.longest_gap_ms());
    panic!("the agent never heard {sentences:?}: {scores:?}, {level} dBFS, longest gap {gap} ms");
}

#[tokio::test]
async fn the_first_customer_calls_by_themself_and_both_hear_each_other() {
    let microphone = Choice::File(speech("agent-greeting"));
    let mut desk = Desk::open(Setup { first: Some("welcome"), microphone, ..Setup::default() }).await;
    desk.until(&What::Connected).await;
    // The customer lets the agent greet, and then asks.
    until_agent_hears(&mut desk, &["customer-billing", "customer-number", "customer-thanks"]).await;
    let contact = desk.contact(|it| it.phase == PhaseView::Connected).await.id;
    desk.send(Command::End { contact }).await;
    desk.until(&What::Ended { by: EndedBy::Agent }).await;
    let (agent_heard, customer_heard) = (desk.agent_heard(), desk.customer_heard("1-welcome.wav"));
    let _folder = desk.close().await;
    assert!(carries("agent-greeting", &customer_heard), "the customer did not hear the greeting");
    assert!(!carries("customer-billing", &customer_heard), "the customer hears themself");
    assert!(!carries("agent-greeting", &agent_heard), "the agent hears themself");
}

#[tokio::test]
async fn an_echo_plays_back_what_the_agent_says() {
    let microphone = Choice::Loop(speech("agent-greeting"));
    let own = ("{ echo = { delay_s = 1, for_s = 60 } }", 60.0);
    let mut desk = Desk::open(Setup { microphone, own, ..Setup::default() }).await;
    desk.play("own");
    desk.until(&What::Connected).await;
    until_agent_hears(&mut desk, &["agent-greeting"]).await;
    desk.close().await;
}
