//! The house rules, checked: who may depend on whom, how large things may grow, what never stands in the tree.
//! A rule that pinches is a reason to change the design; a rule that is wrong is changed here, with the reason.
//!
//! Each rule is a function from text to findings, and each is shown to fail on a small bad sample.
//! It needs no library of the system and runs in seconds: `cargo test -p sidetone-tidy`.

#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/purity.rs"]
mod purity;
#[path = "tidy/rust.rs"]
mod rust;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/ui.rs"]
mod ui;
#[path = "tidy/words.rs"]
mod words;

use rust::RustFile;
use std::collections::BTreeSet;
use tree::{Finding, TextFile, Tree};

/// Fails with every finding at once, each with its place and what to do.
fn hold(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{} against the house rules:\n{}\n", findings.len(), lines.join("\n"));
}

/// Runs a rule over every Rust file.
fn rust_files(rule: impl Fn(&RustFile) -> Vec<Finding>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut parsed = Vec::new();
    for file in Tree::here().files_ending(".rs") {
        match RustFile::parse(&file) {
            Ok(file) => parsed.push(file),
            Err(finding) => findings.push(finding),
        }
    }
    let tests: BTreeSet<String> = parsed.iter().flat_map(RustFile::test_modules).collect();
    for file in &mut parsed {
        file.declared_test = tests.contains(&file.path);
        findings.extend(rule(file));
    }
    findings
}

/// Runs a rule over every file that is text.
fn text_files(rule: impl Fn(&TextFile) -> Vec<Finding>) -> Vec<Finding> {
    Tree::here().files.iter().flat_map(rule).collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    hold(&dependencies::check(&dependencies::rooms().unwrap()));
}

#[test]
fn the_architecture_document_names_every_crate() {
    let tree = Tree::here();
    hold(&dependencies::check_named(
        &dependencies::rooms().unwrap(),
        tree.text("docs/architecture.md").unwrap_or(""),
    ));
}

#[test]
fn every_crate_takes_the_common_lints() {
    let manifests = Tree::here().files_ending("Cargo.toml");
    hold(&manifests.iter().flat_map(dependencies::check_lints).collect::<Vec<_>>());
}

#[test]
fn rust_stays_small() {
    hold(&rust_files(sizes::check));
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    hold(&rust_files(purity::check_opening));
}

#[test]
fn nothing_is_unsafe_or_left_undone() {
    hold(&rust_files(purity::check_bans));
}

#[test]
fn cores_are_pure() {
    hold(&rust_files(purity::check_core));
}

#[test]
fn tests_wait_for_events_and_never_sleep() {
    hold(&rust_files(purity::check_sleep));
    hold(&text_files(ui::check_sleep));
}

#[test]
fn components_stay_small() {
    hold(&text_files(ui::check_size));
}

#[test]
fn the_window_is_built_in_layers() {
    hold(&text_files(ui::check_layers));
}

#[test]
fn every_colour_is_a_token() {
    hold(&text_files(ui::check_colours));
}

#[test]
fn nothing_is_promised_for_later() {
    hold(&text_files(words::check_promises));
}

#[test]
fn no_file_knows_a_machine_or_a_registry() {
    hold(&text_files(words::check_places));
}

#[test]
fn the_tree_is_really_read() {
    let tree = Tree::here();
    assert!(tree.text("Cargo.toml").is_some_and(|text| text.contains("[workspace]")));
    assert!(tree.files_ending(".rs").len() > 20, "the rules looked at next to nothing");
}
