//! Looks at and listens to the sound system from the command line: for support, and for this room's tests, which
//! run it as a child because a sound daemon is chosen by the environment of the whole process.
//!
//! ```text
//! sound-probe devices
//! sound-probe run [--from CHOICE] [--to CHOICE] [--ring CHOICE] [--seconds N]
//! sound-probe test CHOICE
//! ```
//! `CHOICE` is `default`, `silence`, `file:PATH`, `loop:PATH`, or a device's id as `devices` prints it. `run` carries
//! sound from one to the other as a call's media thread does, and prints an event a line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sidetone_audio::{Capture, Choice, DeviceId, Event, Kind, Playback, Ringer, Sound, devices, play_test};

/// How often the media thread looks.
const TICK: Duration = Duration::from_millis(2);
/// The most that may wait to be played: two blocks, and one being played.
const QUEUE: usize = 3 * 480;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("devices") => list(),
        Some("run") => run(&words),
        Some("test") => return test(words.get(1).map_or("default", String::as_str)),
        Some(_) | None => {
            eprintln!(
                "usage: sound-probe devices | run [--from C] [--to C] [--ring C] [--seconds N] | test C"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn choice(word: &str) -> Choice {
    match word.split_once(':') {
        Some(("file", path)) => Choice::File(PathBuf::from(path)),
        Some(("loop", path)) => Choice::Loop(PathBuf::from(path)),
        Some(_) => Choice::Device(DeviceId(word.to_owned())),
        None if word == "silence" => Choice::Silence,
        None => Choice::Default,
    }
}

fn option<'a>(words: &'a [String], name: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1).map(String::as_str)
}

/// A device a line: kind, id, name, and whether it is the default, with tabs between.
fn list() {
    let start = Instant::now();
    for device in devices() {
        let kind = match device.kind {
            Kind::Input => "input",
            Kind::Output => "output",
        };
        let default = if device.is_default { "default" } else { "-" };
        println!("{kind}\t{}\t{}\t{default}", device.id.0, device.name);
    }
    println!("took {} ms", start.elapsed().as_millis());
}

fn test(word: &str) -> ExitCode {
    match play_test(&choice(word), 1.0).recv() {
        Ok(Ok(())) => {
            println!("played");
            ExitCode::SUCCESS
        }
        Ok(Err(trouble)) => {
            println!("failed {trouble:?}");
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(words: &[String]) {
    let seconds = option(words, "--seconds").and_then(|number| number.parse().ok()).unwrap_or(3600.0);
    let mut capture = Capture::open(&option(words, "--from").map_or(Choice::Silence, choice));
    let mut playback = Playback::open(&option(words, "--to").map_or(Choice::Silence, choice));
    let ringer = option(words, "--ring").map(|word| Ringer::new(&choice(word)));
    if let Some(ringer) = &ringer {
        ringer.start(Sound::Peaceful, 1.0);
    }
    let start = Instant::now();
    let mut report_at = start + Duration::from_secs(1);
    let mut carried = Carried::default();
    while start.elapsed().as_secs_f64() < seconds {
        carried.carry(&mut capture, &mut playback);
        tell("capture", std::iter::from_fn(|| capture.poll_event()));
        tell("playback", std::iter::from_fn(|| playback.poll_event()));
        tell("ringer", std::iter::from_fn(|| ringer.as_ref()?.poll_event()));
        if Instant::now() >= report_at {
            report_at += Duration::from_secs(1);
            carried.report(&capture, &playback);
        }
        std::thread::sleep(TICK);
    }
    let closing = Instant::now();
    drop((capture, playback, ringer));
    println!("closed in {} ms", closing.elapsed().as_millis());
}

/// Prints the events of `who`.
fn tell(who: &str, events: impl Iterator<Item = Event>) {
    for event in events {
        match event {
            Event::Opened { device } => println!("{who} opened {device}"),
            Event::Moved => println!("{who} moved"),
            Event::Stopped(trouble) => println!("{who} stopped {trouble:?}"),
        }
    }
}

#[derive(Default)]
struct Carried {
    blocks: u64,
    skipped: u64,
    most_queued: usize,
}

impl Carried {
    fn carry(&mut self, capture: &mut Capture, playback: &mut Playback) {
        let mut block = [0.0; 480];
        while capture.read(&mut block) {
            self.blocks += 1;
            if playback.queued() > QUEUE || !playback.write(&block) {
                self.skipped += 1;
            }
            self.most_queued = self.most_queued.max(playback.queued());
        }
    }

    fn report(&mut self, capture: &Capture, playback: &Playback) {
        let (from, to) = (capture.counters(), playback.counters());
        println!(
            "status blocks={} skipped={} queued={} dropped={} underrun={} xruns={} cpu_ms={}",
            self.blocks,
            self.skipped,
            self.most_queued,
            from.dropped,
            to.underrun,
            from.xruns + to.xruns,
            cpu_ms()
        );
        self.most_queued = 0;
    }
}

/// Processor time of this process: user and system, in ticks of 10 ms on every Linux of today.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}
