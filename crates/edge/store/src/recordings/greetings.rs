//! The agent's greetings on disk (CALL-15): Ogg Opus in mono, one file each, named by the agent. All of it waits for the
//! disk.

use super::LARGEST;
use super::folder;
use sidetone_media::pcm::{BLOCK_SAMPLES, SAMPLE_RATE, SILENCE};
use sidetone_media::record::{Channels, Tape, length, trim};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// Good enough for a voice that is encoded once more on its way.
const BITRATE: u32 = 48_000;
/// More are not listed.
const MOST: usize = 200;
/// What one that was taken away ends in.
const ASIDE: &str = "gone";

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

    /// All there are, in the order of their names, and how long they are. What is no recording is left out.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    pub fn all(&self) -> io::Result<Vec<(String, Duration)>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries.take(MOST) {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if self.file(name).is_none_or(|file| file != path) {
                continue;
            }
            if let Ok(length) = length_of(&path) {
                all.push((name.to_owned(), length));
            }
        }
        all.sort();
        Ok(all)
    }

    /// Keeps what was spoken, mono at 48 kHz, in place of what was kept by this name. `false`: nothing was said, and nothing
    /// is kept.
    ///
    /// # Errors
    /// It is no name, or the disk does not take it.
    pub fn keep(&self, name: &str, spoken: &[f32]) -> io::Result<bool> {
        let file = self.known(name)?;
        if trim(spoken).is_empty() {
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

    /// Gives one another name.
    ///
    /// # Errors
    /// It is no name, is not there, the next name is taken, or the disk does not let it.
    pub fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.known(name)?, self.known(to)?);
        if to.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)
    }

    /// Takes one away; it can be brought back until the next one is taken away.
    ///
    /// # Errors
    /// It is no name, is not there, or the disk does not let it go.
    pub fn set_aside(&self, name: &str) -> io::Result<()> {
        let file = self.known(name)?;
        for entry in fs::read_dir(&self.folder)?.take(MOST) {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == ASIDE) {
                fs::remove_file(path)?;
            }
        }
        fs::rename(&file, file.with_extension(ASIDE))
    }

    /// Brings back what was taken away last.
    ///
    /// # Errors
    /// It is no name, was not the last one, its name is taken by now, or the disk does not let it.
    pub fn bring_back(&self, name: &str) -> io::Result<()> {
        let file = self.known(name)?;
        if file.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(file.with_extension(ASIDE), file)
    }

    fn known(&self, name: &str) -> io::Result<PathBuf> {
        self.file(name).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

fn length_of(path: &Path) -> io::Result<Duration> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    let samples = length(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Duration::from_micros(samples.saturating_mul(1_000) / (u64::from(SAMPLE_RATE) / 1_000)))
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
    fn call_15_a_greeting_is_kept_as_it_was_cut_and_says_how_long_it_is() {
        let place = tempfile::tempdir().unwrap();
        let folder = GreetingFolder::new(place.path().join("greetings"));
        assert_eq!(folder.all().unwrap(), []);
        assert!(folder.keep("Good morning", &spoken()[48_000..240_000]).unwrap());
        assert!(!folder.keep("Nothing", &[0.0; 96_000]).unwrap(), "nobody spoke");
        assert_eq!(folder.all().unwrap(), [("Good morning".to_owned(), Duration::from_secs(4))]);
        let kept = read_recording(&folder.file("Good morning").unwrap(), usize::MAX).unwrap();
        assert_eq!(kept.len(), 192_000);
        // What is no recording is not taken for one.
        fs::write(folder.file("Broken").unwrap(), "OggS").unwrap();
        assert_eq!(folder.all().unwrap().len(), 1);
    }

    #[test]
    fn call_15_a_greeting_is_renamed_removed_and_brought_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = GreetingFolder::new(place.path().to_owned());
        let names = || -> Vec<String> { folder.all().unwrap().into_iter().map(|(name, _)| name).collect() };
        for name in ["One", "Two"] {
            assert!(folder.keep(name, &spoken()).unwrap());
        }
        assert_eq!(folder.rename("One", "Two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(folder.rename("One", "../One").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        folder.rename("One", "Three").unwrap();
        folder.set_aside("Two").unwrap();
        assert_eq!(names(), ["Three"]);
        folder.bring_back("Two").unwrap();
        assert_eq!(names(), ["Three", "Two"]);
        folder.set_aside("Two").unwrap();
        folder.set_aside("Three").unwrap();
        assert!(folder.bring_back("Two").is_err(), "the last one alone");
        folder.bring_back("Three").unwrap();
        assert_eq!(names(), ["Three"]);
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
