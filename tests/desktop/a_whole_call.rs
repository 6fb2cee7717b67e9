//! SESSION-1, OFFER-1, OFFER-3, CALL-2, CALL-3, CALL-10, CALL-13, WRAPUP-1, WRAPUP-3, DIR-2: a whole contact on the screen,
//! with the words measured at the headset, a reload of the web view in the middle, and the row after a restart.

use crate::{Desk, speech};
use sidetone_lab::agent::part;
use sidetone_lab::ears::{self, Recording};
use sidetone_lab::stage::HEADSET;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const NOTES: &str = "Wants the invoice again by post";

#[test]
fn call_10_a_customer_is_answered_heard_reloaded_wrapped_up_and_remembered() {
    let (agents, customers) = (speech("agent"), speech("customer"));
    let mut desk = Desk::opened();
    let ear = desk.stage.sound.record(HEADSET).unwrap();
    {
        let mut agent = desk.agent();
        agent.sign_in_to_practice().unwrap();
        agent.wait_for_offer(PATIENCE).unwrap();
        agent.accept().unwrap();
        for (sentence, _) in &agents {
            let mut voice = desk.stage.sound.speak(HEADSET, sentence).unwrap();
            assert!(voice.wait(PATIENCE).unwrap().is_some(), "the agent's sentence ends");
        }
        let heard = ear.wait_until(PATIENCE, |heard| carries_any(&customers, heard));
        assert!(heard, "the customer's words reach the headset");

        // The call outlives the web view.
        agent.mute(true).unwrap();
        let before = agent.phase().unwrap();
        agent.window().reload().unwrap();
        agent.window().wait_for(&part("interaction"), PATIENCE).unwrap();
        assert_eq!(agent.phase().unwrap(), before);
        let muted = agent.window().attribute(&part("mute"), "aria-pressed").unwrap();
        assert_eq!(muted.as_deref(), Some("true"), "still muted");
        agent.mute(false).unwrap();

        agent.hold().unwrap();
        agent.resume().unwrap();
        agent.end().unwrap();
        agent.wrap_up(None, NOTES).unwrap();
        agent.history_row(NOTES).unwrap();
    }
    ear.stop().unwrap();

    desk.stage.close().unwrap();
    let customers_heard: Vec<Recording> = std::fs::read_dir(desk.stage.customers())
        .unwrap()
        .map(|entry| Recording::load(&entry.unwrap().path()).unwrap())
        .collect();
    let agent_heard = customers_heard.iter().any(|heard| carries_any(&agents, heard));
    assert!(agent_heard, "the agent's words reach the customer");

    desk.stage.open().unwrap();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent.history_row(NOTES).unwrap();
    let sounded = agent.window().attribute(&part("sounded-open"), "aria-label").unwrap();
    assert!(sounded.is_some_and(|said| said.contains(" of 5")), "how it sounded is there after a restart");
}

fn carries_any(said: &[(std::path::PathBuf, Recording)], heard: &Recording) -> bool {
    said.iter().any(|(_, speech)| ears::carries_words(speech, heard))
}
