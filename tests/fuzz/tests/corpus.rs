//! Every target with every file of its corpus: what once led a fuzzer somewhere new, and what once broke something.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]
#![allow(clippy::disallowed_methods, reason = "how long a file takes is part of the test")]

use sidetone_fuzz_targets::{TARGETS, Target};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// For one file, on a machine that has other things to do as well.
const MOST_TIME: Duration = Duration::from_secs(10);

/// Files and bytes of the whole corpus.
const MOST: (usize, u64) = (300, 1024 * 1024);

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn files(target: &str) -> Vec<PathBuf> {
    let folder = corpus().join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(name: &str) {
    let (_, target): &(&str, Target) = TARGETS.iter().find(|(have, _)| *have == name).unwrap();
    let files = files(name);
    assert!(!files.is_empty(), "{name} has no corpus");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let began = Instant::now();
        let outcome = std::panic::catch_unwind(|| target(&bytes));
        assert!(outcome.is_ok(), "{}", file.display());
        assert!(began.elapsed() < MOST_TIME, "{} took {:?}", file.display(), began.elapsed());
    }
}

macro_rules! replayed {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })+

        #[test]
        fn every_target_is_replayed() {
            let names = [$(stringify!($name)),+];
            let targets: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names.as_slice(), targets);
        }
    };
}

replayed!(message, framer, agent, sdp, rtp, rtcp, srtp, dtls, ice, codecs);

#[test]
fn the_corpus_stays_small() {
    let all: Vec<_> = TARGETS.iter().flat_map(|(name, _)| files(name)).collect();
    let bytes: u64 = all.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(all.len() <= MOST.0 && bytes <= MOST.1, "{} files, {bytes} bytes", all.len());
}

/// The torture messages are part of every corpus that knows messages.
#[test]
fn torture_messages_break_nothing() {
    for folder in ["../torture", "../torture/ipv6"] {
        let entries = fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
        for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let bytes = fs::read(&path).unwrap();
            for (name, target) in TARGETS.iter().filter(|(name, _)| ["message", "framer"].contains(name)) {
                assert!(std::panic::catch_unwind(|| target(&bytes)).is_ok(), "{name} {}", path.display());
            }
        }
    }
}
