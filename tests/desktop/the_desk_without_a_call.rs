//! What the window does before and between calls.

use crate::Desk;
use sidetone_lab::agent::part;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn offer_3_a_missed_customer_makes_the_agent_rona_and_a_dialog_asks() {
    let desk = Desk::opened();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent.wait_for_offer(PATIENCE).unwrap();
    agent.window().wait_for(&part("rona-idle"), PATIENCE).unwrap();
    agent.window().press(&part("rona-idle"), PATIENCE).unwrap();
    agent.window().wait_gone(&part("rona-idle"), PATIENCE).unwrap();
    assert!(!agent.window().exists(&part("popover")).unwrap(), "nobody is offered to an agent who is idle");
}

#[test]
fn offer_9_a_declined_customer_is_offered_again() {
    let desk = Desk::opened();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent.wait_for_offer(PATIENCE).unwrap();
    agent.decline().unwrap();
    agent.wait_for_offer(PATIENCE).unwrap();
}

#[test]
fn audio_1_the_audio_panel_shows_the_virtual_headset() {
    let desk = Desk::opened();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent.window().press(&part("audio-open"), PATIENCE).unwrap();
    agent.window().wait_for(&part("audio-panel"), PATIENCE).unwrap();
    agent
        .window()
        .wait_until("the headset's name", PATIENCE, |window| {
            Ok(window.text(&part("audio-panel"))?.contains("Practice headset").then_some(()))
        })
        .unwrap();
}
