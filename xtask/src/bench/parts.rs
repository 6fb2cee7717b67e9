//! What measuring is made of: a program whose words are followed, and something to say.

use crate::console::Trouble;
use crate::run;
use sidetone_lab::ears::Recording;
use sidetone_lab::process::Child;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The last lines of a program are kept, no more.
const LINES: usize = 1000;

/// A program that runs, and what it says.
pub(super) struct Followed {
    child: Child,
    said: Arc<Said>,
}

#[derive(Default)]
struct Said {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    last: VecDeque<String>,
    /// It says nothing any more.
    over: bool,
}

impl Followed {
    pub(super) fn start(command: &mut Command) -> Result<Self, Trouble> {
        Self::follow(Child::start(command.stdout(Stdio::piped()).stderr(Stdio::null()))?)
    }

    /// With a way to tell it something.
    pub(super) fn start_listening(command: &mut Command) -> Result<(Self, ChildStdin), Trouble> {
        let (child, stdin) = Child::start_listening(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        Ok((Self::follow(child)?, stdin))
    }

    fn follow(mut child: Child) -> Result<Self, Trouble> {
        let pipe = child.take_stdout().ok_or_else(|| Trouble::new("a program has no output"))?;
        let said = Arc::new(Said::default());
        let told = Arc::clone(&said);
        std::thread::spawn(move || listen(pipe, &told));
        Ok(Self { child, said })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it says `words` before `patience` is over, or before it ends.
    pub(super) fn says(&self, words: &str, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        while !lines.last.iter().any(|line| line.contains(words)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || lines.over {
                return false;
            }
            lines = self.said.more.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    pub(super) fn text(&self) -> String {
        self.text_but(|_| false)
    }

    /// What it said last, without the lines that are `dull`, and whether it ended with that.
    pub(super) fn text_but(&self, dull: impl Fn(&str) -> bool) -> String {
        let lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let told = lines.last.iter().map(String::as_str).filter(|line| !dull(line));
        told.chain(lines.over.then_some("(it ended)")).collect::<Vec<_>>().join("\n")
    }
}

fn listen(pipe: impl Read, said: &Said) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while matches!(pipe.read_until(b'\n', &mut line), Ok(1..)) {
        let mut lines = said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.last.len() == LINES {
            lines.last.pop_front();
        }
        lines.last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        drop(lines);
        line.clear();
        said.more.notify_all();
    }
    said.lines.lock().unwrap_or_else(PoisonError::into_inner).over = true;
    said.more.notify_all();
}

/// What is said in the calls.
pub(super) struct Voice {
    /// One sentence, to be found again.
    pub(super) sentence: Recording,
    pub(super) sentence_file: PathBuf,
    /// Talk, longer than anybody measures.
    pub(super) talk_file: PathBuf,
    _folder: tempfile::TempDir,
}

/// Speech for calls whose processor time is taken over `seconds`.
pub(super) fn voice(seconds: u32) -> Result<Voice, Trouble> {
    let folder = tempfile::tempdir()?;
    let assets = run::root().join("assets/speech");
    let sentence_file = assets.join("agent-greeting.wav");
    let sentence = Recording::load(&sentence_file)?;
    let mut talk = Recording::load(&assets.join("customer-billing.wav"))?;
    let once = talk.samples.clone();
    while talk.samples.len() < talk.rate as usize * (seconds as usize + 5) {
        talk.samples.extend(&once);
    }
    let talk_file = folder.path().join("talk.wav");
    talk.save(&talk_file)?;
    Ok(Voice { sentence, sentence_file, talk_file, _folder: folder })
}
