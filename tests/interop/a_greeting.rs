//! CALL-15: a greeting is spoken into the microphone while no call goes on, and callers hear its words when they are
//! answered.

use crate::rig::{Baresip, Sidetone, assert_heard, speech};
use sidetone_lab::ears::Recording;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// As long as the sentence takes, and a little.
const SPOKEN: Duration = Duration::from_secs(5);

fn silence(folder: &Path) -> PathBuf {
    let file = folder.join("silence.wav");
    Recording { samples: vec![0.0; 20 * 48_000], rate: 48_000 }.save(&file).unwrap();
    file
}

#[test]
fn call_15_callers_hear_the_greeting_that_was_recorded_when_they_are_answered() {
    let data = tempfile::tempdir().unwrap();
    let place = data.path().to_string_lossy().into_owned();
    let (greeting, customer) = (speech("agent-greeting"), speech("customer-impatient"));

    let studio = Sidetone::direct("bob").env("XDG_DATA_HOME", &place).arg("--control");
    let mut studio = studio.speaking(&greeting).start();
    studio.tell("speak");
    studio.nothing_goes_wrong_for(SPOKEN);
    studio.tell("spoken");
    let length = studio.event("greeting_spoken")["length_ms"].as_u64().unwrap();
    assert!(length >= 3_000, "{length} ms");
    studio.tell("keep Welcome");
    studio.event("greeting_kept");
    studio.tell("quit");
    assert_eq!(studio.ends(), Some(0));

    // The agent says nothing: whatever is heard is the greeting.
    let quiet = silence(data.path());
    let agent = Sidetone::direct("bob").env("XDG_DATA_HOME", &place).args(["--auto-answer", "--control"]);
    let mut agent = agent.speaking(&quiet).start();
    agent.tell("on-answer Welcome");
    agent.event("greeting_on_answer");
    let mut baresip = Baresip::start("opus", &quiet);
    baresip.tell("dial", &format!("sip:bob@{}", agent.address()));
    agent.event("connected");
    assert_eq!(agent.event("played")["stopped"], false, "to its end");
    agent.talk(1);
    baresip.tell("hangup", "");
    agent.event("ended");
    agent.interrupt();
    assert_eq!(agent.ends(), Some(0));
    assert_heard("baresip", &greeting, &customer, &baresip.heard());
    assert_heard("the agent", &greeting, &customer, &agent.heard());
}
