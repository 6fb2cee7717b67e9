//! The sender's clock as the network shows it: when a timestamp would have come over the quickest path of late.
//!
//! A packet whose timestamp runs ahead of time and of its sequence number is doubted, and one that is seconds off. If the
//! next one agrees with it, or the third in a row does not fit either, the clock is believed to be another; so one wrong
//! timestamp moves nothing.

use super::{MILLISECOND, Samples};

/// Earlier than the quickest packet by this much is doubted, where the sequence number does not account for it.
const EARLY: Samples = 60 * MILLISECOND;
/// Late by this much is doubted too; and so far from what was known it is another clock.
const JUMP: Samples = 2_000 * MILLISECOND;
/// So many packets in a row that don't fit are believed.
const DOUBTS: u8 = 3;
/// Minima of half a second each; 4 s follow 200 ppm of drift within 1 ms.
const WINDOWS: usize = 8;
const WINDOW: Samples = 500 * MILLISECOND;

/// What a packet's timestamp says about the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the known one.
    Same,
    /// It does not fit, and may be wrong.
    Doubtful,
    /// It is another one, known from this packet on.
    Another,
}

/// The estimate.
#[derive(Debug)]
pub(super) struct Clock {
    /// Arrival minus timestamp, the least in each window; the newest window first.
    minima: [Samples; WINDOWS],
    /// The newest window's number; `None` where no clock is known.
    window: Option<Samples>,
    base: Samples,
    /// How many in a row did not fit, and the last of their offsets.
    doubted: (u8, Samples),
}

impl Clock {
    pub(super) const fn new() -> Clock {
        Clock { minima: [Samples::MAX; WINDOWS], window: None, base: 0, doubted: (0, 0) }
    }

    /// When a timestamp would have come over the quickest path: add this to it.
    pub(super) const fn base(&self) -> Samples {
        self.base
    }

    /// The same, where a packet has shown it.
    pub(super) fn known(&self) -> Option<Samples> {
        self.window.map(|_| self.base)
    }

    /// The next packet shows a new clock.
    pub(super) const fn forget(&mut self) {
        *self = Clock { base: self.base, ..Clock::new() };
    }

    /// Takes a packet's arrival into account. `in_step`: the timestamp is not further on than the sequence number.
    pub(super) fn observe(&mut self, arrival: Samples, timestamp: Samples, in_step: bool) -> Verdict {
        let offset = arrival - timestamp;
        let distance = offset - self.base;
        let verdict = match self.window {
            None => Verdict::Same,
            Some(_) if (if in_step { -JUMP } else { -EARLY }..=JUMP).contains(&distance) => Verdict::Same,
            Some(_) => self.doubt(offset, distance),
        };
        match verdict {
            Verdict::Doubtful => return verdict,
            Verdict::Another => self.forget(),
            Verdict::Same => self.doubted.0 = 0,
        }
        self.slide(arrival.div_euclid(WINDOW));
        self.minima[0] = self.minima[0].min(offset);
        self.base = self.minima.into_iter().min().unwrap_or(offset);
        verdict
    }

    fn doubt(&mut self, offset: Samples, distance: Samples) -> Verdict {
        let (doubts, last) = self.doubted;
        let agrees = doubts > 0 && (offset - last).abs() < EARLY;
        if !agrees && doubts + 1 < DOUBTS {
            self.doubted = (doubts + 1, offset);
            Verdict::Doubtful
        } else if distance.abs() > JUMP {
            Verdict::Another
        } else {
            Verdict::Same
        }
    }

    fn slide(&mut self, window: Samples) {
        let steps =
            self.window.map_or(WINDOWS as Samples, |last| (window - last).clamp(0, WINDOWS as Samples));
        for _ in 0..steps {
            self.minima.rotate_right(1);
            self.minima[0] = Samples::MAX;
        }
        self.window = Some(self.window.map_or(window, |last| last.max(window)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Samples = 20 * MILLISECOND;

    #[test]
    fn one_wrong_timestamp_moves_nothing_and_two_that_agree_do() {
        let mut clock = Clock::new();
        (0..50).for_each(|n| assert_eq!(clock.observe(n * FRAME + 7, n * FRAME, false), Verdict::Same));
        for wrong in [1_900 * MILLISECOND, -3_000 * MILLISECOND, Samples::from(i32::MAX)] {
            assert_eq!(clock.observe(50 * FRAME, 50 * FRAME + wrong, false), Verdict::Doubtful);
            assert_eq!(clock.observe(50 * FRAME + 7, 50 * FRAME, false), Verdict::Same);
            assert_eq!(clock.base(), 7);
        }
        let ahead = 10_000 * MILLISECOND;
        assert_eq!(clock.observe(51 * FRAME, 51 * FRAME + ahead, false), Verdict::Doubtful);
        assert_eq!(clock.observe(52 * FRAME, 52 * FRAME + ahead, false), Verdict::Another);
        assert_eq!(clock.base(), -ahead);
    }

    #[test]
    fn timestamps_of_no_order_are_believed_every_third_time() {
        let mut clock = Clock::new();
        let verdicts =
            (0..30).map(|n: Samples| clock.observe(n * FRAME, (n * n * 7_919 % 31) * 480_000, false));
        assert!(verdicts.filter(|verdict| *verdict != Verdict::Doubtful).count() >= 9);
    }

    #[test]
    fn a_quicker_path_is_known_at_once_and_a_slower_one_within_four_seconds() {
        let mut clock = Clock::new();
        (0..50).for_each(|n| {
            assert_ne!(clock.observe(n * FRAME + 100 * MILLISECOND, n * FRAME, true), Verdict::Another)
        });
        clock.observe(50 * FRAME, 50 * FRAME, true);
        assert_eq!(clock.base(), 0);
        (51..300).for_each(|n| {
            assert_eq!(clock.observe(n * FRAME + 30 * MILLISECOND, n * FRAME, true), Verdict::Same);
        });
        assert_eq!(clock.base(), 30 * MILLISECOND);
    }
}
