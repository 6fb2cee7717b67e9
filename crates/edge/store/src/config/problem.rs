//! What is wrong with a file, in a form that leads to the place.

use std::{fmt, path::PathBuf};

/// Something wrong in a file: the whole file is left out, and its last good version stays in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which file.
    pub file: PathBuf,
    /// Line and column, from 1; the column counts characters. `None` when the file cannot be read at all.
    pub place: Option<(usize, usize)>,
    /// What is wrong, in English.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => {
                write!(f, "{}:{line}:{column}: {}", self.file.display(), self.reason)
            }
            None => write!(f, "{}: {}", self.file.display(), self.reason),
        }
    }
}

impl std::error::Error for Problem {}

/// Something in a file that is not wrong, and has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// The key that the machine's file locks.
    pub key: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Notice { file, line, key } = self;
        write!(
            f,
            "{}:{line}: `{key}` is locked by the machine's configuration and stays as it is",
            file.display()
        )
    }
}
