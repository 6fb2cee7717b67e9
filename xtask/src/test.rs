//! `cargo xtask test`: everything that must hold, step by step, the quick ones first. It stops at the first that fails
//! and says how to run that one alone. Its last line is one JSON object, for machines.

use crate::console::{self, Trouble};
use crate::{front_end, run, setup};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::time::Instant;

/// The window's program as the tests and lints see it: with the pages built into it.
const WINDOW: &str = "sidetone/custom-protocol";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only this step; may be given several times. What it needs must be there from an earlier run.
    #[arg(long, value_enum)]
    only: Vec<Step>,
    /// Not this step; may be given several times.
    #[arg(long, value_enum)]
    skip: Vec<Step>,
}

/// One thing that must hold. The order is the order they run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// What is missing on this machine is installed.
    Setup,
    /// The front end's packages.
    Packages,
    /// The front end's types and components.
    UiCheck,
    /// The front end's tests.
    UiTest,
    /// The front end, built.
    UiBuild,
    /// The house rules.
    Tidy,
    /// The format of Rust files.
    Format,
    /// The lints of Rust files.
    Clippy,
    /// The programs that tests start: window, phone, practice exchange.
    Programs,
    /// The tests of Rust code: units, scenarios, other people's phones, the real window.
    Tests,
}

impl Step {
    fn run(self) -> Result<(), Trouble> {
        match self {
            Self::Setup => setup::ensure(setup::Purpose::Test),
            Self::Packages => front_end::packages(),
            Self::UiCheck => run::all_of(&mut run::npm(&["run", "--silent", "check"])),
            Self::UiTest => run::all_of(&mut run::npm(&["run", "--silent", "test"])),
            Self::UiBuild => front_end::build(),
            Self::Tidy => cargo(&["test", "--quiet", "--package", "sidetone-tidy"]),
            Self::Format => cargo(&["fmt", "--all", "--check"]),
            Self::Clippy => cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--features",
                WINDOW,
                "--",
                "--deny",
                "warnings",
            ]),
            Self::Programs => cargo(&["build", "--workspace", "--bins", "--features", WINDOW]),
            Self::Tests => tests(),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn about(self) -> String {
        let help = self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
        help.unwrap_or_default()
    }
}

/// A step that ran.
struct Done {
    step: Step,
    seconds: f64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let steps = chosen(arguments);
    let mut done = Vec::new();
    let mut failed = None;
    for (number, step) in steps.iter().copied().enumerate() {
        console::step(&format!("{}/{} {}: {}", number + 1, steps.len(), step.name(), step.about()));
        let began = Instant::now();
        let outcome = step.run();
        done.push(Done { step, seconds: began.elapsed().as_secs_f64() });
        if let Err(trouble) = outcome {
            failed = Some((step, trouble));
            break;
        }
    }
    let outcome = failed.map(|(step, trouble)| {
        // Before the summary, so that the summary is the last that is said.
        console::trouble(
            &trouble.with_remedy(format!("to run this step alone: cargo xtask test --only {}", step.name())),
        );
        step
    });
    sum_up(&done, outcome);
    if outcome.is_none() { Ok(()) } else { Err(Trouble::told()) }
}

fn chosen(arguments: &Arguments) -> Vec<Step> {
    let wanted = |step: &Step| arguments.only.is_empty() || arguments.only.contains(step);
    let unwanted = |step: &Step| arguments.skip.contains(step);
    Step::value_variants().iter().copied().filter(wanted).filter(|step| !unwanted(step)).collect()
}

fn cargo(arguments: &[&str]) -> Result<(), Trouble> {
    run::all_of(&mut run::cargo(arguments))
}

/// Property tests take the same cases on every run, so that a change is judged by what it changed. Whoever looks for
/// new cases sets the seed, or runs `cargo test` alone, which takes others each time.
fn tests() -> Result<(), Trouble> {
    const SEED: &str = "PROPTEST_RNG_SEED";
    let mut command = run::cargo(&["test", "--workspace", "--features", WINDOW, "--no-fail-fast"]);
    if std::env::var_os(SEED).is_none() {
        command.env(SEED, "20260101");
    }
    run::all_of(&mut command)
}

fn sum_up(done: &[Done], failed: Option<Step>) {
    console::step(if failed.is_some() { "failed" } else { "all steps passed" });
    for Done { step, seconds } in done {
        let outcome = if failed == Some(*step) { "FAILED" } else { "ok" };
        console::note(&format!("{:<10} {seconds:>7.1} s  {outcome}", step.name()));
    }
    let steps: Vec<_> = done
        .iter()
        .map(|it| json!({ "step": it.step.name(), "seconds": tenths(it.seconds), "ok": failed != Some(it.step) }))
        .collect();
    let seconds = tenths(done.iter().map(|it| it.seconds).sum());
    let line = json!({ "command": "test", "ok": failed.is_none(), "seconds": seconds, "steps": steps });
    console::say(&line.to_string());
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_and_left_out_in_their_order() {
        let all = chosen(&Arguments { only: vec![], skip: vec![] });
        assert_eq!(all.first(), Some(&Step::Setup));
        assert_eq!(all.last(), Some(&Step::Tests));
        let some = chosen(&Arguments { only: vec![Step::Tests, Step::Tidy], skip: vec![] });
        assert_eq!(some, [Step::Tidy, Step::Tests]);
        let fewer = chosen(&Arguments { only: vec![], skip: vec![Step::Clippy] });
        assert!(fewer.len() == all.len() - 1 && !fewer.contains(&Step::Clippy));
    }

    #[test]
    fn every_step_has_a_name_and_says_what_it_is() {
        for step in Step::value_variants() {
            assert!(!step.name().is_empty() && !step.about().is_empty(), "{step:?}");
        }
    }
}
