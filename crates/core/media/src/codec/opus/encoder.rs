//! Sound to Opus packets.

use super::rate::Rate;
use crate::sdp::{Bandwidth, OpusSettings, OpusWishes};
use opusic_c::{Application, Bitrate, Channels, ErrorCode, InbandFec, SampleRate, Signal};

/// RFC 7587 section 6.1: `maxaveragebitrate` is 6 to 510 kbit/s.
const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;

/// Half of the encoder's effort: past this ears hear no gain at these rates, and processors do.
const COMPLEXITY: u8 = 5;

/// Makes redundancy worth its bits before the first report; after it the real loss is set.
const EXPECTED_LOSS_PERCENT: u8 = 5;

/// How far back deep redundancy tells, in units of 10 ms: bits run out before that at the rates of calls.
const DEEP_REDUNDANCY: u8 = 20;

pub(crate) struct Encoder {
    encoder: opusic_c::Encoder,
    fec: bool,
    rate: Rate,
}

impl Encoder {
    pub(crate) fn new(wishes: OpusWishes) -> Result<Encoder, ErrorCode> {
        let mut encoder = opusic_c::Encoder::new(Channels::Mono, SampleRate::Hz48000, Application::Voip)?;
        let bitrate = wishes
            .max_bitrate
            .unwrap_or(OpusSettings::default().bitrate)
            .clamp(*BITRATES.start(), *BITRATES.end());
        encoder.set_bitrate(Bitrate::Value(bitrate))?;
        encoder.set_max_bandwidth(match wishes.bandwidth {
            Bandwidth::Narrow => opusic_c::Bandwidth::Narrow,
            Bandwidth::Medium => opusic_c::Bandwidth::Medium,
            Bandwidth::Wide => opusic_c::Bandwidth::Wide,
            Bandwidth::SuperWide => opusic_c::Bandwidth::Superwide,
            Bandwidth::Full => opusic_c::Bandwidth::Full,
        })?;
        encoder.set_dtx(wishes.dtx)?;
        encoder.set_vbr(!wishes.cbr)?;
        encoder.set_complexity(COMPLEXITY)?;
        encoder.set_signal(Signal::Voice)?;
        encoder.set_inband_fec(if wishes.fec { InbandFec::Mode1 } else { InbandFec::Off })?;
        encoder.set_packet_loss(EXPECTED_LOSS_PERCENT)?;
        encoder.set_dred_duration(if wishes.fec { DEEP_REDUNDANCY } else { 0 })?;
        Ok(Encoder { encoder, fec: wishes.fec, rate: Rate::new(bitrate) })
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> Option<usize> {
        self.encoder.encode_float_to_slice(sound, packet).ok()
    }

    /// Deep redundancy costs as much time again as the sound itself: only where something is lost.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        let deep = if self.fec && percent > 0 { DEEP_REDUNDANCY } else { 0 };
        // Refused only for numbers that are too large.
        let _ = self.encoder.set_packet_loss(percent.clamp(EXPECTED_LOSS_PERCENT, 50));
        let _ = self.encoder.set_dred_duration(deep);
        let _ = self.encoder.set_bitrate(Bitrate::Value(self.rate.report(percent)));
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Encoder")
    }
}
