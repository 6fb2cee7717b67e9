//! What is said in one call: two recordings, of a woman and of a man, one after the other, as sound and as the packets that
//! plain libopus makes of it.

use super::folder;
use super::speech::LEAD_IN_SECONDS;
use crate::console::Trouble;
use crate::run;
use serde_json::json;
use sidetone_lab::ears::{self, Recording};
use sidetone_lab::packets::{self, Packet};
use sidetone_lab::process;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What PESQ takes, and what the recordings have.
const SCORED_RATE: u32 = 16_000;
/// What sound devices take.
const SPOKEN_RATE: u32 = 48_000;

/// What is said in one call, and what of it is scored.
pub(super) struct Programme {
    /// At the rate of the devices.
    pub(super) file: PathBuf,
    pub(super) seconds: f64,
    parts: Vec<Part>,
}

/// A recording without its lead-in.
struct Part {
    name: String,
    sound: Recording,
    file: PathBuf,
}

impl Programme {
    /// Each takes two recordings: the first with its lead-in, the second without.
    pub(super) fn all(speech: &[PathBuf]) -> Result<Vec<Self>, Trouble> {
        speech.chunks_exact(2).enumerate().map(|(number, files)| Self::of(number, files)).collect()
    }

    fn of(number: usize, files: &[PathBuf]) -> Result<Self, Trouble> {
        let place = folder().join("programmes");
        fs::create_dir_all(&place)?;
        let mut said = Recording { samples: Vec::new(), rate: SCORED_RATE };
        let mut parts = Vec::new();
        for file in files {
            let whole = Recording::load(file)?.at_rate(SCORED_RATE);
            let lead_in = (LEAD_IN_SECONDS * f64::from(SCORED_RATE)) as usize;
            let (before, scored) = whole.samples.split_at(lead_in.min(whole.samples.len()));
            if parts.is_empty() {
                said.samples.extend(before);
            }
            said.samples.extend(scored);
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let sound = Recording { samples: scored.to_vec(), rate: SCORED_RATE };
            let file = place.join(format!("{name}.wav"));
            sound.save(&file)?;
            parts.push(Part { name, sound, file });
        }
        let file = place.join(format!("{number}.wav"));
        let seconds = said.samples.len() as f64 / f64::from(SCORED_RATE);
        said.at_rate(SPOKEN_RATE).save(&file)?;
        Ok(Self { file, seconds, parts })
    }

    /// What a sender makes of it.
    pub(super) fn packets(&self, expected_loss: u8) -> Result<Vec<Packet>, Trouble> {
        let place = self.file.with_extension("packets");
        let mut command = listening("encode");
        command.arg("--speech").arg(&self.file).arg("--packets").arg(&place);
        process::output_of(command.args(["--expected-loss", &expected_loss.to_string()]))?;
        Ok(packets::load(&place)?)
    }

    /// Lines for `score.py`: each part as it is to be found in `heard`, which is kept under `name`.
    pub(super) fn lines(&self, heard: &Recording, name: &str, who: &str) -> Result<String, Trouble> {
        let place = folder().join("calls");
        fs::create_dir_all(&place)?;
        let heard = heard.at_rate(SCORED_RATE);
        heard.save(&place.join(format!("{name}.{who}.wav")))?;
        let mut lines = String::new();
        for part in &self.parts {
            let found = ears::cut(&part.sound, &heard);
            let file = place.join(format!("{name}.{}.{who}.wav", part.name));
            found.save(&file)?;
            let line = json!({ "who": who, "what": name, "speech": part.name, "reference": part.file, "degraded": file });
            lines += &format!("{line}\n");
        }
        Ok(lines)
    }
}

/// Packets to sound, as if each that ever came had been there in time.
pub(super) fn decoded(stream: &[Packet], codec: &str) -> Result<Recording, Trouble> {
    let place = tempfile::tempdir()?;
    let (from, to) = (place.path().join("packets"), place.path().join("sound.wav"));
    packets::save(stream, &from)?;
    decode(&from, codec, &to)
}

fn decode(from: &Path, codec: &str, to: &Path) -> Result<Recording, Trouble> {
    let mut command = listening("decode");
    command.arg("--packets").arg(from).arg("--sound").arg(to).args(["--codec", codec]);
    process::output_of(&mut command)?;
    Ok(Recording::load(to)?)
}

fn listening(task: &str) -> Command {
    let mut command = Command::new(run::built("sidetone-listening"));
    command.arg(task);
    command
}
