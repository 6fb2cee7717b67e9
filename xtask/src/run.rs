//! Running other programs in the project's folder, their words passed through as they come.

use crate::console::{self, Trouble};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The program `name` as `cargo build` leaves it.
pub(crate) fn built(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Cargo in the project's folder, the same that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    // What `cargo run` set for this program alone would make cargo build others anew.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// npm in the front end's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    script("npm", &root().join("ui"), arguments)
}

/// A program of Node.js, which is a script on Windows.
pub(crate) fn script(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = if cfg!(windows) {
        let mut shell = Command::new("cmd");
        shell.args(["/C", name]);
        shell
    } else {
        Command::new(name)
    };
    command.args(arguments).current_dir(folder);
    command
}

/// Says what is run, runs it, and fails when it does.
pub(crate) fn all_of(command: &mut Command) -> Result<(), Trouble> {
    let line = line(command);
    console::note(&format!("$ {line}"));
    let status = command.status().map_err(|error| Trouble::new(format!("{line}: {error}")))?;
    if status.success() { Ok(()) } else { Err(Trouble::new(format!("{line}: {status}"))) }
}

/// A command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
