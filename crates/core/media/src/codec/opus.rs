//! Opus (RFC 6716) as we use it: mono at 48 kHz, for speech, variable bit rate, in-band forward error correction.

use crate::{pcm::SAMPLE_RATE, sdp::OpusWishes};
use opus::{Application, Bitrate, Channels, Signal};

/// RFC 7587 section 6.1: `maxaveragebitrate` is 6 to 510 kbit/s.
const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;

/// Half of the encoder's effort: past this ears hear no gain at these rates, and processors do.
const COMPLEXITY: i32 = 5;

/// Makes redundancy worth its bits before the first report; after it the real loss is set.
const EXPECTED_LOSS_PERCENT: u8 = 5;

#[derive(Debug)]
pub(crate) struct Encoder(opus::Encoder);

impl Encoder {
    pub(crate) fn new(bitrate: u32, wishes: OpusWishes) -> Result<Encoder, opus::Error> {
        let mut encoder = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
        let bitrate =
            bitrate.min(wishes.max_bitrate.unwrap_or(bitrate)).clamp(*BITRATES.start(), *BITRATES.end());
        encoder.set_bitrate(Bitrate::Bits(i32::try_from(bitrate).unwrap_or(28_000)))?;
        encoder.set_vbr(!wishes.cbr)?;
        encoder.set_complexity(COMPLEXITY)?;
        encoder.set_signal(Signal::Voice)?;
        encoder.set_inband_fec(wishes.fec)?;
        encoder.set_packet_loss_perc(EXPECTED_LOSS_PERCENT.into())?;
        Ok(Encoder(encoder))
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> Option<usize> {
        self.0.encode_float(sound, packet).ok()
    }

    pub(crate) fn expect_loss(&mut self, percent: u8) {
        // Refused only for numbers over 100.
        let _ = self.0.set_packet_loss_perc(percent.clamp(EXPECTED_LOSS_PERCENT, 50).into());
    }
}

#[derive(Debug)]
pub(crate) struct Decoder(opus::Decoder);

impl Decoder {
    pub(crate) fn new() -> Result<Decoder, opus::Error> {
        opus::Decoder::new(SAMPLE_RATE, Channels::Mono).map(Decoder)
    }

    pub(crate) fn decode(&mut self, packet: &[u8], sound: &mut [f32]) -> Option<usize> {
        // To libopus an empty packet is a lost one, of as many samples as there is room for.
        if packet.is_empty() { None } else { self.0.decode_float(packet, sound, false).ok() }
    }

    /// What was in the packet before `next`, as far as `next` tells; the rest is made up.
    pub(crate) fn recover(&mut self, next: &[u8], sound: &mut [f32]) -> bool {
        !next.is_empty() && self.0.decode_float(next, sound, true).is_ok()
    }

    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        match self.0.decode_float(&[], sound, false) {
            Ok(made) => sound.iter_mut().skip(made).for_each(|sample| *sample = 0.0),
            Err(_) => sound.fill(0.0),
        }
    }
}
