//! Headsets without hardware: a private sound daemon with speakers and microphones that can be plugged in and
//! pulled out, spoken into and listened to. Works without a sound card, a session and a display, and as root.
//!
//! A speaker is a null sink whose monitor is recorded. A microphone is a hidden *feed* sink, which is spoken
//! into, and a source made of the feed's monitor, which is what programs see. The daemon and all its files live
//! in a temporary folder and go with the [`SoundRig`]; the machine's own sound is never touched.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Child, GLANCE, output_of, which};
use crate::recorder::Recorder;

/// How long a daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The laptop's own speaker, the default of every rig. Its microphone is spoken into by the same name.
pub const LAPTOP: &str = "laptop";

/// Which sound daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daemon {
    /// PulseAudio.
    PulseAudio,
    /// PipeWire with WirePlumber and its PulseAudio door.
    PipeWire,
    /// None: the machine has no sound at all.
    None,
}

/// A private sound daemon with virtual headsets. Dropping it ends the daemon.
#[derive(Debug)]
pub struct SoundRig {
    daemon: Daemon,
    modules: BTreeMap<String, Vec<String>>,
    // In this order: first the daemons end, last started first, then their folder goes.
    children: Vec<Child>,
    folder: tempfile::TempDir,
}

impl SoundRig {
    /// Starts PulseAudio with the laptop's speaker and microphone.
    ///
    /// # Errors
    /// When a program is missing (the message names its package) or the daemon does not answer in 10 s.
    pub fn pulse() -> io::Result<Self> {
        need(&[("pulseaudio", "pulseaudio"), ("pactl", "pulseaudio-utils"), ("parec", "pulseaudio-utils")])?;
        let mut rig = Self::empty(Daemon::PulseAudio)?;
        let script = rig.path("rig.pa");
        let socket = rig.path("pulse/native");
        let cookie = rig.path("cookie");
        let load = format!(
            ".fail\nload-module module-native-protocol-unix socket={} auth-cookie={}\n",
            socket.display(),
            cookie.display()
        );
        std::fs::write(&script, load)?;
        let mut command = rig.command("pulseaudio");
        command.arg("-n").arg("-F").arg(&script).args([
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disable-shm=yes",
            "--realtime=no",
            "--high-priority=no",
            "--log-level=notice",
        ]);
        rig.start(command)?;
        rig.furnish()?;
        Ok(rig)
    }

    /// Starts PipeWire, WirePlumber and the PulseAudio door with the laptop's speaker and microphone.
    ///
    /// # Errors
    /// As [`Self::pulse`].
    pub fn pipewire() -> io::Result<Self> {
        need(&[
            ("dbus-daemon", "dbus"),
            ("pipewire", "pipewire"),
            ("wireplumber", "wireplumber"),
            ("pipewire-pulse", "pipewire-pulse"),
            ("pactl", "pulseaudio-utils"),
            ("parec", "pulseaudio-utils"),
        ])?;
        let mut rig = Self::empty(Daemon::PipeWire)?;
        let bus = rig.path("bus");
        let mut command = rig.command("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nopidfile"])
            .arg(format!("--address=unix:path={}", bus.display()));
        rig.start(command)?;
        until("the message bus", || Ok(bus.exists()))?;
        rig.start(rig.command("pipewire"))?;
        let socket = rig.path("pipewire-0");
        until("PipeWire", || Ok(socket.exists()))?;
        rig.start(rig.command("wireplumber"))?;
        rig.start(rig.command("pipewire-pulse"))?;
        rig.furnish()?;
        Ok(rig)
    }

    /// No daemon and no device: what a machine without sound looks like to a program.
    ///
    /// # Errors
    /// When there is no place for a folder.
    pub fn none() -> io::Result<Self> {
        Self::empty(Daemon::None)
    }

    fn empty(daemon: Daemon) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sidetone-rig-").tempdir()?;
        for inside in ["pulse", "state", "config"] {
            std::fs::create_dir(folder.path().join(inside))?;
        }
        #[cfg(unix)]
        for private in [folder.path().to_owned(), folder.path().join("pulse")] {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(private, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self { daemon, modules: BTreeMap::new(), children: Vec::new(), folder })
    }

    /// Waits for the daemon's answer and gives it the laptop.
    fn furnish(&mut self) -> io::Result<()> {
        until("the sound daemon", || Ok(self.pactl(&["info"]).is_ok()))?;
        self.plug(LAPTOP, "Laptop")?;
        self.pactl(&["set-default-sink", LAPTOP])?;
        self.pactl(&["set-default-source", &microphone(LAPTOP)])?;
        // WirePlumber takes a default over in its own time; whoever asks next must find it.
        until("the default speaker", || {
            let info = self.pactl(&["info"])?;
            Ok(info.contains(&format!("Default Sink: {LAPTOP}\n"))
                && info.contains(&format!("Default Source: {}\n", microphone(LAPTOP))))
        })
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Which daemon runs.
    #[must_use]
    pub fn daemon(&self) -> Daemon {
        self.daemon
    }

    /// The environment that makes a program use this rig and no other sound. Under PipeWire that includes the
    /// rig's own message bus.
    #[must_use]
    pub fn env(&self) -> Vec<(&'static str, OsString)> {
        let root = self.folder.path();
        let mut bus = OsString::from("unix:path=");
        bus.push(root.join("bus"));
        let mut server = OsString::from("unix:");
        server.push(root.join("pulse/native"));
        let mut env = vec![
            ("XDG_RUNTIME_DIR", root.into()),
            ("PIPEWIRE_RUNTIME_DIR", root.into()),
            ("PULSE_RUNTIME_PATH", root.join("pulse").into()),
            ("PULSE_STATE_PATH", root.join("state").into()),
            ("PULSE_COOKIE", root.join("cookie").into()),
            ("PULSE_SERVER", server),
        ];
        if self.daemon == Daemon::PipeWire {
            env.push(("DBUS_SESSION_BUS_ADDRESS", bus));
        }
        env
    }

    /// A command that runs on this rig's sound.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env());
        command
    }

    fn start(&mut self, mut command: Command) -> io::Result<()> {
        // The daemons' own state stays in the folder as well; programs under test keep theirs.
        command.env("XDG_STATE_HOME", self.path("state")).env("XDG_CONFIG_HOME", self.path("config"));
        if self.daemon == Daemon::PulseAudio {
            command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        }
        let log = std::fs::File::create(self.path(&format!("{}.log", self.children.len())))?;
        command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
        self.children.push(Child::start(&mut command)?);
        Ok(())
    }

    fn pactl(&self, words: &[&str]) -> io::Result<String> {
        output_of(self.command("pactl").args(words).env("LC_ALL", "C"))
    }

    /// Plugs a headset in: a speaker called `name` and a microphone called `name` with `_mic` after it, shown to
    /// people as `title` and `title Microphone`. Returns when both are there.
    ///
    /// # Errors
    /// When the daemon refuses, or `name` is plugged in already.
    pub fn plug(&mut self, name: &str, title: &str) -> io::Result<()> {
        if self.modules.contains_key(name) {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("{name} is plugged in already"),
            ));
        }
        let mut loaded = vec![self.load_sink(name, title, 2)?];
        let feed = feed(name);
        loaded.push(self.load_sink(&feed, &format!("(feed) {title}"), 1)?);
        loaded.push(self.pactl(&[
            "load-module",
            "module-remap-source",
            &format!("source_name={}", microphone(name)),
            &format!("master={feed}.monitor"),
            "rate=48000",
            "channels=1",
            "channel_map=mono",
            "master_channel_map=mono",
            &format!("source_properties={}", properties(&format!("{title} Microphone"))),
        ])?);
        self.modules.insert(name.to_owned(), loaded.iter().map(|number| number.trim().to_owned()).collect());
        until("the headset", || {
            Ok(self.pactl(&["list", "short", "sinks"])?.contains(&format!("\t{name}\t"))
                && self.pactl(&["list", "short", "sources"])?.contains(&format!("\t{}\t", microphone(name))))
        })
    }

    fn load_sink(&self, name: &str, title: &str, channels: u8) -> io::Result<String> {
        let mut words = vec!["load-module".to_owned(), "module-null-sink".to_owned()];
        words.extend([format!("sink_name={name}"), "rate=48000".to_owned(), format!("channels={channels}")]);
        if self.daemon == Daemon::PulseAudio {
            // Without it opening a capture takes two seconds.
            words.push("norewinds=1".to_owned());
        }
        if channels == 1 {
            words.push("channel_map=mono".to_owned());
        }
        words.push(format!("sink_properties={}", properties(title)));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.pactl(&words)
    }

    /// Pulls a headset out: speaker and microphone vanish, as those of a USB headset do.
    ///
    /// # Errors
    /// When `name` is not plugged in or the daemon refuses.
    pub fn unplug(&mut self, name: &str) -> io::Result<()> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("{name} is not plugged in"));
        let modules = self.modules.remove(name).ok_or_else(missing)?;
        for module in modules.iter().rev() {
            self.pactl(&["unload-module", module])?;
        }
        until("the headset's going", || {
            Ok(!self.pactl(&["list", "short", "sinks"])?.contains(&format!("\t{name}\t")))
        })
    }

    /// Speaks `wav` into the microphone of `name`. The child ends with the file; dropping it falls silent.
    ///
    /// # Errors
    /// When the player cannot be started.
    pub fn speak(&self, name: &str, wav: &Path) -> io::Result<Child> {
        let device = format!("--device={}", feed(name));
        Child::start(self.command("paplay").args([device.as_str(), "--latency-msec=20"]).arg(wav))
    }

    /// Listens to the speaker of `name`. Returns when the first sound, or silence, has arrived.
    ///
    /// # Errors
    /// When the recorder cannot be started or hears nothing within 10 s.
    pub fn record(&self, name: &str) -> io::Result<Recorder> {
        self.listen(&format!("{name}.monitor"))
    }

    /// Listens to what is spoken into the microphone of `name`, so that delays can be measured by one clock.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn record_feed(&self, name: &str) -> io::Result<Recorder> {
        self.listen(&format!("{}.monitor", feed(name)))
    }

    fn listen(&self, source: &str) -> io::Result<Recorder> {
        let device = format!("--device={source}");
        let mut command = self.command("parec");
        command.args([
            &device,
            "--raw",
            "--format=s16le",
            "--rate=48000",
            "--channels=1",
            "--latency-msec=10",
        ]);
        Recorder::start(command, PATIENCE)
    }
}

impl Drop for SoundRig {
    fn drop(&mut self) {
        while self.children.pop().is_some() {}
    }
}

fn feed(name: &str) -> String {
    format!("{name}_feed")
}

/// What the microphone of headset `name` is called.
#[must_use]
pub fn microphone(name: &str) -> String {
    format!("{name}_mic")
}

fn properties(title: &str) -> String {
    format!(
        "'device.description=\"{title}\" node.nick=\"{title}\" device.bus=usb device.form_factor=headset'"
    )
}

fn need(programs: &[(&str, &str)]) -> io::Result<()> {
    match programs.iter().find(|(program, _)| which(program).is_none()) {
        None => Ok(()),
        Some((program, package)) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("{program} is missing: install the package {package}"),
        )),
    }
}

/// Looks until `done` says so.
fn until(what: &str, done: impl Fn() -> io::Result<bool>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !done()? {
        if Instant::now() >= deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("waited 10 s for {what}")));
        }
        std::thread::sleep(GLANCE);
    }
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn a_headset_comes_and_goes(mut rig: SoundRig) {
        rig.plug("hs_a", "Headset A").unwrap();
        assert!(rig.plug("hs_a", "Headset A").is_err());
        let sources = rig.pactl(&["list", "short", "sources"]).unwrap();
        assert!(sources.contains("hs_a_mic"), "{sources}");
        rig.unplug("hs_a").unwrap();
        assert!(rig.unplug("hs_a").is_err());
        let folder = rig.folder.path().to_owned();
        drop(rig);
        assert!(!folder.exists());
    }

    #[test]
    fn a_pulseaudio_headset_comes_and_goes() {
        a_headset_comes_and_goes(SoundRig::pulse().unwrap());
    }

    #[test]
    fn a_pipewire_headset_comes_and_goes() {
        a_headset_comes_and_goes(SoundRig::pipewire().unwrap());
    }

    #[test]
    fn a_missing_program_names_its_package() {
        let error = need(&[("no-such-daemon", "daemon-package")]).unwrap_err();
        assert!(error.to_string().contains("install the package daemon-package"), "{error}");
    }
}
