//! The clock of everything that has no sound card: silence and files flow at the pace of real time.

use std::time::{Duration, Instant};

use sidetone_media::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};

/// The duration of a block.
pub(crate) const BLOCK_TIME: Duration = Duration::from_millis(10);

/// How far behind a clock may fall before the lost time is given up.
const PATIENCE: Duration = Duration::from_millis(1000);

/// Says when the next block is due to be read.
#[derive(Debug)]
pub(crate) struct ReadPace {
    next: Instant,
}

impl ReadPace {
    /// The first block is due a block's time after `now`.
    pub(crate) fn new(now: Instant) -> Self {
        Self::after(now, BLOCK_TIME)
    }

    /// The first block is due `wait` after `now`.
    pub(crate) fn after(now: Instant, wait: Duration) -> Self {
        Self { next: now + wait }
    }

    /// Whether a block is due at `now`. Each block is due once.
    pub(crate) fn due(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        // After a suspended machine wakes, nobody wants the silence of the night in one burst.
        let behind = now.saturating_duration_since(self.next) > PATIENCE;
        self.next = if behind { now } else { self.next } + BLOCK_TIME;
        true
    }
}

/// A player that plays what was written, at the pace of real time, into nothing.
#[derive(Debug, Default)]
pub(crate) struct WritePace {
    empty_at: Option<Instant>,
}

impl WritePace {
    /// How late a writer may come without a gap: its own timer's coarseness.
    const GRACE: Duration = Duration::from_millis(20);

    /// Samples written and not yet played at `now`.
    pub(crate) fn queued(&self, now: Instant) -> usize {
        let left = self.empty_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        (left.as_secs_f64() * f64::from(SAMPLE_RATE)).round() as usize
    }

    /// Takes a block, unless more than `limit` samples would wait. Gives the samples of silence that a real
    /// player would have played since it ran empty.
    pub(crate) fn write(&mut self, now: Instant, limit: usize) -> Option<usize> {
        if self.queued(now) + BLOCK_SAMPLES > limit {
            return None;
        }
        let Some(at) = self.empty_at else {
            self.empty_at = Some(now + BLOCK_TIME);
            return Some(0);
        };
        let late = now.saturating_duration_since(at);
        let gap = if late > Self::GRACE { late } else { Duration::ZERO };
        self.empty_at = Some(at + gap + BLOCK_TIME);
        Some((gap.as_secs_f64() * f64::from(SAMPLE_RATE)).round() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_blocks_are_due_in_a_second() {
        let start = Instant::now();
        let mut pace = ReadPace::new(start);
        let due = (0..=1000).filter(|ms| pace.due(start + Duration::from_millis(*ms))).count();
        assert_eq!(due, 100);
    }

    #[test]
    fn a_night_of_sleep_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = ReadPace::new(start);
        let morning = start + Duration::from_secs(8 * 3600);
        let burst = (0..1000).filter(|_| pace.due(morning)).count();
        assert_eq!(burst, 1);
    }

    #[test]
    fn what_was_written_plays_away() {
        let start = Instant::now();
        let mut pace = WritePace::default();
        assert_eq!(pace.write(start, 960), Some(0));
        assert_eq!(pace.write(start, 960), Some(0));
        assert_eq!(pace.write(start, 960), None, "20 ms wait already");
        assert_eq!(pace.queued(start + Duration::from_millis(15)), 240);
        assert_eq!(pace.queued(start + Duration::from_millis(50)), 0);
    }

    #[test]
    fn a_late_writer_leaves_a_gap_and_a_slightly_late_one_does_not() {
        let start = Instant::now();
        let mut pace = WritePace::default();
        assert_eq!(pace.write(start, 960), Some(0));
        assert_eq!(pace.write(start + Duration::from_millis(25), 960), Some(0));
        assert_eq!(pace.write(start + Duration::from_millis(120), 960), Some(4800));
    }
}
