//! CALL-8 and CALL-15 on the screen: a call is recorded and paused by its buttons, and a greeting that was spoken into the
//! headset is what the next customer hears first.

use crate::{Desk, speech};
use serde_json::json;
use sidetone_lab::agent::{Agent, part};
use sidetone_lab::ears::{self, Recording};
use sidetone_lab::stage::HEADSET;
use sidetone_media::record::read;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const BY_HAND: &str = "[media.recording]\nstart = \"by-hand\"\n";
const CHOOSE: &str = "const list = document.querySelector('[data-testid=greetings] select');
    list.value = arguments[0]; list.dispatchEvent(new Event('change', { bubbles: true }));
    return list.value";

fn press(agent: &Agent<'_>, name: &str) {
    agent.window().press(&part(name), PATIENCE).unwrap();
}

fn shows(agent: &Agent<'_>, recording: &str) {
    let css = format!("{}[data-recording=\"{recording}\"]", part("recording"));
    agent.window().wait_for(&css, PATIENCE).unwrap();
}

/// The sound files in a folder, as they are by now.
fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// Whether one half of the sentence's first three seconds is heard: a busy machine stretches what is between the two.
fn carries_half(spoken: &Recording, heard: &Recording) -> bool {
    let halves = spoken.samples.chunks_exact(spoken.rate as usize * 3 / 2).take(2);
    let mut halves = halves.map(|half| Recording { samples: half.to_vec(), rate: spoken.rate });
    halves.any(|half| ears::carries_words(&half, heard))
}

#[test]
fn call_8_a_call_is_recorded_and_paused_and_call_15_the_next_caller_hears_a_greeting() {
    let (agents, customers) = (speech("agent"), speech("customer"));
    let mut desk = Desk::configured(BY_HAND);
    {
        let mut agent = desk.agent();
        agent.sign_in_to_practice().unwrap();
        agent.wait_for_offer(PATIENCE).unwrap();
        agent.accept().unwrap();
        shows(&agent, "off");
        press(&agent, "record");
        shows(&agent, "on");
        let mut voice = desk.stage.sound.speak(HEADSET, &agents[0].0).unwrap();
        assert!(voice.wait(PATIENCE).unwrap().is_some());
        press(&agent, "pause-recording");
        shows(&agent, "paused");
        press(&agent, "pause-recording");
        shows(&agent, "on");
        agent.end().unwrap();
        agent.wrap_up(None, "recorded").unwrap();

        press(&agent, "audio-open");
        press(&agent, "greetings-open");
        press(&agent, "greeting-record");
        agent.window().wait_for(&part("greeting-speaking"), PATIENCE).unwrap();
        let mut voice = desk.stage.sound.speak(HEADSET, &agents[0].0).unwrap();
        assert!(voice.wait(PATIENCE).unwrap().is_some());
        press(&agent, "greeting-done");
        press(&agent, "draft-keep");
        agent.window().wait_for(&part("greeting-row"), PATIENCE).unwrap();
        let chosen = agent.window().execute(CHOOSE, &[json!("Greeting 1")]).unwrap();
        assert_eq!(chosen, json!("Greeting 1"));
        desk.stage.picture("greetings.png").unwrap();
        agent.window().press("dialog header button", PATIENCE).unwrap();

        agent.ask_for_customer(Some("silent")).unwrap();
        agent.wait_for_offer(PATIENCE).unwrap();
        agent.accept().unwrap();
        agent.window().wait_for(&part("greeting-stop"), PATIENCE).unwrap();
        // Nobody stops it.
        agent.window().wait_for(&part("greeting"), PATIENCE).unwrap();
        agent.end().unwrap();
    }
    desk.stage.close().unwrap();

    let recorded = files(&desk.folder.path().join("data/recordings"), ".opus");
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    let sound = read(&std::fs::read(&recorded[0]).unwrap(), usize::MAX).unwrap();
    let side = |number| Recording { samples: sound.channel(number), rate: 48_000 };
    assert!(ears::carries_words(&agents[0].1, &side(0)), "the agent is on the left");
    assert!(!customers.iter().any(|(_, words)| ears::carries_words(words, &side(0))), "and nobody else");

    let heard = files(&desk.stage.customers(), ".wav");
    assert_eq!(heard.len(), 2, "{heard:?}");
    let newest = heard.iter().max_by_key(|file| file.metadata().unwrap().modified().unwrap()).unwrap();
    let heard = Recording::load(newest).unwrap();
    assert!(carries_half(&agents[0].1, &heard), "the greeting's words reach the customer");
}
