//! One program for every target; which one it is stands in the environment, since libFuzzer takes the arguments.
#![no_main]

use sidetone_fuzz_targets::{TARGETS, Target};
use std::sync::OnceLock;

/// Names the target.
const VARIABLE: &str = "SIDETONE_FUZZ_TARGET";

fn target() -> Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    *TARGET.get_or_init(|| {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        let found = TARGETS.iter().find(|(have, _)| *have == name);
        found.map(|(_, target)| *target).unwrap_or_else(|| panic!("{VARIABLE}: no target is called {name:?}"))
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target()(bytes));
