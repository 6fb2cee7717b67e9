//! Fedora: rpm says what is installed, by package name or by the file a package brings; dnf takes both too.

use super::needs::Need;
use super::{as_administrator, has_program};
use crate::console::{self, Trouble};
use crate::run;
use std::process::Command;

/// What of `needs` is neither a program on the path nor provided by an installed package.
pub(super) fn missing(needs: &[&'static Need]) -> Result<Vec<&'static Need>, Trouble> {
    let mut missing = Vec::new();
    for need in needs.iter().copied().filter(|need| !need.dnf.is_empty()) {
        if !need.program.is_empty() && has_program(need.program) {
            continue;
        }
        let asked = Command::new("rpm").args(["-q", "--whatprovides", need.dnf]).output();
        if !asked.map_err(|error| Trouble::new(format!("rpm: {error}")))?.status.success() {
            missing.push(need);
        }
    }
    Ok(missing)
}

/// Installs `needs`.
pub(super) fn install(needs: &[&'static Need]) -> Result<(), Trouble> {
    let mut names: Vec<_> = needs.iter().map(|need| need.dnf).collect();
    names.sort_unstable();
    names.dedup();
    console::note(&format!("installing {}", names.join(" ")));
    let by_hand = format!("try it by hand, as root: dnf install {}", names.join(" "));
    let outcome = as_administrator("dnf").and_then(|mut command| {
        run::all_of(command.args(["install", "-y", "--setopt=install_weak_deps=False"]).args(&names))
    });
    outcome.map_err(|trouble| trouble.with_remedy(by_hand))
}
