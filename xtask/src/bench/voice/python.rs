//! PESQ is a package of Python's: it lives in an environment of its own below `target`, and is fetched once.

use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::process::Child;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// PESQ's reference implementation behind a thin door; G.722, which the speech comes in.
const PACKAGES: [&str; 3] = ["pesq==0.0.4", "G722==1.2.8", "numpy>=1.26"];

/// How long it may take to end when all is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// An environment in which `score.py` runs.
#[derive(Debug)]
pub(in crate::bench) struct Python {
    program: PathBuf,
}

impl Python {
    /// Makes it where it is not there yet.
    pub(in crate::bench) fn ensure(folder: &Path) -> Result<Self, Trouble> {
        let place = folder.join("venv");
        let python = Self { program: place.join("bin").join("python") };
        let (mark, wanted) = (place.join("packages"), PACKAGES.join("\n"));
        if fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
            return Ok(python);
        }
        console::step("PESQ, by Python's package index");
        fs::create_dir_all(folder)?;
        let made = run::all_of(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place));
        made.map_err(|it| it.with_remedy("Python 3 with venv is needed, in Debian python3-venv"))?;
        let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let fetched = run::all_of(Command::new(&python.program).args(words).args(PACKAGES));
        fetched.map_err(|it| {
            it.with_remedy(
                "without a ready-made package it takes a C compiler and Python's headers (python3-dev)",
            )
        })?;
        fs::write(mark, wanted)?;
        Ok(python)
    }

    fn script(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(run::root().join("xtask/src/bench/voice/score.py"));
        command
    }

    /// Cuts `seconds` out of a G.722 file, `from` the second given, to a WAV file at the level of speech.
    pub(super) fn speech(
        &self,
        source: &Path,
        (from, seconds): (f64, f64),
        target: &Path,
    ) -> Result<(), Trouble> {
        let span = [from.to_string(), seconds.to_string()];
        run::all_of(self.script().arg("speech").arg(source).args(span).arg(target))
    }

    /// Scores what is told as lines of JSON, and tells it again with its score.
    pub(in crate::bench) fn score(&self, lines: &str) -> Result<String, Trouble> {
        let mut command = self.script();
        command.arg("score").stdout(Stdio::piped());
        let (mut child, mut to) = Child::start_listening(&mut command)?;
        let mut from = child.take_stdout().ok_or_else(|| Trouble::new("the scores have no output"))?;
        let lines = lines.to_owned();
        // Written beside reading, so that no full pipe stops both.
        let writing = std::thread::spawn(move || to.write_all(lines.as_bytes()));
        let mut scored = String::new();
        from.read_to_string(&mut scored)?;
        let written = writing.join().map_err(|_| Trouble::new("the scores took no input"))?;
        match child.wait(PATIENCE)? {
            Some(status) if status.success() => written.map(|()| scored).map_err(Into::into),
            _ => Err(Trouble::new("PESQ failed: what it said is above")),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use sidetone_lab::ears::Recording;

    /// It fetches packages, so it only runs where they were fetched before: by the command itself.
    #[test]
    fn the_same_sound_scores_the_most_there_is_and_silence_the_least() {
        let folder = super::super::folder();
        if !folder.join("venv/packages").exists() {
            return;
        }
        let python = Python::ensure(&folder).unwrap();
        let place = tempfile::tempdir().unwrap();
        let (sound, silence) = (place.path().join("sound.wav"), place.path().join("silence.wav"));
        let speech = Recording::load(&run::root().join("assets/speech/customer-billing.wav")).unwrap();
        speech.save(&sound).unwrap();
        Recording { samples: vec![0.0; speech.samples.len()], ..speech }.save(&silence).unwrap();
        let line = |degraded: &Path| json!({"reference": sound, "degraded": degraded}).to_string() + "\n";
        let scored = python.score(&(line(&sound) + &line(&silence))).unwrap();
        let scores: Vec<f64> = scored
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64())
            .collect();
        assert!(scores.len() == 2 && (scores[0] - 4.64).abs() < 0.01 && scores[1] < 1.2, "{scores:?}");
    }
}
