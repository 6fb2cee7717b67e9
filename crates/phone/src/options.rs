//! How a phone starts.

use crate::engine::IceMode;
use crate::processing::Stage;
use crate::view::TransportChoice;
use sidetone_audio::Choice;
use sidetone_store::Secret;
use sidetone_store::config::{KeyAgreement, MediaSecurity, SipServer};
use std::net::IpAddr;
use std::path::PathBuf;

/// How a phone starts. The default is what an agent gets.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder for history, drafts and settings; `None`: the user's own.
    pub data: Option<PathBuf>,
    /// Keep nothing: for scripts.
    pub forget: bool,
    /// Certificates, whatever the configuration says.
    pub tls: Option<Tls>,
    /// The address to listen on; `None`: every one of this machine.
    pub bind: Option<IpAddr>,
    /// The SIP port; 0: any.
    pub port: u16,
    /// How calls are protected, whatever the configuration says.
    pub privacy: Privacy,
    /// This microphone, whatever the settings say.
    pub microphone: Option<Choice>,
    /// This speaker, whatever the settings say.
    pub speaker: Option<Choice>,
    /// These stages of processing and no others, whatever the settings say.
    pub processing: Option<Vec<Stage>>,
    /// How ways for media are looked for, whatever the configuration says.
    pub ice: Option<Ice>,
    /// Whom calls are reported to at their end (`sip:...`), whatever the configuration says.
    pub report_to: Option<String>,
    /// Without a window: what differs then.
    pub headless: Option<Headless>,
}

/// How calls are protected. What is left out is as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privacy {
    /// Whether the sound is encrypted.
    pub policy: Option<MediaSecurity>,
    /// How its keys are agreed on; none: as configured.
    pub keys: Vec<KeyAgreement>,
}

/// Certificates for TLS and WSS, as PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Trusted beside the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its private key, where servers ask for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// How ways for media are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ice {
    /// With whom.
    pub mode: IceMode,
    /// STUN servers.
    pub stun: Vec<SipServer>,
    /// TURN servers.
    pub turn: Vec<Relay>,
}

/// A TURN server.
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    /// Where it is, and how it is reached: by UDP where nothing is said.
    pub server: SipServer,
    /// Our name there.
    pub user: String,
    /// Our password there; `None`: the keychain has it, as that of `turn:USER@HOST`.
    pub password: Option<Secret>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Relay")
    }
}

/// A phone without an agent at a window: available at once, no wrap-up, no ringing.
#[derive(Debug, Clone)]
pub struct Headless {
    /// Take every call.
    pub auto_answer: bool,
    /// Call whom the own server says by REFER, whatever the configuration says.
    pub follow_refers: bool,
    /// Without a server.
    pub direct: Option<Direct>,
}

/// A phone that registers nowhere: calls go straight to their target and come from anywhere.
#[derive(Debug, Clone)]
pub struct Direct {
    /// Our address, as others see it.
    pub aor: String,
    /// The transport of calls that we make.
    pub transport: TransportChoice,
}

/// Why a phone did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the port, or the address is not ours.
    #[error(transparent)]
    Network(#[from] sidetone_net::Error),
    /// The system has no thread for us.
    #[error("the system gave no thread: {0}")]
    Thread(#[from] std::io::Error),
    /// It stopped while starting.
    #[error("the phone stopped while starting")]
    Stopped,
}
