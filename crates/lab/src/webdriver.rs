//! A small WebDriver client (W3C WebDriver, <https://www.w3.org/TR/webdriver2/>) for the web view of a desktop program,
//! through WebKitGTK's `WebKitWebDriver`.
//!
//! It blocks, speaks plain HTTP on loopback, and knows nothing of Sidetone: what the screen means stands in
//! [`agent`](crate::agent). Only Linux has such a driver for web views.

mod http;
mod window;

pub use window::{Element, Window};

use crate::display::Display;
use crate::process::{Child, GLANCE};
use http::Http;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the driver may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a program may take to show its web view: a first start fills caches.
const START: Duration = Duration::from_secs(90);

/// What went wrong between us and the web view.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `WebKitWebDriver` could not be started (Debian package `webkit2gtk-driver`).
    #[error("{0}")]
    Driver(std::io::Error),
    /// The connection to it broke.
    #[error("no word from the WebDriver: {0}")]
    Connection(std::io::Error),
    /// It answered with something that is not WebDriver.
    #[error("not a WebDriver answer: {0}")]
    Answer(String),
    /// It refused. `code` is the specification's, for example `no such element`.
    #[error("WebDriver refused: {code}: {message}")]
    Refused {
        /// The error code of WebDriver section 6.6.
        code: String,
        /// The driver's words.
        message: String,
    },
    /// What was waited for did not come.
    #[error("waited {0:?} in vain for {1}")]
    Deadline(Duration, String),
    /// A picture could not be written.
    #[error("cannot write {0}: {1}")]
    File(PathBuf, std::io::Error),
}

impl Error {
    /// Whether looking again may help: the element is not there yet, or was drawn anew in between.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let codes = [
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
            "detached shadow root",
        ];
        matches!(self, Self::Refused { code, .. } if codes.contains(&code.as_str()))
    }
}

/// A program to be driven.
#[derive(Debug, Clone)]
pub struct App {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl App {
    /// The program at `binary`.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        // Tauri opens its web view to a WebDriver only when this is set.
        let automation = ("TAURI_WEBVIEW_AUTOMATION".to_owned(), "true".to_owned());
        Self { binary: binary.into(), arguments: Vec::new(), environment: vec![automation] }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With one more variable in its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// With several more variables in its environment.
    #[must_use]
    pub fn envs(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(pairs);
        self
    }

    /// How it is started without a driver.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command
    }

    fn capabilities(&self) -> Value {
        let binary = self.binary.to_string_lossy();
        let options = json!({ "binary": binary, "args": self.arguments });
        json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } })
    }
}

/// A running program under a WebDriver of its own. Both end when this is dropped.
#[derive(Debug)]
pub struct Driven {
    window: Window,
    driver: Child,
}

impl Driven {
    /// Starts `app` on `display` and waits for its web view. What program and driver write goes to the file `log`.
    ///
    /// # Errors
    /// When there is no driver, or the program shows no web view within 90 seconds.
    pub fn start(app: &App, display: &Display, log: &Path) -> Result<Self, Error> {
        let file = std::fs::File::create(log).map_err(|error| Error::File(log.to_owned(), error))?;
        let copy = file.try_clone().map_err(|error| Error::File(log.to_owned(), error))?;
        let port = free_port().map_err(Error::Driver)?;
        let mut command = Command::new("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        display.dress(&mut command);
        // The driver starts the program with its own environment.
        command.envs(app.environment.iter().cloned());
        let command = command.stdout(Stdio::from(file)).stderr(Stdio::from(copy));
        let driver = Child::start(command).map_err(Error::Driver)?;
        let http = Http::new(port);
        wait_until_ready(&http)?;
        let answer = http.post("/session", &app.capabilities(), START)?;
        let session = answer.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        if session.is_empty() {
            return Err(Error::Answer(answer.to_string()));
        }
        Ok(Self { window: Window::new(http, session), driver })
    }

    /// The program's window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The driver's process id; the program is a child of it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.driver.id()
    }

    /// Closes the window as the session's end does, then ends what is left.
    ///
    /// # Errors
    /// When the driver does not answer any more; the program is ended all the same.
    pub fn close(mut self) -> Result<(), Error> {
        let ended = self.window.end_session();
        self.driver.stop().map_err(Error::Driver)?;
        ended
    }
}

impl std::ops::Deref for Driven {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.window
    }
}

fn wait_until_ready(http: &Http) -> Result<(), Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match http.get("/status", PATIENCE) {
            Ok(status) if status.get("ready").and_then(Value::as_bool) == Some(true) => return Ok(()),
            Ok(_) | Err(Error::Connection(_)) if Instant::now() < deadline => std::thread::sleep(GLANCE),
            Ok(_) => return Err(Error::Deadline(PATIENCE, "WebKitWebDriver to be ready".to_owned())),
            Err(error) => return Err(error),
        }
    }
}

/// A port nobody listens on now. Somebody else may take it before the driver does; then the driver says so and ends.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
