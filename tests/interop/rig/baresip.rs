//! baresip in a folder of its own: it speaks a file, writes down what it hears (its `sndfile` module), and is told what
//! to do over its `ctrl_tcp` door, which also says what happens to it.

use super::program::Said;
use super::{Kamailio, PASSWORD, Program, SOON, aor, ports};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything it needs to be a phone on loopback, and nothing that looks for hardware.
const MODULES: [&str; 10] =
    ["opus", "g722", "g711", "sndfile", "aufile", "ctrl_tcp", "stun", "ice", "srtp", "dtls_srtp"];

/// A running baresip.
#[derive(Debug)]
pub(crate) struct Baresip {
    // In the order in which they are to go.
    door: TcpStream,
    program: Program,
    events: Arc<Said>,
    seen: usize,
    port: u16,
    folder: tempfile::TempDir,
}

impl Baresip {
    /// Starts it with one codec (`opus`, `G722`, `PCMU` or `PCMA`) and a sentence to say. It registers nowhere.
    pub(crate) fn start(codec: &str, speech: &Path) -> Self {
        Self::with(codec, speech, None, "")
    }

    /// The same, and it speaks ICE.
    pub(crate) fn with_ice(codec: &str, speech: &Path) -> Self {
        Self::with(codec, speech, None, ";medianat=ice")
    }

    /// Starts it like that, with this way to protect calls: `srtp` (where the other side can, too), `srtp-mand` or
    /// `dtls_srtp`.
    pub(crate) fn protecting(codec: &str, speech: &Path, how: &str) -> Self {
        Self::with(codec, speech, None, &format!(";mediaenc={how}"))
    }

    /// Starts it as a user of this server, and waits until it is registered.
    pub(crate) fn registered(server: &mut Kamailio, user: &str, codec: &str, speech: &Path) -> Self {
        Self::registered_with(server, user, codec, speech, "")
    }

    /// The same, and it does what these parameters of its account say: `;mediaenc=dtls_srtp`.
    pub(crate) fn registered_with(
        server: &mut Kamailio,
        user: &str,
        codec: &str,
        speech: &Path,
        manner: &str,
    ) -> Self {
        let account = format!(
            "<{}>;regint=600;auth_pass={PASSWORD};outbound=\"sip:{};transport=udp\"",
            aor(user),
            server.address()
        );
        let baresip = Self::with(codec, speech, Some(&account), manner);
        // It may have said so before anybody listened at its door.
        server.says(&format!("registered {user}"));
        baresip
    }

    fn with(codec: &str, speech: &Path, account: Option<&str>, manner: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It listens for TLS one port further.
        let (port, door) = (ports::free(2), ports::free(1));
        let alone = format!("<sip:alice@127.0.0.1:{port}>;regint=0");
        let account = format!("{}{manner}", account.unwrap_or(&alone));
        prepare(folder.path(), (port, door), codec, speech, &account);
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder.path());
        let program = Program::start("baresip", &mut command);
        let door = open_door(&program, door);
        let events = Arc::new(Said::default());
        let (told, read) = (Arc::clone(&events), door.try_clone().unwrap());
        std::thread::spawn(move || listen(read, &told));
        Self { door, program, events, seen: 0, port, folder }
    }

    /// Its address as one would dial it over `transport` (`udp` or `tcp`).
    pub(crate) fn uri(&self, transport: &str) -> String {
        format!("sip:alice@127.0.0.1:{};transport={transport}", self.port)
    }

    /// Tells it something, as one would type it: `dial`, `hangup`, `accept`, `hold`, `resume`, `sndcode`.
    pub(crate) fn tell(&mut self, command: &str, params: &str) {
        let text = json!({ "command": command, "params": params, "token": "" }).to_string();
        write!(self.door, "{}:{text},", text.len()).unwrap();
    }

    /// The next event of this kind behind the one waited for last: `CALL_INCOMING`, `CALL_ESTABLISHED`, ...
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        let found = self.events.wait(self.seen, SOON, |line| {
            let event = serde_json::from_str::<Value>(line).ok()?;
            (event["type"] == kind).then_some(event)
        });
        let Some((event, seen)) = found else {
            panic!("baresip did not say {kind}; it said:\n{}", self.events.text())
        };
        self.seen = seen;
        event
    }

    /// Ends it, and gives what it heard.
    pub(crate) fn heard(&mut self) -> PathBuf {
        self.program.stop();
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let heard = files.filter(|file| file.to_string_lossy().ends_with("-dec.wav")).max();
        heard.unwrap_or_else(|| panic!("baresip decoded nothing"))
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- baresip's events:\n{}", self.events.text());
        }
    }
}

fn prepare(folder: &Path, (port, door): (u16, u16), codec: &str, speech: &Path, account: &str) {
    let place = folder.display();
    let (rate, channels) = (rate(codec), 1);
    let voice = folder.join("voice.wav");
    convert(speech, &voice, rate);
    let modules: String = MODULES.iter().map(|name| format!("module {name}.so\n")).collect();
    let config = format!(
        "poll_method epoll\n\
         sip_listen 127.0.0.1:{port}\n\
         ctrl_tcp_listen 127.0.0.1:{door}\n\
         audio_source aufile,{}\n\
         ausrc_srate {rate}\n\
         ausrc_channels {channels}\n\
         snd_path {place}\n\
         rtp_ports 10000-15998\n\
         module_path {}\n\
         {modules}\
         module_tmp account.so\n\
         module_app menu.so\n\
         ringback_disabled yes\n",
        voice.display(),
        module_path(),
    );
    fs::write(folder.join("config"), config).unwrap();
    let codec = if codec == "opus" { "opus/48000/2".to_owned() } else { format!("{codec}/{rate}/1") };
    let account = format!("{account};answermode=manual;audio_codecs={codec}\n");
    fs::write(folder.join("accounts"), account).unwrap();
    fs::write(folder.join("contacts"), "").unwrap();
}

/// What a codec samples at, by which baresip names it too.
fn rate(codec: &str) -> u32 {
    match codec {
        "opus" => 48_000,
        "G722" => 16_000,
        _ => 8_000,
    }
}

/// Its file source takes the codec's own rate only.
fn convert(speech: &Path, voice: &Path, rate: u32) {
    let mut command = Command::new("sox");
    command.arg(speech).args(["-r", &rate.to_string(), "-c", "1", "-b", "16"]).arg(voice);
    sidetone_lab::process::output_of(&mut command).unwrap();
}

/// Distributions don't agree where the modules are.
fn module_path() -> String {
    let places = ["/usr/lib/baresip/modules", "/usr/lib64/baresip/modules", "/usr/local/lib/baresip/modules"];
    places.into_iter().find(|place| Path::new(place).is_dir()).expect("baresip's modules").to_owned()
}

/// Its door opens before it is ready, so both are waited for.
fn open_door(program: &Program, port: u16) -> TcpStream {
    let ready = program.said().wait(0, SOON, |line| line.contains("baresip is ready").then_some(()));
    assert!(ready.is_some(), "baresip is not ready");
    let deadline = Instant::now() + SOON;
    loop {
        match TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_secs(1)) {
            Ok(door) => return door,
            Err(error) => assert!(Instant::now() < deadline, "baresip's door: {error}"),
        }
    }
}

/// Netstrings: `LENGTH:TEXT,`.
fn listen(door: TcpStream, events: &Said) {
    let mut door = BufReader::new(door);
    while let Some(text) = netstring(&mut door) {
        events.push(text);
    }
    events.end();
}

fn netstring(door: &mut impl Read) -> Option<String> {
    let mut length = 0_usize;
    let mut byte = [0];
    loop {
        door.read_exact(&mut byte).ok()?;
        match byte[0] {
            digit @ b'0'..=b'9' => length = length * 10 + usize::from(digit - b'0'),
            _ => break,
        }
    }
    let mut text = vec![0; length.min(1 << 20)];
    door.read_exact(&mut text).ok()?;
    door.read_exact(&mut byte).ok()?;
    String::from_utf8(text).ok()
}
