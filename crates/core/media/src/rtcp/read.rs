//! Reads compound packets of the other side. What follows a broken packet in a compound is not looked at.

use super::{
    Clock, clock,
    xr::{Delays, VoipMetrics},
};
use rtcp_types::{Compound, Packet, ReceiverReferenceTime, ReportBlock, Xr};
use std::time::{Duration, Instant};

/// What a compound said.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct News {
    /// A sender report: whose, and the middle of its NTP timestamp.
    pub(crate) sender: Option<(u32, u32)>,
    /// A report came, whatever it was about.
    pub(crate) reported: bool,
    /// What they say of our stream: the fraction lost since their last report, in 1/256.
    pub(crate) fraction_lost: Option<u8>,
    /// And the highest sequence number that they had of it.
    pub(crate) highest: Option<u32>,
    /// To them and back.
    pub(crate) round_trip: Option<Duration>,
    /// Whose moment they told, and the middle of its NTP timestamp (RFC 3611 section 4.4).
    pub(crate) reference: Option<(u32, u32)>,
    /// How our stream sounds there (RFC 3611 section 4.7), and to whom.
    pub(crate) metrics: Option<(u32, VoipMetrics)>,
    /// Whose stream is over.
    pub(crate) bye: Option<u32>,
}

/// A longer one is no clock's error any more.
const MOST_ROUND_TRIP: Duration = Duration::from_secs(60);

/// `None`: it is not RTCP. `ours` is our SSRC, `clock` the one of our sender reports.
pub(crate) fn read(bytes: &[u8], ours: u32, clock: &Clock, now: Instant) -> Option<News> {
    let mut news = News::default();
    let mut packets = 0;
    for packet in Compound::parse(bytes).ok()? {
        let Ok(packet) = packet else { break };
        packets += 1;
        match packet {
            Packet::Sr(report) => {
                news.sender = Some((report.ssrc(), (report.ntp_timestamp() >> 16) as u32));
                news.reported = true;
                report.report_blocks().for_each(|block| news.block(&block, ours, clock, now));
            }
            Packet::Rr(report) => {
                news.reported = true;
                report.report_blocks().for_each(|block| news.block(&block, ours, clock, now))
            }
            Packet::Xr(extended) => news.extended(&extended, ours, clock, now),
            Packet::Bye(bye) => news.bye = bye.ssrcs().next().or(news.bye),
            Packet::App(_)
            | Packet::Sdes(_)
            | Packet::TransportFeedback(_)
            | Packet::PayloadFeedback(_)
            | Packet::Unknown(_) => {}
        }
    }
    (packets > 0).then_some(news)
}

impl News {
    /// RFC 3550 section 6.4.1.
    fn block(&mut self, block: &ReportBlock<'_>, ours: u32, clock: &Clock, now: Instant) {
        if block.ssrc() != ours {
            return;
        }
        self.fraction_lost = Some(block.fraction_lost());
        self.highest = Some(block.extended_sequence_number());
        let sent = block.last_sender_report_timestamp();
        let held = block.delay_since_last_sender_report_timestamp();
        self.round_trip = round_trip(sent, held, clock, now).or(self.round_trip);
    }

    /// Blocks of other kinds, and those of other streams, are passed by.
    fn extended(&mut self, packet: &Xr<'_>, ours: u32, clock: &Clock, now: Instant) {
        for block in packet.block_iter() {
            if let Ok(time) = block.parse_into::<ReceiverReferenceTime<'_>>() {
                self.reference = Some((packet.sender_ssrc(), (time.ntp_timestamp() >> 16) as u32));
            } else if let Ok(delays) = block.parse_into::<Delays<'_>>() {
                let found = delays.of(ours).and_then(|(sent, held)| round_trip(sent, held, clock, now));
                self.round_trip = found.or(self.round_trip);
            } else if let Ok(metrics) = block.parse_into::<VoipMetrics>() {
                let said = (packet.sender_ssrc(), metrics);
                self.metrics = Some(said).filter(|_| metrics.ssrc == ours).or(self.metrics);
            }
        }
    }
}

/// What is left of the time since our report when the time they held it is taken away (RFC 3550 section 6.4.1).
fn round_trip(sent: u32, held: u32, clock: &Clock, now: Instant) -> Option<Duration> {
    if sent == 0 {
        return None;
    }
    let elapsed = clock.short(now).wrapping_sub(sent).wrapping_sub(held);
    // A little below zero is rounding.
    let elapsed = if elapsed > u32::MAX - 65_536 { 0 } else { elapsed };
    Some(clock::long(elapsed)).filter(|round_trip| *round_trip < MOST_ROUND_TRIP)
}

#[cfg(test)]
mod tests {
    use super::super::{About, Extended, Report, bye, report};
    use super::*;
    use crate::testing::start;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn sent(clock: &Clock, now: Instant) -> Report<'static> {
        Report {
            ssrc: 7,
            cname: "abc",
            sent: Some((clock.ntp(now), 160, 1, 160)),
            about: None,
            extended: Extended::default(),
        }
    }

    #[test]
    fn the_round_trip_is_what_is_left_when_their_time_is_taken_away() {
        let start = start();
        let ours = Clock::new(start, &mut StdRng::seed_from_u64(1));
        let theirs = Clock::new(start, &mut StdRng::seed_from_u64(2));
        let at = |ms| start + Duration::from_millis(ms);
        let there = read(&report(&sent(&ours, at(0))).unwrap(), 9, &theirs, at(40)).unwrap();
        let (ssrc, time) = there.sender.unwrap();
        assert_eq!(ssrc, 7);
        let about = About {
            ssrc,
            fraction_lost: 25,
            cumulative_lost: 3,
            extended_highest: 100,
            jitter: 5,
            last_report: Some((time, Duration::from_millis(1_000))),
        };
        let back = report(&Report {
            ssrc: 9,
            cname: "def",
            sent: None,
            about: Some(about),
            extended: Extended::default(),
        })
        .unwrap();
        let news = read(&back, 7, &ours, at(1_080)).unwrap();
        assert_eq!(news.fraction_lost, Some(25));
        assert!((news.round_trip.unwrap().as_secs_f64() - 0.08).abs() < 0.001, "{:?}", news.round_trip);
        assert_eq!(news.sender, None);
    }

    #[test]
    fn who_only_listens_learns_the_round_trip_by_extended_reports() {
        let start = start();
        let ours = Clock::new(start, &mut StdRng::seed_from_u64(1));
        let theirs = Clock::new(start, &mut StdRng::seed_from_u64(2));
        let at = |ms| start + Duration::from_millis(ms);
        let listener = |extended| Report { ssrc: 7, cname: "abc", sent: None, about: None, extended };
        let asks = Extended { reference: Some(ours.ntp(at(0))), ..Extended::default() };
        let there = read(&report(&listener(asks)).unwrap(), 9, &theirs, at(40)).unwrap();
        let (whose, time) = there.reference.unwrap();
        assert_eq!(whose, 7);
        let metrics = VoipMetrics { ssrc: 7, lost_percent: 25.0, ..VoipMetrics::default() };
        let heard = Some((whose, time, Duration::from_millis(500)));
        let answers = Extended { heard, metrics: Some(metrics), reference: None };
        let back = bye(&Report { ssrc: 9, extended: answers, ..listener(answers) }).unwrap();
        let news = read(&back, 7, &ours, at(620)).unwrap();
        assert!((news.round_trip.unwrap().as_secs_f64() - 0.12).abs() < 0.001, "{:?}", news.round_trip);
        assert_eq!(news.metrics.map(|(whose, metrics)| (whose, metrics.lost_percent)), Some((9, 25.0)));
        assert_eq!(news.bye, Some(9), "goodbye comes after it");
        assert_eq!(read(&back, 8, &ours, at(620)).unwrap().metrics, None, "of another stream");
    }

    #[test]
    fn goodbye_is_heard() {
        let start = start();
        let clock = Clock::new(start, &mut StdRng::seed_from_u64(1));
        let news = read(&bye(&sent(&clock, start)).unwrap(), 1, &clock, start).unwrap();
        assert_eq!(news.bye, Some(7));
    }

    #[test]
    fn a_hundred_thousand_broken_compounds_harm_nothing() {
        let start = start();
        let mut rng = StdRng::seed_from_u64(3);
        let clock = Clock::new(start, &mut rng);
        let about = About {
            ssrc: 1,
            fraction_lost: 1,
            cumulative_lost: 1,
            extended_highest: 1,
            jitter: 1,
            last_report: None,
        };
        let metrics = VoipMetrics { ssrc: 1, ..VoipMetrics::default() };
        let extended = Extended {
            reference: Some(clock.ntp(start)),
            heard: Some((1, 1, Duration::ZERO)),
            metrics: Some(metrics),
        };
        let whole = bye(&Report { about: Some(about), extended, ..sent(&clock, start) }).unwrap();
        let mut understood = 0;
        for _ in 0..100_000 {
            let mut bytes = whole.to_vec();
            for _ in 0..rng.random_range(1..6) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
            bytes.truncate(rng.random_range(0..=bytes.len()));
            understood += u32::from(read(&bytes, 1, &clock, start).is_some());
        }
        assert!(understood > 1_000, "some are still whole: {understood}");
    }
}
