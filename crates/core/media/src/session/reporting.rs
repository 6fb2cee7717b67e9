//! RTCP of one session: when to report and what, and what the other side's reports tell us.

use super::{receiving::Receiving, sending::Sending};
use crate::rtcp::{self, About, Clock, News, Report};
use bytes::Bytes;
use rand::RngExt;
use std::time::{Duration, Instant};

/// What is known by reports.
#[derive(Debug)]
pub(super) struct Reporting {
    /// Random, and new for every call (RFC 7022): it names nobody.
    cname: String,
    clock: Option<Clock>,
    due: Option<Instant>,
    /// Their last sender report: whose, its time, and when it came.
    theirs: Option<(u32, u32, Instant)>,
    round_trip: Option<Duration>,
    remote_loss_percent: f32,
    /// Packets we had sent at our last report.
    reported: u64,
}

impl Reporting {
    pub(super) fn new(rng: &mut impl rand::Rng) -> Reporting {
        Reporting {
            cname: format!("{:024x}", rng.random::<u128>() >> 32),
            clock: None,
            due: None,
            theirs: None,
            round_trip: None,
            remote_loss_percent: 0.0,
            reported: 0,
        }
    }

    /// Reports begin, unless they have.
    pub(super) fn start(&mut self, now: Instant, rng: &mut impl rand::Rng) {
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

    pub(super) const fn remote_loss_percent(&self) -> f32 {
        self.remote_loss_percent
    }

    /// The report that is due; sets when the next one is.
    pub(super) fn report(
        &mut self,
        now: Instant,
        sending: &Sending,
        receiving: &mut Receiving,
        rng: &mut impl rand::Rng,
    ) -> Option<Bytes> {
        self.due = Some(now + rtcp::interval(rng, false));
        rtcp::report(&self.describe(now, sending, receiving)?)
    }

    /// The last words.
    pub(super) fn bye(
        &mut self,
        now: Instant,
        sending: &Sending,
        receiving: &mut Receiving,
    ) -> Option<Bytes> {
        self.due = None;
        rtcp::bye(&self.describe(now, sending, receiving)?)
    }

    /// Takes a compound; `None`: it is not RTCP.
    pub(super) fn packet(&mut self, now: Instant, bytes: &[u8], ours: u32) -> Option<News> {
        let news = rtcp::read(bytes, ours, self.clock.as_ref()?, now)?;
        if let Some((ssrc, time)) = news.sender {
            self.theirs = Some((ssrc, time, now));
        }
        self.round_trip = news.round_trip.or(self.round_trip);
        if let Some(fraction) = news.fraction_lost {
            self.remote_loss_percent = f32::from(fraction) * 100.0 / 256.0;
        }
        Some(news)
    }

    fn describe(&mut self, now: Instant, sending: &Sending, receiving: &mut Receiving) -> Option<Report<'_>> {
        let clock = self.clock?;
        let sender = sending.sender();
        let sent = (sender.packets() != self.reported).then(|| {
            // The counters are 32 bits wide, and wrap (RFC 3550 section 6.4.1).
            (clock.ntp(now), sending.timestamp_now(), sender.packets() as u32, sender.octets() as u32)
        });
        self.reported = sender.packets();
        let about = receiving.reception().ssrc().map(|ssrc| {
            let (fraction_lost, cumulative_lost) = receiving.reception_mut().report();
            let theirs = self.theirs.filter(|(whose, _, _)| *whose == ssrc);
            About {
                ssrc,
                fraction_lost,
                cumulative_lost,
                extended_highest: receiving.reception().extended_highest(),
                jitter: receiving.reception().jitter_ticks(),
                last_report: theirs.map(|(_, time, came)| (time, now.saturating_duration_since(came))),
            }
        });
        Some(Report { ssrc: sender.ssrc(), cname: &self.cname, sent, about })
    }
}
