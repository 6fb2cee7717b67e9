//! The desk's time: milliseconds since the desk was made, which can be told as a deadline or as wall-clock time.
//! A wall clock that is set again moves what is shown, and no deadline.

use crate::view::UnixMillis;
use std::time::{Duration, Instant};

/// Milliseconds since the desk was made; negative for what an earlier run remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    /// This much later.
    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Translates between the desk's time, deadlines and the wall clock.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    born: Instant,
    wall_at_birth: i64,
}

impl Clock {
    /// A clock that starts at `anchor`, the same point in both times.
    pub(crate) fn new(anchor: (Instant, UnixMillis)) -> Self {
        Self { born: anchor.0, wall_at_birth: anchor.1.0 }
    }

    /// The desk's time at `now`. Time before the anchor counts as the anchor.
    pub(crate) fn moment(&self, now: Instant) -> Moment {
        let passed = now.saturating_duration_since(self.born).as_millis();
        Moment(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    /// The deadline for a timer; `None` when it lies beyond what an `Instant` can say.
    pub(crate) fn instant(&self, moment: Moment) -> Option<Instant> {
        self.born.checked_add(Duration::from_millis(u64::try_from(moment.0).unwrap_or(0)))
    }

    /// What the wall clock says at `moment`.
    pub(crate) fn wall(&self, moment: Moment) -> UnixMillis {
        UnixMillis(self.wall_at_birth.saturating_add(moment.0))
    }

    /// When the wall clock said `wall`.
    pub(crate) fn recall(&self, wall: UnixMillis) -> Moment {
        Moment(wall.0.saturating_sub(self.wall_at_birth))
    }

    /// From now on the wall clock says `wall` at `moment`.
    pub(crate) fn set(&mut self, moment: Moment, wall: UnixMillis) {
        self.wall_at_birth = wall.0.saturating_sub(moment.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_the_wall_clock_moves_no_deadline() {
        let born = Instant::now_for_test();
        let mut clock = Clock::new((born, UnixMillis(1_000)));
        let deadline = clock.moment(born).after(Duration::from_secs(20));
        clock.set(clock.moment(born), UnixMillis(5_000));
        assert_eq!(clock.instant(deadline), Some(born + Duration::from_secs(20)));
        assert_eq!(clock.wall(deadline), UnixMillis(25_000));
        assert_eq!(clock.recall(UnixMillis(25_000)), deadline);
    }

    trait ForTest {
        fn now_for_test() -> Instant;
    }

    impl ForTest for Instant {
        #[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the machine's clock")]
        fn now_for_test() -> Instant {
            Instant::now()
        }
    }
}
