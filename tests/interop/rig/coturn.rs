//! coturn on loopback: a STUN and TURN server with one user.

use super::kamailio::{Certificate, certify};
use super::{PASSWORD, Program, SOON, Setup, ports};
use std::process::Command;

/// Its one user; the password is everybody's.
const USER: &str = "desk";

/// How it is reached, and not otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Udp,
    Tcp,
    Tls,
}

/// A running coturn.
#[derive(Debug)]
pub(crate) struct Coturn {
    program: Program,
    by: By,
    address: &'static str,
    port: u16,
    folder: tempfile::TempDir,
}

impl Coturn {
    /// Starts it on loopback, and waits until it listens.
    pub(crate) fn start(by: By) -> Self {
        Self::at("127.0.0.1", by)
    }

    /// Starts it at this address, and waits until it listens.
    pub(crate) fn at(address: &'static str, by: By) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path(), Certificate::Good);
        let (port, relays) = (ports::free(1), ports::free(16));
        let place = |name: &str| folder.path().join(name);
        let (port_name, unused) = match by {
            By::Udp => ("--listening-port", ["--no-tcp", "--no-tls", "--no-dtls"]),
            By::Tcp => ("--listening-port", ["--no-udp", "--no-tls", "--no-dtls"]),
            By::Tls => ("--tls-listening-port", ["--no-udp", "--no-tcp", "--no-dtls"]),
        };
        let mut command = Command::new("turnserver");
        command
            .args(["-n", "--no-cli", "--lt-cred-mech", &format!("--user={USER}:{PASSWORD}")])
            .args(unused)
            .args([
                "--realm=proxy.test",
                &format!("--listening-ip={address}"),
                &format!("--relay-ip={address}"),
            ])
            .args(["--allow-loopback-peers", "--log-file=stdout", "--verbose"])
            .arg(format!("{port_name}={port}"))
            .arg(format!("--min-port={relays}"))
            .arg(format!("--max-port={}", relays + 15));
        for (option, name) in
            [("pidfile", "pid"), ("userdb", "users"), ("cert", "server.pem"), ("pkey", "server-key.pem")]
        {
            command.arg(format!("--{option}")).arg(place(name));
        }
        let program = Program::start("turnserver", &mut command);
        let coturn = Self { program, by, address, port, folder };
        coturn.says("SQLite DB connection success");
        coturn
    }

    /// A phone that uses it, beside other ways.
    pub(crate) fn helps(&self, phone: Setup) -> Setup {
        let server = match self.by {
            By::Udp => format!("{}:{}", self.address, self.port),
            By::Tcp => format!("turn:{}:{}?transport=tcp", self.address, self.port),
            By::Tls => format!("turns:{}:{}", self.address, self.port),
        };
        phone
            .args(["--ice", "--turn", &server, "--turn-user", USER, "--turn-password-env", VARIABLE, "--ca"])
            .arg(self.folder.path().join("authority.pem"))
            .env(VARIABLE, PASSWORD)
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
const VARIABLE: &str = "SIDETONE_TEST_TURN_PASSWORD";
