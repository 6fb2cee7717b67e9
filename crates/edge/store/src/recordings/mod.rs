//! Recordings on disk: Ogg Opus, the agent left and the others right, one file each, written by a thread of its own, so
//! that nobody waits for the disk.
//!
//! A file is named by the time it was begun, in UTC, and a number at random: no name and no number of anybody. While it
//! is written it is `NAME.opus.part`, readable by its owner only, on the disk to within a second whatever happens; whole,
//! it is `NAME.opus`. What a crash leaves behind is mended at the next start. How long recordings are kept, and where
//! they go, is the admin's business.

mod folder;
mod greetings;
mod writer;

pub use folder::RecordingFolder;
pub use greetings::GreetingFolder;
pub use writer::{Recording, RecordingEvent, RecordingTrouble};

use sidetone_media::record::read;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Larger than any announcement.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The sound of an Ogg Opus file, both sides in one, mono at 48 kHz; of a longer one the beginning. Waits for the disk.
///
/// # Errors
/// It cannot be read, or is no such file.
pub fn read_recording(path: &Path, most_samples: usize) -> io::Result<Vec<f32>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    let sound = read(&bytes, most_samples);
    sound.map(|sound| sound.mono()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
