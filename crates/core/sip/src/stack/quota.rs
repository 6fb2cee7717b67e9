//! How many answers a second go to strangers (RFC 3261 section 26.1.5): whoever sends requests in another's name must
//! not get us to flood that other one.

use std::time::{Duration, Instant};

/// One answer in so long, in the long run.
const PAUSE: Duration = Duration::from_millis(20);

/// So many at once, after a silence.
const BURST: u32 = 50;

/// What was given so far.
#[derive(Default)]
pub(crate) struct Quota {
    /// When all that was given is earned again.
    even: Option<Instant>,
}

impl Quota {
    /// Whether one more may go now; if so it is counted.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let even = self.even.map_or(now, |even| even.max(now));
        let fits = even.saturating_duration_since(now) + PAUSE <= PAUSE * BURST;
        if fits {
            self.even = Some(even + PAUSE);
        }
        fits
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
mod tests {
    use super::*;

    #[test]
    fn fifty_at_once_and_fifty_a_second() {
        let start = Instant::now();
        let mut quota = Quota::default();
        let mut given_at = |ms| (0..1_000).filter(|_| quota.take(start + Duration::from_millis(ms))).count();
        assert_eq!([0, 0, 100, 1_100, 60_000].map(&mut given_at), [50, 0, 5, 50, 50]);
    }
}
