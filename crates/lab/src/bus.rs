//! A private message bus (`dbus-daemon`): whoever plays here meets nobody of the session that runs the play, neither a
//! copy of the program that is open there nor its keychain. Starts no services.

use crate::process::{Child, GLANCE};
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the bus may take to be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Anyone of this user may speak, own a name and listen at SOCKET; nothing is started for them.
const RULES: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A bus; it ends when this is dropped.
#[derive(Debug)]
pub struct Bus {
    // In the order in which they are to go.
    _daemon: Child,
    folder: tempfile::TempDir,
}

impl Bus {
    /// Starts a bus whose files are in a folder of its own: a socket's path must be short.
    ///
    /// # Errors
    /// When `dbus-daemon` (Debian package `dbus-daemon`) is not installed or does not come up within 10 seconds.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sidetone-bus-").tempdir()?;
        let (rules, socket) = (folder.path().join("bus.conf"), folder.path().join("bus"));
        std::fs::write(&rules, RULES.replace("SOCKET", &socket.to_string_lossy()))?;
        let mut command = Command::new("dbus-daemon");
        command.args(["--nofork", "--nopidfile", "--nosyslog"]);
        command.arg(format!("--config-file={}", rules.display()));
        let daemon = Child::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let deadline = Instant::now() + PATIENCE;
        while !socket.exists() {
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "dbus-daemon did not come up"));
            }
            std::thread::sleep(GLANCE);
        }
        Ok(Self { _daemon: daemon, folder })
    }

    /// What goes into `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }
}
