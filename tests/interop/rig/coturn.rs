//! coturn on loopback: a STUN and TURN server with one user.

use super::{PASSWORD, Program, SOON, ports};
use std::process::Command;

/// Its one user; the password is everybody's.
const USER: &str = "desk";

/// A running coturn.
#[derive(Debug)]
pub(crate) struct Coturn {
    program: Program,
    port: u16,
    folder: tempfile::TempDir,
}

impl Coturn {
    /// Starts it, and waits until it listens.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = ports::free(1);
        let relays = ports::free(16);
        let mut command = Command::new("turnserver");
        command
            .args(["-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--lt-cred-mech"])
            .arg(format!("--user={USER}:{PASSWORD}"))
            .args(["--realm=proxy.test", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"])
            .args(["--allow-loopback-peers", "--log-file=stdout", "--verbose"])
            .arg(format!("--listening-port={port}"))
            .arg(format!("--min-port={relays}"))
            .arg(format!("--max-port={}", relays + 15))
            .arg("--pidfile")
            .arg(folder.path().join("pid"))
            .arg("--userdb")
            .arg(folder.path().join("users"));
        let program = Program::start("turnserver", &mut command);
        let coturn = Self { program, port, folder };
        coturn.says("SQLite DB connection success");
        coturn
    }

    /// What a phone is told to use it, and nothing else, or other ways too.
    pub(crate) fn words(&self) -> [String; 7] {
        [
            "--ice",
            "--turn",
            &format!("127.0.0.1:{}", self.port),
            "--turn-user",
            USER,
            "--turn-password-env",
            VARIABLE,
        ]
        .map(str::to_owned)
    }

    /// Waits for a line of its log that has these words.
    pub(crate) fn says(&self, words: &str) {
        let found = self.program.said().wait(0, SOON, |line| line.contains(words).then_some(()));
        assert!(found.is_some(), "coturn did not say {words:?}; its folder is {:?}", self.folder.path());
    }

    /// How often it said them.
    pub(crate) fn said(&self, words: &str) -> usize {
        self.program.said().text().matches(words).count()
    }
}

/// Where phones find the password.
pub(crate) const VARIABLE: &str = "SIDETONE_TEST_TURN_PASSWORD";
