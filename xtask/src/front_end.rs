//! The front end: npm's packages and the built window, each made anew only when what it is made of changed.

use crate::console::{self, Trouble};
use crate::run;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// What of `ui/` is made, not written: folders, and what the translator's tool leaves in its own.
const MADE: [&str; 8] =
    ["node_modules", "dist", "paraglide", ".svelte-kit", ".lix", ".meta.json", "README.md", ".gitignore"];

/// Installs the packages of the lock file, unless it has not changed since.
pub(crate) fn packages() -> Result<(), Trouble> {
    let lock = run::root().join("ui/package-lock.json");
    let print = fingerprint(&[lock])?;
    if stamped("packages", print) && run::root().join("ui/node_modules").is_dir() {
        console::note("npm packages are those of the lock file");
        return Ok(());
    }
    run::all_of(&mut run::npm(&["ci", "--no-audit", "--no-fund"]))?;
    stamp("packages", print)
}

/// Builds the window's pages, unless nothing they are made of changed since.
pub(crate) fn build() -> Result<(), Trouble> {
    let print = fingerprint(&sources(&run::root().join("ui"))?)?;
    if stamped("pages", print) && run::root().join("ui/dist/index.html").is_file() {
        console::note("the front end is built");
        return Ok(());
    }
    run::all_of(&mut run::npm(&["run", "--silent", "build"]))?;
    stamp("pages", print)
}

/// Every file that is written by hand, in a fixed order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(sources(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// A number that changes with the files' names and contents. No proof against malice: nobody is fooled but oneself.
fn fingerprint(files: &[PathBuf]) -> Result<u64, Trouble> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(file).map_err(|error| Trouble::new(format!("{}: {error}", file.display())))?;
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(hasher.finish())
}

fn stamp_file(name: &str) -> PathBuf {
    run::target().join("xtask").join(format!("{name}.stamp"))
}

fn stamped(name: &str, print: u64) -> bool {
    fs::read_to_string(stamp_file(name)).is_ok_and(|kept| kept == print.to_string())
}

fn stamp(name: &str, print: u64) -> Result<(), Trouble> {
    fs::create_dir_all(run::target().join("xtask"))?;
    fs::write(stamp_file(name), print.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_renamed_source_is_noticed_and_what_is_made_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("dist")).unwrap();
        let print = || fingerprint(&sources(folder.path()).unwrap()).unwrap();
        fs::write(at("a.ts"), "a").unwrap();
        let first = print();
        fs::write(at("dist/a.js"), "a").unwrap();
        fs::create_dir_all(at("project.inlang")).unwrap();
        fs::write(at("project.inlang/.meta.json"), "a").unwrap();
        assert_eq!(print(), first);
        fs::write(at("a.ts"), "b").unwrap();
        let second = print();
        assert_ne!(second, first);
        fs::rename(at("a.ts"), at("b.ts")).unwrap();
        assert_ne!(print(), second);
    }
}
