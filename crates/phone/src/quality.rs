//! How a call sounds, from the words of the media to those of the desk, of scripts and of the disk.

use crate::happening::What;
use sidetone_desk::view::{Grade, QualityView, SoundProblem, SoundSummary};
use sidetone_media::quality::{Cause, Link, Opinion, Rating, Summary};
use sidetone_media::session::{Levels, Quality};
use sidetone_store as store;

/// What the agent sees.
pub(crate) fn shown(quality: &Quality) -> QualityView {
    let problem = quality.cause.map(problem);
    QualityView {
        loss_percent: quality.loss_percent + quality.discarded_percent,
        remote_loss_percent: quality.remote_loss_percent,
        jitter_ms: quality.jitter_ms,
        round_trip_ms: quality.round_trip_ms,
        delay_ms: quality.delay_ms,
        buffer_ms: quality.buffer_ms,
        mos: quality.opinion.map(|opinion| rating(opinion).mos()),
        grade: grade(quality),
        codec: quality.codec.to_owned(),
        receiving: quality.receiving,
        problem,
    }
}

/// What scripts read.
pub(crate) fn said(quality: &Quality, levels: Levels) -> What {
    What::Quality {
        loss_percent: quality.loss_percent,
        jitter_ms: quality.jitter_ms,
        round_trip_ms: quality.round_trip_ms,
        buffer_ms: quality.buffer_ms,
        mos: quality.opinion.map(|opinion| rating(opinion).mos()),
        problem: quality.cause.map(|cause| word(problem(cause))),
        packets_received: quality.packets_received,
        packets_sent: quality.packets_sent,
        microphone_dbfs: levels.microphone_dbfs,
        far_dbfs: levels.far_dbfs,
    }
}

/// What is kept with the contact.
pub(crate) fn summed_up(summary: &Summary) -> SoundSummary {
    SoundSummary {
        codec: summary.codec.to_owned(),
        mos: summary.opinion.map(|opinion| rating(opinion).mos()),
        loss_percent: summary.loss_percent + summary.discarded_percent,
        remote_loss_percent: summary.remote_loss_percent,
        jitter_ms: summary.jitter_ms.0,
        round_trip_ms: summary.round_trip_ms,
        delay_ms: summary.delay_ms,
        problem: summary.worst.map(|(cause, _)| problem(cause)),
        problem_s: summary.worst.map_or(0, |(_, seconds)| seconds),
    }
}

/// What scripts read at the end of a call.
pub(crate) fn summary_said(summary: &Summary) -> What {
    What::Sounded {
        duration_s: summary.lasted.as_secs(),
        codec: summary.codec,
        mos_lq: summary.opinion.map(|opinion| opinion.listening.mos()),
        mos_cq: summary.opinion.and_then(|opinion| opinion.conversation).map(Rating::mos),
        loss_percent: summary.loss_percent,
        discarded_percent: summary.discarded_percent,
        remote_loss_percent: summary.remote_loss_percent,
        jitter_ms: summary.jitter_ms.0,
        round_trip_ms: summary.round_trip_ms,
        delay_ms: summary.delay_ms,
        problem: summary.worst.map(|(cause, _)| word(problem(cause))),
        problem_s: summary.worst.map(|(_, seconds)| seconds),
    }
}

/// On its way to the disk.
pub(crate) fn to_disk(summary: &SoundSummary) -> store::Quality {
    store::Quality {
        codec: summary.codec.clone(),
        mos: summary.mos.map(f64::from),
        loss_percent: summary.loss_percent.into(),
        remote_loss_percent: summary.remote_loss_percent.map(f64::from),
        jitter_ms: summary.jitter_ms.into(),
        round_trip_ms: summary.round_trip_ms.map(f64::from),
        delay_ms: summary.delay_ms.map(f64::from),
        problem: summary.problem.map(|problem| (word(problem).to_owned(), summary.problem_s)),
    }
}

/// From the disk. A problem that this version does not know is none.
pub(crate) fn from_disk(kept: store::Quality) -> SoundSummary {
    let problem = kept.problem.and_then(|(word, seconds)| Some((problem_of(&word)?, seconds)));
    SoundSummary {
        codec: kept.codec,
        mos: kept.mos.map(|mos| mos as f32),
        loss_percent: kept.loss_percent as f32,
        remote_loss_percent: kept.remote_loss_percent.map(|percent| percent as f32),
        jitter_ms: kept.jitter_ms as f32,
        round_trip_ms: kept.round_trip_ms.map(|ms| ms as f32),
        delay_ms: kept.delay_ms.map(|ms| ms as f32),
        problem: problem.map(|(problem, _)| problem),
        problem_s: problem.map_or(0, |(_, seconds)| seconds),
    }
}

/// Of the conversation where the delay is known, else of the sound alone.
fn rating(opinion: Opinion) -> Rating {
    opinion.conversation.unwrap_or(opinion.listening)
}

/// What an agent would call it, by the classes of ITU-T G.109: satisfied users from 80 on, nearly all dissatisfied
/// below 60. Who is not heard or does not hear does not care for scores.
fn grade(quality: &Quality) -> Grade {
    let r = quality.opinion.map_or(100.0, |opinion| rating(opinion).r());
    match quality.cause {
        Some(Cause::NoWay | Cause::NotReached | Cause::NothingArrives | Cause::MicrophoneSilent) => {
            Grade::Bad
        }
        _ if !quality.receiving || r < 60.0 => Grade::Bad,
        Some(
            Cause::Busy { .. }
            | Cause::NetworkDrops { .. }
            | Cause::PathDrops { .. }
            | Cause::Jitter { .. }
            | Cause::Delay { .. },
        ) => Grade::Fair,
        Some(Cause::FarSilent) | None if r < 80.0 => Grade::Fair,
        Some(Cause::FarSilent) | None => Grade::Good,
    }
}

fn problem(cause: Cause) -> SoundProblem {
    match cause {
        Cause::NoWay => SoundProblem::NoWay,
        Cause::NotReached => SoundProblem::NotReached,
        Cause::NothingArrives => SoundProblem::NothingArrives,
        Cause::MicrophoneSilent => SoundProblem::MicrophoneSilent,
        Cause::Busy { .. } => SoundProblem::ComputerBusy,
        Cause::NetworkDrops { link: Link::Wireless, .. } => SoundProblem::WirelessDrops,
        Cause::NetworkDrops { link: Link::Other, .. } => SoundProblem::NetworkDrops,
        Cause::PathDrops { .. } => SoundProblem::PathDrops,
        Cause::Jitter { .. } => SoundProblem::Jitter,
        Cause::Delay { .. } => SoundProblem::Delay,
        Cause::FarSilent => SoundProblem::FarSilent,
    }
}

const WORDS: [(SoundProblem, &str); 11] = [
    (SoundProblem::NoWay, "no_way"),
    (SoundProblem::NotReached, "not_reached"),
    (SoundProblem::NothingArrives, "nothing_arrives"),
    (SoundProblem::MicrophoneSilent, "microphone_silent"),
    (SoundProblem::ComputerBusy, "computer_busy"),
    (SoundProblem::WirelessDrops, "wireless_drops"),
    (SoundProblem::NetworkDrops, "network_drops"),
    (SoundProblem::PathDrops, "path_drops"),
    (SoundProblem::Jitter, "jitter"),
    (SoundProblem::Delay, "delay"),
    (SoundProblem::FarSilent, "far_silent"),
];

fn word(problem: SoundProblem) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == problem).map_or("", |(_, word)| word)
}

fn problem_of(word: &str) -> Option<SoundProblem> {
    WORDS.iter().find(|(_, known)| *known == word).map(|(problem, _)| *problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_on_disk_comes_back() {
        for (problem, _) in WORDS {
            let summary = SoundSummary {
                codec: "opus".to_owned(),
                mos: Some(4.25),
                loss_percent: 1.5,
                remote_loss_percent: None,
                jitter_ms: 3.0,
                round_trip_ms: Some(40.0),
                delay_ms: Some(95.5),
                problem: Some(problem),
                problem_s: 12,
            };
            assert_eq!(from_disk(to_disk(&summary)), summary);
        }
    }

    #[test]
    fn a_problem_of_a_later_version_is_none() {
        assert_eq!(problem_of("rain"), None);
    }
}
