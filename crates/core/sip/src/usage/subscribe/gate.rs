//! Who subscribes to several hundred colleagues does not ask for all of them in the same instant: the server's queue,
//! or a datagram socket's, would overflow, and every retransmission makes it worse.

use std::time::{Duration, Instant};

/// The pause between two, once the first ones are through.
const PAUSE: Duration = Duration::from_millis(20);
/// As many as come within this go at once.
const AT_ONCE: Duration = Duration::from_millis(400);

/// Gives out times to begin.
#[derive(Default)]
pub(super) struct Gate {
    /// When all that were let through would have come with a pause each.
    filled: Option<Instant>,
}

impl Gate {
    /// The time for one more, not before `now`.
    pub(super) fn slot(&mut self, now: Instant) -> Instant {
        let filled = self.filled.map_or(now, |filled| filled.max(now));
        self.filled = Some(filled + PAUSE);
        filled.checked_sub(AT_ONCE).map_or(now, |slot| slot.max(now))
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
mod tests {
    use super::*;

    #[test]
    fn a_few_go_at_once_and_the_rest_one_after_the_other() {
        let now = Instant::now();
        let mut gate = Gate::default();
        let waits: Vec<_> = (0..100).map(|_| (gate.slot(now) - now).as_millis()).collect();
        assert_eq!(waits.iter().filter(|wait| **wait == 0).count(), 21);
        assert_eq!((waits[22], waits[99]), (40, 1580));
        let later = now + Duration::from_secs(60);
        assert_eq!(gate.slot(later), later);
    }
}
