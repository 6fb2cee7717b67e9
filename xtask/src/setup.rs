//! What must be on the machine before anything is built, run or tested: looked for quickly, installed when missing,
//! with a word about everything it does.
//!
//! Debian and Ubuntu by apt-get, Fedora by dnf; elsewhere it says what to install and goes on. It never touches Rust
//! or Node.js themselves: those it only checks.

mod apt;
mod dnf;
mod elsewhere;
mod needs;
mod tools;

use crate::console::{self, Trouble};
use clap::Args;
pub(crate) use needs::Purpose;
use needs::{NEEDS, Need};
use sidetone_lab::process;
use std::process::Command;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// For what.
    #[arg(long, value_enum, default_value_t = Purpose::Test)]
    purpose: Purpose,
}

/// How this system gets its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Apt,
    Dnf,
    /// It says what to install.
    Elsewhere,
}

impl System {
    fn here() -> Self {
        if cfg!(not(target_os = "linux")) {
            return Self::Elsewhere;
        }
        if has_program("apt-get") && has_program("dpkg-query") {
            Self::Apt
        } else if has_program("dnf") && has_program("rpm") {
            Self::Dnf
        } else {
            Self::Elsewhere
        }
    }

    /// What of `needs` is not installed.
    fn missing(self, needs: &[&'static Need]) -> Result<Vec<&'static Need>, Trouble> {
        match self {
            Self::Apt => apt::missing(needs),
            Self::Dnf => dnf::missing(needs),
            Self::Elsewhere => Ok(elsewhere::missing(needs)),
        }
    }

    fn install(self, needs: &[&'static Need]) -> Result<(), Trouble> {
        match self {
            Self::Apt => apt::install(needs),
            Self::Dnf => dnf::install(needs),
            Self::Elsewhere => {
                elsewhere::tell(needs);
                Ok(())
            }
        }
    }
}

/// Whether a program of this name can be started.
pub(crate) fn has_program(name: &str) -> bool {
    process::which(name).is_some()
}

/// `cargo xtask setup`.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    ensure(arguments.purpose)?;
    crate::front_end::packages()
}

/// Sees to it that everything for `purpose` is there.
pub(crate) fn ensure(purpose: Purpose) -> Result<(), Trouble> {
    console::step(&format!("set-up: what it takes to {purpose}"));
    tools::check()?;
    let system = System::here();
    let needs = needs_for(purpose);
    let missing = system.missing(&needs)?;
    if missing.is_empty() {
        console::note("all system packages are there");
        return Ok(());
    }
    system.install(&missing)?;
    let still = system.missing(&missing)?;
    if still.is_empty() || system == System::Elsewhere {
        return Ok(());
    }
    let what = still.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    Err(Trouble::new(format!("still missing after installing: {what}")))
}

/// `cargo xtask doctor`.
pub(crate) fn doctor() -> Result<(), Trouble> {
    console::step("doctor: what is there and what is missing");
    let told = tools::check();
    let system = System::here();
    console::note(&format!("packages come by {system:?}"));
    let missing = system.missing(&needs_for(Purpose::Test))?;
    for need in &missing {
        console::note(&format!("missing, to {}: {}", need.purpose, need.what));
    }
    told?;
    if missing.is_empty() {
        console::note("nothing is missing");
        return Ok(());
    }
    Err(Trouble::new(format!("{} things are missing", missing.len())).with_remedy("cargo xtask setup"))
}

fn needs_for(purpose: Purpose) -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| need.purpose <= purpose).collect()
}

/// A command that needs the rights of the administrator: as it is for root, else through sudo.
fn as_administrator(program: &str) -> Result<Command, Trouble> {
    let me = process::output_of(Command::new("id").arg("-u"))?;
    if me.trim() == "0" {
        return Ok(Command::new(program));
    }
    if has_program("sudo") {
        let mut command = Command::new("sudo");
        command.arg(program);
        return Ok(command);
    }
    Err(Trouble::new("packages are missing, and this is neither root nor is there sudo"))
}
