//! RTCP of one session: when to report and what, and what the other side's reports tell us.

use super::{receiving::Receiving, sending::Sending};
use crate::{
    quality::There,
    rtcp::{self, About, Clock, Extended, News, Report, VoipMetrics},
    sdp::ExtendedReports,
};
use bytes::Bytes;
use rand::RngExt;
use std::time::{Duration, Instant};

/// Reports come 5 s apart, or a little more: what is older is not so any more.
const STALE: Duration = Duration::from_secs(15);
/// So many packets of ours, and a report that knows none of them is not just quick.
const NOTICED: u64 = 50;

/// A moment that they told, so that we tell them how long ago it was.
#[derive(Debug, Clone, Copy)]
struct Moment {
    whose: u32,
    /// The middle of an NTP timestamp.
    time: u32,
    came: Instant,
}

/// How our stream gets there.
#[derive(Debug, Clone, Copy, Default)]
struct Theirs {
    /// What they lost, 0 to 100, and when they said so.
    loss: Option<(f32, Instant)>,
    /// The highest sequence number that they had.
    highest: Option<u32>,
    reports: bool,
    unaware: u32,
    /// Packets we had sent at their last report.
    sent: u64,
    metrics: Option<(u32, VoipMetrics)>,
}

/// What is known by reports.
#[derive(Debug)]
pub(super) struct Reporting {
    /// Random, and new for every call (RFC 7022): it names nobody.
    cname: String,
    clock: Option<Clock>,
    due: Option<Instant>,
    wanted: ExtendedReports,
    /// Their last sender report, and their last receiver reference time.
    sender: Option<Moment>,
    reference: Option<Moment>,
    round_trip: Option<Duration>,
    theirs: Theirs,
    /// Packets we had sent at our last two reports.
    reported: [u64; 2],
}

impl Reporting {
    pub(super) fn new(rng: &mut impl rand::Rng) -> Reporting {
        Reporting {
            cname: format!("{:024x}", rng.random::<u128>() >> 32),
            clock: None,
            due: None,
            wanted: ExtendedReports::default(),
            sender: None,
            reference: None,
            round_trip: None,
            theirs: Theirs::default(),
            reported: [0; 2],
        }
    }

    /// Reports begin, unless they have; `wanted` is what the other side wants to be told.
    pub(super) fn start(&mut self, now: Instant, wanted: ExtendedReports, rng: &mut impl rand::Rng) {
        self.wanted = wanted;
        if self.clock.is_none() {
            self.clock = Some(Clock::new(now, rng));
            self.due = Some(now + rtcp::interval(rng, true));
        }
    }

    pub(super) fn stop(&mut self) {
        self.due = None;
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) const fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// How our sound gets there, as far as their reports tell.
    pub(super) fn there(&self, now: Instant) -> There {
        let fresh = |(_, came): &(f32, Instant)| now.saturating_duration_since(*came) < STALE;
        There {
            loss_percent: self.theirs.loss.filter(fresh).map(|(percent, _)| percent),
            reports: self.theirs.reports,
            known: self.theirs.highest.is_some(),
            unaware: self.theirs.unaware,
        }
    }

    /// What their devices and their jitter buffer add to the delay, where they say it.
    pub(super) fn their_delay(&self, heard: Option<u32>) -> Option<Duration> {
        self.their_metrics(heard).map(|metrics| metrics.end_system).filter(|delay| !delay.is_zero())
    }

    /// What they say of how we sound: whoever is `heard` now, and not who was before.
    pub(super) fn their_metrics(&self, heard: Option<u32>) -> Option<VoipMetrics> {
        let said = self.theirs.metrics.filter(|(whose, _)| heard.is_none_or(|ssrc| ssrc == *whose));
        said.map(|(_, metrics)| metrics)
    }

    /// The report that is due; sets when the next one is. `metrics` is said where they want to hear it.
    pub(super) fn report(
        &mut self,
        now: Instant,
        (sending, receiving): (&Sending, &mut Receiving),
        metrics: Option<VoipMetrics>,
        rng: &mut impl rand::Rng,
    ) -> Option<Bytes> {
        self.due = Some(now + rtcp::interval(rng, false));
        rtcp::report(&self.describe(now, sending, receiving, metrics)?)
    }

    /// The last words.
    pub(super) fn bye(
        &mut self,
        now: Instant,
        sending: &Sending,
        receiving: &mut Receiving,
        metrics: Option<VoipMetrics>,
    ) -> Option<Bytes> {
        self.due = None;
        rtcp::bye(&self.describe(now, sending, receiving, metrics)?)
    }

    /// Takes a compound; `None`: it is not RTCP.
    pub(super) fn packet(&mut self, now: Instant, bytes: &[u8], sending: &Sending) -> Option<News> {
        let sender = sending.sender();
        let news = rtcp::read(bytes, sender.ssrc(), self.clock.as_ref()?, now)?;
        let moment = |(whose, time)| Moment { whose, time, came: now };
        self.sender = news.sender.map(moment).or(self.sender);
        self.reference = news.reference.map(moment).or(self.reference);
        self.round_trip = news.round_trip.or(self.round_trip);
        self.theirs.heed(now, &news, sender.packets());
        Some(news)
    }

    fn describe(
        &mut self,
        now: Instant,
        sending: &Sending,
        receiving: &mut Receiving,
        metrics: Option<VoipMetrics>,
    ) -> Option<Report<'_>> {
        let clock = self.clock?;
        let sender = sending.sender();
        let ago = |moment: Moment| now.saturating_duration_since(moment.came);
        // Sent since the last report or the one before (RFC 3550 section 6.4).
        let sent = (sender.packets() != self.reported[0]).then(|| {
            // The counters are 32 bits wide, and wrap (section 6.4.1).
            (clock.ntp(now), sending.timestamp_now(), sender.packets() as u32, sender.octets() as u32)
        });
        self.reported = [self.reported[1], sender.packets()];
        let about = receiving.reception().ssrc().map(|ssrc| {
            let (fraction_lost, cumulative_lost) = receiving.reception_mut().report();
            let theirs = self.sender.filter(|moment| moment.whose == ssrc);
            About {
                ssrc,
                fraction_lost,
                cumulative_lost,
                extended_highest: receiving.reception().extended_highest(),
                jitter: receiving.reception().jitter_ticks(),
                last_report: theirs.map(|moment| (moment.time, ago(moment))),
            }
        });
        let extended = Extended {
            reference: self.wanted.receiver_rtt.then(|| clock.ntp(now)),
            heard: self.reference.map(|moment| (moment.whose, moment.time, ago(moment))),
            metrics: metrics.filter(|_| self.wanted.voip_metrics),
        };
        Some(Report { ssrc: sender.ssrc(), cname: &self.cname, sent, about, extended })
    }
}

impl Theirs {
    /// `sent`: packets of ours so far.
    fn heed(&mut self, now: Instant, news: &News, sent: u64) {
        self.metrics = news.metrics.or(self.metrics);
        if let Some(fraction) = news.fraction_lost {
            self.loss = Some((f32::from(fraction) * 100.0 / 256.0, now));
        }
        if !news.reported {
            return;
        }
        self.reports = true;
        if sent.saturating_sub(self.sent) >= NOTICED {
            let moved = news.highest.is_some() && news.highest != self.highest;
            self.unaware = if moved { 0 } else { self.unaware.saturating_add(1) };
        }
        self.highest = news.highest.or(self.highest);
        self.sent = sent;
    }
}
