//! The folder: names for new files, and what a crash left behind.

use super::writer::{self, Recording, RecordingEvent, RecordingTrouble};
use sidetone_media::record::{Mending, mend};
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(super) const WHOLE: &str = "opus";
const PART: &str = "part";
/// Longer than any recording: 18 hours at 64 kbit/s. What is longer is left as it is.
const LARGEST: u64 = 512 * 1024 * 1024;
/// More are not mended in one start.
const MOST: usize = 1_000;
/// Who has made a file has locked it by then.
const MAKING: Duration = Duration::from_secs(60);

/// Where recordings are written.
#[derive(Debug, Clone)]
pub struct RecordingFolder {
    folder: PathBuf,
    bitrate: u32,
    running: Arc<AtomicUsize>,
}

impl RecordingFolder {
    /// This folder, and so many bit/s. Nothing is touched yet.
    #[must_use]
    pub fn new(folder: PathBuf, bitrate: u32) -> RecordingFolder {
        RecordingFolder { folder, bitrate, running: Arc::default() }
    }

    /// Begins a recording. What becomes of it is told, from a thread of its own: also that there is no folder for it.
    /// Never waits. `random` must be another one for every recording.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn begin(
        &self,
        random: u32,
        tell: impl Fn(RecordingEvent) + Send + 'static,
    ) -> io::Result<Recording> {
        let (folder, name) = (self.folder.clone(), format!("{}-{random:08x}", utc(SystemTime::now())));
        let running = Arc::clone(&self.running);
        running.fetch_add(1, Ordering::AcqRel);
        let told = move |event| {
            match event {
                RecordingEvent::Ended(_) | RecordingEvent::Failed(_) => {
                    running.fetch_sub(1, Ordering::AcqRel);
                }
                RecordingEvent::Begun | RecordingEvent::Lost(_) => {}
            }
            tell(event);
        };
        writer::start(random, self.bitrate, told, move || create(&folder, &name)).inspect_err(|_| {
            self.running.fetch_sub(1, Ordering::AcqRel);
        })
    }

    /// Whether nothing is being recorded: every file is whole, or never will be.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.load(Ordering::Acquire) == 0
    }

    /// Mends what a crash left behind; gives how many recordings that were. Those that somebody else is writing are left
    /// alone. Waits for the disk.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    pub fn mend(&self) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut mended = 0;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        for name in names.filter(|name| is_cut_off(name)).take(MOST) {
            match mend_file(&self.folder.join(name)) {
                Ok(true) => mended += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a recording that was cut off could not be mended"),
            }
        }
        Ok(mended)
    }
}

/// `20261121T150405Z-0123abcd.opus.part`, as we name them, and nobody else's: the folder may be anybody's.
fn is_cut_off(name: &str) -> bool {
    let Some(name) = name.strip_suffix(&format!(".{WHOLE}.{PART}")) else { return false };
    let Some((time, random)) = name.split_once('-') else { return false };
    let is_time = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    let is_random = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    time.len() == 16
        && time.bytes().enumerate().all(is_time)
        && random.len() == 8
        && random.bytes().all(is_random)
}

fn create(folder: &Path, name: &str) -> Result<(File, PathBuf), RecordingTrouble> {
    make(folder).map_err(|_| RecordingTrouble::Folder)?;
    let path = folder.join(format!("{name}.{WHOLE}.{PART}"));
    let file =
        options().create_new(true).open(&path).map_err(|error| match RecordingTrouble::of(&error) {
            RecordingTrouble::Full => RecordingTrouble::Full,
            _ => RecordingTrouble::Folder,
        })?;
    // Whoever mends leaves it alone. A file system without locks has no second phone on it either.
    let _ = file.try_lock();
    Ok((file, path))
}

/// The folder, where there is none, for its owner alone. One that is there is the admin's: its rights stay.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// To write a file that its owner alone can read.
pub(super) fn options() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn mend_file(path: &Path) -> io::Result<bool> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let about = file.metadata()?;
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || about.len() > LARGEST {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    (&file).take(LARGEST).read_to_end(&mut bytes)?;
    match mend(&bytes) {
        Mending::Empty => {
            let age = about.modified()?.elapsed().unwrap_or_default();
            if age > MAKING {
                fs::remove_file(path)?;
            }
            return Ok(false);
        }
        Mending::Nothing => {}
        Mending::LastPage { at, page } => {
            file.seek(SeekFrom::Start(at as u64))?;
            file.write_all(&page)?;
            file.set_len((at + page.len()) as u64)?;
            file.sync_all()?;
        }
    }
    fs::rename(path, path.with_extension(""))?;
    Ok(true)
}

/// `20261121T150405Z`.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn our_own_names_are_told_from_those_of_others() {
        let random = 0x0012_abcd;
        let ours = format!("{}-{random:08x}.opus.part", utc(SystemTime::now()));
        assert!(is_cut_off(&ours), "{ours}");
        let whole = ours.trim_end_matches(".part");
        for others in ["invoice.pdf.part", "song.opus.part", "2026-1.opus.part", whole, &ours[1..], ""] {
            assert!(!is_cut_off(others), "{others}");
        }
    }

    #[test]
    fn a_time_is_written_as_every_calendar_does() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_400, "20000229T000000Z"),
            (1_709_251_199, "20240229T235959Z"),
            (1_795_275_790, "20261121T154310Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
