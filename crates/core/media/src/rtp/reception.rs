//! What we know of a stream that comes in: extended sequence numbers, loss, jitter (RFC 3550 appendices A.1, A.3, A.8).

use std::time::{Duration, Instant};

/// A jump ahead up to this is loss; more is another stream (RFC 3550 appendix A.1).
const MAX_DROPOUT: u16 = 3_000;
/// A step back up to this is disorder.
const MAX_MISORDER: u16 = 100;

/// Where a packet belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Its sequence number without wrapping.
    pub(crate) sequence: u64,
    /// Its timestamp without wrapping, in ticks.
    pub(crate) timestamp: i64,
    /// It begins a stream: what is known of the one before is of no use.
    pub(crate) restarted: bool,
}

/// One source, and how it is received.
#[derive(Debug, Clone)]
pub(crate) struct Reception {
    source: Option<Source>,
    /// A packet that does not fit. If the next one follows it, the stream has restarted there.
    candidate: Option<(u32, u16)>,
    /// All packets and losses of sources that came before.
    before: (u64, u64),
}

#[derive(Debug, Clone)]
struct Source {
    ssrc: u32,
    base: u64,
    highest: u64,
    timestamp: i64,
    received: u64,
    /// Interarrival jitter, in ticks.
    jitter: f64,
    transit: Option<(Instant, i64, u32)>,
    /// Expected and received at the last report.
    reported: (u64, u64),
}

impl Reception {
    pub(crate) const fn new() -> Reception {
        Reception { source: None, candidate: None, before: (0, 0) }
    }

    /// Whom we receive.
    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.ssrc)
    }

    /// Takes a packet in; `None` where it does not belong to the stream (it may be the first of a new one).
    pub(crate) fn packet(&mut self, ssrc: u32, sequence: u16, timestamp: u32) -> Option<Arrival> {
        if let Some(source) = &mut self.source
            && source.ssrc == ssrc
            && let Some(arrival) = source.packet(sequence, timestamp)
        {
            self.candidate = None;
            return Some(arrival);
        }
        let follows = self.candidate.is_some_and(|(s, n)| s == ssrc && n.wrapping_add(1) == sequence);
        if self.source.is_some() && !follows {
            self.candidate = Some((ssrc, sequence));
            return None;
        }
        self.candidate = None;
        let (expected, received) = self.expected_and_received();
        self.before = (expected, received);
        // One cycle is kept below the first number, so that a packet that was overtaken is not below zero.
        let first = 0x1_0000 + u64::from(sequence);
        self.source = Some(Source {
            ssrc,
            base: first,
            highest: first,
            timestamp: timestamp.into(),
            received: 1,
            jitter: 0.0,
            transit: None,
            reported: (0, 0),
        });
        Some(Arrival { sequence: first, timestamp: timestamp.into(), restarted: true })
    }

    /// Follows the jitter; for packets that carry sound as it comes (not digits, whose timestamp stands still).
    pub(crate) fn timed(&mut self, now: Instant, timestamp: i64, clock_rate: u32) {
        let Some(source) = &mut self.source else { return };
        if let Some((then, last, rate)) = source.transit
            && rate == clock_rate
        {
            let elapsed = ticks(now.saturating_duration_since(then), clock_rate);
            let difference = (elapsed - timestamp.wrapping_sub(last) as f64).abs();
            // A pause of the talker is not jitter.
            if difference < f64::from(clock_rate) {
                source.jitter += (difference - source.jitter) / 16.0;
            }
        }
        source.transit = Some((now, timestamp, clock_rate));
    }

    /// Jitter in ticks, for a report.
    pub(crate) fn jitter_ticks(&self) -> u32 {
        self.source.as_ref().map_or(0, |source| source.jitter as u32)
    }

    /// Jitter in milliseconds.
    pub(crate) fn jitter_ms(&self) -> f32 {
        let source = self.source.as_ref().and_then(|source| Some((source.jitter, source.transit?.2)));
        source.map_or(0.0, |(jitter, rate)| (jitter * 1000.0 / f64::from(rate)) as f32)
    }

    /// Packets lost since the stream began, in percent of those expected.
    #[cfg(test)]
    pub(crate) fn loss_percent(&self) -> f32 {
        let (expected, received) = self.expected_and_received();
        let lost = expected.saturating_sub(received);
        if expected == 0 { 0.0 } else { 100.0 * lost as f32 / expected as f32 }
    }

    /// Packets that came.
    pub(crate) fn received(&self) -> u64 {
        self.expected_and_received().1
    }

    /// The highest sequence number with its cycles, as a report has it.
    pub(crate) fn extended_highest(&self) -> u32 {
        self.source.as_ref().map_or(0, |source| (source.highest - 0x1_0000) as u32)
    }

    /// Fraction lost since the last report in 1/256, and packets lost in all (24 bits, signed). Starts the next interval.
    pub(crate) fn report(&mut self) -> (u8, u32) {
        let Some(source) = &mut self.source else { return (0, 0) };
        let expected = source.expected();
        let lost = expected as i64 - source.received as i64;
        let now_expected = expected - source.reported.0;
        let now_lost = now_expected as i64 - (source.received - source.reported.1) as i64;
        source.reported = (expected, source.received);
        let fraction =
            if now_expected == 0 || now_lost <= 0 { 0 } else { (now_lost * 256) / now_expected as i64 };
        let cumulative = lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
        (fraction.min(255) as u8, cumulative)
    }

    fn expected_and_received(&self) -> (u64, u64) {
        let (expected, received) = self.source.as_ref().map_or((0, 0), |s| (s.expected(), s.received));
        (self.before.0 + expected, self.before.1 + received)
    }
}

impl Source {
    fn expected(&self) -> u64 {
        self.highest + 1 - self.base
    }

    fn packet(&mut self, sequence: u16, timestamp: u32) -> Option<Arrival> {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let back = (self.highest as u16).wrapping_sub(sequence);
        let extended = if ahead < MAX_DROPOUT {
            self.highest + u64::from(ahead)
        } else if back <= MAX_MISORDER {
            self.highest.checked_sub(u64::from(back))?
        } else {
            return None;
        };
        let unwrapped = self.timestamp + i64::from(timestamp.wrapping_sub(self.timestamp as u32) as i32);
        self.received += 1;
        self.base = self.base.min(extended);
        if extended > self.highest {
            self.highest = extended;
            self.timestamp = unwrapped;
        }
        Some(Arrival { sequence: extended, timestamp: unwrapped, restarted: false })
    }
}

fn ticks(elapsed: Duration, clock_rate: u32) -> f64 {
    elapsed.as_secs_f64() * f64::from(clock_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    #[test]
    fn sequence_numbers_and_timestamps_go_on_past_their_wrap() {
        let mut reception = Reception::new();
        let first = reception.packet(1, 65_534, u32::MAX - 100).unwrap();
        let mut last = first;
        for n in 1..200_000u32 {
            let arrival = reception
                .packet(1, 65_534u16.wrapping_add(n as u16), (u32::MAX - 100).wrapping_add(n * 160))
                .unwrap();
            assert_eq!(arrival.sequence, last.sequence + 1);
            assert_eq!(arrival.timestamp, last.timestamp + 160);
            last = arrival;
        }
        assert_eq!(reception.loss_percent(), 0.0);
        assert_eq!(reception.extended_highest(), 65_534 + 199_999);
    }

    #[test]
    fn loss_is_what_was_expected_and_did_not_come() {
        let mut reception = Reception::new();
        for n in 0..1000u32 {
            if n % 10 != 5 {
                reception.packet(1, n as u16, n * 160);
            }
        }
        assert!((reception.loss_percent() - 10.0).abs() < 0.1);
        assert_eq!(reception.report(), (25, 100));
        assert_eq!(reception.report(), (0, 100), "nothing was lost since");
    }

    #[test]
    fn a_duplicate_makes_loss_negative_not_huge() {
        let mut reception = Reception::new();
        reception.packet(1, 7, 0);
        reception.packet(1, 7, 0);
        assert_eq!(reception.report(), (0, 0xFF_FFFF));
        assert_eq!(reception.loss_percent(), 0.0);
    }

    #[test]
    fn disorder_before_the_first_packet_is_no_restart() {
        let mut reception = Reception::new();
        let first = reception.packet(1, 0, 160).unwrap();
        let before = reception.packet(1, 65_535, 0).unwrap();
        assert_eq!((before.sequence + 1, before.timestamp + 160), (first.sequence, first.timestamp));
        assert_eq!(reception.report(), (0, 0));
    }

    #[test]
    fn another_source_needs_two_packets_in_a_row() {
        let mut reception = Reception::new();
        reception.packet(1, 100, 0);
        assert_eq!(reception.packet(2, 5, 0), None);
        assert!(!reception.packet(1, 101, 160).unwrap().restarted);
        assert_eq!(reception.packet(2, 9, 0), None);
        assert!(reception.packet(2, 10, 160).unwrap().restarted);
        assert_eq!(reception.ssrc(), Some(2));
    }

    #[test]
    fn jitter_settles_at_the_mean_deviation() {
        let mut reception = Reception::new();
        let start = start();
        for n in 0..2_000u32 {
            let arrival = reception.packet(1, n as u16, n * 160).unwrap();
            let late = Duration::from_millis(if n % 2 == 0 { 0 } else { 10 });
            reception.timed(start + Duration::from_millis(20) * n + late, arrival.timestamp, 8000);
        }
        assert!((reception.jitter_ms() - 10.0).abs() < 0.1, "{}", reception.jitter_ms());
    }
}
