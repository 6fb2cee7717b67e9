//! Programs that the lab starts: each in a process group of its own, and gone with the value that owns it.
//!
//! Nothing is ever ended by name: only what was started here, by its process id and group. A program that must stop
//! for an interrupt (Ctrl-C reaches only the terminal's own group) calls [`stop_all`].

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child as StdChild, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How often a waiting loop looks again.
pub(crate) const GLANCE: Duration = Duration::from_millis(20);

/// The groups that are alive, so that an interrupt can end them.
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A running program with all it started; both end when this value is dropped.
#[derive(Debug)]
pub struct Child {
    inner: StdChild,
    name: String,
}

impl Child {
    /// Starts `command` in a process group of its own, with nothing on standard input.
    ///
    /// # Errors
    /// When the program is not there or cannot be run; the message names it.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// As [`Child::start`], with a standard input that the caller writes.
    ///
    /// # Errors
    /// When the program is not there or cannot be run; the message names it.
    pub fn start_listening(command: &mut Command) -> io::Result<(Self, ChildStdin)> {
        let mut child = Self::spawn(command.stdin(Stdio::piped()))?;
        let stdin = child.inner.stdin.take().ok_or_else(|| io::Error::other("no standard input"))?;
        Ok((child, stdin))
    }

    fn spawn(command: &mut Command) -> io::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        own_group(command);
        let started = command.spawn();
        let inner = started.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        groups().insert(inner.id());
        Ok(Self { inner, name })
    }

    /// The process id, which is the id of its group too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// The program's name, as it was started.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its standard output, once, where the command piped it.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.inner.stdout.take()
    }

    /// How it ended, or `None` while it runs.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        self.inner.try_wait()
    }

    /// Waits for it to end by itself; `None` when it still runs after `patience`.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn wait(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + patience;
        loop {
            match self.inner.try_wait()? {
                Some(status) => return Ok(Some(status)),
                None if Instant::now() >= deadline => return Ok(None),
                None => std::thread::sleep(GLANCE),
            }
        }
    }

    /// Asks it to end, and after two seconds ends it with all it started. Says how it ended.
    ///
    /// # Errors
    /// When the system does not say how it ended.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        signal_group(self.id(), Signal::Ask);
        let asked = self.wait(GRACE)?;
        // What it started may live on in its group, whether it ended itself or not.
        signal_group(self.id(), Signal::Force);
        groups().remove(&self.id());
        match asked {
            Some(status) => Ok(status),
            None => {
                let _ = self.inner.kill();
                self.inner.wait()
            }
        }
    }
}

impl Child {
    /// Ends it with all it started at once, unasked, as a power cut would. Says how it ended.
    ///
    /// # Errors
    /// When the system does not say how it ended.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        signal_group(self.id(), Signal::Force);
        groups().remove(&self.id());
        let _ = self.inner.kill();
        self.inner.wait()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Ends everything that was started here and still runs. For an interrupt, just before the process leaves.
pub fn stop_all() {
    let alive = std::mem::take(&mut *groups());
    for group in &alive {
        signal_group(*group, Signal::Ask);
    }
    std::thread::sleep(Duration::from_millis(300));
    for group in &alive {
        signal_group(*group, Signal::Force);
    }
}

/// Where `program` is, looking through `PATH` as a shell does.
#[must_use]
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| is_program(file))
}

/// Runs `command` to its end and gives its standard output.
///
/// # Errors
/// When it cannot be run, or ends with anything but success; the message carries its last words.
pub fn output_of(command: &mut Command) -> io::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(io::Error::other(format!("{name} ended with {}: {}", done.status, words.trim())))
}

/// Reads one line from a pipe, byte by byte, so that nothing behind it is swallowed.
pub(crate) fn read_line(from: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0_u8; 1];
    while from.read(&mut byte)? == 1 && byte != *b"\n" && line.len() < 4096 {
        line.extend_from_slice(&byte);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// The process id of the first child of the process `parent`.
///
/// # Errors
/// When it has none, or the system (any but Linux) does not say.
pub(crate) fn child_of(parent: u32) -> io::Result<u32> {
    let said = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
    let first = said.split_whitespace().next().and_then(|id| id.parse().ok());
    first.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("process {parent} has no child")))
}

/// Ends one process at once, as a crash does.
///
/// # Errors
/// When there is none, or the system has no such signal.
pub(crate) fn kill(id: u32) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        return Ok(rustix::process::kill_process(pid, rustix::process::Signal::KILL)?);
    }
    Err(io::Error::other(format!("process {id} cannot be ended")))
}

fn groups() -> std::sync::MutexGuard<'static, BTreeSet<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy)]
enum Signal {
    Ask,
    Force,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(unix)]
fn signal_group(group: u32, signal: Signal) {
    use rustix::process::{Pid, Signal as Sig, kill_process_group};
    let signal = match signal {
        Signal::Ask => Sig::TERM,
        Signal::Force => Sig::KILL,
    };
    // The group may be gone already, which is what was wanted.
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal);
    }
}

#[cfg(not(unix))]
fn signal_group(group: u32, signal: Signal) {
    if matches!(signal, Signal::Force) {
        let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &group.to_string()]).output();
    }
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// A process that ended but was not yet reaped by its parent counts as gone.
    fn alive(pid: &str) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn dropping_a_child_ends_what_it_started() {
        let script = "trap '' TERM; tail -f /dev/null & echo $!; wait; wait";
        let mut child = Child::start(Command::new("sh").args(["-c", script]).stdout(Stdio::piped())).unwrap();
        let grandchild = read_line(&mut child.take_stdout().unwrap()).unwrap();
        assert!(alive(&grandchild));
        let started = Instant::now();
        drop(child);
        assert!(started.elapsed() < GRACE + Duration::from_secs(3));
        let deadline = Instant::now() + Duration::from_secs(2);
        while alive(&grandchild) && Instant::now() < deadline {
            std::thread::yield_now();
        }
        assert!(!alive(&grandchild), "the grandchild lives on");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Child::start(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
        assert_eq!(which("no-such-program-here"), None);
        assert!(which("sh").is_some());
    }

    #[test]
    fn a_failing_program_says_its_last_words() {
        let error = output_of(Command::new("sh").args(["-c", "echo sorry >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("sorry"), "{error}");
    }
}
