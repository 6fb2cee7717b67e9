//! `sidetone-cli` and its events.

use super::{Program, SOON, golden};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How `sidetone-cli` is to be started.
#[derive(Debug)]
pub(crate) struct Setup {
    command: Command,
    folder: tempfile::TempDir,
}

/// A running `sidetone-cli`.
#[derive(Debug)]
pub(crate) struct Sidetone {
    program: Program,
    /// `127.0.0.1:PORT`.
    address: String,
    seen: usize,
    folder: tempfile::TempDir,
}

impl Setup {
    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With these settings of the admin's.
    pub(crate) fn configured(self, settings: &str) -> Self {
        let folder = self.folder.path().join("sidetone");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), settings).unwrap();
        self
    }

    /// Speaks `file` into the call, as it is: to noise removal a test's tones are noise.
    pub(crate) fn speaking(self, file: &Path) -> Self {
        self.args(["--process", "none"]).arg("--mic").arg(file)
    }

    /// Starts it and waits until it listens.
    pub(crate) fn start(mut self) -> Sidetone {
        let heard = self.folder.path().join("heard.wav");
        self.command.arg("--speaker").arg(heard);
        let program = Program::start("sidetone-cli", &mut self.command);
        let mut phone = Sidetone { program, address: String::new(), seen: 0, folder: self.folder };
        let listening = phone.event("listening");
        let port = listening["address"].as_str().and_then(|address| address.rsplit(':').next());
        phone.address = format!("127.0.0.1:{}", port.unwrap());
        phone
    }
}

impl Sidetone {
    /// A phone that registers nowhere, as `user`, on any free port.
    pub(crate) fn direct(user: &str) -> Setup {
        Self::at(&format!("sip:{user}@127.0.0.1"))
    }

    /// The same in this network namespace.
    pub(crate) fn within(namespace: &str, user: &str) -> Setup {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program());
        Self::by(command, &format!("sip:{user}@127.0.0.1"))
    }

    /// A phone with this account.
    pub(crate) fn at(account: &str) -> Setup {
        Self::by(Command::new(program()), account)
    }

    fn by(mut command: Command, account: &str) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        command.args(["--account", account]);
        // Whoever runs this keeps their own settings, and ours are the built-in ones.
        for place in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(place, folder.path());
        }
        command.env("SIDETONE_LOG", "error,sidetone_net=trace").env("NO_COLOR", "1");
        Setup { command, folder }
    }

    /// Where it listens, as `IP:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The port that it listens at.
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// Tells it something, as one would type it (`--control`): `call URI`, `hold`, `transfer URI`, `attended 1 2`.
    pub(crate) fn tell(&mut self, line: &str) {
        self.program.tell(line);
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// The next event of this name behind the one waited for last.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        self.event_that(name, |_| true)
    }

    /// The next event of this name that `is_it`.
    pub(crate) fn event_that(&mut self, name: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let found = self.program.said().wait(self.seen, SOON, |line| {
            let event = serde_json::from_str::<Value>(line).ok()?;
            (event["event"] == name && is_it(&event)).then_some(event)
        });
        let Some((event, seen)) = found else { panic!("sidetone-cli did not say {name:?}") };
        self.seen = seen;
        event
    }

    /// Waits until `packets` arrived and went out.
    pub(crate) fn talk(&mut self, packets: u64) -> Value {
        let enough = |value: &Value| value.as_u64().is_some_and(|count| count >= packets);
        self.event_that("quality", |event| {
            enough(&event["packets_received"]) && enough(&event["packets_sent"])
        })
    }

    /// The newest of its events, whatever it is, must not be waited for any more.
    pub(crate) fn skip_to_now(&mut self) {
        self.seen = self.program.said().count();
    }

    /// How often it said this.
    pub(crate) fn count(&self, name: &str) -> usize {
        let word = format!("\"event\":\"{name}\"");
        self.program.said().text().matches(&word).count()
    }

    /// Lets it work for so long, and fails where it says that something did not.
    pub(crate) fn nothing_goes_wrong_for(&mut self, time: Duration) {
        let wrong = self.program.said().wait(self.seen, time, |line| {
            let event = serde_json::from_str::<Value>(line).ok()?;
            (event["event"] == "error").then(|| event.to_string())
        });
        assert_eq!(wrong, None);
    }

    /// What it sent and received, without registrations.
    pub(crate) fn ladder(&self) -> Vec<String> {
        golden::ladder(&self.program.said().text())
    }

    /// Asks it to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let status =
            Command::new("sh").args(["-c", &format!("kill -INT {}", self.program.id())]).status().unwrap();
        assert!(status.success());
    }

    /// Ends it at once, unasked, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.program.kill();
    }

    /// Waits for it to end by itself; the exit code.
    pub(crate) fn ends(&mut self) -> Option<i32> {
        self.program.wait(SOON)
    }

    /// What it heard: complete once it ended.
    pub(crate) fn heard(&self) -> PathBuf {
        self.folder.path().join("heard.wav")
    }
}

/// The program beside this test's own, where cargo left both.
fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().and_then(Path::parent).unwrap();
    let program = folder.join("sidetone-cli");
    assert!(program.exists(), "{program:?} is missing: cargo build -p sidetone-phone --bin sidetone-cli");
    program
}
