//! Every key, its type and its range. A key that is not here is an error where it stands, and so is a value out of
//! range; both are found while parsing, so that the place is exact.
//!
//! The `Default` of the parts is what a file means that leaves a key out, before the layers below fill it in; the real
//! defaults are `defaults.toml`, which is [`Config::default`].

use super::accounts::{self, Account};
use super::ice::Ice;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::path::PathBuf;

/// What the admin and the agent set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Seconds an offer rings before it is missed (OFFER-3).
    #[serde(default, deserialize_with = "within::<5, 300, _>")]
    pub accept_timeout_s: u32,
    /// Whether declining an offer makes the agent RONA (OFFER-9).
    #[serde(default)]
    pub rona_on_decline: bool,
    /// The state after signing in.
    #[serde(default)]
    pub after_sign_in: DefaultState,
    /// What an agent who is not ready may be doing (STATE-2).
    #[serde(default, deserialize_with = "codes")]
    pub idle_codes: Vec<Code>,
    /// Who we are to servers: whom the agent signs in as, and what is reached beside that.
    #[serde(default, deserialize_with = "accounts::each_once")]
    pub accounts: Vec<Account>,
    /// In order of preference; never empty.
    #[serde(default, deserialize_with = "codecs")]
    pub codecs: Vec<Codec>,
    /// After a contact.
    #[serde(default)]
    pub wrap_up: WrapUp,
    /// Devices and volumes.
    #[serde(default)]
    pub audio: Audio,
    /// How calls are protected.
    #[serde(default)]
    pub media: Media,
    /// Ports and times.
    #[serde(default)]
    pub sip: Sip,
    /// Whether offers are accepted by themselves (OFFER-7).
    #[serde(default)]
    pub auto_answer: AutoAnswer,
    /// What is not shown (OFFER-2).
    #[serde(default)]
    pub sensitive: Sensitive,
    /// How what is dialled becomes an address (CALL-6).
    #[serde(default)]
    pub dial: Dial,
    /// Where a call's queue and variables are read (OFFER-1).
    #[serde(default)]
    pub queue: QueueRules,
}

/// The state after signing in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultState {
    /// Not ready.
    #[default]
    Idle,
    /// Ready for offers.
    Available,
}

/// A wrap-up reason or an idle code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// What it is known by; each once.
    #[serde(deserialize_with = "filled")]
    pub id: String,
    /// What the agent reads.
    #[serde(deserialize_with = "filled")]
    pub label: String,
    /// The levels above it, outermost first.
    #[serde(default)]
    pub path: Vec<String>,
}

/// A voice codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// RFC 6716, 7587.
    Opus,
    /// 16 kHz at 64 kbit/s.
    G722,
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// After a contact (WRAPUP-1, WRAPUP-2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrapUp {
    /// Seconds until it ends by itself; 0: never.
    #[serde(deserialize_with = "within::<0, 3600, _>")]
    pub timer_s: u32,
    /// Whether a reason must be chosen.
    pub mandatory: bool,
    /// Whether the agent may ask for more time.
    pub may_extend: bool,
    /// Seconds one press adds.
    #[serde(deserialize_with = "within::<5, 3600, _>")]
    pub extend_s: u32,
    /// Seconds it lasts at most.
    #[serde(deserialize_with = "within::<5, 14400, _>")]
    pub longest_s: u32,
    /// Whether calls that nobody answered are wrapped up too.
    pub after_unanswered: bool,
    /// What can be chosen.
    #[serde(deserialize_with = "codes")]
    pub reasons: Vec<Code>,
}

/// Devices and volumes (AUDIO-1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audio {
    /// Name or id; empty: the system's default.
    pub speaker: String,
    /// Name or id; empty: the system's default.
    pub microphone: String,
    /// Name or id; empty: the speaker.
    pub ringer: String,
    /// Percent.
    #[serde(deserialize_with = "within::<0, 100, _>")]
    pub speaker_volume: u32,
    /// Percent.
    #[serde(deserialize_with = "within::<0, 100, _>")]
    pub microphone_volume: u32,
    /// Percent.
    #[serde(deserialize_with = "within::<0, 100, _>")]
    pub ringer_volume: u32,
    /// The ringtone's name.
    pub ringtone: String,
    /// AUDIO-7.
    pub echo_cancellation: bool,
    /// AUDIO-7.
    pub noise_suppression: bool,
    /// AUDIO-7.
    pub gain_control: bool,
    /// CALL-4: of what the agent sends.
    pub noise_removal_sent: bool,
    /// CALL-4: of what the agent hears.
    pub noise_removal_heard: bool,
    /// How loud the agent hears themselves, in percent.
    #[serde(deserialize_with = "within::<0, 100, _>")]
    pub sidetone: u32,
    /// What nothing that the agent hears is above, in dB below full scale.
    #[serde(deserialize_with = "below_full_scale")]
    pub ear_limit_dbfs: i32,
}

/// How calls are protected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Recordings of calls (CALL-8).
    pub recording: Recording,
    /// Whether the sound of calls is encrypted.
    pub security: MediaSecurity,
    /// How its keys are agreed on, in order of preference; never empty.
    #[serde(deserialize_with = "keys")]
    pub keys: Vec<KeyAgreement>,
    /// Kilobits a second that Opus sends on average.
    #[serde(deserialize_with = "within::<6, 510, _>")]
    pub opus_kbit_s: u32,
    /// How much of the sound Opus carries.
    pub opus_bandwidth: OpusBandwidth,
    /// Whether Opus leaves silence out.
    pub opus_dtx: bool,
    /// Whether silence beside G.722 and G.711 is told by comfort noise.
    pub comfort_noise: bool,
    /// How a way is found.
    pub ice: Ice,
    /// Who is told how calls sounded.
    pub quality: Quality,
}

/// How much of the sound Opus carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpusBandwidth {
    /// To 8 kHz.
    Wide,
    /// To 12 kHz.
    SuperWide,
    /// To 20 kHz.
    #[default]
    Full,
}

/// Whether the sound of calls is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaSecurity {
    /// It is not.
    Never,
    /// Wherever the other side can, too.
    #[default]
    Offer,
    /// Always: no call without.
    Require,
}

/// How keys are agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAgreement {
    /// By a handshake beside the sound (RFC 5763).
    Dtls,
    /// In the signalling (RFC 4568).
    Sdes,
}

/// Who is told how calls sounded (RFC 6035).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quality {
    /// The collector's SIP URI; empty: nobody.
    #[serde(deserialize_with = "accounts::none_or_aor")]
    pub report_to: String,
    /// Whether it learns whom the agent spoke to.
    pub report_parties: bool,
}

/// Recordings of calls (CALL-8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// Where they are written; empty: the agent's own folder for data.
    pub folder: PathBuf,
    /// What one may use.
    #[serde(deserialize_with = "within::<32, 256, _>")]
    pub kbit_s: u32,
    /// Who begins one.
    pub start: RecordingStart,
    /// Seconds after which one that was paused goes on by itself.
    #[serde(deserialize_with = "within::<10, 1800, _>")]
    pub resume_after_s: u32,
}

/// Who begins a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingStart {
    /// Nobody.
    #[default]
    Never,
    /// The agent, by a button.
    ByHand,
    /// Every call.
    Always,
}

/// From whom calls are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Callers {
    /// From the server that the agent is signed in to.
    #[default]
    Server,
    /// From any machine that can reach this one.
    Anyone,
}

/// Ports and times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// The local port; 0 picks one.
    pub port: u16,
    /// First port for media.
    #[serde(deserialize_with = "within::<1024, 65534, _>")]
    pub rtp_first: u32,
    /// Last port for media.
    #[serde(deserialize_with = "within::<1025, 65535, _>")]
    pub rtp_last: u32,
    /// Seconds a registration is asked to last.
    #[serde(deserialize_with = "within::<60, 7200, _>")]
    pub register_s: u32,
    /// From whom calls are taken.
    pub callers: Callers,
    /// Whether calls are made that the server asks for by REFER (RFC 3515).
    pub follow_refers: bool,
    /// Seconds after which a call must be confirmed by either side (RFC 4028); 0: never.
    #[serde(deserialize_with = "none_or_within::<90, 86400, _>")]
    pub session_timer_s: u32,
    /// Seconds without sound from a party who should send before a call counts as broken; 0: never.
    #[serde(deserialize_with = "none_or_within::<10, 3600, _>")]
    pub media_timeout_s: u32,
    /// The path of a server's WebSocket (RFC 7118); begins with a slash.
    #[serde(deserialize_with = "web_path")]
    pub web_socket_path: String,
    /// Certificates.
    pub tls: Tls,
}

/// Certificates for TLS and WSS, as PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Trusted beside the system's authorities; empty: none.
    pub ca_file: PathBuf,
    /// Ours, where servers ask for one; empty: none.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Whether offers are accepted by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AutoAnswer {
    /// Every offer.
    pub enabled: bool,
    /// Those that ask for it.
    pub on_request: bool,
    /// What the agent alone hears before that; empty: nothing. A relative path begins at the file that says it.
    pub whisper: PathBuf,
    /// The same for one queue each.
    pub whispers: Vec<Whisper>,
}

/// What the agent alone hears before a queue's call is answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whisper {
    /// The queue's name.
    #[serde(deserialize_with = "filled")]
    pub queue: String,
    /// A WAV or Ogg Opus file.
    pub file: PathBuf,
}

/// What is not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sensitive {
    /// Only the last four digits of a number.
    pub mask_numbers: bool,
}

/// How what is dialled becomes an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dial {
    /// Put before a number.
    pub prefix: String,
    /// Numbers that are never changed.
    pub keep: Vec<String>,
    /// The domain; empty: the account's.
    pub domain: String,
}

/// Where a call's queue and variables are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueRules {
    /// The queue's name: the first that has a value.
    pub name: Vec<HeaderRule>,
    /// The dialled number: the first that has a value.
    pub dnis: Vec<HeaderRule>,
    /// Variables, in the order shown.
    pub variables: Vec<Variable>,
    /// How many an offer shows.
    #[serde(deserialize_with = "within::<0, 6, _>")]
    pub offer_variables: u32,
}

/// One place to look.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderRule {
    /// The header's name, in any case.
    #[serde(deserialize_with = "filled")]
    pub header: String,
    /// A parameter of it; empty: its whole value.
    #[serde(default)]
    pub parameter: String,
}

/// One call-associated variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What the agent reads.
    #[serde(deserialize_with = "filled")]
    pub label: String,
    /// The header it is read from.
    #[serde(deserialize_with = "filled")]
    pub header: String,
    /// A parameter of it; empty: its whole value.
    #[serde(default)]
    pub parameter: String,
    /// Not shown while it is offered, and starred until revealed (CALL-9).
    #[serde(default)]
    pub secure: bool,
}

fn within<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let value = i64::deserialize(from)?;
    let fits = u32::try_from(value).ok().filter(|value| (LEAST..=MOST).contains(value));
    fits.ok_or_else(|| D::Error::custom(format!("{value} is not between {LEAST} and {MOST}")))
}

fn below_full_scale<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    let value = i64::deserialize(from)?;
    let fits = i32::try_from(value).ok().filter(|value| (-40..=0).contains(value));
    fits.ok_or_else(|| D::Error::custom(format!("{value} is not between -40 and 0")))
}

fn web_path<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let fits = text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if fits { Ok(text) } else { Err(D::Error::custom("must begin with a slash and have no spaces")) }
}

fn none_or_within<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(
    from: D,
) -> Result<u32, D::Error> {
    let value = i64::deserialize(from)?;
    let fits = u32::try_from(value).ok().filter(|value| *value == 0 || (LEAST..=MOST).contains(value));
    fits.ok_or_else(|| D::Error::custom(format!("{value} is neither 0 nor between {LEAST} and {MOST}")))
}

fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() { Err(D::Error::custom("must not be empty")) } else { Ok(text) }
}

fn codes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Code>, D::Error> {
    let codes = Vec::<Code>::deserialize(from)?;
    for (index, code) in codes.iter().enumerate() {
        if codes.iter().take(index).any(|earlier| earlier.id == code.id) {
            return Err(D::Error::custom(format!("the id `{}` is given twice", code.id)));
        }
    }
    Ok(codes)
}

fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<KeyAgreement>, D::Error> {
    let keys = Vec::<KeyAgreement>::deserialize(from)?;
    if keys.is_empty() { Err(D::Error::custom("at least one way is needed")) } else { Ok(keys) }
}

fn codecs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Codec>, D::Error> {
    let codecs = Vec::<Codec>::deserialize(from)?;
    let twice =
        codecs.iter().enumerate().any(|(index, codec)| codecs.iter().take(index).any(|other| other == codec));
    match (codecs.is_empty(), twice) {
        (true, _) => Err(D::Error::custom("at least one codec is needed")),
        (false, true) => Err(D::Error::custom("a codec is given twice")),
        (false, false) => Ok(codecs),
    }
}
