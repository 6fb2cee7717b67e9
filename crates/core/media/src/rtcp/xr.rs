//! Extended reports (RFC 3611), as far as `rtcp-types` leaves them to its users: the VoIP metrics block (section 4.7), and
//! reading DLRR (section 4.5), of which that crate takes no more than one sub-block.
//!
//! What others write is cut to what can be: a share to 0 to 100 %, a score to its scale, a time to a minute at most.

use rtcp_types::{
    RtcpParseError, RtcpWriteError,
    prelude::{RtcpPacketWriter, XrBlockBuilder, XrBlockBuilderExt, XrBlockParser, XrBlockStaticType},
};
use std::time::Duration;

/// The whole block with its header.
const LENGTH: usize = 36;
/// What stands for a figure that is not known.
const UNKNOWN: u8 = 127;
/// No delay in a call is longer.
const MOST: Duration = Duration::from_secs(60);
/// Enhanced concealment, an adaptive jitter buffer, its rate of adaptation not said.
const RX_CONFIG: u8 = 0b1011_0000;

/// One kind of period (section 4.7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Period {
    /// How much is missing in it, 0 to 100.
    pub(crate) missing_percent: f32,
    /// Its mean length.
    pub(crate) length: Duration,
}

/// How loud it is (section 4.7.4); `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Loudness {
    pub(crate) signal_dbm0: Option<f32>,
    pub(crate) noise_dbm0: Option<f32>,
}

/// What people would say (section 4.7.5); `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Opinion {
    /// 0 to 100.
    pub(crate) r: Option<f32>,
    /// 1 to 5.
    pub(crate) mos_lq: Option<f32>,
    /// 1 to 5.
    pub(crate) mos_cq: Option<f32>,
}

/// The jitter buffer (section 4.7.7).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Playout {
    pub(crate) nominal: Duration,
    pub(crate) most_now: Duration,
    pub(crate) most_ever: Duration,
}

/// A VoIP metrics block.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct VoipMetrics {
    /// Whose stream it is about.
    pub(crate) ssrc: u32,
    /// Lost and discarded, 0 to 100, since the stream began.
    pub(crate) lost_percent: f32,
    pub(crate) discarded_percent: f32,
    pub(crate) bursts: Period,
    pub(crate) gaps: Period,
    /// `None` where it is not known.
    pub(crate) round_trip: Option<Duration>,
    /// From the microphone to the wire and from the wire to the ear, here.
    pub(crate) end_system: Duration,
    pub(crate) loudness: Loudness,
    pub(crate) opinion: Opinion,
    pub(crate) playout: Playout,
}

impl XrBlockStaticType for VoipMetrics {
    const BLOCK_TYPE: u8 = 7;
}

impl XrBlockBuilder<'_> for VoipMetrics {
    fn type_specific_byte(&self) -> u8 {
        0
    }
}

impl RtcpPacketWriter for VoipMetrics {
    fn calculate_size(&self) -> Result<usize, RtcpWriteError> {
        Ok(LENGTH)
    }

    fn write_into_unchecked(&self, buf: &mut [u8]) -> usize {
        self.write_header_unchecked(buf, VoipMetrics::BLOCK_TYPE, (LENGTH / 4 - 1) as u16);
        if let Some(room) = buf.get_mut(4..LENGTH) {
            room.copy_from_slice(&self.body());
        }
        LENGTH
    }

    fn get_padding(&self) -> Option<u8> {
        None
    }
}

impl<'a> XrBlockParser<'a> for VoipMetrics {
    fn parse(data: &'a [u8]) -> Result<VoipMetrics, RtcpParseError> {
        match data.first_chunk::<LENGTH>() {
            // A longer block of this type is another one that happens to be so called.
            Some(block) if block[2..4] == [0, (LENGTH / 4 - 1) as u8] => Ok(VoipMetrics::read(block)),
            Some(_) | None => Err(RtcpParseError::Truncated { expected: LENGTH, actual: data.len() }),
        }
    }

    fn header_data(&self) -> [u8; 4] {
        [VoipMetrics::BLOCK_TYPE, 0, 0, (LENGTH / 4 - 1) as u8]
    }
}

/// How long ago they heard of moments of ours and of others: a DLRR block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delays<'a>(&'a [u8]);

impl XrBlockStaticType for Delays<'_> {
    const BLOCK_TYPE: u8 = 5;
}

impl<'a> XrBlockParser<'a> for Delays<'a> {
    fn parse(data: &'a [u8]) -> Result<Delays<'a>, RtcpParseError> {
        let header = data.first_chunk::<4>().copied().unwrap_or_default();
        let length = 4 * (usize::from(u16::from_be_bytes([header[2], header[3]])) + 1);
        let block = data.get(..length);
        block.map(Delays).ok_or(RtcpParseError::Truncated { expected: length, actual: data.len() })
    }

    fn header_data(&self) -> [u8; 4] {
        self.0.first_chunk().copied().unwrap_or_default()
    }
}

impl Delays<'_> {
    /// The time they heard of from this source, and how long ago, both in 1/65536 s.
    pub(super) fn of(self, ssrc: u32) -> Option<(u32, u32)> {
        let words = |block: &[u8; 12]| {
            let word =
                |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
            [word(0), word(4), word(8)]
        };
        let (blocks, _) = self.0.get(4..).unwrap_or_default().as_chunks::<12>();
        blocks.iter().map(words).find(|[whose, ..]| *whose == ssrc).map(|[_, sent, held]| (sent, held))
    }
}

impl VoipMetrics {
    fn body(&self) -> [u8; LENGTH - 4] {
        let mut body = [0; LENGTH - 4];
        let mut rest = &mut body[..];
        let mut put = |bytes: &[u8]| {
            if let Some((here, after)) = std::mem::take(&mut rest).split_at_mut_checked(bytes.len()) {
                here.copy_from_slice(bytes);
                rest = after;
            }
        };
        put(&self.ssrc.to_be_bytes());
        let shares = [
            self.lost_percent,
            self.discarded_percent,
            self.bursts.missing_percent,
            self.gaps.missing_percent,
        ];
        put(&shares.map(share));
        let round_trip = self.round_trip.unwrap_or_default();
        for time in [self.bursts.length, self.gaps.length, round_trip, self.end_system] {
            put(&milliseconds(time));
        }
        put(&[level(self.loudness.signal_dbm0), level(self.loudness.noise_dbm0)]);
        // Residual echo is not measured; Gmin is.
        put(&[UNKNOWN, crate::quality::GMIN as u8]);
        put(&[score(self.opinion.r, 1.0, 0, 100), UNKNOWN]);
        put(&[score(self.opinion.mos_lq, 10.0, 10, 50), score(self.opinion.mos_cq, 10.0, 10, 50)]);
        put(&[RX_CONFIG, 0]);
        for time in [self.playout.nominal, self.playout.most_now, self.playout.most_ever] {
            put(&milliseconds(time));
        }
        body
    }

    fn read(block: &[u8; LENGTH]) -> VoipMetrics {
        let two = |at: usize| {
            Duration::from_millis(u16::from_be_bytes([block[at], block[at + 1]]).into()).min(MOST)
        };
        let percent = |at: usize| f32::from(block[at]) * 100.0 / 256.0;
        let level = |at: usize| (block[at] != UNKNOWN).then(|| f32::from(block[at] as i8));
        let score = |at: usize, scale: f32, least: u8, most: u8| {
            (least..=most).contains(&block[at]).then(|| f32::from(block[at]) / scale)
        };
        VoipMetrics {
            ssrc: u32::from_be_bytes([block[4], block[5], block[6], block[7]]),
            lost_percent: percent(8),
            discarded_percent: percent(9),
            bursts: Period { missing_percent: percent(10), length: two(12) },
            gaps: Period { missing_percent: percent(11), length: two(14) },
            round_trip: Some(two(16)).filter(|time| !time.is_zero()),
            end_system: two(18),
            loudness: Loudness { signal_dbm0: level(20), noise_dbm0: level(21) },
            opinion: Opinion {
                r: score(24, 1.0, 0, 100),
                mos_lq: score(26, 10.0, 10, 50),
                mos_cq: score(27, 10.0, 10, 50),
            },
            playout: Playout { nominal: two(30), most_now: two(32), most_ever: two(34) },
        }
    }
}

/// Out of percent into 1/256, 255 at most.
fn share(percent: f32) -> u8 {
    (percent.clamp(0.0, 100.0) * 2.56) as u8
}

fn milliseconds(time: Duration) -> [u8; 2] {
    u16::try_from(time.as_millis()).unwrap_or(u16::MAX).to_be_bytes()
}

fn level(dbm0: Option<f32>) -> u8 {
    dbm0.map_or(UNKNOWN, |dbm0| (dbm0.round().clamp(-127.0, 126.0) as i8) as u8)
}

fn score(value: Option<f32>, scale: f32, least: u8, most: u8) -> u8 {
    let scaled = |value: f32| ((value * scale).round() as u8).clamp(least, most);
    value.filter(|value| value.is_finite()).map_or(UNKNOWN, scaled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtcp_types::prelude::RtcpPacketWriterExt;

    fn metrics() -> VoipMetrics {
        VoipMetrics {
            ssrc: 0xDEAD_BEEF,
            lost_percent: 12.5,
            discarded_percent: 0.5,
            bursts: Period { missing_percent: 50.0, length: Duration::from_millis(180) },
            gaps: Period { missing_percent: 1.0, length: Duration::from_millis(9_000) },
            round_trip: Some(Duration::from_millis(80)),
            end_system: Duration::from_millis(95),
            loudness: Loudness { signal_dbm0: Some(-19.0), noise_dbm0: Some(-72.0) },
            opinion: Opinion { r: Some(88.0), mos_lq: Some(4.3), mos_cq: None },
            playout: Playout {
                nominal: Duration::from_millis(40),
                most_now: Duration::from_millis(120),
                most_ever: Duration::from_millis(400),
            },
        }
    }

    #[test]
    fn every_field_is_where_the_rfc_has_it() {
        let mut bytes = [0; LENGTH];
        assert_eq!(metrics().write_into(&mut bytes).unwrap(), LENGTH);
        #[rustfmt::skip]
        let by_hand = [
            7, 0, 0, 8, 0xDE, 0xAD, 0xBE, 0xEF,
            32, 1, 128, 2, 0, 180, 0x23, 0x28,
            0, 80, 0, 95, 237, 184, 127, 16,
            88, 127, 43, 127, 0b1011_0000, 0, 0, 40,
            0, 120, 1, 0x90,
        ];
        assert_eq!(bytes, by_hand);
    }

    #[test]
    fn what_was_written_is_read_again() {
        let mut bytes = [0; LENGTH];
        metrics().write_into(&mut bytes).unwrap();
        let read = VoipMetrics::parse(&bytes).unwrap();
        let near = |a: f32, b: f32| (a - b).abs() < 0.4;
        assert!(near(read.lost_percent, 12.5) && near(read.discarded_percent, 0.5));
        assert!(near(read.bursts.missing_percent, 50.0) && near(read.gaps.missing_percent, 1.0));
        let all = VoipMetrics {
            lost_percent: 12.5,
            discarded_percent: 0.5,
            bursts: metrics().bursts,
            gaps: metrics().gaps,
            ..read
        };
        assert_eq!(all, metrics());
        assert!(VoipMetrics::parse(&bytes[..LENGTH - 1]).is_err());
    }

    #[test]
    fn delays_are_found_among_those_of_others_and_not_past_their_block() {
        let mut block = vec![5, 0, 0, 6];
        for (ssrc, sent, held) in [(1u32, 10u32, 20u32), (2, 30, 40)] {
            [ssrc, sent, held].iter().for_each(|word| block.extend(word.to_be_bytes()));
        }
        block.extend([0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1]);
        let delays = Delays::parse(&block).unwrap();
        assert_eq!((delays.of(2), delays.of(3)), (Some((30, 40)), None));
        assert!(Delays::parse(&block[..20]).is_err());
    }

    #[test]
    fn numbers_that_cannot_be_are_none() {
        let mut bytes = [0xFF; LENGTH];
        bytes[..4].copy_from_slice(&[7, 0, 0, 8]);
        let read = VoipMetrics::parse(&bytes).unwrap();
        assert_eq!(read.opinion, Opinion::default());
        assert!(read.lost_percent <= 100.0 && read.round_trip <= Some(MOST) && read.end_system <= MOST);
    }
}
