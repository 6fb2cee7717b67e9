//! SESSION-9, AUDIO-6: a machine without a sound daemon and without a device. The desk says what is missing, and works.

use crate::Desk;
use sidetone_lab::agent::part;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn session_9_without_any_sound_banners_say_what_is_missing_and_a_call_connects() {
    let desk = Desk::opened_without_sound();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    let missing = ["No microphone", "No speaker"];
    agent
        .window()
        .wait_until("a banner each", PATIENCE, |window| {
            let said = window.content("body")?;
            Ok(missing.iter().all(|words| said.contains(words)).then_some(()))
        })
        .unwrap();
    agent.wait_for_offer(PATIENCE).unwrap();
    agent.accept().unwrap();
    agent.hold().unwrap();
    agent.resume().unwrap();
    assert!(agent.window().exists(&part("banner")).unwrap(), "it stays for as long as it is so");
    agent.end().unwrap();
    agent.wrap_up(None, "Heard nothing").unwrap();
    agent.history_row("Heard nothing").unwrap();
}
