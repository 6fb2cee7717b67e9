//! `cargo xtask fuzz`: libFuzzer on one door that the network has, or on each in turn. With the toolchain that builds
//! the rest: it needs a C++ compiler and nothing else. What it finds is a file, and what to do with it is said.

use crate::console::{self, Trouble};
use crate::run;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What tells libFuzzer where a run came along, as cargo-fuzz has it without a sanitizer.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// More is not tried: what a message may be at most, and a little.
const LONGEST: u32 = 70_000;

/// What one input may take, in seconds and MB.
const MOST_SECONDS: u32 = 5;
const MOST_MEMORY_MB: u32 = 1024;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A folder of `tests/corpus`; all of them when left out.
    target: Option<String>,
    /// How long, for each.
    #[arg(default_value_t = 60)]
    seconds: u32,
    /// Then add to the corpus what came along somewhere new, as small as it goes.
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let targets = chosen(&corpus(), arguments.target.as_deref())?;
    console::step("the fuzzer");
    let host = host()?;
    run::all_of(&mut build(&host))?;
    for target in &targets {
        console::step(&format!("{target}, for {} seconds", arguments.seconds));
        hunt(&host, target, arguments.seconds)?;
        if arguments.keep {
            keep(&host, target)?;
        }
    }
    Ok(())
}

fn corpus() -> PathBuf {
    run::root().join("tests").join("corpus")
}

/// The target that was named, or all.
fn chosen(corpus: &Path, named: Option<&str>) -> Result<Vec<String>, Trouble> {
    let entries = fs::read_dir(corpus)?.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let mut all: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    match named {
        None => Ok(all),
        Some(name) if all.iter().any(|have| have == name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(Trouble::new(format!("there is no target {name}"))
            .with_remedy(format!("it is one of {}", all.join(", ")))),
    }
}

/// Naming the target keeps build scripts and macros as they are: they are not fuzzed.
fn build(host: &str) -> Command {
    let mut command = run::cargo(&["build", "--release", "--target", host]);
    command.arg("--manifest-path").arg(run::root().join("fuzz").join("Cargo.toml"));
    command.arg("--target-dir").arg(run::target().join("fuzz"));
    command.env("RUSTFLAGS", COVERAGE);
    command
}

fn host() -> Result<String, Trouble> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Trouble::new("rustc does not say what it builds for"))
}

fn fuzzer(host: &str, target: &str) -> Command {
    let program = run::target().join("fuzz").join(host).join("release");
    let mut command = Command::new(program.join(format!("sidetone-fuzz{}", std::env::consts::EXE_SUFFIX)));
    command.env("SIDETONE_FUZZ_TARGET", target).arg(format!("-max_len={LONGEST}"));
    command.args([format!("-timeout={MOST_SECONDS}"), format!("-rss_limit_mb={MOST_MEMORY_MB}")]);
    command
}

/// What was found on the way to a failure stays beside the build: only `--keep` takes it into the tree.
fn work(target: &str) -> PathBuf {
    run::target().join("fuzz").join("found").join(target)
}

fn hunt(host: &str, target: &str, seconds: u32) -> Result<(), Trouble> {
    let (found, failures) = (work(target), run::target().join("fuzz").join("failures"));
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&failures)?;
    let mut command = fuzzer(host, target);
    command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1").arg("-verbosity=0");
    command.arg(format!("-artifact_prefix={}{}{target}-", failures.display(), std::path::MAIN_SEPARATOR));
    run::all_of(command.arg(found).arg(corpus().join(target))).map_err(|trouble| {
        trouble.with_remedy(format!(
            "mend it, then put its file from {} into tests/corpus/{target}, where every test run meets it",
            failures.display()
        ))
    })
}

fn keep(host: &str, target: &str) -> Result<(), Trouble> {
    let mut command = fuzzer(host, target);
    run::all_of(
        command
            .args(["-set_cover_merge=1", "-use_counters=0", "-verbosity=0"])
            .arg(corpus().join(target))
            .arg(work(target)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_folder_of_the_corpus() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sdp", "message"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(chosen(folder.path(), None).unwrap(), ["message", "sdp"]);
        assert_eq!(chosen(folder.path(), Some("sdp")).unwrap(), ["sdp"]);
        let trouble = chosen(folder.path(), Some("tea")).unwrap_err().to_string();
        assert!(trouble.contains("message, sdp"), "{trouble}");
    }
}
