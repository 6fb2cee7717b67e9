//! The proof that a call carried speech: what each side heard, held against what the other side said.

use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::ears::{self, Recording};
use std::fs;
use std::path::{Path, PathBuf};

/// Recorded speech with its name.
pub(super) struct Speech {
    pub(super) name: String,
    pub(super) file: PathBuf,
    sound: Recording,
}

/// What the project's `assets/speech` holds that begins with `who`, in the order of names.
pub(super) fn speeches(who: &str) -> Result<Vec<Speech>, Trouble> {
    let mut speeches = Vec::new();
    for file in wav_files(&run::root().join("assets/speech"))? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(who) {
            speeches.push(Speech { name, sound: Recording::load(&file)?, file });
        }
    }
    if speeches.is_empty() {
        return Err(Trouble::new(format!("assets/speech holds nothing of the {who}")));
    }
    Ok(speeches)
}

/// Whether any of `said` can be heard in `heard`.
pub(super) fn any_heard(said: &[Speech], heard: &Recording) -> bool {
    said.iter().any(|speech| ears::carries_words(&speech.sound, heard))
}

/// Says how `heard` compares with each of `said`; fails when it carries the words of none.
pub(super) fn judge(listener: &str, said: &[Speech], heard: &Recording) -> Result<(), Trouble> {
    let best = said.iter().map(|speech| (speech, ears::correlate(&speech.sound, heard)));
    let best = best.max_by(|(_, one), (_, other)| one.score.total_cmp(&other.score));
    let Some((speech, how)) = best else { return Err(Trouble::new("nothing was said")) };
    let carried = ears::carries_words(&speech.sound, heard);
    let verdict = if carried { "heard" } else { "did NOT hear" };
    console::note(&format!(
        "{listener} {verdict} {} (score {:.2}, level {:.0} dBFS)",
        speech.name,
        how.score,
        heard.level_dbfs()
    ));
    if carried { Ok(()) } else { Err(Trouble::new(format!("{listener} heard no speech of the other side"))) }
}

/// What the customers heard, one recording each.
pub(super) fn customers_heard(folder: &Path) -> Result<Vec<Recording>, Trouble> {
    let files = wav_files(folder)?;
    if files.is_empty() {
        return Err(Trouble::new(format!("the practice exchange left no recording in {}", folder.display())));
    }
    files.iter().map(|file| Recording::load(file).map_err(Trouble::from)).collect()
}

fn wav_files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries =
        fs::read_dir(folder).map_err(|error| Trouble::new(format!("{}: {error}", folder.display())))?;
    let files = entries.filter_map(|entry| entry.ok().map(|it| it.path()));
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "wav")).collect();
    files.sort();
    Ok(files)
}
