//! What is said while work is done: steps with their time, notes, and troubles with their remedy.

use std::fmt;
use std::io::{IsTerminal, Write};

/// Something that did not work, and what whoever called can do.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: String,
    remedy: Option<String>,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: None }
    }

    /// One that was said already.
    pub(crate) fn told() -> Self {
        Self::new("")
    }

    #[must_use]
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.what)?;
        match &self.remedy {
            Some(remedy) => write!(to, "\n  -> {remedy}"),
            None => Ok(()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<sidetone_lab::stage::StageError> for Trouble {
    fn from(error: sidetone_lab::stage::StageError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<sidetone_lab::webdriver::Error> for Trouble {
    fn from(error: sidetone_lab::webdriver::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Opens a step.
pub(crate) fn step(title: &str) {
    say(&format!("\n{}", bold(&format!("== {title}"))));
}

/// Says what is being done.
pub(crate) fn note(text: &str) {
    say(&format!("   {text}"));
}

/// Says a line as it is.
pub(crate) fn say(line: &str) {
    // Whoever closed the output does not want to hear it.
    let _ = writeln!(std::io::stdout(), "{line}");
    let _ = std::io::stdout().flush();
}

/// Says what went wrong and what to do.
pub(crate) fn trouble(trouble: &Trouble) {
    if trouble.what.is_empty() {
        return;
    }
    let _ = std::io::stdout().flush();
    let _ = writeln!(std::io::stderr(), "{} {trouble}", bold("xtask:"));
}

fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}
