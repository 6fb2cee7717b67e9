//! One recording's thread: takes what is spoken from a queue of bounded length, encodes it, and has it on the disk within
//! a second.

use rtrb::{Consumer, Producer, PushError, RingBuffer};
use sidetone_media::pcm::Block;
use sidetone_media::record::{Channels, Tape};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// 4 s: a disk that takes longer than that for a second's work loses words, and that is said.
const QUEUE_BLOCKS: usize = 400;
/// How often the queue is emptied.
const TAKE: Duration = Duration::from_millis(100);
/// How often what was written is flushed and synced: what a crash may cost, less the time the queue is left alone.
const SYNC: Duration = Duration::from_millis(800);

/// 10 ms of both sides, and which 10 ms of the recording they are.
struct Frame {
    at: u64,
    left: Block,
    right: Block,
}

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingEvent {
    /// Its file is there.
    Begun,
    /// The disk was too slow: so many blocks of 10 ms are silence.
    Lost(u64),
    /// It is over and whole, by this name.
    Ended(String),
    /// It is over: nothing more can be written. What was written before stays, and is mended at the next start.
    Failed(RecordingTrouble),
}

/// Why nothing can be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordingTrouble {
    /// The folder cannot be made, or not be written to.
    #[error("the folder for recordings cannot be written to")]
    Folder,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The disk failed otherwise.
    #[error("the disk failed")]
    Disk,
}

impl RecordingTrouble {
    pub(super) fn of(error: &io::Error) -> RecordingTrouble {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                RecordingTrouble::Full
            }
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory => RecordingTrouble::Folder,
            _ => RecordingTrouble::Disk,
        }
    }
}

/// A recording being made. Dropping it ends it; its file is then finished in the background.
pub struct Recording {
    frames: Producer<Frame>,
    shared: Arc<Shared>,
    writer: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    /// How long the call is, in blocks, whatever was recorded of it.
    length: AtomicU64,
    lost: AtomicU64,
    over: AtomicBool,
}

impl Recording {
    /// Writes the 10 ms at block number `at`, which only grows. Never waits: where the disk is too slow they are lost.
    pub fn write(&mut self, at: u64, left: &Block, right: &Block) {
        self.pass(at + 1);
        let frame = Frame { at, left: *left, right: *right };
        if let Err(PushError::Full(_)) = self.frames.push(frame) {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The call is so long now, and nothing of it is to be recorded: it is silence of the same length.
    pub fn pass(&mut self, length: u64) {
        self.shared.length.store(length, Ordering::Release);
    }
}

/// What is spoken stays out.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recording")
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.writer.unpark();
    }
}

pub(super) fn start(
    serial: u32,
    bitrate: u32,
    tell: impl Fn(RecordingEvent) + Send + 'static,
    create: impl FnOnce() -> Result<(File, PathBuf), RecordingTrouble> + Send + 'static,
) -> io::Result<Recording> {
    let (frames, waiting) = RingBuffer::new(QUEUE_BLOCKS);
    let shared = Arc::new(Shared::default());
    let seen = Arc::clone(&shared);
    let thread = thread::Builder::new().name("recording".to_owned()).spawn(move || {
        let outcome = create().and_then(|(file, path)| {
            tell(RecordingEvent::Begun);
            let tape = Tape::new(Channels::Stereo, bitrate, serial).ok_or(RecordingTrouble::Disk)?;
            let mut writer = Writer { tape, file, out: Vec::new(), told_lost: 0 };
            let done = writer.run(waiting, &seen, &tell).and_then(|()| writer.finish(&seen, path));
            done.map_err(|error| RecordingTrouble::of(&error))
        });
        match outcome {
            Ok(name) => tell(RecordingEvent::Ended(name)),
            Err(trouble) => tell(RecordingEvent::Failed(trouble)),
        }
    })?;
    Ok(Recording { frames, shared, writer: thread.thread().clone() })
}

struct Writer {
    tape: Tape,
    file: File,
    out: Vec<u8>,
    told_lost: u64,
}

impl Writer {
    fn run(
        &mut self,
        mut frames: Consumer<Frame>,
        shared: &Shared,
        tell: &impl Fn(RecordingEvent),
    ) -> io::Result<()> {
        self.tape.begin(&mut self.out);
        let mut sync_at = Instant::now();
        loop {
            // Asked before the queue is emptied: what was written before the end is in it by then.
            let over = shared.over.load(Ordering::Acquire);
            while let Ok(frame) = frames.pop() {
                self.tape.write(frame.at, &frame.left, &frame.right, &mut self.out);
            }
            let now = Instant::now();
            if now >= sync_at {
                sync_at = now + SYNC;
                self.tape.flush(&mut self.out);
            }
            if !self.out.is_empty() {
                self.file.write_all(&self.out)?;
                self.out.clear();
                self.file.sync_data()?;
            }
            let lost = shared.lost.load(Ordering::Relaxed);
            if lost > self.told_lost {
                tell(RecordingEvent::Lost(lost - self.told_lost));
                self.told_lost = lost;
            }
            if over {
                return Ok(());
            }
            thread::park_timeout(TAKE);
        }
    }

    fn finish(self, shared: &Shared, path: PathBuf) -> io::Result<String> {
        let Writer { tape, mut file, mut out, .. } = self;
        tape.end(shared.length.load(Ordering::Acquire), &mut out);
        file.write_all(&out)?;
        file.sync_all()?;
        let whole = path.with_extension("");
        fs::rename(&path, &whole)?;
        Ok(whole.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use sidetone_media::pcm::SILENCE;
    use std::sync::mpsc::channel;

    /// The device that is always full: a real disk's answer.
    #[test]
    fn a_full_disk_is_said_and_whoever_speaks_is_not_held_up() {
        let (told, events) = channel();
        let full =
            || Ok((File::options().write(true).open("/dev/full").unwrap(), PathBuf::from("/dev/full")));
        let mut recording = start(1, 64_000, move |event| told.send(event).unwrap(), full).unwrap();
        assert_eq!(events.recv(), Ok(RecordingEvent::Begun));
        assert_eq!(events.recv(), Ok(RecordingEvent::Failed(RecordingTrouble::Full)));
        (0..1_000).for_each(|at| recording.write(at, &SILENCE, &SILENCE));
    }
}
