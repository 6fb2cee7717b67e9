//! Recordings as other people's programs see them, and what is left of them after a crash.
#![allow(clippy::unwrap_used, clippy::panic)]

use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use sidetone_media::record::read;
use sidetone_store::{Recording, RecordingEvent, RecordingFolder, RecordingTrouble};
use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

fn tone(hertz: f32, at: u64) -> Block {
    let from = at as usize * BLOCK_SAMPLES;
    std::array::from_fn(|n| 0.3 * ((from + n) as f32 * hertz * TAU / 48_000.0).sin())
}

fn begin(folder: &Path) -> (Recording, Receiver<RecordingEvent>) {
    let (told, events) = channel();
    let folder = RecordingFolder::new(folder.to_owned(), 64_000);
    let recording = folder.begin(7, move |event| drop(told.send(event))).unwrap();
    assert_eq!(events.recv_timeout(SOON), Ok(RecordingEvent::Begun));
    (recording, events)
}

/// Both sides of a DTMF key: 697 and 1209 Hz.
fn key(at: u64) -> Block {
    let (low, high) = (tone(697.0, at), tone(1_209.0, at));
    std::array::from_fn(|n| low[n] + high[n])
}

fn power_at(samples: &[f32], hertz: f32) -> f32 {
    let (re, im) = samples.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
        let phase = n as f32 * hertz * TAU / 48_000.0;
        (re + sample * phase.cos(), im + sample * phase.sin())
    });
    20.0 * (2.0 * f32::hypot(re, im) / samples.len() as f32).max(1e-6).log10()
}

/// The file that ends in this.
fn file(folder: &Path, ending: &str) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().ends_with(ending)).max().unwrap()
}

fn opus_tool(name: &str, arguments: &[&Path]) -> String {
    let output =
        Command::new(name).args(arguments).output().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn other_programs_read_a_recording_and_find_nothing_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, events) = begin(folder.path());
    (0..310).for_each(|at| recording.write(at, &tone(500.0, at), &tone(900.0, at)));
    recording.pass(350);
    drop(recording);
    let Ok(RecordingEvent::Ended(name)) = events.recv_timeout(SOON) else { panic!("it did not end") };
    let path = folder.path().join(&name);
    assert!(
        name.ends_with("Z-00000007.opus") && name.len() == "20261121T150405Z-00000007.opus".len(),
        "{name}"
    );
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777,
        0o600
    );
    let info = opus_tool("opusinfo", &[&path]);
    assert!(info.contains("Playback length: 0m:03.500s") && info.contains("left: agent"), "{info}");
    assert!(!info.to_lowercase().contains("warning"), "{info}");
    let wav = folder.path().join("decoded.wav");
    opus_tool("opusdec", &[&path, &wav]);
    let decoded = fs::read(&wav).unwrap();
    // The header, and 3.5 s of two sides in 16 bits.
    assert!(decoded.len().abs_diff(350 * BLOCK_SAMPLES * 4) < 200, "{} bytes", decoded.len());
}

#[test]
fn call_8_nothing_of_a_pause_is_on_the_disk_and_its_time_is_silence() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, events) = begin(folder.path());
    // What is not to be recorded is never handed over: that the phone sees to. Here: no side of it seeps in.
    (0..100).for_each(|at| recording.write(at, &tone(500.0, at), &key(at)));
    (100..300).for_each(|at| recording.pass(at));
    (300..400).for_each(|at| recording.write(at, &tone(500.0, at), &SILENCE));
    drop(recording);
    assert!(matches!(events.recv_timeout(SOON), Ok(RecordingEvent::Ended(_))));
    let sound = read(&fs::read(file(folder.path(), ".opus")).unwrap(), usize::MAX).unwrap();
    let (left, right) = (sound.channel(0), sound.channel(1));
    let part = |samples: &'_ [f32], from: usize, to: usize| {
        samples[from * BLOCK_SAMPLES..to * BLOCK_SAMPLES].to_vec()
    };
    assert!(
        power_at(&part(&right, 10, 90), 697.0) > -15.0 && power_at(&part(&right, 10, 90), 1_209.0) > -15.0
    );
    for hertz in [697.0, 1_209.0, 500.0] {
        assert!(
            power_at(&part(&right, 105, 295), hertz) < -80.0
                && power_at(&part(&left, 105, 295), hertz) < -80.0
        );
    }
    assert!(power_at(&part(&left, 305, 395), 500.0) > -15.0, "it goes on at its time");
}

#[test]
fn a_folder_that_cannot_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("file");
    fs::write(&place, "").unwrap();
    let (told, events) = channel();
    let folder = RecordingFolder::new(place.join("recordings"), 64_000);
    let mut recording = folder.begin(1, move |event| drop(told.send(event))).unwrap();
    assert_eq!(events.recv_timeout(SOON), Ok(RecordingEvent::Failed(RecordingTrouble::Folder)));
    (0..1_000).for_each(|at| recording.write(at, &SILENCE, &SILENCE));
}

const WRITES: &str = "SIDETONE_TEST_WRITES_TO";

/// Not a test by itself: what the one below starts and kills. Speaks in real time, and says how far it is.
#[test]
fn writer_that_is_killed() {
    let Some(folder) = std::env::var_os(WRITES) else { return };
    let (mut recording, _events) = begin(Path::new(&folder));
    let begun = Instant::now();
    let (never, nothing) = channel::<()>();
    for at in 0..60_000 {
        let due = begun + Duration::from_millis(10 * at);
        let _ = nothing.recv_timeout(due.saturating_duration_since(Instant::now()));
        recording.write(at, &tone(500.0, at), &tone(900.0, at));
        fs::write(Path::new(&folder).join("said"), at.to_string()).unwrap();
    }
    drop(never);
}

#[test]
fn all_but_the_last_second_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_that_is_killed"])
        .env(WRITES, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(folder.path().join("said")).ok()?.parse::<usize>().ok();
    let deadline = Instant::now() + SOON;
    while said().is_none_or(|said| said < 350) {
        assert!(Instant::now() < deadline, "it speaks too slowly: {:?}", said());
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let said = said().unwrap();
    let torn = file(folder.path(), ".part");
    let before = read(&fs::read(&torn).unwrap(), usize::MAX).unwrap();
    let kept = before.samples.len() / 2 / BLOCK_SAMPLES;
    assert!(said - kept <= 100, "{kept} of {said} blocks are left");
    // And what a power cut may do beside: half a page.
    let bytes = fs::read(&torn).unwrap();
    fs::write(&torn, &bytes[..bytes.len() - 100]).unwrap();
    assert_eq!(RecordingFolder::new(folder.path().to_owned(), 64_000).mend().unwrap(), 1);
    let mended = file(folder.path(), ".opus");
    let info = opus_tool("opusinfo", &[&mended]);
    assert!(!info.to_lowercase().contains("warning"), "{info}");
    assert!(read(&fs::read(mended).unwrap(), usize::MAX).unwrap().samples.len() > 2 * 200 * BLOCK_SAMPLES);
}

#[test]
fn files_of_other_programs_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = ["thesis.pdf.part", "song.opus.part"].map(|name| folder.path().join(name));
    theirs.iter().for_each(|path| fs::write(path, "half of a download").unwrap());
    assert_eq!(RecordingFolder::new(folder.path().to_owned(), 64_000).mend().unwrap(), 0);
    theirs.iter().for_each(|path| assert_eq!(fs::read(path).unwrap(), b"half of a download"));
}

#[test]
fn what_somebody_else_still_writes_is_not_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, _events) = begin(folder.path());
    assert_eq!(RecordingFolder::new(folder.path().to_owned(), 64_000).mend().unwrap(), 0);
    file(folder.path(), ".part");
    drop(recording);
}
