//! Offer and answer about one audio stream (RFC 3264 over RFC 8866), and the [`Plan`] that comes out.
//!
//! Knows Opus (RFC 7587), G.722, PCMU, PCMA (RFC 3551), comfort noise (RFC 3389) and telephone-event (RFC 4733); RTCP by `a=rtcp` (RFC 3605) and
//! `a=rtcp-mux` (RFC 5761); keys by SDES and DTLS (`security`); ICE (RFC 8839). Refuses everything else politely: other
//! streams are answered with port 0.

mod describe;
mod ice;
mod negotiation;
mod read;
mod security;
#[cfg(test)]
mod tests;

pub use ice::speaks_ice;
pub use negotiation::Negotiation;
pub use security::{
    Fingerprint, Handshake, Identity, KeyAgreement, Keys, Policy, Protection, Role, Security,
};

use crate::{
    codec::Codec,
    ice::{Candidate, Terms},
};
use std::{net::SocketAddr, time::Duration};

/// Which way sound goes, seen from one side (RFC 8866 section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from this side. What holding the other side is called.
    SendOnly,
    /// Only to this side.
    RecvOnly,
    /// Neither way. RTCP goes on.
    Inactive,
}

impl Direction {
    /// Whether this side sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether this side receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same stream seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What both allow (RFC 3264 section 6.1).
    #[must_use]
    pub const fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The attribute's name.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    const fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }
}

/// What we bring to a negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where we receive RTP. The address as the other side must write to it, not `0.0.0.0`.
    pub rtp: SocketAddr,
    /// The port where we receive RTCP when the other side does not multiplex, at the same address.
    pub rtcp_port: u16,
    /// The codecs we speak, best first. When we answer, our order decides among what was offered.
    pub codecs: Vec<Codec>,
    /// How much sound we like in a packet; a multiple of 10 ms.
    pub ptime: Duration,
    /// How we like Opus.
    pub opus: OpusSettings,
    /// Whether silence beside G.722 and G.711 is told by comfort noise (RFC 3389), by us and as far as they heed us by them.
    pub comfort_noise: bool,
    /// Whether and how streams are protected.
    pub security: Security,
    /// What was gathered (ICE); `None`: it is not spoken.
    pub candidates: Option<Vec<Candidate>>,
}

impl Config {
    /// All codecs at 20 ms, RTCP at the next port, nothing protected.
    pub fn new(rtp: SocketAddr) -> Config {
        Config {
            rtp,
            rtcp_port: rtp.port().wrapping_add(1),
            codecs: Codec::ALL.to_vec(),
            ptime: Duration::from_millis(20),
            opus: OpusSettings::default(),
            comfort_noise: false,
            security: Security::default(),
            candidates: None,
        }
    }
}

/// What was agreed about telephone-event (RFC 4733).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The payload type we send.
    pub send_payload_type: u8,
    /// The payload type we receive.
    pub receive_payload_type: u8,
    /// The clock of its durations. The codec's where the other side can; else 8000.
    pub clock_rate: u32,
}

/// What the other side's Opus decoder asks for (RFC 7587 section 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpusWishes {
    /// `useinbandfec=1`: it uses forward error correction.
    pub fec: bool,
    /// `cbr=1`: it wants a constant bit rate.
    pub cbr: bool,
    /// `usedtx=1`: it prefers that silence is not sent.
    pub dtx: bool,
    /// `maxaveragebitrate`, in bit/s.
    pub max_bitrate: Option<u32>,
    /// `maxplaybackrate`: what it plays at most.
    pub bandwidth: Bandwidth,
}

/// How much of the sound Opus carries (RFC 6716 section 2, table 1), by the rate that says so in `maxplaybackrate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Bandwidth {
    /// To 4 kHz.
    Narrow,
    /// To 6 kHz.
    Medium,
    /// To 8 kHz.
    Wide,
    /// To 12 kHz.
    SuperWide,
    /// To 20 kHz.
    #[default]
    Full,
}

impl Bandwidth {
    /// The sampling rate that it takes, in Hz.
    pub const fn playback_hz(self) -> u32 {
        match self {
            Bandwidth::Narrow => 8_000,
            Bandwidth::Medium => 12_000,
            Bandwidth::Wide => 16_000,
            Bandwidth::SuperWide => 24_000,
            Bandwidth::Full => 48_000,
        }
    }

    /// The widest that a rate has room for.
    pub const fn of_playback(hz: u32) -> Bandwidth {
        match hz {
            0..12_000 => Bandwidth::Narrow,
            12_000..16_000 => Bandwidth::Medium,
            16_000..24_000 => Bandwidth::Wide,
            24_000..48_000 => Bandwidth::SuperWide,
            48_000.. => Bandwidth::Full,
        }
    }
}

/// How we like Opus, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpusSettings {
    /// What we send on average, in bit/s: 6,000 to 510,000.
    pub bitrate: u32,
    /// How much of the sound we send, and want.
    pub bandwidth: Bandwidth,
    /// Whether silence is not sent (discontinuous transmission), by us and as far as they heed us by them.
    pub dtx: bool,
}

impl Default for OpusSettings {
    /// Fullband at 48 kbit/s, all of it sent: above that few hear a gain, and on the wire it is still less than G.711.
    fn default() -> OpusSettings {
        OpusSettings { bitrate: 48_000, bandwidth: Bandwidth::Full, dtx: false }
    }
}

impl OpusWishes {
    /// What we send by our own settings, as far as they wish it too.
    #[must_use]
    pub(crate) fn within(self, ours: OpusSettings) -> OpusWishes {
        OpusWishes {
            dtx: self.dtx || ours.dtx,
            max_bitrate: Some(self.max_bitrate.unwrap_or(ours.bitrate).min(ours.bitrate)),
            bandwidth: self.bandwidth.min(ours.bandwidth),
            ..self
        }
    }
}

/// What the other side wants to be told of our hearing by extended reports (RFC 3611 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtendedReports {
    /// `voip-metrics`: how it sounds here.
    pub voip_metrics: bool,
    /// `rcvr-rtt`: the time, so that whoever only listens learns the round trip too.
    pub receiver_rtt: bool,
}

/// What a packet carries besides digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Speech.
    Speech(Codec),
    /// What silence sounds like (RFC 3389).
    Noise,
}

/// What our packets are numbered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadTypes {
    /// Those of speech.
    pub speech: u8,
    /// Those of comfort noise; `None`: silence is sent as sound.
    pub noise: Option<u8>,
}

/// What was agreed: everything [`Session::apply`](crate::Session::apply) needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where our RTP goes. An unspecified address (`c=0.0.0.0`) gets nothing.
    pub remote_rtp: SocketAddr,
    /// Where our RTCP goes.
    pub remote_rtcp: SocketAddr,
    /// RTP and RTCP share one port, on both sides (RFC 5761).
    pub rtcp_mux: bool,
    /// What they want of extended reports.
    pub extended_reports: ExtendedReports,
    /// What we send.
    pub codec: Codec,
    /// Under which payload types.
    pub send: PayloadTypes,
    /// What we may receive: payload type, and what it stands for.
    pub receive: Vec<(u8, Payload)>,
    /// What their Opus decoder asks for; nothing where we send another codec.
    pub opus: OpusWishes,
    /// Digits by packets, where both can.
    pub telephone_event: Option<TelephoneEvent>,
    /// Which way sound goes, seen from us.
    pub direction: Direction,
    /// How the other side wants it, seen from them: not [`receives`](Direction::receives) means that they hold us.
    pub their_direction: Direction,
    /// How much sound we put in a packet: 10 to 60 ms.
    pub ptime: Duration,
    /// How packets are protected, both ways.
    pub protection: Protection,
    /// How the way is found; `None`: by the addresses above.
    pub ice: Option<Terms>,
}

impl Plan {
    /// The other side has us on hold.
    pub const fn held_by_them(&self) -> bool {
        !self.their_direction.receives()
    }
}

/// Why there is no agreement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It is not a session description. Answer 400, or end the call.
    #[error("not a session description: {0}")]
    Syntax(String),
    /// It has no audio stream over plain RTP that we could use. Answer 488.
    #[error("no usable audio stream")]
    NoAudio,
    /// It is not protected as we want it, or as it should be. Answer 488.
    #[error("no protection in common")]
    Protection,
    /// It has one, but no codec of ours. Answer 488.
    #[error("no codec in common")]
    NoCommonCodec,
    /// The stream has no address to send to.
    #[error("no usable address")]
    NoAddress,
    /// An answer came, but there was no offer.
    #[error("an answer without an offer")]
    NoOffer,
    /// The answer refuses the stream (port 0).
    #[error("the stream was refused")]
    Refused,
}
