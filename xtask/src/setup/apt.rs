//! Debian and Ubuntu: what is installed is asked of dpkg in one call, what can be had of apt's lists.

use super::needs::Need;
use super::{as_administrator, has_program};
use crate::console::{self, Trouble};
use crate::run;
use std::collections::BTreeSet;
use std::process::Command;

/// What of `needs` is neither a program on the path nor a package that is installed.
pub(super) fn missing(needs: &[&'static Need]) -> Result<Vec<&'static Need>, Trouble> {
    let unseen: Vec<_> =
        needs.iter().copied().filter(|need| need.program.is_empty() || !has_program(need.program)).collect();
    let names: Vec<_> = unseen.iter().flat_map(|need| need.apt).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // dpkg-query fails when one name is unknown and answers for the others all the same.
    let asked = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Status}\\n"])
        .args(names)
        .output();
    let answer = asked.map_err(|error| Trouble::new(format!("dpkg-query: {error}")))?;
    let answer = String::from_utf8_lossy(&answer.stdout);
    let installed = installed(&answer);
    Ok(unseen.into_iter().filter(|need| !need.apt.iter().any(|name| installed.contains(*name))).collect())
}

/// Installs `needs`, fetching the package lists only when they don't do.
pub(super) fn install(needs: &[&'static Need]) -> Result<(), Trouble> {
    let listed = choose(needs, &known(needs)?);
    let fresh = listed.is_err();
    let names = match listed {
        Ok(names) => names,
        Err(_) => choose_anew(needs)?,
    };
    console::note(&format!("installing {}", names.join(" ")));
    let mut outcome = get(&names);
    if outcome.is_err() && !fresh {
        // Old lists name releases that the mirror has dropped.
        outcome = update("that did not work: the package lists may be old").and_then(|()| get(&names));
    }
    outcome.map_err(|trouble| trouble.with_remedy(by_hand(&names)))
}

/// Chooses from lists that are fetched now. A source of other software that fails is no harm while the rest suffice.
fn choose_anew(needs: &[&'static Need]) -> Result<Vec<&'static str>, Trouble> {
    let fetched = update("the package lists do not know everything that is needed");
    choose(needs, &known(needs)?).map_err(|unknown| match fetched {
        Ok(()) => unknown,
        Err(trouble) => trouble.with_remedy(by_hand(&newest(needs))),
    })
}

fn newest(needs: &[&'static Need]) -> Vec<&'static str> {
    needs.iter().filter_map(|need| need.apt.first().copied()).collect()
}

/// What an administrator types where this program may not.
fn by_hand(names: &[&'static str]) -> String {
    format!("try it by hand, as root: apt-get update && apt-get install {}", names.join(" "))
}

fn update(why: &str) -> Result<(), Trouble> {
    console::note(&format!("{why}: fetching them anew"));
    run::all_of(as_administrator("apt-get")?.args(["-q", "-o", "DPkg::Lock::Timeout=120", "update"]))
}

fn get(names: &[&'static str]) -> Result<(), Trouble> {
    // sudo drops the environment: it is set behind it.
    let mut command = as_administrator("env")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]);
    command.args(["install", "--no-install-recommends"]).args(names);
    run::all_of(&mut command)
}

/// The names that can be installed, as far as the lists say.
fn known(needs: &[&'static Need]) -> Result<BTreeSet<String>, Trouble> {
    let names: Vec<_> = needs.iter().flat_map(|need| need.apt).collect();
    let asked = Command::new("apt-cache").args(["policy"]).args(names).output();
    let answer = asked.map_err(|error| Trouble::new(format!("apt-cache: {error}")))?;
    Ok(candidates(&String::from_utf8_lossy(&answer.stdout)))
}

/// For each need the first of its names that can be had.
fn choose(needs: &[&'static Need], known: &BTreeSet<String>) -> Result<Vec<&'static str>, Trouble> {
    let mut names = Vec::new();
    for need in needs {
        let name = need.apt.iter().find(|name| known.contains(**name)).ok_or_else(|| {
            Trouble::new(format!("no package for {}: tried {}", need.what, need.apt.join(", "))).with_remedy(
                "is this release older than Debian 12 or Ubuntu 22.04, or is a source (universe) off?",
            )
        })?;
        names.push(*name);
    }
    Ok(names)
}

fn installed(answer: &str) -> BTreeSet<&str> {
    answer.lines().filter_map(|line| line.strip_suffix(" installed")).collect()
}

/// The packages of `apt-cache policy` that have a candidate; its words are translated, so `LC_ALL` does not matter here:
/// only the shape is read.
fn candidates(answer: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut package = "";
    let mut line_of_package = 0;
    for line in answer.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            (package, line_of_package) = (name, 0);
        } else {
            line_of_package += 1;
            // The second line is the candidate's version, in brackets when there is none.
            let version = line.split_once(": ").map_or("", |(_, version)| version.trim());
            if line_of_package == 2 && !version.is_empty() && !version.starts_with('(') {
                found.insert(package.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::needs::Purpose;

    const NEED: Need = Need {
        what: "a thing",
        purpose: Purpose::Build,
        program: "",
        apt: &["thing-new", "thing-old"],
        dnf: "thing",
    };

    #[test]
    fn only_what_is_fully_installed_counts() {
        let answer = "cmake installed\nclang config-files\nsox not-installed\n";
        assert_eq!(installed(answer), BTreeSet::from(["cmake"]));
    }

    #[test]
    fn an_older_release_gets_the_older_name() {
        let policy = "thing-new:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n\
                      thing-old:\n  Installed: (none)\n  Candidate: 1.2-3\n  Version table:\n     1.2-3 500\n";
        let known = candidates(policy);
        assert_eq!(known, BTreeSet::from(["thing-old".to_owned()]));
        assert_eq!(choose(&[&NEED], &known).unwrap(), ["thing-old"]);
        let none = choose(&[&NEED], &BTreeSet::new()).unwrap_err();
        assert!(none.to_string().contains("thing-new, thing-old"), "{none}");
    }
}
