//! A virtual display: an X server without a screen (Xvfb) on a free display number, with a window manager where asked.
//!
//! It refuses to touch the display of whoever runs it: what it starts sees only [`Display::environment`].

use crate::process::{self, Child, GLANCE};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the X server or the window manager may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A virtual display; it and its window manager end when this is dropped.
#[derive(Debug)]
pub struct Display {
    // Dropped first: it talks to the server.
    manager: Option<Child>,
    server: Child,
    name: String,
}

impl Display {
    /// Starts an X server with one screen of `width` by `height` pixels, 24 bits deep, that listens on no network.
    ///
    /// # Errors
    /// When `Xvfb` (Debian package `xvfb`) is not installed or does not come up within 20 seconds.
    pub fn start(width: u32, height: u32) -> io::Result<Self> {
        let screen = format!("{width}x{height}x24");
        let mut command = Command::new("Xvfb");
        // The server picks a free number itself and writes it to the file descriptor named here.
        command.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]);
        let mut server = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let mut said = server.take_stdout().ok_or_else(|| io::Error::other("Xvfb has no output"))?;
        let number = process::read_line(&mut said)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(io::Error::other("Xvfb did not say which display it took"));
        }
        Ok(Self { manager: None, server, name: format!(":{number}") })
    }

    /// Starts a window manager (openbox) on it: without one, focus, minimising and staying on top do not work.
    ///
    /// # Errors
    /// When `openbox` is not installed or does not take the display within 20 seconds.
    pub fn manage(&mut self) -> io::Result<()> {
        let mut command = Command::new("openbox");
        command.arg("--sm-disable").stdout(Stdio::null()).stderr(Stdio::null());
        self.dress(&mut command);
        self.manager = Some(Child::start(&mut command)?);
        self.wait_until_managed()
    }

    /// The display's name, as in `DISPLAY`: `:99`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The X server's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// What a program must have in its environment to open its windows here.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("DISPLAY", self.name.as_str()),
            ("GDK_BACKEND", "x11"),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
            // One that is not running is looked for on the session bus for seconds.
            ("NO_AT_BRIDGE", "1"),
        ];
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Lets `command` open its windows here and nowhere else.
    pub fn dress(&self, command: &mut Command) {
        command.envs(self.environment()).env_remove("WAYLAND_DISPLAY").env_remove("XAUTHORITY");
    }

    /// Saves what is on the whole screen as a PNG file.
    ///
    /// # Errors
    /// When `import` (Debian package `imagemagick`) is not installed or the file cannot be written.
    pub fn screenshot(&self, file: &Path) -> io::Result<()> {
        let mut command = Command::new("import");
        command.args(["-display", &self.name, "-window", "root"]).arg(file);
        process::output_of(&mut command).map(drop)
    }

    fn wait_until_managed(&mut self) -> io::Result<()> {
        if process::which("xprop").is_none() {
            return Ok(());
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut ask = Command::new("xprop");
            ask.args(["-display", &self.name, "-root", "_NET_SUPPORTING_WM_CHECK"]);
            if process::output_of(&mut ask).is_ok_and(|said| said.contains("window id")) {
                return Ok(());
            }
            std::thread::sleep(GLANCE);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "openbox did not take the display"))
    }
}
