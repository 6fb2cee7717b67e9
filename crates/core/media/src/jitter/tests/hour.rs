//! An hour with a sender whose clock is 200 ppm off, which is 720 ms of sound.

use super::*;

fn hour(ppm: f64) -> Heard {
    // The same second again and again: making an hour of it is not what is tested.
    let second = stream(Codec::Pcmu, 1);
    let trace = (0..180_000u64).map(|n| Sent {
        arrival_us: 1_000_000 + n * 20_000,
        sequence: 70_000 + n,
        timestamp: n as i64 * 960,
        payload: second[(n % 50) as usize].payload.clone(),
    });
    play(Codec::Pcmu, trace.collect(), CLOCK_US * (1.0 + ppm / 1e6))
}

fn holds(heard: &Heard) {
    let most = heard.delays.iter().copied().fold(0.0, f32::max);
    println!("most {most} ms, made up {} %, stretched {}", heard.concealed_percent(), heard.counts.stretched);
    assert!(most < 45.0, "delay grew to {most}");
    assert!(heard.mean_delay() > 8.0);
    assert_eq!(heard.counts.concealed, 0);
    assert_eq!(heard.quiet, 0);
    // 720 ms by pitch periods of 7 ms are 100 of them.
    assert!((40..400).contains(&heard.counts.stretched));
}

#[test]
fn a_sender_that_is_slow_for_an_hour_never_runs_the_buffer_dry() {
    holds(&hour(-200.0));
}

#[test]
fn a_sender_that_is_fast_for_an_hour_builds_up_no_delay() {
    holds(&hour(200.0));
}
