//! A sound daemon that takes connections and never answers holds nobody up: there are no devices, and silence flows.
#![cfg(target_os = "linux")]

mod rig;

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use sidetone_lab::process::output_of;

#[test]
fn a_daemon_that_never_answers_is_no_daemon() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("native");
    let _silent = UnixListener::bind(&path).expect("a socket");
    let probe = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sound-probe"));
        let server = format!("unix:{}", path.display());
        command.env("PULSE_SERVER", server).env("SIDETONE_SOUND", "pulseaudio");
        command
    };
    let start = Instant::now();
    let words = ["run", "--from", "default", "--to", "default", "--ring", "default", "--seconds", "2.7"];
    let mut command = probe();
    command.args(words);
    let mut running = rig::Probe::spawn(command);
    let listed = output_of(probe().arg("devices")).expect("the probe lists");
    assert!(start.elapsed() < Duration::from_secs(3), "took {:?}", start.elapsed());
    assert_eq!(listed.lines().count(), 1, "only the time: {listed}");
    running.expect_all(&["capture stopped NoDevice", "playback stopped NoDevice", "ringer stopped NoDevice"]);
    running.expect("closed in 0 ms");
}
