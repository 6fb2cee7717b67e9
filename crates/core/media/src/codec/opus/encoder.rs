//! Sound to Opus packets.

use super::rate::Rate;
use crate::codec::Effort;
use crate::sdp::{Bandwidth, OpusSettings, OpusWishes};
use opusic_c::{Application, Bitrate, Channels, ErrorCode, InbandFec, SampleRate, Signal};

/// RFC 7587 section 6.1: `maxaveragebitrate` is 6 to 510 kbit/s.
const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;

/// Past this ears hear no gain at these rates, and processors do. From 6 on libopus quantizes by AVX2 where there is any:
/// it costs no more than 4 and 5, which don't.
const COMPLEXITY: u8 = 6;
/// Less than half of the work, for a sixth of a point of PESQ at 48 kbit/s.
const LIGHT_COMPLEXITY: u8 = 1;

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

    pub(crate) fn set_effort(&mut self, effort: Effort) {
        // Refused only above 10.
        let _ = self.encoder.set_complexity(match effort {
            Effort::Full => COMPLEXITY,
            Effort::Light => LIGHT_COMPLEXITY,
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::{MOST_BYTES, MOST_SAMPLES},
        level::rms_dbfs,
        testing::voice,
    };

    const FRAME: usize = 960;

    /// What comes out of a voice, with so much work put into each packet.
    fn heard(effort: impl Fn(usize) -> Effort) -> Vec<f32> {
        let mut encoder = Encoder::new(OpusWishes { fec: true, ..OpusWishes::default() }).unwrap();
        let mut decoder = super::super::Decoder::new().unwrap();
        let (mut packet, mut sound) = ([0; MOST_BYTES], [0.0; MOST_SAMPLES]);
        let mut heard = Vec::new();
        for (n, frame) in voice(4).chunks_exact(FRAME).enumerate() {
            encoder.set_effort(effort(n));
            let length = encoder.encode(frame, &mut packet).unwrap();
            let samples = decoder.decode(&packet[..length], &mut sound).unwrap();
            heard.extend_from_slice(&sound[..samples]);
        }
        heard
    }

    #[test]
    fn less_work_makes_other_packets_of_the_same_voice_and_changing_over_does_not_click() {
        let (full, light) = (heard(|_| Effort::Full), heard(|_| Effort::Light));
        let mixed = heard(|n| if n % 2 == 0 { Effort::Full } else { Effort::Light });
        assert_ne!(full, light);
        for (sound, what) in [(light, "light"), (mixed, "mixed")] {
            let far = full.chunks_exact(FRAME).zip(sound.chunks_exact(FRAME)).map(|(full, sound)| {
                let error: Vec<f32> = full.iter().zip(sound).map(|(a, b)| a - b).collect();
                rms_dbfs(&error) - rms_dbfs(full).max(-50.0)
            });
            let worst = far.fold(f32::MIN, f32::max);
            assert!(worst < -3.0, "{what}: {worst} dB");
        }
    }
}
