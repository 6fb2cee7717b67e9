//! The codecs a call can speak, and what RTP and SDP call them.
//!
//! Opus (RFC 6716, RFC 7587), G.722 (ITU-T G.722, RFC 3551 section 4.5.2) and G.711 (ITU-T G.711, RFC 3551 section
//! 4.5.14). Nothing here knows packets or time.

/// Ticks of the RTP timestamp in a second. Not what sound is sampled at: G.722's clock is half of that, for a mistake of
/// RFC 1890 that became the rule (RFC 3551 section 4.5.2). What a codec samples at is nobody's business but its own:
/// outside there is one rate, [`pcm::SAMPLE_RATE`](crate::pcm::SAMPLE_RATE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRate(u32);

impl ClockRate {
    /// As it stands in `a=rtpmap`.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// Samples of 48 kHz in one tick.
    pub(crate) const fn samples_per_tick(self) -> u32 {
        crate::pcm::SAMPLE_RATE / self.0
    }
}

/// A codec for speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// Opus, `opus/48000/2` whatever is inside (RFC 7587 section 7).
    Opus,
    /// G.722 at 64 kbit/s, `G722/8000` although it samples at 16 kHz.
    G722,
    /// G.711 µ-law, `PCMU/8000`.
    Pcmu,
    /// G.711 A-law, `PCMA/8000`.
    Pcma,
}

impl Codec {
    /// All of them, best first.
    pub const ALL: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

    /// The encoding name of `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::G722 => "G722",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// What its RTP timestamps count in.
    pub const fn clock_rate(self) -> ClockRate {
        match self {
            Codec::Opus => ClockRate(48_000),
            Codec::G722 | Codec::Pcmu | Codec::Pcma => ClockRate(8_000),
        }
    }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 table 4), or the one we offer for a dynamic one.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Opus => 96,
            Codec::G722 => 9,
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }
}

mod conceal;
mod g711;
mod g722;
mod opus;
mod resample;
mod waveform;

pub(crate) use resample::bessel_i0;

use crate::{noise::Noise, sdp::OpusWishes};
use g711::Law;

/// The longest packet that is decoded: 120 ms (RFC 6716 section 3.1), in samples of 48 kHz.
pub(crate) const MOST_SAMPLES: usize = 5_760;

/// The longest packet that is encoded: 60 ms of G.711, or what Opus may need at its highest rate.
pub(crate) const MOST_BYTES: usize = 1_275;

/// How much of the processor encoding may take, where a codec has the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// As good as it gets.
    #[default]
    Full,
    /// Less than half of that, for one of many that are encoded at once.
    Light,
}

/// Sound at 48 kHz to the payload of a packet.
#[derive(Debug)]
pub(crate) enum Encoder {
    Opus(opus::Encoder),
    G722(Box<waveform::WideEncoder>),
    G711(waveform::NarrowEncoder),
}

impl Encoder {
    /// `None` only where there is no memory for one.
    pub(crate) fn new(codec: Codec, wishes: OpusWishes) -> Option<Encoder> {
        Some(match codec {
            Codec::Opus => Encoder::Opus(opus::Encoder::new(wishes).ok()?),
            Codec::G722 => Encoder::G722(Box::new(waveform::WideEncoder::new())),
            Codec::Pcmu => Encoder::G711(waveform::NarrowEncoder::new(Law::Mu)),
            Codec::Pcma => Encoder::G711(waveform::NarrowEncoder::new(Law::A)),
        })
    }

    /// One packet's worth of sound, 10 to 60 ms; its length in `packet`, which has room for [`MOST_BYTES`].
    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> Option<usize> {
        match self {
            Encoder::Opus(encoder) => encoder.encode(sound, packet),
            Encoder::G722(encoder) => Some(encoder.encode(sound, packet)),
            Encoder::G711(encoder) => Some(encoder.encode(sound, packet)),
        }
    }

    /// How much work is to be put into it.
    pub(crate) fn set_effort(&mut self, effort: Effort) {
        match self {
            Encoder::Opus(encoder) => encoder.set_effort(effort),
            Encoder::G722(_) | Encoder::G711(_) => {}
        }
    }

    /// What was encoded last, at the rate that the codec samples at; nothing of Opus, which knows silence itself.
    pub(crate) fn encoded(&self) -> &[f32] {
        match self {
            Encoder::Opus(_) => &[],
            Encoder::G722(encoder) => encoder.encoded(),
            Encoder::G711(encoder) => encoder.encoded(),
        }
    }

    /// The other side reports so much loss: redundancy is made to fit.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        match self {
            Encoder::Opus(encoder) => encoder.expect_loss(percent),
            Encoder::G722(_) | Encoder::G711(_) => {}
        }
    }
}

/// The payload of a packet to sound at 48 kHz.
#[derive(Debug)]
pub(crate) enum Decoder {
    Opus(opus::Decoder),
    G722(Box<waveform::WideDecoder>),
    G711(waveform::NarrowDecoder),
}

impl Decoder {
    /// `None` only where there is no memory for one.
    pub(crate) fn new(codec: Codec) -> Option<Decoder> {
        Some(match codec {
            Codec::Opus => Decoder::Opus(opus::Decoder::new().ok()?),
            Codec::G722 => Decoder::G722(Box::new(waveform::WideDecoder::new())),
            Codec::Pcmu => Decoder::G711(waveform::NarrowDecoder::new(Law::Mu)),
            Codec::Pcma => Decoder::G711(waveform::NarrowDecoder::new(Law::A)),
        })
    }

    /// How many samples came out at the start of `sound`, which has room for [`MOST_SAMPLES`]; `None` where the payload
    /// is not one of this codec.
    pub(crate) fn decode(&mut self, payload: &[u8], sound: &mut [f32]) -> Option<usize> {
        match self {
            Decoder::Opus(decoder) => decoder.decode(payload, sound),
            Decoder::G722(decoder) => decoder.decode(payload, sound),
            Decoder::G711(decoder) => decoder.decode(payload, sound),
        }
    }

    /// How much of what was before a packet [`recover`](Self::recover) can tell from it, in samples of 48 kHz.
    pub(crate) fn reach(&self, packet: &[u8]) -> usize {
        match self {
            Decoder::Opus(_) => opus::Decoder::reach(packet),
            Decoder::G722(_) | Decoder::G711(_) => 0,
        }
    }

    /// Fills in lost sound by what a `later` packet repeats of it. `before` is how many samples the lost sound begins
    /// before that packet's own; `sound` is as long as what was lost, so both are the same: a gap of several packets is
    /// asked for at once. `false`: the packet tells nothing of it, and nothing was filled in.
    pub(crate) fn recover(&mut self, later: &[u8], before: usize, sound: &mut [f32]) -> bool {
        match self {
            Decoder::Opus(decoder) => decoder.recover(later, before, sound),
            Decoder::G722(_) | Decoder::G711(_) => false,
        }
    }

    /// The other side is silent until the next packet: what is made up is this noise from here on.
    pub(crate) fn begin_noise(&mut self, noise: Noise) {
        match self {
            Decoder::Opus(_) => {}
            Decoder::G722(decoder) => decoder.conceal.begin_noise(noise),
            Decoder::G711(decoder) => decoder.conceal.begin_noise(noise),
        }
    }

    /// Whoever was silent is another, or gone.
    pub(crate) fn end_noise(&mut self) {
        match self {
            Decoder::Opus(_) => {}
            Decoder::G722(decoder) => decoder.conceal.end_noise(),
            Decoder::G711(decoder) => decoder.conceal.end_noise(),
        }
    }

    /// Whether what is made up is the other side's silence.
    pub(crate) const fn is_noise(&self) -> bool {
        match self {
            Decoder::Opus(_) => false,
            Decoder::G722(decoder) => decoder.conceal.is_noise(),
            Decoder::G711(decoder) => decoder.conceal.is_noise(),
        }
    }

    /// Makes sound up: it goes on as it was, and fades; or the noise of a silence.
    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        match self {
            Decoder::Opus(decoder) => decoder.conceal(sound),
            Decoder::G722(decoder) => decoder.conceal(sound),
            Decoder::G711(decoder) => decoder.conceal(sound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn tone(from: usize) -> Vec<f32> {
        (from..from + 960).map(|n| 0.3 * (n as f32 * TAU * 440.0 / 48_000.0).sin()).collect()
    }

    fn level(sound: &[f32]) -> f32 {
        crate::level::rms_dbfs(sound)
    }

    #[test]
    fn a_tone_survives_every_codec() {
        for codec in Codec::ALL {
            let mut encoder = Encoder::new(codec, OpusWishes { fec: true, ..Default::default() }).unwrap();
            let mut decoder = Decoder::new(codec).unwrap();
            let (mut packet, mut sound) = ([0; MOST_BYTES], [0.0; MOST_SAMPLES]);
            for n in 0..50 {
                let bytes = encoder.encode(&tone(n * 960), &mut packet).unwrap();
                let samples = decoder.decode(&packet[..bytes], &mut sound).unwrap();
                assert_eq!(samples, 960);
                assert!(
                    n < 2 || (level(&sound[..960]) - level(&tone(0))).abs() < 1.0,
                    "{codec:?}: {}",
                    level(&sound[..960])
                );
            }
        }
    }

    #[test]
    fn a_lost_packet_is_filled_in() {
        for codec in Codec::ALL {
            let mut encoder = Encoder::new(codec, OpusWishes { fec: true, ..Default::default() }).unwrap();
            encoder.expect_loss(20);
            let mut decoder = Decoder::new(codec).unwrap();
            let (mut packet, mut sound) = ([0; MOST_BYTES], [0.0; MOST_SAMPLES]);
            for n in 0..50 {
                let bytes = encoder.encode(&tone(n * 960), &mut packet).unwrap();
                if n % 10 == 9 {
                    decoder.conceal(&mut sound[..960]);
                    assert!(level(&sound[..960]) > -25.0, "{codec:?}: {}", level(&sound[..960]));
                } else {
                    decoder.decode(&packet[..bytes], &mut sound).unwrap();
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut sound = [0.0; MOST_SAMPLES];
        for codec in Codec::ALL {
            let mut decoder = Decoder::new(codec).unwrap();
            assert_eq!(decoder.decode(&[], &mut sound), None);
            assert!(codec == Codec::Opus || decoder.decode(&[0; 961], &mut sound).is_none());
        }
        assert_eq!(Decoder::new(Codec::Opus).unwrap().decode(&[0xFF, 0xFF], &mut sound), None);
    }
}
