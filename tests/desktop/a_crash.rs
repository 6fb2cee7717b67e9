//! WRAPUP-3, STATE-5, SESSION-9: the program is ended in the middle of a wrap-up, as a crash or a power cut does, or what it
//! kept is broken afterwards.

use crate::Desk;
use sidetone_lab::agent::part;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const NOTES: &str = "Moves on the 3rd";

#[test]
fn wrapup_3_a_crash_in_wrap_up_loses_neither_the_notes_nor_the_wrap_up() {
    let mut desk = Desk::opened();
    {
        let mut agent = desk.agent();
        agent.sign_in_to_practice().unwrap();
        agent.wait_for_offer(PATIENCE).unwrap();
        agent.accept().unwrap();
        agent.end().unwrap();
        agent.window().wait_for(&part("notes"), PATIENCE).unwrap();
        agent.window().type_into(&part("notes"), NOTES).unwrap();
        agent
            .window()
            .wait_until("the notes to be saved", PATIENCE, |window| {
                Ok((window.content(&part("notes-saved"))? == "Saved").then_some(()))
            })
            .unwrap();
    }
    desk.stage.crash().unwrap();

    desk.stage.open().unwrap();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent.window().wait_for(&part("wrap-up"), PATIENCE).unwrap();
    assert_eq!(agent.window().value(&part("notes")).unwrap(), NOTES);
    let state = agent.window().content(&part("state-label")).unwrap();
    assert!(state.contains("Wrap-up"), "{state:?}: nobody is Available with a wrap-up open");
    agent.wrap_up(None, ", by noon").unwrap();
    agent.history_row(&format!("{NOTES}, by noon")).unwrap();
}

#[test]
fn session_9_a_broken_store_is_told_and_the_desk_begins_anew() {
    let mut desk = Desk::opened();
    desk.stage.close().unwrap();
    let data = desk.folder.path().join("data");
    for file in ["sidetone.db-wal", "sidetone.db-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    std::fs::write(data.join("sidetone.db"), [7; 9000]).unwrap();
    desk.stage.open().unwrap();
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    agent
        .window()
        .wait_until("a notice of it", PATIENCE, |window| {
            Ok(window.content(&part("notice"))?.contains("begin anew").then_some(()))
        })
        .unwrap();
}
