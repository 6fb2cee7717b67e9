//! The agent's greetings on disk (CALL-15): Ogg Opus in mono, one file each, named by the agent. All of it waits for the
//! disk.

use super::folder;
use sidetone_media::pcm::{BLOCK_SAMPLES, SILENCE};
use sidetone_media::record::{Channels, Tape, trim};
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

/// Good enough for a voice that is encoded once more on its way.
const BITRATE: u32 = 48_000;
/// More are not listed.
const MOST: usize = 200;

/// Where greetings are.
#[derive(Debug, Clone)]
pub struct GreetingFolder {
    folder: PathBuf,
}

impl GreetingFolder {
    /// This folder. Nothing is touched yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> GreetingFolder {
        GreetingFolder { folder }
    }

    /// The file of the greeting by this name, whether it is there or not; `None` where it is no name: one to 64 letters,
    /// digits, spaces and dashes, and no space at either end.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let fits = |c: char| c.is_alphanumeric() || c == ' ' || c == '-';
        let is_name =
            (1..=64).contains(&name.chars().count()) && name.trim() == name && name.chars().all(fits);
        is_name.then(|| self.folder.join(format!("{name}.{}", folder::WHOLE)))
    }

    /// The names of all there are, in order.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries.take(MOST) {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if self.file(name).is_some_and(|file| file == path) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Keeps what was spoken, mono at 48 kHz, without the silence at both ends, in place of what was kept by this name.
    /// `false`: nothing was said, and nothing is kept.
    ///
    /// # Errors
    /// It is no name, or the disk does not take it.
    pub fn keep(&self, name: &str, spoken: &[f32]) -> io::Result<bool> {
        let file = self.file(name).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let spoken = spoken.get(trim(spoken)).unwrap_or_default();
        if spoken.is_empty() {
            return Ok(false);
        }
        folder::make(&self.folder)?;
        let beside = file.with_extension("new");
        let mut whole = folder::options().create(true).truncate(true).open(&beside)?;
        whole.write_all(&encode(spoken).ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?)?;
        whole.sync_all()?;
        fs::rename(&beside, &file)?;
        Ok(true)
    }

    /// Forgets one.
    ///
    /// # Errors
    /// It is no name, is not there, or the disk does not let it go.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.file(name).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?)
    }
}

fn encode(spoken: &[f32]) -> Option<Vec<u8>> {
    let mut tape = Tape::new(Channels::Mono, BITRATE, 1)?;
    let mut file = Vec::new();
    tape.begin(&mut file);
    for (at, part) in (0..).zip(spoken.chunks(BLOCK_SAMPLES)) {
        let mut block = SILENCE;
        block.iter_mut().zip(part).for_each(|(sample, spoken)| *sample = *spoken);
        tape.write(at, &block, &SILENCE, &mut file);
    }
    tape.end(0, &mut file);
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::super::read_recording;
    use super::*;

    fn spoken() -> Vec<f32> {
        let silence = |seconds: usize| std::iter::repeat_n(0.0, seconds * 48_000);
        let voice = (0..96_000).map(|n| 0.3 * (n as f32 * 0.03).sin());
        silence(2).chain(voice).chain(silence(3)).collect()
    }

    #[test]
    fn call_15_a_greeting_is_kept_trimmed_and_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let folder = GreetingFolder::new(place.path().join("greetings"));
        assert_eq!(folder.names().unwrap(), Vec::<String>::new());
        assert!(folder.keep("Good morning", &spoken()).unwrap());
        assert!(!folder.keep("Nothing", &[0.0; 96_000]).unwrap(), "nobody spoke");
        assert_eq!(folder.names().unwrap(), ["Good morning"]);
        let kept = read_recording(&folder.file("Good morning").unwrap(), usize::MAX).unwrap();
        // Two seconds of voice, and 150 ms on either side.
        assert!(kept.len().abs_diff(96_000 + 14_400) <= 2 * BLOCK_SAMPLES, "{} samples", kept.len());
        folder.remove("Good morning").unwrap();
        assert!(folder.names().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_name_leads_nowhere_else() {
        let folder = GreetingFolder::new(PathBuf::from("/nowhere"));
        for name in ["", " a", "../etc/passwd", "a/b", "a.b", &"x".repeat(65)] {
            assert_eq!(folder.file(name), None, "{name}");
        }
        assert!(folder.file("Grüezi 2").is_some());
    }
}
