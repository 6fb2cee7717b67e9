//! sipp with one of the scenarios beside this folder.

use super::{Program, SOON, ports, root};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// A running sipp.
#[derive(Debug)]
pub(crate) struct Sipp {
    program: Program,
    port: u16,
    // Its own files go here, and away.
    _folder: tempfile::TempDir,
}

impl Sipp {
    /// Calls `target` (`IP:PORT`) with `calls` calls, one after the other.
    pub(crate) fn caller(scenario: &str, target: &str, calls: u32) -> Self {
        let calls = calls.to_string();
        Self::start(scenario, &[target, "-m", &calls, "-l", "1", "-r", "20"])
    }

    /// Waits for `calls` calls.
    pub(crate) fn callee(scenario: &str, calls: u32) -> Self {
        Self::serving(scenario, &["-m", &calls.to_string()])
    }

    /// Waits for calls, with more words for its command line. There when this returns.
    pub(crate) fn serving(scenario: &str, words: &[&str]) -> Self {
        let sipp = Self::start(scenario, words);
        sipp.until_listening();
        sipp
    }

    /// With more words for its command line.
    pub(crate) fn start(scenario: &str, words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = ports::free(1);
        let file = root().join("tests/interop/sipp").join(scenario).with_extension("xml");
        let mut command = Command::new("sipp");
        command.current_dir(folder.path()).arg("-sf").arg(file);
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-timeout", "30s"]).args(words);
        command.args(["-timeout_error", "-trace_err", "-error_file", "/dev/stderr", "-cp"]);
        command.arg(ports::free(1).to_string());
        let program = Program::start(format!("sipp {scenario}"), &mut command);
        Self { program, port, _folder: folder }
    }

    /// Where it listens.
    pub(crate) fn uri(&self, transport: &str) -> String {
        format!("sip:service@127.0.0.1:{};transport={transport}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it said.
    pub(crate) fn said(&self) -> String {
        self.program.said().text()
    }

    /// Fails unless every call went as the scenario says.
    pub(crate) fn succeeds(&mut self) {
        self.succeeds_within(45);
    }

    /// Fails unless every call went as the scenario says, in so many seconds.
    pub(crate) fn succeeds_within(&mut self, seconds: u64) {
        let code = self.program.wait(Duration::from_secs(seconds));
        assert_eq!(code, Some(0), "a scenario of sipp did not go as written");
    }

    /// sipp says nothing when it is ready: the kernel does.
    fn until_listening(&self) {
        let deadline = Instant::now() + SOON;
        let socket = format!(":{:04X} ", self.port);
        let tables = ["/proc/net/udp", "/proc/net/tcp"];
        while !tables.iter().any(|table| fs::read_to_string(table).is_ok_and(|text| text.contains(&socket))) {
            assert!(Instant::now() < deadline, "sipp does not listen");
            let _ = self.program.said().wait(usize::MAX, Duration::from_millis(20), |_| None::<()>);
        }
    }
}
