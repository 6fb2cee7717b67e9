//! Running calls on disk, one small file each, so that they outlive a crash (CALL-10): written whole or not at all,
//! readable by their owner only, on a thread of their own, so that nobody waits for the disk.
//!
//! While there are any, a file beside them is touched every few seconds: how long ago the program was last alive. What
//! stands in the files is the caller's business.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

/// How often it is said that the program is alive.
const BEAT: Duration = Duration::from_secs(2);
const ALIVE: &str = "alive";
const ENDING: &str = ".call";
/// Longer than anything that is kept of a call.
const LARGEST: u64 = 256 * 1024;
/// More than any phone talks in.
const MOST: usize = 64;

/// A call of before.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundCall {
    /// What it was kept by.
    pub name: String,
    /// What was kept.
    pub text: String,
    /// How long the program had not been alive when it was found.
    pub age: Duration,
}

/// What stands in it is about people.
impl std::fmt::Debug for FoundCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FoundCall").field("age", &self.age).finish_non_exhaustive()
    }
}

/// The folder at work. Dropping it writes what still waits.
#[derive(Debug)]
pub struct CallFolder {
    changes: Option<Sender<(String, Option<String>)>>,
    thread: Option<JoinHandle<()>>,
}

impl CallFolder {
    /// Opens the folder, made where there is none, and gives what was kept in it, oldest first. Half-written files of a
    /// crash are removed. Waits for the disk.
    ///
    /// # Errors
    /// It cannot be made or read, or the system has no thread for us.
    pub fn open(folder: &Path) -> io::Result<(CallFolder, Vec<FoundCall>)> {
        make(folder)?;
        let found = find(folder)?;
        let mut work =
            Work { folder: folder.to_owned(), kept: found.iter().map(|call| call.name.clone()).collect() };
        let (changes, waiting) = channel();
        let thread =
            std::thread::Builder::new().name("calls".to_owned()).spawn(move || work.run(&waiting))?;
        Ok((CallFolder { changes: Some(changes), thread: Some(thread) }, found))
    }

    /// Keeps `text` by `name` (letters and digits), in place of what was kept by it before; `None`: it is over. Never
    /// waits.
    pub fn keep(&self, name: &str, text: Option<String>) {
        if let (Some(changes), true) = (&self.changes, is_name(name)) {
            // A thread that is gone has said why in the log.
            let _ = changes.send((name.to_owned(), text));
        }
    }
}

impl Drop for CallFolder {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread that keeps calls broke");
        }
    }
}

struct Work {
    folder: PathBuf,
    kept: std::collections::BTreeSet<String>,
}

impl Work {
    fn run(&mut self, changes: &Receiver<(String, Option<String>)>) {
        loop {
            let change = if self.kept.is_empty() {
                changes.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                changes.recv_timeout(BEAT)
            };
            match change {
                Ok(change) => {
                    // Of what waits by now, only the last word about each call counts.
                    let all: BTreeMap<_, _> = std::iter::once(change).chain(changes.try_iter()).collect();
                    all.into_iter().for_each(|(name, text)| self.change(name, text));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.beat();
        }
    }

    fn change(&mut self, name: String, text: Option<String>) {
        let file = self.folder.join(format!("{name}{ENDING}"));
        let done = match &text {
            Some(text) => write_whole(&file, text.as_bytes()),
            None => remove(&file),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a running call could not be kept: it would not outlive a crash");
        }
        match text {
            Some(_) => self.kept.insert(name),
            None => self.kept.remove(&name),
        };
    }

    fn beat(&self) {
        let file = self.folder.join(ALIVE);
        let done = if self.kept.is_empty() { remove(&file) } else { write_whole(&file, b"") };
        if let Err(error) = done {
            tracing::debug!(%error, "that the program is alive could not be noted");
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn find(folder: &Path) -> io::Result<Vec<FoundCall>> {
    let now = SystemTime::now();
    // A time that has not come yet says nothing.
    let since = |time: SystemTime| now.duration_since(time).unwrap_or(Duration::MAX);
    let written = |path: &Path| fs::metadata(path)?.modified();
    let alive = written(&folder.join(ALIVE)).map_or(Duration::MAX, since);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.take(4 * MOST) {
        let path = entry?.path();
        let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(name) = file_name.strip_suffix(ENDING).filter(|name| is_name(name)) else {
            if file_name != ALIVE {
                let _ = remove(&path);
            }
            continue;
        };
        match read(&path) {
            Ok(text) if found.len() < MOST => {
                let age = written(&path).map_or(Duration::MAX, since).min(alive);
                found.push(FoundCall { name: name.to_owned(), text, age });
            }
            Ok(_) | Err(_) => {
                let _ = remove(&path);
            }
        }
    }
    found.sort_by(|a, b| b.age.cmp(&a.age).then_with(|| a.name.cmp(&b.name)));
    Ok(found)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // It may have been there, with wider rights.
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Beside, to the disk, then in its place: whoever reads sees the one or the other.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    if !bytes.is_empty() {
        file.sync_all()?;
    }
    fs::rename(&beside, path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
