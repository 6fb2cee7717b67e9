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

mod conceal;
mod g711;
mod opus;
mod resample;

use crate::sdp::OpusWishes;
use conceal::Conceal;
use g711::Law;
use resample::{Down, RATIO, Up};

/// The longest packet that is decoded: 120 ms (RFC 6716 section 3.1), in samples of 48 kHz.
pub(crate) const MOST_SAMPLES: usize = 5_760;

/// The longest packet that is encoded: 60 ms of G.711, or what Opus may need at its highest rate.
pub(crate) const MOST_BYTES: usize = 1_275;

/// Sound at 48 kHz to the payload of a packet.
#[derive(Debug)]
pub(crate) enum Encoder {
    Opus(opus::Encoder),
    G711 { law: Law, down: Down },
}

impl Encoder {
    /// `None` only where there is no memory for one.
    pub(crate) fn new(codec: Codec, bitrate: u32, wishes: OpusWishes) -> Option<Encoder> {
        Some(match codec {
            Codec::Opus => Encoder::Opus(opus::Encoder::new(bitrate, wishes).ok()?),
            Codec::Pcmu => Encoder::G711 { law: Law::Mu, down: Down::new() },
            Codec::Pcma => Encoder::G711 { law: Law::A, down: Down::new() },
        })
    }

    /// One packet's worth of sound, 10 to 60 ms; its length in `packet`, which has room for [`MOST_BYTES`].
    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> Option<usize> {
        match self {
            Encoder::Opus(encoder) => encoder.encode(sound, packet),
            Encoder::G711 { law, down } => {
                let (chunks, _) = sound.as_chunks::<RATIO>();
                for (byte, chunk) in packet.iter_mut().zip(chunks) {
                    *byte = law.compress(down.push(chunk));
                }
                Some(chunks.len().min(packet.len()))
            }
        }
    }

    /// The other side reports so much loss: redundancy is made to fit.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        match self {
            Encoder::Opus(encoder) => encoder.expect_loss(percent),
            Encoder::G711 { .. } => {}
        }
    }
}

/// The payload of a packet to sound at 48 kHz.
#[derive(Debug)]
pub(crate) enum Decoder {
    Opus(opus::Decoder),
    G711 { law: Law, up: Box<Up>, conceal: Conceal },
}

impl Decoder {
    /// `None` only where there is no memory for one.
    pub(crate) fn new(codec: Codec) -> Option<Decoder> {
        let g711 = |law| Decoder::G711 { law, up: Box::new(Up::new()), conceal: Conceal::new() };
        Some(match codec {
            Codec::Opus => Decoder::Opus(opus::Decoder::new().ok()?),
            Codec::Pcmu => g711(Law::Mu),
            Codec::Pcma => g711(Law::A),
        })
    }

    /// How many samples came out at the start of `sound`, which has room for [`MOST_SAMPLES`]; `None` where the payload
    /// is not one of this codec.
    pub(crate) fn decode(&mut self, payload: &[u8], sound: &mut [f32]) -> Option<usize> {
        match self {
            Decoder::Opus(decoder) => decoder.decode(payload, sound),
            Decoder::G711 { law, up, conceal } => {
                let samples = payload.len() * RATIO;
                if payload.is_empty() || samples > sound.len().min(MOST_SAMPLES) {
                    return None;
                }
                let mut low = [0.0; MOST_SAMPLES / RATIO];
                let low = &mut low[..payload.len()];
                low.iter_mut().zip(payload).for_each(|(sample, byte)| *sample = law.expand(*byte));
                conceal.heard(low);
                for (six, sample) in sound.as_chunks_mut::<RATIO>().0.iter_mut().zip(low.iter()) {
                    *six = up.push(*sample);
                }
                Some(samples)
            }
        }
    }

    /// Whether [`recover`](Self::recover) can do anything.
    pub(crate) const fn recovers(&self) -> bool {
        match self {
            Decoder::Opus(_) => true,
            Decoder::G711 { .. } => false,
        }
    }

    /// Fills in lost sound by what a `later` packet repeats of it. `before` is how many samples the lost sound begins
    /// before that packet's own; `sound` is as long as what was lost, so both are the same: a gap of several packets is
    /// asked for at once. `false`: the packet tells nothing of it, and nothing was filled in.
    pub(crate) fn recover(&mut self, later: &[u8], before: usize, sound: &mut [f32]) -> bool {
        match self {
            Decoder::Opus(decoder) => decoder.recover(later, before, sound),
            Decoder::G711 { .. } => false,
        }
    }

    /// Makes sound up: it goes on as it was, and fades.
    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        match self {
            Decoder::Opus(decoder) => decoder.conceal(sound),
            Decoder::G711 { up, conceal, .. } => {
                for six in sound.as_chunks_mut::<RATIO>().0 {
                    *six = up.push(conceal.next());
                }
            }
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
            let mut encoder =
                Encoder::new(codec, 28_000, OpusWishes { fec: true, ..Default::default() }).unwrap();
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
            let mut encoder =
                Encoder::new(codec, 28_000, OpusWishes { fec: true, ..Default::default() }).unwrap();
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
