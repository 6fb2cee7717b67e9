//! What Rust code may not do: anywhere (be unsafe, stay undone), in a core (touch the world), in a test (sleep).

use crate::rust::{RustFile, find, tokens};
use crate::tree::Finding;

/// Never, in no file.
const NEVER: [(&[&str], &str); 6] = [
    (&["unsafe"], "find a safe way, or a crate that proved its own"),
    (&["todo", "!"], "do it, or leave it out"),
    (&["unimplemented", "!"], "do it, or leave it out"),
    (&["dbg", "!"], "use tracing, without anything private"),
    (&["#", "[", "ignore"], "a test runs or does not exist"),
    (&["unwrap_unchecked"], "prove it to the compiler"),
];

/// Not in a core: it comes in as an argument or goes out as an output.
const WORLD: [(&[&str], &str); 12] = [
    (&["Instant", ":", ":", "now"], "time is an argument: handle_input(now, ..)"),
    (&["SystemTime"], "the wall clock is an argument (UnixMillis)"),
    (&["thread", ":", ":"], "a core owns no thread and never waits"),
    (&["fs", ":", ":"], "files belong to edge/store"),
    (&["std", ":", ":", "fs"], "files belong to edge/store"),
    (&["std", ":", ":", "process"], "programs belong to nobody in a core"),
    (&["std", ":", ":", "env"], "the environment belongs to an edge"),
    (&["UdpSocket"], "sockets belong to edge/net"),
    (&["TcpStream"], "sockets belong to edge/net"),
    (&["TcpListener"], "sockets belong to edge/net"),
    (&["HashMap"], "its order differs from run to run: use BTreeMap"),
    (&["rand", ":", ":", "rng", "("], "randomness is a seed given at construction"),
];

pub(crate) fn check_opening(file: &RustFile) -> Vec<Finding> {
    let remedy = "open with //!: what it is for, what it refuses to do, the RFC and section";
    let finding = || Finding::at(&file.path, 1, "does not say what it is for", remedy);
    if file.opens_with_purpose { Vec::new() } else { vec![finding()] }
}

pub(crate) fn check_bans(file: &RustFile) -> Vec<Finding> {
    let mut all = tokens(&file.shipped);
    all.extend(tokens(&file.tests));
    hold(file, &all, &NEVER)
}

pub(crate) fn check_core(file: &RustFile) -> Vec<Finding> {
    if !file.path.starts_with("crates/core/") || file.is_test() {
        return Vec::new();
    }
    hold(file, &tokens(&file.shipped), &WORLD)
}

pub(crate) fn check_sleep(file: &RustFile) -> Vec<Finding> {
    let mut tested = tokens(&file.tests);
    if file.is_test() {
        tested.extend(tokens(&file.shipped));
    }
    let remedy = "wait for what is to happen, with a deadline; or use virtual time";
    hold(file, &tested, &[(&["sleep", "("], remedy), (&["sleep_until", "("], remedy)])
}

fn hold(file: &RustFile, tokens: &[crate::rust::Token], bans: &[(&[&str], &'static str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (sequence, remedy) in bans {
        for line in find(tokens, sequence) {
            findings.push(Finding::at(&file.path, line, sequence.concat(), remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_core(text: &str) -> usize {
        check_core(&RustFile::sample("crates/core/desk/src/a.rs", text)).len()
    }

    #[test]
    fn a_file_without_purpose_is_found() {
        assert_eq!(check_opening(&RustFile::sample("a.rs", "// Why.\nfn a() {}")).len(), 1);
        assert_eq!(check_opening(&RustFile::sample("a.rs", "//! Why.\nfn a() {}")).len(), 0);
    }

    #[test]
    fn every_ban_is_found() {
        for bad in ["unsafe {}", "todo!()", "unimplemented!()", "dbg!(1)", "x.unwrap_unchecked()"] {
            let file = RustFile::sample("a.rs", &format!("fn a() {{ {bad} }}"));
            assert_eq!(check_bans(&file).len(), 1, "{bad}");
        }
        let skipped = "#[cfg(test)] mod tests { #[test] #[ignore] fn a() {} }";
        assert_eq!(check_bans(&RustFile::sample("a.rs", skipped)).len(), 1);
        assert_eq!(check_bans(&RustFile::sample("a.rs", "fn a() { \"todo!()\"; }")).len(), 0);
    }

    #[test]
    fn a_core_that_touches_the_world_is_found() {
        let bads = [
            "std::time::Instant::now()",
            "SystemTime::now()",
            "std::thread::spawn(a)",
            "fs::read(b)",
            "std::process::exit(1)",
            "std::env::var(a)",
            "UdpSocket::bind(a)",
            "TcpStream::connect(a)",
            "TcpListener::bind(a)",
            "HashMap::new()",
            "rand::rng()",
        ];
        for bad in bads {
            assert_eq!(in_core(&format!("fn a() {{ {bad}; }}")), 1, "{bad}");
        }
        assert_eq!(in_core("use std::fs;"), 1);
        assert_eq!(in_core("fn a(now: Instant) { now + b }"), 0);
        assert_eq!(in_core("#[cfg(test)] mod tests { fn a() { Instant::now(); } }"), 0);
        let edge = RustFile::sample("crates/edge/net/src/a.rs", "fn a() { Instant::now(); }");
        assert_eq!(check_core(&edge).len(), 0);
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let nap = "fn a() { std::thread::sleep(b); }";
        assert_eq!(check_sleep(&RustFile::sample("tests/scenarios/a.rs", nap)).len(), 1);
        assert_eq!(check_sleep(&RustFile::sample("crates/lab/src/a.rs", nap)).len(), 0);
        let module = format!("#[cfg(test)] mod tests {{ {nap} }}");
        assert_eq!(check_sleep(&RustFile::sample("crates/lab/src/a.rs", &module)).len(), 1);
        let tokio = "async fn a() { tokio::time::sleep_until(b).await }";
        assert_eq!(check_sleep(&RustFile::sample("crates/phone/tests/a.rs", tokio)).len(), 1);
    }
}
