//! The two phones, started alike: a headset of the rig, Opus, every call answered at once, no server.

use super::parts::Followed;
use crate::console::Trouble;
use crate::run;
use sidetone_lab::headset::{self, SoundRig};
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a phone may take to start or to get through.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whose phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Make {
    /// Ours, with the voice as it is.
    Sidetone,
    /// Ours, as an agent gets it: with what is done to sound by default.
    Processing,
    /// The measure.
    Baresip,
}

impl Make {
    /// Those that everything is measured of.
    pub(super) const ALL: [Self; 2] = [Self::Sidetone, Self::Baresip];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sidetone => "sidetone-cli",
            Self::Processing => "with processing",
            Self::Baresip => "baresip",
        }
    }
}

/// A running phone. It ends, and its folder goes, with this value.
pub(super) struct Phone {
    make: Make,
    program: Followed,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Phone {
    /// Answers every call.
    pub(super) fn answering(rig: &SoundRig, make: Make, headset: &str) -> Result<Self, Trouble> {
        Self::start(rig, make, headset, None)
    }

    /// Calls the phone at `port`.
    pub(super) fn calling(rig: &SoundRig, make: Make, headset: &str, port: u16) -> Result<Self, Trouble> {
        Self::start(rig, make, headset, Some(port))
    }

    fn start(rig: &SoundRig, make: Make, headset: &str, call: Option<u16>) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let target = call.map(|port| format!("sip:phone@127.0.0.1:{port}"));
        let mut command = match make {
            Make::Sidetone => sidetone(rig, headset, (port, target.as_deref()), Some("none")),
            Make::Processing => sidetone(rig, headset, (port, target.as_deref()), None),
            Make::Baresip => baresip(rig, headset, (port, target.as_deref()), folder.path())?,
        };
        // Whoever runs this keeps their own settings, and the phones start with none.
        for place in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(place, folder.path());
        }
        let program = Followed::start(&mut command)?;
        let phone = Self { make, program, port, _folder: folder };
        phone.wait_for(match make {
            Make::Sidetone | Make::Processing => "\"listening\"",
            Make::Baresip => "baresip is ready",
        })?;
        Ok(phone)
    }

    /// The process id.
    pub(super) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until both can talk.
    pub(super) fn wait_until_connected(&self) -> Result<(), Trouble> {
        self.wait_for(match self.make {
            Make::Sidetone | Make::Processing => "\"connected\"",
            Make::Baresip => "Call established",
        })
    }

    fn wait_for(&self, words: &str) -> Result<(), Trouble> {
        if self.program.says(words, PATIENCE) {
            return Ok(());
        }
        let said = self.program.text();
        Err(Trouble::new(format!("{} did not say {words}; it said:\n{said}", self.make.name())))
    }
}

/// `processing`: which stages; `None`: those that are on where nobody says anything.
fn sidetone(
    rig: &SoundRig,
    headset: &str,
    (port, target): (u16, Option<&str>),
    processing: Option<&str>,
) -> Command {
    let mut command = rig.command(run::target().join("release").join("sidetone-cli"));
    command.args(["--account", "sip:phone@127.0.0.1", "--local-port", &port.to_string()]);
    if let Some(stages) = processing {
        command.args(["--process", stages]);
    }
    let (microphone, speaker) = (headset::microphone(headset), headset);
    command.args([
        "--mic",
        &format!("pulseaudio:{microphone}"),
        "--speaker",
        &format!("pulseaudio:{speaker}"),
    ]);
    match target {
        Some(target) => command.args(["--call", target]),
        None => command.arg("--auto-answer"),
    };
    command
}

/// As its own template configures it (1.0), but for where it listens, the rig's devices, and Opus.
fn baresip(
    rig: &SoundRig,
    headset: &str,
    (port, target): (u16, Option<&str>),
    folder: &Path,
) -> Result<Command, Trouble> {
    let microphone = headset::microphone(headset);
    let config = format!(
        "poll_method epoll\n\
         sip_listen 127.0.0.1:{port}\n\
         call_local_timeout 120\n\
         call_max_calls 4\n\
         audio_player alsa,pulse:{headset}\n\
         audio_source alsa,pulse:{microphone}\n\
         audio_path {}\n\
         audio_level no\n\
         audio_buffer 20-160\n\
         jitter_buffer_delay 5-10\n\
         opus_bitrate 48000\n\
         module_path {}\n\
         module opus.so\nmodule g711.so\nmodule alsa.so\n\
         module_tmp account.so\nmodule_app menu.so\n",
        // No sounds are there, so it does not ring: sidetone-cli doesn't either.
        folder.display(),
        module_path()?
    );
    fs::write(folder.join("config"), config)?;
    fs::write(folder.join("accounts"), format!("<sip:phone@127.0.0.1:{port}>;regint=0;answermode=auto\n"))?;
    fs::write(folder.join("contacts"), "")?;
    let mut command = rig.command("baresip");
    command.arg("-f").arg(folder);
    if let Some(target) = target {
        command.args(["-e", &format!("/dial {target}")]);
    }
    Ok(command)
}

/// Distributions don't agree where the modules are.
fn module_path() -> Result<&'static str, Trouble> {
    let places = ["/usr/lib/baresip/modules", "/usr/lib64/baresip/modules", "/usr/local/lib/baresip/modules"];
    let found = places.into_iter().find(|place| Path::new(place).is_dir());
    found.ok_or_else(|| Trouble::new("baresip's modules are nowhere"))
}

/// An even port that nobody has, with its neighbour: baresip listens for TLS one further.
pub(super) fn free_port() -> Result<u16, Trouble> {
    for _ in 0..50 {
        let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port() & !1;
        let free = |port| std::net::TcpListener::bind(("0.0.0.0", port)).is_ok();
        if free(port) && free(port + 1) && UdpSocket::bind(("0.0.0.0", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Trouble::new("no port is free"))
}
