//! Time as RTCP has it, and when to speak.

use rand::RngExt;
use std::time::{Duration, Instant};

/// RFC 3550 section 6.2: at least 5 s. Two who report 100 bytes each need no more at any rate a call has.
const LEAST_SECONDS: f64 = 5.0;
/// RFC 3550 section 6.3.1: randomised from half to one and a half, made up for timer reconsideration.
const COMPENSATION: f64 = 1.218_28;

/// How long until the next report; the first one comes in half the time.
pub(crate) fn interval(rng: &mut impl rand::Rng, first: bool) -> Duration {
    let base = if first { LEAST_SECONDS / 2.0 } else { LEAST_SECONDS };
    Duration::from_secs_f64(base * rng.random_range(0.5..1.5) / COMPENSATION)
}

/// NTP timestamps out of `Instant`s. Where they begin is random: a core knows no wall clock, and differences are all that
/// is used of them (RFC 3550 section 6.4.1 allows it).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
    base: u64,
}

impl Clock {
    pub(crate) fn new(now: Instant, rng: &mut impl rand::Rng) -> Clock {
        Clock { epoch: now, base: rng.random::<u64>() >> 1 }
    }

    /// 32 bits of seconds, 32 bits of fraction.
    pub(crate) fn ntp(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.epoch);
        let fraction = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
        self.base.wrapping_add((elapsed.as_secs() << 32) | fraction)
    }

    /// The middle 32 bits: seconds and fraction of 16 bits each.
    pub(crate) fn short(&self, now: Instant) -> u32 {
        (self.ntp(now) >> 16) as u32
    }
}

/// Out of 1/65536 s.
pub(crate) fn long(short: u32) -> Duration {
    Duration::from_nanos(u64::from(short) * 1_000_000_000 / 65_536)
}

/// Into 1/65536 s.
pub(crate) fn short(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos() * 65_536 / 1_000_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn short_time_is_time() {
        let start = start();
        let clock = Clock::new(start, &mut StdRng::seed_from_u64(1));
        let elapsed = clock.short(start + Duration::from_millis(1_250)).wrapping_sub(clock.short(start));
        assert!((long(elapsed).as_secs_f64() - 1.25).abs() < 1e-4);
        assert_eq!(short(Duration::from_secs(2)), 131_072);
    }

    #[test]
    fn reports_are_two_to_seven_seconds_apart_and_never_in_step() {
        let mut rng = StdRng::seed_from_u64(2);
        let all: Vec<Duration> = (0..1000).map(|_| interval(&mut rng, false)).collect();
        assert!(all.iter().all(|i| (2.05..6.16).contains(&i.as_secs_f64())));
        let mean = all.iter().sum::<Duration>().as_secs_f64() / 1000.0;
        assert!((mean - 5.0 / 1.218_28).abs() < 0.1, "mean {mean}");
    }
}
