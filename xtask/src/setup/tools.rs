//! Rust and Node.js: whether they are there and new enough. Neither is installed here: rustup, nvm and the system's own
//! way each have their place.

use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::process;
use std::process::Command;

/// What the front end's tools (vite 8) ask for.
const NODE: Version = Version(20, 19);
/// What the workspace asks for.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// The first two numbers in a program's answer to `--version`.
    fn read(said: &str) -> Option<Self> {
        let begin = said.find(|letter: char| letter.is_ascii_digit())?;
        let mut numbers = said.get(begin..)?.split(|letter: char| !letter.is_ascii_digit());
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

/// Says what is there; fails when it cannot do.
pub(super) fn check() -> Result<(), Trouble> {
    let rust = asked(&mut Command::new("rustc"));
    judge("Rust", rust.as_deref(), Version::read(RUST), "https://rustup.rs, then rustup update")?;
    let node = asked(&mut run::script("node", &run::root(), &[]));
    judge(
        "Node.js",
        node.as_deref(),
        Some(NODE),
        "https://nodejs.org, or your system's package, 20.19 or newer",
    )?;
    if asked(&mut run::script("npm", &run::root(), &[])).is_none() {
        return Err(Trouble::new("npm is not there")
            .with_remedy("it comes with Node.js, in Debian as the package npm"));
    }
    for component in ["rustfmt", "clippy-driver"] {
        if asked(&mut Command::new(component)).is_none() {
            console::note(&format!(
                "{component} is not there, tests need it: rustup component add rustfmt clippy"
            ));
        }
    }
    Ok(())
}

fn judge(name: &str, said: Option<&str>, least: Option<Version>, remedy: &str) -> Result<(), Trouble> {
    let Some(said) = said else {
        return Err(Trouble::new(format!("{name} is not there")).with_remedy(remedy));
    };
    console::note(&format!("{name}: {}", said.trim()));
    if Version::read(said) < least {
        return Err(Trouble::new(format!("{name} is too old: {}", said.trim())).with_remedy(remedy));
    }
    Ok(())
}

fn asked(command: &mut Command) -> Option<String> {
    process::output_of(command.arg("--version")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(Version::read("rustc 1.95.0 (59807616e 2026-04-14)"), Some(Version(1, 95)));
        assert!(Version::read("v9.11.2") < Some(NODE));
        assert!(Version::read("v20.19.0") >= Some(NODE));
        assert!(Version::read("v20.18.3") < Some(NODE));
    }

    #[test]
    fn what_is_missing_or_too_old_says_what_to_do() {
        for said in [None, Some("v18.2.0"), Some("no number")] {
            let trouble = judge("Node.js", said, Some(NODE), "get it").unwrap_err();
            assert!(trouble.to_string().contains("get it"), "{trouble}");
        }
        assert!(judge("Node.js", Some("v22.12.0"), Some(NODE), "get it").is_ok());
    }
}
