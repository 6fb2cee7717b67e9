//! What the configuration files say, in the words of the engine; and what the agent chose in the window.

use crate::choices::Settings;
use crate::engine::{Collector, IceMode, Rules, Source, VariableRule, Whispers};
use crate::options::{Headless, Ice, Options, Relay, Tls};
use crate::view::{ConfigTrouble, ConfigurationView, ConfiguredAccount, SignIn, TransportChoice};
use serde::{Deserialize, Serialize};
use sidetone_desk::view::{ChoiceView, CodeId, CodeView};
use sidetone_desk::{self as desk, DirectCalls, RecordingRules, RecordingStart, WrapUpRules};
use sidetone_media::Codec;
use sidetone_media::sdp::{self, Security};
use sidetone_net::{Listen, OwnCertificate};
use sidetone_sip::Callers;
use sidetone_store::config::{self, Config, Loaded, Origin};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Devices and volumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SoundSettings {
    pub(crate) speaker: Option<String>,
    pub(crate) microphone: Option<String>,
    pub(crate) ringer: Option<String>,
    pub(crate) ringer_on: bool,
    pub(crate) speaker_volume: u8,
    pub(crate) microphone_volume: u8,
    pub(crate) ringer_volume: u8,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self {
            speaker: None,
            microphone: None,
            ringer: None,
            ringer_on: false,
            speaker_volume: 80,
            microphone_volume: 80,
            ringer_volume: 80,
        }
    }
}

impl Settings for SoundSettings {
    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("speaker", "audio.speaker"),
        ("microphone", "audio.microphone"),
        ("ringer", "audio.ringer"),
        ("ringer_on", "audio.ringer"),
        ("speaker_volume", "audio.speaker_volume"),
        ("microphone_volume", "audio.microphone_volume"),
        ("ringer_volume", "audio.ringer_volume"),
    ];
}

impl SoundSettings {
    /// What the configuration says, before the agent chose anything.
    pub(crate) fn configured(audio: &config::Audio) -> Self {
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let percent = |value: u32| u8::try_from(value.min(100)).unwrap_or(100);
        Self {
            speaker: named(&audio.speaker),
            microphone: named(&audio.microphone),
            ringer: named(&audio.ringer),
            ringer_on: named(&audio.ringer).is_some(),
            speaker_volume: percent(audio.speaker_volume),
            microphone_volume: percent(audio.microphone_volume),
            ringer_volume: percent(audio.ringer_volume),
        }
    }
}

/// The account that is signed in again next time. The password is in the keychain.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) address: String,
    pub(crate) display_name: String,
    pub(crate) auth_user: String,
    #[serde(default)]
    pub(crate) servers: Vec<String>,
    pub(crate) transport: TransportChoice,
}

/// What the files say to somebody who is about to sign in. Of several accounts the first for work is the organisation's.
pub(crate) fn configuration(loaded: &Loaded) -> ConfigurationView {
    let work = loaded.config.accounts.iter().find(|account| account.role == config::Role::Work);
    let organisation = work.map(|account| ConfiguredAccount {
        organisation: account.aor.rsplit('@').next().unwrap_or_default().to_owned(),
        address: account.aor.clone(),
        display_name: account.display_name.clone(),
        auth_user: account.auth_user.clone(),
        servers: account.servers().map(ToString::to_string).collect(),
        transport: account.transport.into(),
    });
    let trouble = loaded.problems.first().map(|problem| ConfigTrouble {
        file: problem.file.display().to_string(),
        line: problem.place.and_then(|(line, _)| u32::try_from(line).ok()).unwrap_or_default(),
        reason: problem.reason.clone(),
    });
    ConfigurationView { organisation, trouble }
}

/// The accounts that are registered beside the agent's, for as long as that one is.
pub(crate) fn beside(config: &Config) -> Vec<SignIn> {
    let accounts = config.accounts.iter().filter(|account| match account.role {
        config::Role::Work => false,
        config::Role::Direct | config::Role::Emergency => true,
    });
    let sign_in = |account: &config::Account| SignIn {
        address: account.aor.clone(),
        display_name: account.display_name.clone(),
        auth_user: account.auth_user.clone(),
        servers: account.servers().map(ToString::to_string).collect(),
        password: String::new(),
        transport: account.transport.into(),
        remember: false,
    };
    accounts.map(sign_in).collect()
}

/// From whom calls are taken. Where nobody signs in there is no server to take them from.
pub(crate) fn callers(config: &Config, headless: Option<&Headless>) -> Callers {
    match config.sip.callers {
        _ if headless.is_some_and(|headless| headless.direct.is_some()) => Callers::Anyone,
        config::Callers::Server => Callers::Server,
        config::Callers::Anyone => Callers::Anyone,
    }
}

/// Where to listen, and whom to trust.
pub(crate) fn network(config: &Config, options: &Options, port: u16) -> sidetone_net::Setup {
    let named = |path: &PathBuf| (!path.as_os_str().is_empty()).then(|| path.clone());
    let files = &config.sip.tls;
    let configured = || Tls {
        ca_file: named(&files.ca_file),
        certificate: named(&files.certificate).zip(named(&files.key)),
    };
    let tls = options.tls.clone().unwrap_or_else(configured);
    let listen = match options.bind {
        Some(address) => Listen::At(SocketAddr::new(address, port)),
        None => Listen::Everywhere { port },
    };
    let ours = tls.certificate.map(|(chain, key)| OwnCertificate { chain, key });
    let tls = sidetone_net::Tls { extra_authorities: tls.ca_file, ours };
    let web_socket_path = Some(config.sip.web_socket_path.clone());
    sidetone_net::Setup { listen, tls, web_socket_path, ..sidetone_net::Setup::default() }
}

/// How long a party may be silent who should not be.
pub(crate) fn media_timeout(config: &Config) -> Option<Duration> {
    let timeout = config.sip.media_timeout_s;
    (timeout > 0).then(|| seconds(timeout))
}

/// Whom calls are reported to at their end.
pub(crate) fn collector(config: &Config, options: &Options) -> Option<Collector> {
    let config::Quality { report_to, report_parties } = &config.media.quality;
    let uri = options.report_to.clone().unwrap_or_else(|| report_to.clone());
    (!uri.is_empty()).then_some(Collector { uri, parties: *report_parties })
}

/// How calls are protected; the identity is made at the start.
pub(crate) fn security(config: &Config, options: &Options) -> Security {
    let policy = match options.privacy.policy.unwrap_or(config.media.security) {
        config::MediaSecurity::Never => sdp::Policy::Never,
        config::MediaSecurity::Offer => sdp::Policy::Offer,
        config::MediaSecurity::Require => sdp::Policy::Require,
    };
    let keys = if options.privacy.keys.is_empty() { &config.media.keys } else { &options.privacy.keys };
    let keys = keys.iter().map(|agreement| match agreement {
        config::KeyAgreement::Dtls => sdp::KeyAgreement::Dtls,
        config::KeyAgreement::Sdes => sdp::KeyAgreement::Sdes,
    });
    Security { policy, keys: keys.collect(), identity: None }
}

/// The desk's rules.
pub(crate) fn desk(config: &Config, headless: Option<&Headless>) -> desk::Config {
    if let Some(headless) = headless {
        return desk::Config {
            auto_answer: headless.auto_answer,
            after_sign_in: ChoiceView::Available,
            direct: DirectCalls { while_engaged: true, while_idle: true },
            recording: recording(config),
            wrap_up: WrapUpRules { timeout: Some(Duration::ZERO), ..WrapUpRules::default() },
            ..desk::Config::default()
        };
    }
    let wrap_up = &config.wrap_up;
    desk::Config {
        accept_timeout: seconds(config.accept_timeout_s),
        rona_on_decline: config.rona_on_decline,
        direct: DirectCalls::default(),
        auto_answer: config.auto_answer.enabled,
        recording: recording(config),
        wrap_up: WrapUpRules {
            reasons: codes(&wrap_up.reasons),
            mandatory: wrap_up.mandatory,
            timeout: (wrap_up.timer_s > 0).then(|| seconds(wrap_up.timer_s)),
            extend_by: wrap_up.may_extend.then(|| seconds(wrap_up.extend_s)),
            longest: seconds(wrap_up.longest_s),
            after_unanswered: wrap_up.after_unanswered,
        },
        idle_codes: codes(&config.idle_codes),
        mask_numbers: config.sensitive.mask_numbers,
        offer_variables: usize::try_from(config.queue.offer_variables).unwrap_or(6),
        after_sign_in: match config.after_sign_in {
            config::DefaultState::Idle => ChoiceView::Idle { code: None },
            config::DefaultState::Available => ChoiceView::Available,
        },
    }
}

fn recording(config: &Config) -> RecordingRules {
    let recording = &config.media.recording;
    let start = match recording.start {
        config::RecordingStart::Never => RecordingStart::Never,
        config::RecordingStart::ByHand => RecordingStart::ByHand,
        config::RecordingStart::Always => RecordingStart::Always,
    };
    RecordingRules { start, resume_after: seconds(recording.resume_after_s) }
}

/// The whispers, from where the files are that name them.
fn whispers(loaded: &Loaded) -> Whispers {
    let auto_answer = &loaded.config.auto_answer;
    let place = |key: &str, file: &Path| match loaded.origin(key) {
        Some(Origin::File { file: named, .. }) => named.parent().unwrap_or(named).join(file),
        Some(Origin::BuiltIn) | None => file.to_owned(),
    };
    let any = (!auto_answer.whisper.as_os_str().is_empty())
        .then(|| place("auto_answer.whisper", &auto_answer.whisper));
    let by_queue = (auto_answer.whispers.iter())
        .map(|whisper| (whisper.queue.clone(), place("auto_answer.whispers", &whisper.file)));
    Whispers { any, by_queue: by_queue.collect() }
}

/// How a call is read.
pub(crate) fn rules(loaded: &Loaded) -> Rules {
    let config = &loaded.config;
    let sources = |rules: &[config::HeaderRule]| {
        rules
            .iter()
            .map(|rule| Source { header: rule.header.clone(), parameter: rule.parameter.clone() })
            .collect()
    };
    Rules {
        queue: sources(&config.queue.name),
        dnis: sources(&config.queue.dnis),
        variables: (config.queue.variables.iter())
            .map(|rule| VariableRule {
                label: rule.label.clone(),
                source: Source { header: rule.header.clone(), parameter: rule.parameter.clone() },
                secure: rule.secure,
            })
            .collect(),
        on_request: config.auto_answer.on_request,
        whispers: whispers(loaded),
    }
}

/// A name for this installation: a random UUID (RFC 9562 section 5.4) as a URN.
pub(crate) fn new_instance(random: [u8; 16]) -> String {
    let mut number = u128::from_be_bytes(random);
    // Version 4, variant 10.
    number = number & !(0xf << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let text = format!("{number:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    format!("urn:uuid:{}", parts.join("-"))
}

/// How Opus is spoken.
pub(crate) fn opus(config: &Config) -> sdp::OpusSettings {
    sdp::OpusSettings {
        bitrate: config.media.opus_kbit_s * 1_000,
        bandwidth: match config.media.opus_bandwidth {
            config::OpusBandwidth::Wide => sdp::Bandwidth::Wide,
            config::OpusBandwidth::SuperWide => sdp::Bandwidth::SuperWide,
            config::OpusBandwidth::Full => sdp::Bandwidth::Full,
        },
        dtx: config.media.opus_dtx,
    }
}

/// How ways for media are looked for.
pub(crate) fn ice(config: &Config) -> Ice {
    let ice = &config.media.ice;
    let relay = |relay: &config::TurnServer| Relay {
        server: relay.server.0.clone(),
        user: relay.user.clone(),
        password: None,
    };
    Ice {
        mode: match ice.mode {
            config::IceMode::Never => IceMode::Never,
            config::IceMode::Answer => IceMode::Answer,
            config::IceMode::Offer => IceMode::Offer,
            config::IceMode::RelayOnly => IceMode::RelayOnly,
        },
        stun: ice.stun.iter().map(|server| server.0.clone()).collect(),
        turn: ice.turn.iter().map(relay).collect(),
    }
}

/// The codecs, best first.
pub(crate) fn codecs(config: &Config) -> Vec<Codec> {
    let codec = |codec: &config::Codec| match codec {
        config::Codec::Opus => Codec::Opus,
        config::Codec::G722 => Codec::G722,
        config::Codec::Pcmu => Codec::Pcmu,
        config::Codec::Pcma => Codec::Pcma,
    };
    config.codecs.iter().map(codec).collect()
}

fn codes(codes: &[config::Code]) -> Vec<CodeView> {
    let view = |code: &config::Code| CodeView {
        id: CodeId(code.id.clone()),
        label: code.label.clone(),
        path: code.path.clone(),
    };
    codes.iter().map(view).collect()
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Direct;
    use sidetone_store::config::Layers;

    #[test]
    fn the_first_configured_account_is_the_organisations_and_a_bad_file_says_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let [machine, user] = ["machine.toml", "user.toml"].map(|name| folder.path().join(name));
        std::fs::write(
            &machine,
            "[[accounts]]\naor = \"sip:4417@northwind.example\"\nserver = \"sip.northwind.example\"\ntransport = \"tcp\"\n",
        )
        .unwrap();
        std::fs::write(&user, "# mine\nquue = 1\n").unwrap();
        let loaded = Layers::from_files(Some(machine), Some(user), None, None).load();
        let view = configuration(&loaded);
        let account = view.organisation.unwrap();
        assert_eq!(
            (account.organisation.as_str(), account.transport),
            ("northwind.example", TransportChoice::Tcp)
        );
        assert_eq!(account.servers, ["sip.northwind.example"]);
        assert_eq!(view.trouble.unwrap().line, 2);
    }

    #[test]
    fn offer_7_whispers_are_found_beside_the_file_that_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let [machine, user] = ["etc", "home"].map(|name| folder.path().join(name).join("config.toml"));
        for (file, text) in [
            (&machine, "[auto_answer]\nwhisper = \"any.opus\"\n"),
            (
                &user,
                "[auto_answer]\nwhispers = [{ queue = \"Sales\", file = \"w/sales.opus\" }, { queue = \"VIP\", file = \"/v.wav\" }]\n",
            ),
        ] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let found = whispers(&Layers::from_files(Some(machine), Some(user), None, None).load());
        assert_eq!(found.any, Some(folder.path().join("etc/any.opus")));
        assert_eq!(found.by_queue["Sales"], folder.path().join("home/w/sales.opus"));
        assert_eq!(found.by_queue["VIP"], Path::new("/v.wav"));
        assert_eq!(whispers(&Layers::from_files(None, None, None, None).load()), Whispers::default());
    }

    #[test]
    fn strangers_ring_only_where_nobody_signs_in_or_the_admin_lets_them() {
        let (ours, mut open) = (Config::default(), Config::default());
        open.sip.callers = config::Callers::Anyone;
        let direct = Direct { aor: "sip:100@192.0.2.1".to_owned(), transport: TransportChoice::Udp };
        let direct = Headless { auto_answer: false, follow_refers: false, direct: Some(direct) };
        let registered = Headless { auto_answer: true, follow_refers: false, direct: None };
        assert_eq!(callers(&ours, None), Callers::Server);
        assert_eq!(callers(&ours, Some(&registered)), Callers::Server);
        assert_eq!(callers(&ours, Some(&direct)), Callers::Anyone);
        assert_eq!(callers(&open, None), Callers::Anyone);
    }

    #[test]
    fn an_installation_has_a_uuid_for_a_name() {
        assert_eq!(new_instance([0xff; 16]), "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(new_instance([0; 16]), "urn:uuid:00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn half_the_volume_and_no_device_are_read_from_the_files() {
        let audio =
            config::Audio { speaker_volume: 40, ringer: "Desk speaker".into(), ..config::Audio::default() };
        let settings = SoundSettings::configured(&audio);
        assert_eq!((settings.speaker_volume, settings.speaker), (40, None));
        assert_eq!((settings.ringer.as_deref(), settings.ringer_on), (Some("Desk speaker"), true));
    }
}
