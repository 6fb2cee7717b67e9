//! What became of every packet that should have come: played, discarded, or lost. Judged in the order of sequence numbers,
//! once a packet is so far behind the newest that it can't come in time any more, and once it has had its turn.

use super::burst::{Bursts, BurstsAndGaps};

use std::ops::Range;

/// How far behind the newest a packet is judged: 640 ms of 20 ms packets.
const LATE: u64 = 32;
/// What waits for its turn is not judged, but for this: more the jitter buffer doesn't keep.
const WINDOW: u64 = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Missing,
    Kept,
    Discarded,
}

/// Packets by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) expected: u64,
    pub(crate) lost: u64,
    /// Came, but too late to be played, or too many at once (RFC 3611 section 4.7.1).
    pub(crate) discarded: u64,
    /// Runs of packets that were not there, one or more in a row.
    pub(crate) runs: u64,
}

impl Tally {
    /// What was added to `before`.
    pub(crate) fn since(self, before: Tally) -> Tally {
        Tally {
            expected: self.expected.saturating_sub(before.expected),
            lost: self.lost.saturating_sub(before.lost),
            discarded: self.discarded.saturating_sub(before.discarded),
            runs: self.runs.saturating_sub(before.runs),
        }
    }

    /// In percent of what was expected.
    pub(crate) fn lost_percent(self) -> f32 {
        percent(self.lost, self.expected)
    }

    /// In percent of what was expected.
    pub(crate) fn discarded_percent(self) -> f32 {
        percent(self.discarded, self.expected)
    }
}

pub(super) fn percent(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { (100.0 * part as f32 / whole as f32).min(100.0) }
}

/// The book of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    window: [Fate; WINDOW as usize],
    /// The next to be judged, and one after the newest.
    open: Option<(u64, u64)>,
    tally: Tally,
    bursts: Bursts,
    was_missing: bool,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger {
            window: [Fate::Missing; WINDOW as usize],
            open: None,
            tally: Tally::default(),
            bursts: Bursts::default(),
            was_missing: false,
        }
    }
}

impl Ledger {
    /// Another stream begins.
    pub(crate) fn restart(&mut self) {
        self.judge_all();
        self.open = None;
    }

    /// A packet came, and was in time or not. What is before `turn` was played, or will never be.
    pub(crate) fn arrived(&mut self, sequence: u64, in_time: bool, turn: u64) {
        let (first, end) = *self.open.get_or_insert((sequence, sequence));
        if sequence < first {
            // Before the first of all, or judged as lost already: then it was not lost, but came too late.
            if self.tally.lost > 0 && first - sequence <= self.tally.expected {
                self.tally.lost -= 1;
                self.tally.discarded += 1;
            }
            return;
        }
        let mut first = first;
        for next in end..=sequence {
            while next - first >= WINDOW || (next - first >= LATE && first < turn) {
                self.judge(first);
                first += 1;
            }
            self.set(next, Fate::Missing);
        }
        self.open = Some((first, end.max(sequence + 1)));
        match (self.fate(sequence), in_time) {
            (Fate::Missing, true) => self.set(sequence, Fate::Kept),
            (Fate::Missing, false) => self.set(sequence, Fate::Discarded),
            // A duplicate changes nothing.
            (Fate::Kept | Fate::Discarded, _) => {}
        }
    }

    /// What came of these was not played after all.
    pub(crate) fn left_out(&mut self, sequences: Range<u64>) {
        let Some((first, end)) = self.open else { return };
        for sequence in sequences.start.max(first)..sequences.end.min(end) {
            if self.fate(sequence) == Fate::Kept {
                self.set(sequence, Fate::Discarded);
            }
        }
    }

    /// What became of all that was judged.
    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }

    /// What became of all, those included that might still come.
    pub(crate) fn all(&self) -> (Tally, BurstsAndGaps) {
        let mut all = self.clone();
        all.judge_all();
        (all.tally, all.bursts.so_far())
    }

    fn judge_all(&mut self) {
        if let Some((first, end)) = self.open {
            (first..end).for_each(|sequence| self.judge(sequence));
            self.open = Some((end, end));
        }
    }

    fn judge(&mut self, sequence: u64) {
        let fate = self.fate(sequence);
        self.tally.expected += 1;
        match fate {
            Fate::Missing => self.tally.lost += 1,
            Fate::Discarded => self.tally.discarded += 1,
            Fate::Kept => {}
        }
        let missing = fate != Fate::Kept;
        self.tally.runs += u64::from(missing && !self.was_missing);
        self.was_missing = missing;
        self.bursts.packet(missing);
    }

    fn fate(&self, sequence: u64) -> Fate {
        self.window[(sequence % WINDOW) as usize]
    }

    fn set(&mut self, sequence: u64, fate: Fate) {
        self.window[(sequence % WINDOW) as usize] = fate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_is_counted_once_whatever_its_order() {
        let mut ledger = Ledger::default();
        // Pairs are swapped, every tenth is lost, every 25th comes twice and every 50th too late.
        for pair in 0..500u64 {
            for sequence in [2 * pair + 1, 2 * pair] {
                if sequence % 10 != 5 {
                    ledger.arrived(1_000 + sequence, sequence % 50 != 7, 1_000 + sequence);
                    if sequence % 25 == 0 {
                        ledger.arrived(1_000 + sequence, true, 1_000 + sequence);
                    }
                }
            }
        }
        let (tally, _) = ledger.all();
        // The very first packet came before the one that was counted from.
        assert_eq!((tally.expected, tally.lost, tally.discarded), (999, 100, 20));
        assert_eq!(tally.runs, 120);
    }

    #[test]
    fn what_comes_after_its_judgement_was_late_and_not_lost() {
        let mut ledger = Ledger::default();
        (0..200).filter(|n| *n != 50).for_each(|n| ledger.arrived(n, true, n));
        assert_eq!(ledger.tally().lost, 1);
        ledger.arrived(50, false, 200);
        assert_eq!((ledger.tally().lost, ledger.tally().discarded), (0, 1));
    }

    #[test]
    fn another_stream_is_no_loss() {
        let mut ledger = Ledger::default();
        (0..100).for_each(|n| ledger.arrived(n, true, n));
        ledger.restart();
        (50_000..50_100).for_each(|n| ledger.arrived(n, true, n));
        let (tally, _) = ledger.all();
        assert_eq!((tally.expected, tally.lost), (200, 0));
    }

    #[test]
    fn what_came_and_was_left_out_was_discarded() {
        let mut ledger = Ledger::default();
        (0..100).for_each(|n| ledger.arrived(n, true, n));
        // A hundred at once, of which the buffer keeps the last twenty.
        (100..200).filter(|n| *n != 150).for_each(|n| ledger.arrived(n, true, 100));
        ledger.left_out(100..180);
        ledger.arrived(200, true, 180);
        let (tally, periods) = ledger.all();
        assert_eq!((tally.expected, tally.lost, tally.discarded, tally.runs), (201, 1, 79, 1));
        assert_eq!(periods.bursts.missing, 80);
    }
}
