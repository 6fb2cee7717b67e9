//! The tree as the rules see it: every text file that belongs to the project, read once. Nothing that was built or
//! downloaded is looked at.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what was built or fetched, as in `.gitignore`.
const NOT_OURS: [&str; 8] =
    [".git", "target", "node_modules", "dist", "out", "paraglide", "gen", ".svelte-kit"];

/// A file against a rule, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) place: String,
    pub(crate) what: String,
    pub(crate) remedy: &'static str,
}

impl Finding {
    /// A finding in line `line` of a file.
    pub(crate) fn at(file: &str, line: usize, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { place: format!("{file}:{line}"), what: what.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}\n    -> {}", self.place, self.what, self.remedy)
    }
}

/// A file of the project that is text.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Relative to the project's folder, with `/` between folders.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    #[cfg(test)]
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub(crate) fn ends_with(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.path.ends_with(end))
    }
}

/// The project's files.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<TextFile>,
}

impl Tree {
    /// The folder of the workspace.
    pub(crate) fn root() -> PathBuf {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).to_path_buf()
    }

    /// Reads the tree that this test belongs to.
    pub(crate) fn here() -> Self {
        let root = Self::root();
        let mut files = Vec::new();
        gather(&root, &root, &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self { files }
    }

    pub(crate) fn files_ending(self, end: &str) -> Vec<TextFile> {
        self.files.into_iter().filter(|file| file.path.ends_with(end)).collect()
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<TextFile>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let ours = !NOT_OURS.iter().any(|not| name == *not) && !name.to_string_lossy().ends_with(".log");
        let kind = entry.file_type().ok();
        if ours && kind.is_some_and(|kind| kind.is_dir()) {
            gather(root, &path, files);
        } else if ours
            && kind.is_some_and(|kind| kind.is_file())
            && let Ok(text) = fs::read_to_string(&path)
        {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            files.push(TextFile { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
}
