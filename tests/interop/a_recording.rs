//! A call is recorded (CALL-8): the agent left, the caller right, nothing of a pause, and all but the last second outlives
//! a crash.

use crate::rig::{Setup, Sidetone};
use sidetone_lab::ears::Recording;
use sidetone_media::record::{Sound, read};
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

/// A second of speech.
const PACKETS: u64 = 50;
/// The agent's tone.
const AGENT: f64 = 520.0;
/// What the caller speaks: the two tones of a key (ITU-T Q.23).
const KEY: [f64; 2] = [697.0, 1_209.0];

/// A phone that leaves sound as it is: a steady tone is noise to whatever clears a voice.
fn plain(user: &str) -> Setup {
    Sidetone::direct(user).args(["--encrypt", "never"])
}

fn tones(folder: &Path, name: &str, hertz: &[f64]) -> PathBuf {
    let file = folder.join(name);
    let sample =
        |n: u32| hertz.iter().map(|hertz| 0.1 * (TAU * hertz * f64::from(n) / 48_000.0).sin()).sum::<f64>();
    let samples = (0..60 * 48_000).map(|n| sample(n) as f32).collect();
    Recording { samples, rate: 48_000 }.save(&file).unwrap();
    file
}

/// How loud a tone is, in dBFS, by tenths of a second.
fn loudness(samples: &[f32], hertz: f64) -> Vec<f64> {
    let step = TAU * hertz / 48_000.0;
    let loudness = |part: &[f32]| {
        let (re, im) = part.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
            let (sin, cos) = (step * n as f64).sin_cos();
            (re + f64::from(*sample) * cos, im + f64::from(*sample) * sin)
        });
        20.0 * (2.0 * f64::hypot(re, im) / part.len() as f64).max(1e-6).log10()
    };
    samples.chunks_exact(4_800).map(loudness).collect()
}

/// Tenths of a second in which a tone is there.
fn tenths(samples: &[f32], hertz: f64) -> usize {
    loudness(samples, hertz).into_iter().filter(|dbfs| *dbfs > -32.0).count()
}

/// The one file in the folder that ends so.
fn recorded(folder: &Path, ending: &str) -> Sound {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    read(&fs::read(&files[0]).unwrap(), usize::MAX).unwrap()
}

/// An agent who speaks, and a caller who presses keys aloud.
fn talking(folder: &Path) -> (Sidetone, Sidetone) {
    let settings = format!("[media.recording]\nfolder = {:?}\n", folder.join("recordings"));
    let agent = plain("agent").configured(&settings).args(["--auto-answer", "--control"]);
    let mut agent = agent.speaking(&tones(folder, "agent.wav", &[AGENT])).start();
    let target = format!("sip:agent@{}", agent.address());
    let caller = plain("caller").speaking(&tones(folder, "caller.wav", &KEY));
    let caller = caller.args(["--call", &target]).start();
    agent.event("connected");
    agent.talk(PACKETS);
    agent.tell("record");
    agent.event("recording");
    (agent, caller)
}

fn talk_on(agent: &mut Sidetone, packets: u64) {
    agent.skip_to_now();
    let before = agent.talk(1)["packets_received"].as_u64().unwrap();
    agent.talk(before + packets);
}

#[test]
fn call_8_both_sides_are_recorded_and_nothing_of_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let (mut agent, _caller) = talking(folder.path());
    talk_on(&mut agent, 2 * PACKETS);
    agent.tell("pause-recording");
    assert_eq!(agent.event("recording_paused")["paused"], true);
    talk_on(&mut agent, 3 * PACKETS);
    agent.tell("resume-recording");
    assert_eq!(agent.event("recording_paused")["paused"], false);
    talk_on(&mut agent, 2 * PACKETS);
    // Whoever leaves ends the call, and its recording is whole before the program ends.
    agent.tell("quit");
    assert_eq!(agent.ends(), Some(0));
    let sound = recorded(&folder.path().join("recordings"), ".opus");
    let (left, right) = (sound.channel(0), sound.channel(1));
    for (side, own, other) in [(&left, AGENT, KEY[0]), (&right, KEY[0], AGENT), (&right, KEY[1], AGENT)] {
        let there = tenths(side, own);
        let silent = side.len() / 4_800 - there;
        assert!(there >= 30 && silent >= 25, "{own} Hz: {there} tenths, and {silent} without it");
        assert!(tenths(side, other) <= 2, "the other side is heard");
    }
    // In the middle of the pause there is nothing at all.
    let quiet = left
        .chunks_exact(4_800)
        .zip(right.chunks_exact(4_800))
        .filter(|(left, right)| left.iter().chain(*right).all(|sample| sample.abs() < 1e-4));
    assert!(quiet.count() >= 20, "something of the pause is on the disk");
}

#[test]
fn call_8_all_but_the_last_second_outlives_a_crash_and_the_next_start_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut agent, _caller) = talking(folder.path());
    talk_on(&mut agent, 3 * PACKETS);
    agent.kill();
    let recordings = folder.path().join("recordings");
    let torn = recorded(&recordings, ".part");
    assert!(torn.samples.len() / 2 >= 2 * 48_000, "{} samples", torn.samples.len() / 2);
    let settings = format!("[media.recording]\nfolder = {recordings:?}\n");
    let mut again = plain("agent").configured(&settings).args(["--auto-answer", "--control"]).start();
    assert_eq!(again.event("mended")["recordings"], 1);
    assert_eq!(recorded(&recordings, ".opus"), torn, "whole again, and nothing is lost");
}

#[test]
fn call_8_where_nothing_can_be_recorded_that_is_said_and_the_call_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("recordings"), "in the way").unwrap();
    let settings = format!("[media.recording]\nfolder = {:?}\n", folder.path().join("recordings"));
    let agent = plain("agent").configured(&settings);
    let mut agent = agent.args(["--mic", "none", "--auto-answer", "--control"]).start();
    let target = format!("sip:agent@{}", agent.address());
    let _caller = plain("caller").args(["--mic", "none", "--call", &target]).start();
    agent.event("connected");
    agent.tell("record");
    let detail = agent.event("error")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("not recorded") && !detail.contains("/"), "{detail}");
    talk_on(&mut agent, PACKETS);
    assert_eq!(agent.count("ended"), 0);
}
