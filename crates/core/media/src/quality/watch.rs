//! One call's quality: second by second, live and over all.

use super::{
    cause::{Cause, Link, Verdict},
    emodel::{self, Missing, Rating},
    impairment,
    ledger::Tally,
    report::Detail,
    window::{Second, Totals, Window},
};
use crate::Codec;
use std::time::Duration;

/// What only the driver of a session knows, and the session must to say why a call sounds bad.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Surroundings {
    /// What the route to the other side goes out by.
    pub link: Link,
    /// How often sound was not ready in time so far: speaker ran dry, steps came late. Only its growth counts, from the first
    /// that is said.
    pub stalls: u64,
    /// What devices and their queues add to the delay, both of them together.
    pub devices: Duration,
    /// The loudest 10 ms that the agent's microphone had lately, before anything is done to it; `None` where the other side
    /// is not to hear it: muted, deafened, or in no call or another one.
    pub microphone_dbfs: Option<f32>,
}

/// What people would say of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion {
    /// Of the sound alone.
    pub listening: Rating,
    /// Of the conversation, delay included; `None` where the delay is not known.
    pub conversation: Option<Rating>,
}

/// A call in a few figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How long there was something to watch, in whole seconds.
    pub lasted: Duration,
    /// What was sent last: `opus`, `PCMU`.
    pub codec: &'static str,
    /// Packets of theirs that never came, 0 to 100.
    pub loss_percent: f32,
    /// Packets of theirs that came too late, 0 to 100.
    pub discarded_percent: f32,
    /// Packets of ours that never came there, by their reports, 0 to 100; `None` where they send none.
    pub remote_loss_percent: Option<f32>,
    /// Interarrival jitter: mean, and the most of any second.
    pub jitter_ms: (f32, f32),
    /// To them and back, mean.
    pub round_trip_ms: Option<f32>,
    /// From mouth to ear, one way, mean.
    pub delay_ms: Option<f32>,
    /// The jitter buffer: mean.
    pub buffer_ms: f32,
    /// `None` where nothing was heard.
    pub opinion: Option<Opinion>,
    /// What was wrong for longest, and for how many seconds in all.
    pub worst: Option<(Cause, u32)>,
    /// Packets that came, and that went.
    pub packets: (u64, u64),
    /// What a collector is told beside that.
    pub(crate) detail: Detail,
}

/// A mean that is built up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        if value.is_finite() {
            self.sum += f64::from(value);
            self.count = self.count.saturating_add(1);
        }
    }

    pub(crate) fn get(self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / f64::from(self.count)) as f32)
    }
}

/// What is added up over a call.
#[derive(Debug, Clone, Copy, Default)]
struct Whole {
    jitter: Mean,
    most_jitter_ms: f32,
    delay: Mean,
    round_trip: Mean,
    buffer: Mean,
    remote_loss: Mean,
    /// For how many seconds each cause was said, and how it was last said.
    said: [(u32, Option<Cause>); Cause::COUNT],
}

/// Times of the path that a second is told beside the second itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Path {
    pub(crate) round_trip_ms: Option<f32>,
    pub(crate) buffer_ms: f32,
}

/// The watch over one call.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    window: Window,
    verdict: Verdict,
    whole: Whole,
}

impl Watch {
    /// Another second is over.
    pub(crate) fn second(&mut self, second: Second, path: Path, link: Link) {
        self.window.push(second);
        self.verdict.second(&self.window, link);
        let whole = &mut self.whole;
        if second.listens && second.totals.packets_received > 0 {
            whole.jitter.add(second.jitter_ms);
            whole.most_jitter_ms = whole.most_jitter_ms.max(second.jitter_ms);
            whole.buffer.add(path.buffer_ms);
            second.delay_ms.into_iter().for_each(|ms| whole.delay.add(ms));
        }
        path.round_trip_ms.into_iter().for_each(|ms| whole.round_trip.add(ms));
        second.there.loss_percent.into_iter().for_each(|percent| whole.remote_loss.add(percent));
        if let Some(cause) = self.verdict.cause()
            && let Some((seconds, said)) = whole.said.get_mut(cause.index())
        {
            *seconds = seconds.saturating_add(1);
            *said = Some(cause);
        }
    }

    /// What is wrong now.
    pub(crate) const fn cause(&self) -> Option<Cause> {
        self.verdict.cause()
    }

    /// What was counted in the last seconds, given what has been counted up to now.
    pub(crate) fn lately(&self, totals: Totals) -> Totals {
        totals.since(self.window.before())
    }

    /// The whole call.
    pub(crate) fn summary(&self, codec: Codec, totals: &Totals, detail: Detail) -> Summary {
        let whole = &self.whole;
        let worst = whole.said.iter().max_by_key(|(seconds, _)| *seconds);
        let delay_ms = whole.delay.get();
        Summary {
            lasted: Duration::from_secs(self.window.count() as u64),
            codec: codec.name(),
            loss_percent: totals.tally.lost_percent(),
            discarded_percent: totals.tally.discarded_percent(),
            remote_loss_percent: whole.remote_loss.get(),
            jitter_ms: (whole.jitter.get().unwrap_or_default(), whole.most_jitter_ms),
            round_trip_ms: whole.round_trip.get(),
            delay_ms,
            buffer_ms: whole.buffer.get().unwrap_or_default(),
            opinion: opinion(codec, totals, delay_ms),
            worst: worst.and_then(|(seconds, cause)| cause.map(|cause| (cause, *seconds))),
            packets: (totals.packets_received, totals.packets_sent),
            detail,
        }
    }
}

/// What people would say of what was counted; `None` where nothing came.
pub(crate) fn opinion(codec: Codec, totals: &Totals, delay_ms: Option<f32>) -> Option<Opinion> {
    if totals.tally.expected == 0 {
        return None;
    }
    let (codec, missing) = (impairment::of(codec, totals.is_repaired()), missing(totals.tally));
    Some(Opinion {
        listening: emodel::listening(codec, missing),
        conversation: delay_ms.map(|ms| emodel::conversation(codec, missing, ms)),
    })
}

fn missing(tally: Tally) -> Missing {
    let gone = tally.lost + tally.discarded;
    let share = gone as f32 / tally.expected.max(1) as f32;
    // By chance a run of lost packets has 1 / (1 - p) of them (G.107 section 7.5). A few runs are no statistics.
    let burst_ratio = if tally.runs < 3 { 1.0 } else { gone as f32 / tally.runs as f32 * (1.0 - share) };
    Missing { percent: 100.0 * share.min(1.0), burst_ratio: burst_ratio.max(1.0) }
}

/// From their mouth to our ear (RFC 3611 section 4.7.3): half of the way there and back with what both ends add. Where the
/// other side does not say what it adds, as much as we do.
pub(crate) fn one_way(round_trip: Duration, ours: Duration, theirs: Option<Duration>) -> Duration {
    (round_trip + ours + theirs.unwrap_or(ours)) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(expected: u64, lost: u64, runs: u64) -> Totals {
        Totals { tally: Tally { expected, lost, discarded: 0, runs }, ..Totals::default() }
    }

    #[test]
    fn a_good_call_is_rated_well_and_a_lossy_one_is_not() {
        let mos = |codec, totals: &Totals| opinion(codec, totals, Some(100.0)).unwrap().listening.mos();
        assert!((mos(Codec::Pcmu, &totals(500, 0, 0)) - 4.41).abs() < 0.01);
        assert!(mos(Codec::Opus, &totals(500, 0, 0)) > 4.4);
        assert!(mos(Codec::Pcmu, &totals(500, 50, 45)) < 3.6);
        assert!(
            mos(Codec::Pcmu, &totals(500, 50, 10)) < mos(Codec::Pcmu, &totals(500, 50, 45)),
            "bursts are worse"
        );
        let repaired = Totals { recovered: 9_000, concealed: 500, ..totals(500, 50, 45) };
        assert!(mos(Codec::Opus, &repaired) > mos(Codec::Opus, &totals(500, 50, 45)) + 0.3);
    }

    #[test]
    fn loss_by_chance_has_a_burst_ratio_of_one() {
        // One in four lost by chance: runs of 4/3.
        let chance = missing(Tally { expected: 4_000, lost: 1_000, discarded: 0, runs: 750 });
        assert!((chance.burst_ratio - 1.0).abs() < 0.01, "{chance:?}");
        let bursts = missing(Tally { expected: 4_000, lost: 1_000, discarded: 0, runs: 250 });
        assert!((bursts.burst_ratio - 3.0).abs() < 0.01, "{bursts:?}");
    }

    #[test]
    fn nobody_rates_what_was_not_heard() {
        assert_eq!(opinion(Codec::Opus, &Totals::default(), None), None);
        assert_eq!(Watch::default().summary(Codec::Opus, &Totals::default(), Detail::default()).worst, None);
    }

    #[test]
    fn the_delay_is_half_of_the_loop() {
        let ms = Duration::from_millis;
        assert_eq!(one_way(ms(100), ms(60), Some(ms(80))), ms(120));
        assert_eq!(one_way(ms(100), ms(60), None), ms(110));
    }
}
