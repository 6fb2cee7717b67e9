//! The traces of `tests/traces`, 30 s each: how long sound waits on such a network, how much is made up, how often it is
//! stretched. What each is a trace of stands in its first line.

use super::*;

/// The voice of [`stream`], as the trace brings it.
fn heard(codec: Codec, trace: &str) -> Heard {
    let lines: Vec<&str> = trace.lines().filter(|line| !line.starts_with('#')).collect();
    let mut sent = stream(codec, lines.len() as u64 / 50);
    sent.iter_mut().zip(&lines).for_each(|(sent, line)| match line.parse::<u64>() {
        Ok(late_us) => sent.arrival_us += late_us,
        Err(_) => sent.arrival_us = u64::MAX,
    });
    sent.retain(|sent| sent.arrival_us < u64::MAX);
    let heard = play(codec, sent, CLOCK_US);
    println!(
        "{codec:?}: delay {:.1} ms, most {:.1}, at the end {:.1}, made up {:.2} %, stretched {}, late {}, quiet {}",
        heard.mean_delay(),
        heard.delays.iter().copied().fold(0.0, f32::max),
        heard.last_delay,
        heard.concealed_percent(),
        heard.counts.stretched,
        heard.counts.late,
        heard.quiet
    );
    heard
}

#[test]
fn wifi_that_roams_is_calm_again_soon_after() {
    let trace = include_str!("../../../tests/traces/wifi_roaming.csv");
    for codec in [Codec::Opus, Codec::Pcmu] {
        let heard = heard(codec, trace);
        // 0.8 s of 30 did not come in time.
        assert!(heard.concealed_percent() < 3.5);
        assert!(heard.mean_delay() < 60.0);
        assert!(heard.last_delay < 50.0);
        assert!(heard.counts.stretched < 150);
    }
}

#[test]
fn a_queue_that_fills_and_empties_is_followed_both_ways() {
    let heard = heard(Codec::Pcmu, include_str!("../../../tests/traces/bufferbloat.csv"));
    let most = heard.delays.iter().copied().fold(0.0, f32::max);
    assert!(most < 440.0);
    assert!(heard.concealed_percent() < 2.0);
    assert!(heard.last_delay < 50.0);
    assert_eq!(heard.counts.late, 0);
}

#[test]
fn three_packets_at_once_wait_for_their_turn_and_no_longer() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let heard = heard(codec, include_str!("../../../tests/traces/three_at_once.csv"));
        assert!((40.0..=60.0).contains(&heard.mean_delay()));
        assert!(heard.concealed_percent() < 0.3);
        assert!(heard.counts.stretched < 10);
    }
}

#[test]
fn a_handover_is_a_short_gap_and_its_longer_path_is_learnt() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let heard = heard(codec, include_str!("../../../tests/traces/lte_handover.csv"));
        assert!(heard.concealed_percent() < 1.5);
        // The voice never pauses: up to 20 ms more than is wanted are left to its next pause.
        assert!(heard.mean_delay() < 55.0);
        assert!(heard.last_delay < 50.0);
        assert!(heard.counts.stretched < 60);
    }
}

#[test]
fn a_busy_machine_is_heard_through() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let heard = heard(codec, include_str!("../../../tests/traces/busy_machine.csv"));
        assert!(heard.concealed_percent() < 4.0);
        assert!(heard.mean_delay() < 200.0);
        assert_eq!(heard.counts.late, 0);
    }
}
