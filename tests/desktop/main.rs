//! The real window, on a virtual display with a virtual headset, driven like a person drives it. `cargo xtask test` builds
//! the program first; alone, run `cargo build -p sidetone --features custom-protocol` before.

// Clippy spares test functions only; what they are told with may fail as loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod a_crash;
mod a_machine_without_sound;
mod a_second_start;
mod a_whole_call;
mod own_recordings;
mod the_desk_without_a_call;

use sidetone_lab::agent::Agent;
use sidetone_lab::ears::Recording;
use sidetone_lab::stage::{CONFIGURATION, Stage, StageError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One window at a time: what is said and heard must flow in real time, which four windows at once on two processors
/// do not.
static TURN: Mutex<()> = Mutex::new(());

/// A stage, and the folder that goes with it.
pub(crate) struct Desk {
    pub(crate) stage: Stage,
    folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    /// The window, opened for the first time.
    pub(crate) fn opened() -> Self {
        Self::set(|_| {}, Stage::set)
    }

    /// The window, opened for the first time with a configuration.
    pub(crate) fn configured(toml: &str) -> Self {
        Self::set(|folder| std::fs::write(folder.join(CONFIGURATION), toml).unwrap(), Stage::set)
    }

    /// The window, opened for the first time on a machine that has no sound.
    pub(crate) fn opened_without_sound() -> Self {
        Self::set(|_| {}, Stage::set_without_sound)
    }

    fn set(
        prepare: impl FnOnce(&Path),
        open: impl FnOnce(&Path, &Path) -> Result<Stage, StageError>,
    ) -> Self {
        // A story that failed has left nothing behind that the next one could trip over.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let stage = open(&program(), folder.path()).unwrap();
        Self { stage, folder, _turn: turn }
    }

    /// Somebody at the desk.
    pub(crate) fn agent(&self) -> Agent<'_> {
        Agent::new(self.stage.window().unwrap(), |step| eprintln!("the agent {step}"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What the screen showed and the program said is all that is left to go by.
            let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/desktop-failed");
            let _ = std::fs::create_dir_all(&kept);
            let _ = self.stage.picture("failed.png");
            for name in ["failed.png", "window.log", "events.jsonl"] {
                let _ = std::fs::copy(self.folder.path().join(name), kept.join(name));
            }
            eprintln!("screen, log and events are in out/desktop-failed");
        }
    }
}

fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let program = target.join("debug/sidetone");
    assert!(program.exists(), "build the window first: cargo build -p sidetone --features custom-protocol");
    program
}

/// Every recorded sentence of `who`, with its name.
pub(crate) fn speech(who: &str) -> Vec<(PathBuf, Recording)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/speech");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(who) && name.ends_with(".wav")
    });
    files.sort();
    assert!(!files.is_empty(), "no speech of the {who}");
    files.into_iter().map(|file| (file.clone(), Recording::load(&file).unwrap())).collect()
}
