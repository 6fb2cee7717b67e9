//! What the device tests share: a probe of this room, run as a child on a virtual rig, and what it says.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::expect_used, clippy::panic, reason = "only tests use it")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sidetone_lab::ears::{Recording, correlate};
use sidetone_lab::headset::{Daemon, SoundRig};
use sidetone_lab::process::{Child, output_of};
use sidetone_lab::recorder::Recorder;

pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn speech(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../assets/speech").join(name)
}

pub fn spoken(name: &str) -> Recording {
    Recording::load(&speech(name)).expect("speech of the house")
}

/// Waits until all of `said` is heard. To compare costs more than to play, so first it waits for its length.
pub fn hears(recorder: &Recorder, said: &Recording) -> bool {
    recorder.wait_until(PATIENCE, |so_far| {
        so_far.samples.len() / so_far.rate as usize >= said.samples.len() / said.rate as usize
            && correlate(said, so_far).covered > 0.97
    })
}

/// The id by which this room names a device of the rig.
pub fn id(rig: &SoundRig, name: &str) -> String {
    match rig.daemon() {
        Daemon::PulseAudio => format!("pulseaudio:{name}"),
        Daemon::PipeWire => format!("pipewire:{name}"),
        Daemon::None => panic!("a rig without a daemon has no devices"),
    }
}

fn command(rig: &SoundRig) -> Command {
    let mut command = rig.command(env!("CARGO_BIN_EXE_sound-probe"));
    command.env_remove("SIDETONE_SOUND");
    command
}

/// What `sound-probe devices` prints, a line each.
pub fn device_lines(rig: &SoundRig) -> Vec<String> {
    let printed = output_of(command(rig).arg("devices")).expect("the probe lists");
    printed.lines().map(str::to_owned).collect()
}

/// A running probe.
pub struct Probe {
    lines: Receiver<String>,
    seen: Vec<String>,
    child: Child,
}

impl Probe {
    pub fn start(rig: &SoundRig, words: &[&str]) -> Self {
        let mut command = command(rig);
        command.args(words).stdout(Stdio::piped());
        Self::spawn(command)
    }

    pub fn spawn(mut command: Command) -> Self {
        let mut child = Child::start(command.stdout(Stdio::piped())).expect("the probe starts");
        let pipe = child.take_stdout().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, seen: Vec::new(), child }
    }

    /// Waits for a line that begins so, and gives it.
    pub fn expect(&mut self, beginning: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.starts_with(beginning) {
                        return line;
                    }
                }
                Err(_) => panic!("no line {beginning:?} among {:#?}", self.seen),
            }
        }
    }

    /// Waits for lines that begin so, in any order.
    pub fn expect_all(&mut self, beginnings: &[&str]) {
        let mut left = beginnings.to_vec();
        while !left.is_empty() {
            let line = self.expect("");
            left.retain(|beginning| !line.starts_with(beginning));
        }
    }

    /// Every line until now.
    pub fn said(&mut self) -> &[String] {
        self.seen.extend(self.lines.try_iter());
        &self.seen
    }

    pub fn ended(&mut self) -> bool {
        self.child.wait(PATIENCE).expect("the system says").is_some()
    }
}

/// One story at a time: to compare recordings takes all the machine has, and tears the sound of another.
static STAGE: Mutex<()> = Mutex::new(());

/// Runs `story` on both daemons at once.
pub fn on_both(story: impl Fn(SoundRig) + Sync) {
    let _alone = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        let pipewire = scope.spawn(|| story(SoundRig::pipewire().expect("a PipeWire rig")));
        story(SoundRig::pulse().expect("a PulseAudio rig"));
        pipewire.join().expect("the story goes well on PipeWire");
    });
}
