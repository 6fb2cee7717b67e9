//! The command line.

use crate::commands;
use crate::ways::Ways;
use clap::{Parser, Subcommand, ValueEnum};
use sidetone_phone::view::{SignIn, TransportChoice};
use sidetone_phone::{
    Choice, Direct, Headless, KeyAgreement, Kind, MediaSecurity, Options, Privacy, Stage, Tls, check_address,
    devices,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXIT_CODES: &str = "\
Exit codes:
  0  what was asked for happened: registered, or talked
  1  it did not: refused, not answered, broken, or nobody called
  2  the command line, the port, the address or a device is no good";

/// Sidetone without a window: registers, takes or places one call, and says what happens in JSON lines.
#[derive(Debug, Parser)]
#[command(
    version,
    about = "Sidetone without a window: registers, takes or places one call, and says what happens in JSON lines",
    after_help = format!("{EXIT_CODES}\n\n{}", commands::HELP),
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Args {
    /// Something other than calling.
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
    /// Who we are: sip:USER@HOST[:PORT].
    #[arg(long, value_name = "URI")]
    account: Option<String>,
    /// The environment variable that holds the password. Without it nothing is registered: calls go straight to
    /// their target and come from anywhere.
    #[arg(long, value_name = "VAR")]
    password_env: Option<String>,
    /// The SIP port; any free one by default.
    #[arg(long, value_name = "N", default_value_t = 0)]
    local_port: u16,
    /// Where servers are, and what is trusted.
    #[command(flatten)]
    servers: Servers,
    /// How calls are protected.
    #[command(flatten)]
    privacy: PrivacyArgs,
    /// Keep data in this folder: calls survive a crash, history is kept, and recordings are written to `recordings` in it
    /// unless the configuration names another folder. Without, nothing is kept, and nothing is recorded where the
    /// configuration names none.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Stay, and do what is written on standard input, until `quit` or its end; and call whom the own server says by
    /// REFER.
    #[arg(long)]
    control: bool,
    /// Take every call.
    #[arg(long, conflicts_with = "call")]
    auto_answer: bool,
    /// Call this number or address.
    #[arg(long, value_name = "URI")]
    call: Option<String>,
    /// A microphone by name or id, a WAV file, or `none` for silence.
    #[arg(long, value_name = "DEVICE|FILE.wav|none")]
    mic: Option<String>,
    /// A speaker by name or id, a WAV file to write, or `none`.
    #[arg(long, value_name = "DEVICE|FILE.wav|none")]
    speaker: Option<String>,
    /// Do only this to sound, with commas between: echo, noise, gain, removal-sent, removal-heard, or `none`; by default
    /// what the configuration says.
    #[arg(long, value_name = "STAGES", value_parser = stages)]
    process: Option<Stages>,
    /// Hang up after so many seconds of a call; without a call to take or place, leave after so many.
    #[arg(long, value_name = "S")]
    duration: Option<u64>,
}

/// Where servers are, and what is trusted.
#[derive(Debug, clap::Args)]
pub(crate) struct Servers {
    /// A server, HOST[:PORT][;transport=...]; again for the one after it. Without, the address's own.
    #[arg(long, value_name = "HOST")]
    server: Vec<String>,
    /// What carries the signalling; `auto` is what the domain says it wants.
    #[arg(long, value_enum, default_value_t = Transport::Auto)]
    transport: Transport,
    /// How a way for the sound is found.
    #[command(flatten)]
    ways: Ways,
    /// Trust the authorities in this PEM file, too.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Our own certificate, for servers that ask for one (PEM).
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Tell this collector at the end of a call how it sounded, by the account's server: sip:USER@HOST.
    #[arg(long, value_name = "URI", requires = "password_env")]
    report_to: Option<String>,
}

/// How calls are protected. What is left out is as configured.
#[derive(Debug, clap::Args)]
pub(crate) struct PrivacyArgs {
    /// Whether their sound is encrypted.
    #[arg(long, value_enum, value_name = "WHEN")]
    encrypt: Option<Encrypt>,
    /// How its keys are agreed on, the best first.
    #[arg(long, value_enum, value_name = "WAY", value_delimiter = ',')]
    keys: Vec<Keys>,
}

/// Whether sound is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encrypt {
    /// It is not.
    Never,
    /// Wherever the other side can, too.
    Offer,
    /// Always: no call without.
    Require,
}

/// How keys are agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keys {
    /// By a handshake beside the sound.
    Dtls,
    /// In the signalling.
    Sdes,
}

/// Something other than calling.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// List the sound devices.
    Devices,
}

/// What carries the signalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// What the domain says it wants.
    Auto,
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream in TLS.
    Tls,
    /// A secure WebSocket.
    Wss,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// How the phone starts.
    pub(crate) options: Options,
    /// Whom to register as, if at all.
    pub(crate) sign_in: Option<SignIn>,
    /// What is asked for.
    pub(crate) goal: Goal,
    /// For how long.
    pub(crate) duration: Option<Duration>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Be there.
    Register,
    /// Take calls.
    Answer,
    /// Place a call.
    Call(String),
    /// Do what is written on standard input, and begin with this call.
    Control(Option<String>),
}

impl Args {
    /// What is to be done, or what is wrong with the command line.
    pub(crate) fn plan(&self) -> Result<Plan, String> {
        let account = self.account.clone().ok_or("--account is missing")?;
        check_address(&account).map_err(|reason| format!("--account: {reason}"))?;
        if let Some(collector) = &self.servers.report_to {
            check_address(collector).map_err(|reason| format!("--report-to: {reason}"))?;
        }
        let goal = match (&self.call, self.auto_answer) {
            (call, _) if self.control => Goal::Control(call.clone()),
            (Some(target), _) => Goal::Call(target.clone()),
            (None, true) => Goal::Answer,
            (None, false) => Goal::Register,
        };
        let sign_in =
            self.password_env.as_deref().map(|variable| self.sign_in(&account, variable)).transpose()?;
        let direct =
            sign_in.is_none().then(|| Direct { aor: account, transport: self.servers.transport.into() });
        let options = Options {
            forget: self.data.is_none(),
            data: self.data.clone(),
            tls: self.servers.tls(),
            ice: self.servers.ways.ice()?,
            port: self.local_port,
            privacy: self.privacy.given(),
            report_to: self.servers.report_to.clone(),
            microphone: self.mic.as_deref().map(|text| sound(text, Kind::Input)).transpose()?,
            speaker: self.speaker.as_deref().map(|text| sound(text, Kind::Output)).transpose()?,
            processing: self.process.as_ref().map(|stages| stages.0.clone()),
            headless: Some(Headless {
                auto_answer: self.auto_answer,
                // Whoever is told what to do may be told by their server, too.
                follow_refers: self.control,
                direct,
            }),
            ..Options::default()
        };
        Ok(Plan { options, sign_in, goal, duration: self.duration.map(Duration::from_secs) })
    }

    fn sign_in(&self, account: &str, variable: &str) -> Result<SignIn, String> {
        let password = std::env::var(variable).map_err(|_| format!("the environment has no {variable}"))?;
        if password.is_empty() {
            return Err(format!("{variable} is empty"));
        }
        Ok(SignIn {
            address: account.to_owned(),
            display_name: String::new(),
            auth_user: String::new(),
            servers: self.servers.server.clone(),
            password,
            transport: self.servers.transport.into(),
            remember: false,
        })
    }
}

impl Servers {
    /// `None`: as configured.
    fn tls(&self) -> Option<Tls> {
        let given = self.ca.is_some() || self.certificate.is_some();
        given.then(|| Tls {
            ca_file: self.ca.clone(),
            certificate: self.certificate.clone().zip(self.key.clone()),
        })
    }
}

impl PrivacyArgs {
    fn given(&self) -> Privacy {
        let policy = self.encrypt.map(|encrypt| match encrypt {
            Encrypt::Never => MediaSecurity::Never,
            Encrypt::Offer => MediaSecurity::Offer,
            Encrypt::Require => MediaSecurity::Require,
        });
        let keys = self.keys.iter().map(|keys| match keys {
            Keys::Dtls => KeyAgreement::Dtls,
            Keys::Sdes => KeyAgreement::Sdes,
        });
        Privacy { policy, keys: keys.collect() }
    }
}

impl From<Transport> for TransportChoice {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Auto => Self::Auto,
            Transport::Udp => Self::Udp,
            Transport::Tcp => Self::Tcp,
            Transport::Tls => Self::Tls,
            Transport::Wss => Self::Wss,
        }
    }
}

/// What is done to sound.
#[derive(Debug, Clone)]
struct Stages(Vec<Stage>);

fn stages(text: &str) -> Result<Stages, String> {
    let named = |name: &str| Stage::named(name).ok_or_else(|| format!("no such stage: {name}"));
    if text == "none" {
        return Ok(Stages(Vec::new()));
    }
    text.split(',').map(named).collect::<Result<_, _>>().map(Stages)
}

/// A device by name or id, or a file by its ending.
fn sound(text: &str, kind: Kind) -> Result<Choice, String> {
    if Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav")) {
        return Ok(Choice::File(text.into()));
    }
    if text == "none" {
        return Ok(Choice::Silence);
    }
    let found = devices()
        .into_iter()
        .find(|device| device.kind == kind && (device.id.0 == text || device.name == text));
    found.map(|device| Choice::Device(device.id)).ok_or_else(|| {
        format!("no such device: `sidetone-cli devices` lists them; a file ends in .wav, and `none` is silence: {text}")
    })
}
