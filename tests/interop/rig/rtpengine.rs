//! rtpengine on loopback: a relay of sound, without the kernel's help.

use super::{Program, SOON, ports};
use std::process::Command;

/// A running rtpengine.
#[derive(Debug)]
pub(crate) struct Rtpengine {
    program: Program,
    port: u16,
}

impl Rtpengine {
    /// Starts it, and waits until it listens.
    pub(crate) fn start() -> Self {
        let (port, first) = (ports::free(1), ports::free(16));
        let mut command = Command::new("rtpengine");
        command
            .args(["--foreground", "--log-stderr", "--log-level=6", "--table=-1", "--interface=127.0.0.1"])
            .args(["--config-file=none", "--num-threads=2"])
            .arg(format!("--listen-ng=127.0.0.1:{port}"))
            .arg(format!("--port-min={first}"))
            .arg(format!("--port-max={}", first + 15));
        let program = Program::start("rtpengine", &mut command);
        let relay = Self { program, port };
        relay.says("Startup complete");
        relay
    }

    /// Where it is told what to do.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Waits until its log has these words.
    pub(crate) fn says(&self, words: &str) {
        let found = self.program.said().wait(0, SOON, |line| line.contains(words).then_some(()));
        assert!(found.is_some(), "rtpengine did not say {words:?}");
    }
}
