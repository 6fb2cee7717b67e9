//! The phone is killed in a call with baresip through Kamailio, and started again: the call goes on (CALL-10).

use crate::rig::{
    Baresip, Kamailio, PACKETS_OF_SPEECH, PASSWORD, Setup, Sidetone, aor, assert_golden, assert_heard, speech,
};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A phone that keeps its calls in this folder, and says this sentence.
fn phone(server: &Kamailio, data: &Path, sentence: &str) -> Setup {
    Sidetone::at(&aor("bob"))
        .args(["--server", &server.address()])
        .env("SIDETONE_TEST_PASSWORD", PASSWORD)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--auto-answer", "--data"])
        .arg(data)
        .speaking(&speech(sentence))
}

/// The customer begins to speak when the crash is over.
fn after_a_pause(sentence: &Path, late: &Path) {
    let mut command = Command::new("sox");
    sidetone_lab::process::output_of(command.arg(sentence).arg(late).args(["pad", "4"])).unwrap();
}

#[test]
fn call_10_killed_and_started_again_the_phone_goes_on_with_the_call() {
    let mut server = Kamailio::start();
    let data = tempfile::tempdir().unwrap();
    let [greeting, help, customer] = ["agent-greeting", "agent-help", "customer-impatient"].map(speech);
    let mut before = phone(&server, data.path(), "agent-greeting").start();
    before.event("registered");
    let late = data.path().join("late.wav");
    after_a_pause(&customer, &late);
    let mut carol = Baresip::registered(&mut server, "carol", "opus", &late);
    carol.tell("dial", &aor("bob"));
    before.event("connected");
    before.talk(50);
    before.kill();

    let started = Instant::now();
    let mut after = phone(&server, data.path(), "agent-help").start();
    after.event("resumed");
    after.talk(5);
    println!("speech passed again {} ms after the start", started.elapsed().as_millis());
    after.talk(PACKETS_OF_SPEECH + 100);
    carol.tell("hangup", "");
    assert_eq!(after.event("ended")["cause"], "party");
    after.interrupt();
    assert_eq!(after.ends(), Some(0));
    assert_golden("kamailio-after-a-crash", &after.ladder());
    assert_heard("the phone, after its crash,", &customer, &greeting, &after.heard());
    assert_heard("baresip, after our crash,", &help, &customer, &carol.heard());
}
