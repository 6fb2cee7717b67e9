//! What a virtual speaker played, with the moment it began, so that two recordings share one clock.

use std::io::{self, Read};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::ears::Recording;
use crate::process::{Child, GLANCE};

/// Samples a second of every recorder.
pub const RECORDED_RATE: u32 = 48_000;

/// A recording forgets nothing for 30 minutes, and takes nothing more after that.
const LONGEST: usize = 30 * 60 * RECORDED_RATE as usize;

/// Records until it is stopped or dropped.
#[derive(Debug)]
pub struct Recorder {
    heard: Arc<Mutex<Heard>>,
    // Dropped last by its place: the reading thread ends with the pipe.
    child: Child,
}

#[derive(Debug, Default)]
struct Heard {
    samples: Vec<f32>,
    /// The earliest moment that any arrival allows for sample 0: late arrivals only wait, they don't hurry.
    started: Option<Instant>,
}

impl Recorder {
    /// Starts `command`, which writes 48 kHz mono 16-bit little-endian samples to its standard output, and waits
    /// for the first of them.
    pub(crate) fn start(mut command: Command, patience: Duration) -> io::Result<Self> {
        let mut child = Child::start(command.stdout(Stdio::piped()))?;
        let pipe = child.take_stdout().ok_or_else(|| io::Error::other("no pipe from the recorder"))?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        std::thread::Builder::new().name("recorder".to_owned()).spawn(move || read_all(pipe, &shared))?;
        let recorder = Self { heard, child };
        let deadline = Instant::now() + patience;
        while recorder.lock().started.is_none() {
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the recorder heard nothing"));
            }
            std::thread::sleep(GLANCE);
        }
        Ok(recorder)
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was heard up to now.
    #[must_use]
    pub fn so_far(&self) -> Recording {
        let heard = self.lock();
        Recording { samples: heard.samples.clone(), rate: RECORDED_RATE }
    }

    /// When the first sample was played, by this machine's clock, to a few ms.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.lock().started.unwrap_or_else(Instant::now)
    }

    /// Waits until `enough` is satisfied with what was heard, or `patience` is over, and says which.
    #[must_use]
    pub fn wait_until(&self, patience: Duration, enough: impl Fn(&Recording) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            if enough(&self.so_far()) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(10 * GLANCE);
        }
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// When the recording program cannot be ended.
    pub fn stop(mut self) -> io::Result<Recording> {
        self.child.stop()?;
        let mut heard = self.lock();
        Ok(Recording { samples: std::mem::take(&mut heard.samples), rate: RECORDED_RATE })
    }
}

fn read_all(mut pipe: ChildStdout, heard: &Mutex<Heard>) {
    let mut bytes = [0_u8; 4096];
    let mut odd: Option<u8> = None;
    while let Ok(count) = pipe.read(&mut bytes) {
        let now = Instant::now();
        if count == 0 {
            return;
        }
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = &bytes[..count];
        if let (Some(low), Some((high, tail))) = (odd.take(), rest.split_first()) {
            heard.samples.push(to_float([low, *high]));
            rest = tail;
        }
        let (pairs, left) = rest.as_chunks::<2>();
        heard.samples.extend(pairs.iter().map(|pair| to_float(*pair)));
        odd = left.first().copied();
        let length = Duration::from_secs_f64(heard.samples.len() as f64 / f64::from(RECORDED_RATE));
        if let Some(start) = now.checked_sub(length) {
            heard.started = Some(heard.started.map_or(start, |earlier| earlier.min(start)));
        }
        if heard.samples.len() > LONGEST {
            return;
        }
    }
}

fn to_float(pair: [u8; 2]) -> f32 {
    f32::from(i16::from_le_bytes(pair)) / 32_768.0
}
