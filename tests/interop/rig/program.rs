//! A running program: what it says on its standard output and error, line by line, to be waited for and to be shown when
//! a test fails.

use sidetone_lab::process::Child;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A program, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    stdin: ChildStdin,
    said: Arc<Said>,
}

/// What a program, or a connection to it, said so far.
#[derive(Debug, Default)]
pub(crate) struct Said {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    all: Vec<String>,
    /// Nothing will follow.
    over: bool,
}

impl Said {
    pub(crate) fn push(&self, line: String) {
        self.lock().all.push(line);
        self.more.notify_all();
    }

    pub(crate) fn end(&self) {
        self.lock().over = true;
        self.more.notify_all();
    }

    /// The first line from number `from` on that `wanted` makes something of, with the number of the line behind it;
    /// `None` when the deadline passes or nothing will follow.
    pub(crate) fn wait<T>(
        &self,
        from: usize,
        patience: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Option<(T, usize)> {
        let deadline = Instant::now() + patience;
        let mut lines = self.lock();
        let mut at = from;
        loop {
            while let Some(line) = lines.all.get(at) {
                at += 1;
                if let Some(found) = wanted(line) {
                    return Some((found, at));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if lines.over || left.is_zero() {
                return None;
            }
            lines = self.more.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().all.len()
    }

    pub(crate) fn text(&self) -> String {
        self.lock().all.join("\n")
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Program {
    /// Starts `command`; `name` is what its log is called.
    pub(crate) fn start(name: impl Into<String>, command: &mut Command) -> Self {
        let (read, write) = std::io::pipe().unwrap();
        command.stdout(Stdio::from(write.try_clone().unwrap())).stderr(Stdio::from(write));
        let (child, stdin) = Child::start_listening(command).unwrap();
        // The command holds the pipe's writing end: with it, the log would never end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let said = Arc::new(Said::default());
        let told = Arc::clone(&said);
        std::thread::spawn(move || listen(read, &told));
        Self { name: name.into(), child, stdin, said }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn said(&self) -> &Said {
        &self.said
    }

    /// Waits for it to end; the exit code.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<i32> {
        let status = self.child.wait(patience).unwrap();
        let status = status.unwrap_or_else(|| panic!("{} still runs after {patience:?}", self.name));
        status.code()
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Ends it and its children at once, unasked.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        self.child.stop().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.stop();
            // What it said last may still be on its way.
            let _ = self.said.wait(usize::MAX, Duration::from_secs(1), |_| None::<()>);
            eprintln!("---- {} said:\n{}\n----", self.name, self.said.text());
        }
    }
}

fn listen(pipe: impl Read, said: &Said) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while matches!(pipe.read_until(b'\n', &mut line), Ok(1..)) {
        said.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    said.end();
}
