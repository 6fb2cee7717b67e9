//! The codecs a call can speak, and what RTP and SDP call them.
//!
//! Opus (RFC 6716, RFC 7587) and G.711 (ITU-T G.711, RFC 3551 section 4.5.14). Nothing here knows packets or time.

/// A codec for speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// Opus, `opus/48000/2` whatever is inside (RFC 7587 section 7).
    Opus,
    /// G.711 µ-law, `PCMU/8000`.
    Pcmu,
    /// G.711 A-law, `PCMA/8000`.
    Pcma,
}

impl Codec {
    /// All of them, best first.
    pub const ALL: [Codec; 3] = [Codec::Opus, Codec::Pcmu, Codec::Pcma];

    /// The encoding name of `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// Ticks of the RTP timestamp in a second.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::Pcmu | Codec::Pcma => 8_000,
        }
    }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 table 4), or the one we offer for a dynamic one.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Opus => 96,
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// Samples of 48 kHz in one tick of the RTP timestamp.
    pub(crate) const fn samples_per_tick(self) -> u32 {
        crate::pcm::SAMPLE_RATE / self.clock_rate()
    }
}
