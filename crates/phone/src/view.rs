//! What the window needs beside the desk: sound, levels, history. Data only, like [`sidetone_desk::view`].

pub use crate::greetings::{
    GreetingCommand, GreetingTrouble, GreetingView, GreetingsView, ListeningView, StudioView,
};
pub use crate::processing::{Processing, Stage};
use serde::{Deserialize, Serialize};
use sidetone_desk::view::{Direction, PartyView, SoundSummary, UnixMillis};
use sidetone_sip::api::Transport;
use sidetone_store::config::SipTransport;

/// Derives what every type that crosses to the window needs.
macro_rules! crossing {
    ($($item:item)*) => { $(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        #[serde(rename_all = "camelCase")]
        $item
    )* };
}
pub(crate) use crossing;

crossing! {
    /// The audio panel (AUDIO-1).
    pub struct AudioView {
        /// Every device the system shows.
        pub devices: Vec<DeviceView>,
        /// The chosen speaker; `None`: the system's default.
        pub speaker: Option<String>,
        /// The chosen microphone; `None`: the system's default.
        pub microphone: Option<String>,
        /// The secondary ringer's device; `None`: the system's default.
        pub ringer: Option<String>,
        /// Whether the secondary ringer rings.
        pub ringer_on: bool,
        /// 0 to 100.
        pub speaker_volume: u8,
        /// 0 to 100.
        pub microphone_volume: u8,
        /// 0 to 100.
        pub ringer_volume: u8,
        /// The name of the speaker in use, for the state bar.
        pub headset: String,
        /// Whether a test sound is playing.
        pub testing: bool,
        /// What is done to sound on its way.
        pub processing: Processing,
        /// The fields of `processing` that are the administrator's.
        pub managed: Vec<String>,
    }

    /// One device.
    pub struct DeviceView {
        /// Stable from start to start.
        pub id: String,
        /// As the system calls it.
        pub name: String,
        /// Which way sound goes.
        pub kind: DeviceKind,
        /// Whether it is the system's default of its kind.
        pub is_default: bool,
    }

    /// Which way sound goes through a device.
    pub enum DeviceKind {
        /// A microphone.
        Input,
        /// A speaker.
        Output,
    }

    /// How loud both sides are, ten times a second while a call runs or the audio panel is open.
    pub struct Levels {
        /// The agent, in dB below full scale: 0 is the loudest, -90 and less is silence.
        pub microphone_dbfs: f32,
        /// The other side, likewise.
        pub far_dbfs: f32,
    }

    /// A page of history is asked for by this (DIR-2).
    pub struct HistoryQuery {
        /// Where the page before ended, [`HistoryPage::next`]; `None`: from the newest.
        pub before: Option<String>,
        /// At most so many rows; 200 at most.
        pub limit: u16,
        /// Which kinds.
        pub filter: HistoryFilter,
        /// A part of name, number or notes; empty: all.
        pub text: String,
    }

    /// Which contacts a history page shows.
    pub enum HistoryFilter {
        /// Every one.
        All,
        /// Those that were not talked to: missed, declined, abandoned.
        Missed,
        /// Those that were talked to.
        Answered,
        /// Those that the agent called.
        Placed,
    }

    /// A page of history, newest first.
    pub struct HistoryPage {
        /// The rows.
        pub rows: Vec<HistoryRowView>,
        /// Where the next page begins; `None`: there are no older ones.
        pub next: Option<String>,
    }

    /// One past contact.
    pub struct HistoryRowView {
        /// Stable and unique.
        pub key: String,
        /// Who began it.
        pub direction: Direction,
        /// The other party, masked where the admin wants that.
        pub party: PartyView,
        /// The queue it came through.
        pub queue: Option<String>,
        /// When it was offered or dialled.
        pub started_at: UnixMillis,
        /// When the parties were connected.
        pub connected_at: Option<UnixMillis>,
        /// When it was over.
        pub ended_at: UnixMillis,
        /// What became of it.
        pub outcome: OutcomeView,
        /// The wrap-up reason's label.
        pub reason: Option<String>,
        /// The agent's notes.
        pub notes: String,
        /// How it sounded, where that is known.
        pub sounded: Option<SoundSummary>,
    }

    /// What became of a contact.
    pub enum OutcomeView {
        /// They called, and were talked to.
        Answered,
        /// They called, and nobody took it in time.
        Missed,
        /// They called, and the agent gave them back.
        Declined,
        /// They gave up while it rang.
        Abandoned,
        /// Another device took it.
        AnsweredElsewhere,
        /// Their call broke before anybody talked.
        Failed,
        /// The agent called, and they talked.
        Placed,
        /// The agent called, and they did not talk.
        NotAnswered,
    }
}

crossing! {
    /// What the configuration files say to somebody who is about to sign in.
    #[derive(Default)]
    pub struct ConfigurationView {
        /// The account that the organisation set up on this computer.
        pub organisation: Option<ConfiguredAccount>,
        /// What is wrong with a file; the last good version of it is in force.
        pub trouble: Option<ConfigTrouble>,
    }

    /// An account from the configuration.
    pub struct ConfiguredAccount {
        /// What to call the organisation: the account's domain.
        pub organisation: String,
        /// `sip:user@domain`.
        pub address: String,
        /// The name that callees see; may be empty.
        pub display_name: String,
        /// The name for authentication; empty: the user part.
        pub auth_user: String,
        /// Its servers, the preferred one first, as `host[:port][;transport=...]`; none: the domain's.
        pub servers: Vec<String>,
        /// What carries the signalling.
        pub transport: TransportChoice,
    }

    /// A configuration file that cannot be used, and why.
    pub struct ConfigTrouble {
        /// The file.
        pub file: String,
        /// The line, from 1; 0 where the file cannot be read at all.
        pub line: u32,
        /// Why, in English.
        pub reason: String,
    }
}

/// A change in the audio panel. Acts at once, in a call too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AudioCommand {
    /// Hear callers there; `None`: on the system's default.
    ChooseSpeaker {
        /// The device's id; `None`: the default.
        device: Option<String>,
    },
    /// Speak there.
    ChooseMicrophone {
        /// The device's id; `None`: the default.
        device: Option<String>,
    },
    /// Ring there too.
    ChooseRinger {
        /// The device's id; `None`: the default.
        device: Option<String>,
    },
    /// 0 to 100.
    SetSpeakerVolume {
        /// How loud.
        percent: u8,
    },
    /// 0 to 100.
    SetMicrophoneVolume {
        /// How loud.
        percent: u8,
    },
    /// 0 to 100.
    SetRingerVolume {
        /// How loud.
        percent: u8,
    },
    /// Whether the secondary ringer rings.
    SetRinger {
        /// On or off.
        on: bool,
    },
    /// Whether this is done to sound on its way (AUDIO-7, CALL-4).
    SwitchStage {
        /// What.
        stage: Stage,
        /// On or off.
        on: bool,
    },
    /// How loud the agent hears themselves.
    SetSidetone {
        /// 0 to 100.
        percent: u8,
    },
    /// What nothing that the agent hears is above.
    SetEarLimit {
        /// In dB below full scale: -40 to 0.
        dbfs: i8,
    },
    /// *Test speakers*.
    TestSpeaker,
    /// Ring once.
    TestRinger,
    /// The audio panel opened or closed: it wants levels without a call.
    WatchLevels {
        /// On or off.
        on: bool,
    },
    /// Look for devices again.
    Refresh,
}

/// Whom to sign in as, and where.
#[derive(Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// `sip:user@host[:port]` or `user@host[:port]`.
    pub address: String,
    /// The name that callees see; may be empty.
    pub display_name: String,
    /// The name for authentication, where it is not the user part.
    pub auth_user: String,
    /// The servers, the preferred one first, as `host[:port][;transport=...]`; none: wherever the address leads to.
    pub servers: Vec<String>,
    /// The password; empty: the one in the keychain.
    pub password: String,
    /// What carries the signalling.
    pub transport: TransportChoice,
    /// Keep account and password for the next start (the password in the keychain).
    pub remember: bool,
}

crossing! {
    /// What carries the signalling.
    #[derive(Copy, Eq, Default)]
    pub enum TransportChoice {
        /// What the server's domain says it wants (RFC 3263).
        #[default]
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
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("transport", &self.transport).finish_non_exhaustive()
    }
}

impl TransportChoice {
    /// The transport; `None`: the domain's own wish.
    pub(crate) const fn transport(self) -> Option<Transport> {
        match self {
            Self::Auto => None,
            Self::Udp => Some(Transport::Udp),
            Self::Tcp => Some(Transport::Tcp),
            Self::Tls => Some(Transport::Tls),
            Self::Wss => Some(Transport::Wss),
        }
    }
}

impl From<SipTransport> for TransportChoice {
    fn from(transport: SipTransport) -> Self {
        match transport {
            SipTransport::Auto => Self::Auto,
            SipTransport::Udp => Self::Udp,
            SipTransport::Tcp => Self::Tcp,
            SipTransport::Tls => Self::Tls,
            SipTransport::Wss => Self::Wss,
        }
    }
}
