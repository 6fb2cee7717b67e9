//! The quality of one session: gathers what its other parts know, once a second, and says what comes of it.

use super::{Config, Quality, receiving::Receiving, reporting::Reporting, sending::Sending, wire::Wire};
use crate::{
    codec::Codec,
    pcm::Block,
    quality::{
        self, Detail, Path, Periods, Second, Stream, Summary, Surroundings, Tally, Totals, Voice, Watch,
    },
    rtcp::{Loudness, Opinion, Period, Playout, VoipMetrics},
    sdp::{Direction, Payload, Plan},
};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
/// What Opus looks ahead (RFC 6716 section 2): 6.5 ms at most.
const OPUS_LOOKAHEAD: Duration = Duration::from_micros(6_500);

/// The other parts of a session.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    /// `None` while nothing is agreed, and afterwards.
    pub(super) plan: Option<&'a Plan>,
    pub(super) sending: &'a Sending,
    pub(super) receiving: &'a Receiving,
    pub(super) reporting: &'a Reporting,
    pub(super) wire: &'a Wire,
}

/// What was agreed last.
#[derive(Debug, Clone, Copy)]
struct Agreed {
    codec: Codec,
    /// How much sound is in a packet.
    ptime: Duration,
    /// By which they send.
    payload_type: u8,
    leaves_silence_out: bool,
}

/// What is watched.
#[derive(Debug)]
pub(super) struct Watching {
    watch: Watch,
    far: Voice,
    surroundings: Surroundings,
    /// What had stalled before this call.
    stalls_before: Option<u64>,
    due: Option<Instant>,
    agreed: Option<Agreed>,
    most_buffer: Duration,
}

impl Watching {
    pub(super) fn new(config: &Config) -> Watching {
        Watching {
            watch: Watch::default(),
            far: Voice::default(),
            surroundings: Surroundings::default(),
            stalls_before: None,
            due: None,
            agreed: None,
            most_buffer: config.max_delay,
        }
    }

    pub(super) fn apply(&mut self, now: Instant, plan: &Plan) {
        let theirs = plan.receive.iter().find(|(_, payload)| *payload == Payload::Speech(plan.codec));
        self.agreed = Some(Agreed {
            codec: plan.codec,
            ptime: plan.ptime,
            payload_type: theirs.map_or(plan.send.speech, |(payload_type, _)| *payload_type),
            leaves_silence_out: (plan.codec == Codec::Opus && plan.opus.dtx) || plan.send.noise.is_some(),
        });
        self.due.get_or_insert(now + SECOND);
    }

    pub(super) fn stop(&mut self) {
        self.due = None;
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn set_surroundings(&mut self, surroundings: Surroundings) {
        self.stalls_before.get_or_insert(surroundings.stalls);
        self.surroundings = surroundings;
    }

    /// 10 ms of the other side.
    pub(super) fn hear_far(&mut self, block: &Block) {
        self.far.feed(block);
    }

    /// A second is over; after a long stall the next begins now.
    pub(super) fn second(&mut self, now: Instant, parts: Parts<'_>) {
        self.due = self.due.map(|due| (due + SECOND).max(now));
        let totals = self.totals(parts.receiving.ledger().tally(), parts);
        let receives =
            parts.plan.is_some_and(|plan| plan.direction.receives() && plan.their_direction.sends());
        let talks = parts.plan.is_some_and(|plan| plan.direction == Direction::SendRecv);
        let second = Second {
            totals,
            near_dbfs: self.surroundings.microphone_dbfs.filter(|_| talks),
            listens: receives && !parts.receiving.is_silence(now),
            far_dbfs: self.far.take_loudest_dbfs(),
            jitter_ms: parts.receiving.reception().jitter_ms(),
            delay_ms: self.delay(parts).map(ms),
            pathless: parts.wire.is_pathless(),
            there: parts.reporting.there(now),
        };
        let path = Path {
            round_trip_ms: parts.reporting.round_trip().map(ms),
            buffer_ms: parts.receiving.buffer().delay_ms(),
        };
        self.watch.second(second, path, self.surroundings.link);
    }

    /// Live.
    pub(super) fn quality(&self, now: Instant, parts: Parts<'_>) -> Quality {
        let lately = self.watch.lately(self.totals(parts.receiving.ledger().tally(), parts));
        let delay_ms = self.delay(parts).map(ms);
        Quality {
            codec: parts.plan.map_or("", |plan| plan.codec.name()),
            loss_percent: lately.tally.lost_percent(),
            discarded_percent: lately.tally.discarded_percent(),
            remote_loss_percent: parts.reporting.there(now).loss_percent,
            jitter_ms: parts.receiving.reception().jitter_ms(),
            round_trip_ms: parts.reporting.round_trip().map(ms),
            delay_ms,
            buffer_ms: parts.receiving.buffer().delay_ms(),
            concealed_percent: lately.concealed_percent(),
            packets_received: parts.receiving.reception().received(),
            packets_sent: parts.sending.sender().packets(),
            receiving: parts.receiving.is_heard(now),
            opinion: self.agreed.and_then(|agreed| quality::opinion(agreed.codec, &lately, delay_ms)),
            cause: self.watch.cause(),
        }
    }

    /// The whole call; `None` where nothing was ever agreed.
    pub(super) fn summary(&self, parts: Parts<'_>) -> Option<Summary> {
        let (tally, _) = parts.receiving.ledger().all();
        let Agreed { codec, ptime, payload_type, leaves_silence_out } = self.agreed?;
        let stream = Stream {
            codec,
            payload_type,
            ptime,
            leaves_silence_out,
            ssrc: parts.sending.sender().ssrc(),
            their_ssrc: parts.receiving.reception().ssrc(),
            from: parts.wire.their_rtp(),
        };
        let (found, told) = (self.metrics(parts), parts.reporting.their_metrics(stream.their_ssrc));
        let detail = Detail { found, told, stream: Some(stream) };
        Some(self.watch.summary(codec, &self.totals(tally, parts), detail))
    }

    /// The whole call, as an extended report has it (RFC 3611 section 4.7).
    pub(super) fn metrics(&self, parts: Parts<'_>) -> Option<VoipMetrics> {
        let (Agreed { codec, ptime, .. }, ssrc) = (self.agreed?, parts.receiving.reception().ssrc()?);
        let (tally, periods) = parts.receiving.ledger().all();
        let totals = self.totals(tally, parts);
        let opinion = quality::opinion(codec, &totals, self.delay(parts).map(ms));
        let (signal_dbm0, noise_dbm0) = self.far.levels_dbm0();
        Some(VoipMetrics {
            ssrc,
            lost_percent: tally.lost_percent(),
            discarded_percent: tally.discarded_percent(),
            bursts: period(periods.bursts, ptime),
            gaps: period(periods.gaps, ptime),
            round_trip: parts.reporting.round_trip(),
            end_system: self.our_delay(parts)?,
            loudness: Loudness { signal_dbm0, noise_dbm0 },
            opinion: Opinion {
                r: opinion.map(|opinion| opinion.conversation.unwrap_or(opinion.listening).r()),
                mos_lq: opinion.map(|opinion| opinion.listening.mos()),
                mos_cq: opinion.and_then(|opinion| opinion.conversation).map(quality::Rating::mos),
            },
            playout: Playout {
                nominal: buffered(parts.receiving),
                most_now: self.most_buffer,
                most_ever: self.most_buffer,
            },
        })
    }

    fn totals(&self, tally: Tally, parts: Parts<'_>) -> Totals {
        let counts = parts.receiving.buffer().counts();
        Totals {
            tally,
            played: counts.played,
            concealed: counts.concealed,
            recovered: counts.recovered,
            packets_received: parts.receiving.reception().received(),
            packets_sent: parts.sending.sender().packets(),
            stalls: self.surroundings.stalls.saturating_sub(self.stalls_before.unwrap_or_default()),
        }
    }

    /// From their mouth to our ear.
    fn delay(&self, parts: Parts<'_>) -> Option<Duration> {
        let ours = self.our_delay(parts)?;
        let theirs = parts.reporting.their_delay(parts.receiving.reception().ssrc());
        Some(quality::one_way(parts.reporting.round_trip()?, ours, theirs))
    }

    /// What we add at both ends of the network (RFC 3611 section 4.7.3).
    fn our_delay(&self, parts: Parts<'_>) -> Option<Duration> {
        let Agreed { codec, ptime, .. } = self.agreed?;
        let ahead = if codec == Codec::Opus { OPUS_LOOKAHEAD } else { Duration::ZERO };
        Some(ptime + ahead + buffered(parts.receiving) + self.surroundings.devices)
    }
}

fn buffered(receiving: &Receiving) -> Duration {
    Duration::try_from_secs_f32(receiving.buffer().delay_ms() / 1_000.0).unwrap_or_default()
}

fn period(periods: Periods, packet: Duration) -> Period {
    let length =
        Duration::try_from_secs_f32(periods.mean_packets() * packet.as_secs_f32()).unwrap_or_default();
    Period { missing_percent: 100.0 * periods.density(), length }
}

fn ms(time: Duration) -> f32 {
    time.as_secs_f32() * 1_000.0
}
