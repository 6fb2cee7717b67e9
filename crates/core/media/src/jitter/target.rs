//! How much delay is wanted: as much as is worth the packets that it saves.
//!
//! A histogram says how late packets came, and forgets exponentially. A packet that is lost counts as late as the one
//! that can recover it: so loss that redundancy mends makes room for the redundancy, and loss that nothing mends makes none.
//! Of all delays the cheapest is wanted, where a percent of packets that miss their turn costs as much as [`WORTH`].
//! New lateness shows within a few packets, calm within about ten seconds.

use super::{MILLISECOND, Samples};

/// 2 ms a bucket, 400 ms in all: what comes later is not waited for.
const BUCKET: Samples = 2 * MILLISECOND;
const BUCKETS: usize = 200;
/// So much of the past is kept at each packet. Half is forgotten in 140 packets.
const KEEP: f32 = 0.995;
/// The delay that is given to have one percent of the packets more.
const WORTH: f32 = 30.0 * MILLISECOND as f32;
/// Even the calmest network gets a packet of the usual length: sender and speaker are threads on machines that do other
/// things too, and are late by as much without any network.
const LEAST: Samples = 20 * MILLISECOND;
/// Before so many packets nothing is known for sure.
const SURE: u32 = 100;
/// Below the most delay by the length of a packet, which it needs to be played.
const ROOM: Samples = 20 * MILLISECOND;

/// The estimate.
#[derive(Debug)]
pub(super) struct Target {
    most: Samples,
    /// Shares of all packets.
    histogram: [f32; BUCKETS],
    packets: u32,
    samples: Samples,
    /// What lateness was counted too long by, less than a bucket.
    moved: Samples,
}

impl Target {
    pub(super) fn new(most: Samples) -> Target {
        Target {
            most: most.max(LEAST + ROOM),
            histogram: [0.0; BUCKETS],
            packets: 0,
            samples: LEAST,
            moved: 0,
        }
    }

    /// The delay that is wanted.
    pub(super) const fn samples(&self) -> Samples {
        self.samples
    }

    /// Whether enough packets came to want less than there is.
    pub(super) const fn is_sure(&self) -> bool {
        self.packets >= SURE
    }

    /// The most that sound may wait.
    pub(super) const fn most(&self) -> Samples {
        self.most
    }

    /// A packet came so late against the quickest one, or could be recovered then.
    pub(super) fn observe(&mut self, lateness: Samples) {
        self.packets = self.packets.saturating_add(1);
        let keep = KEEP.min(1.0 - 1.0 / self.packets as f32);
        self.histogram.iter_mut().for_each(|share| *share *= keep);
        if let Some(share) = bucket(lateness).and_then(|bucket| self.histogram.get_mut(bucket)) {
            *share += 1.0 - keep;
        }
        self.samples = self.wanted();
    }

    /// The quickest packet of late, which lateness is counted against, is so much slower than the one before: the others were
    /// less late than was thought. Where it is quicker nothing is done: that way is calmer, and what came by it says so.
    pub(super) fn rebase(&mut self, slower: Samples) {
        let moved = self.moved + slower.max(0);
        self.moved = moved % BUCKET;
        let buckets = usize::try_from(moved / BUCKET).map_or(BUCKETS, |buckets| buckets.min(BUCKETS));
        if buckets > 0 {
            let quickest: f32 = self.histogram[..buckets].iter().sum();
            self.histogram.copy_within(buckets.., 0);
            self.histogram[BUCKETS - buckets..].fill(0.0);
            self.histogram[0] += quickest;
            self.samples = self.wanted();
        }
    }

    fn wanted(&self) -> Samples {
        let mut missed: f32 = self.histogram.iter().sum();
        let mut cheapest = (f32::MAX, 0);
        for (n, share) in self.histogram.iter().enumerate() {
            missed -= share;
            let delay = (n as Samples + 1) * BUCKET;
            let cost = delay as f32 + 100.0 * missed * WORTH;
            if cost < cheapest.0 {
                cheapest = (cost, delay);
            }
        }
        cheapest.1.min(self.most - ROOM).max(LEAST)
    }
}

fn bucket(lateness: Samples) -> Option<usize> {
    usize::try_from(lateness.max(0) / BUCKET).ok().filter(|bucket| *bucket < BUCKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(latenesses_ms: impl Iterator<Item = i64>) -> i64 {
        let mut target = Target::new(400 * MILLISECOND);
        latenesses_ms.for_each(|lateness| target.observe(lateness * MILLISECOND));
        target.samples() / MILLISECOND
    }

    #[test]
    fn a_calm_network_gets_the_least_after_a_few_seconds() {
        assert_eq!(target((0..0).map(|_| 0)), 20);
        assert_eq!(target((0..300).map(|n| n % 4)), 20);
    }

    #[test]
    fn jitter_gets_what_it_takes_within_half_a_second() {
        let jitter = |n: i64| n * 37 % 60;
        assert!((56..=60).contains(&target((0..400).map(jitter))));
        let sudden = target((0..1_000).map(|_| 1).chain((0..25).map(jitter)));
        assert!((48..=60).contains(&sudden), "{sudden}");
    }

    #[test]
    fn delay_is_given_where_it_saves_enough() {
        let every =
            |every: i64, lateness| target((0..2_000).map(|n| if n % every == 0 { lateness } else { 1 }));
        // Two percent that redundancy could mend 20 ms later; then one packet in 400.
        assert_eq!(every(50, 41), 42);
        assert_eq!(every(400, 41), 20);
        // One percent that comes far too late is not waited for.
        assert_eq!(every(100, 200), 20);
    }

    #[test]
    fn calm_is_believed_after_about_ten_seconds() {
        let after =
            |seconds: i64| target((0..1_000).map(|n| n * 37 % 60).chain((0..seconds * 50).map(|_| 1)));
        assert!(after(2) > 50, "{}", after(2));
        assert_eq!(after(20), 20);
    }

    #[test]
    fn a_slower_best_packet_changes_nothing_of_when_sound_is_played() {
        let mut target = Target::new(400 * MILLISECOND);
        (0..400).for_each(|n| target.observe((20 + n * 37 % 60) * MILLISECOND));
        let (mut base, before) = (0, target.samples());
        for slower in [1, 1, 15, 7] {
            target.rebase(slower * MILLISECOND);
            base += slower * MILLISECOND;
            assert!((base + target.samples() - before).abs() <= BUCKET, "{slower}: {}", target.samples());
        }
        let known = target.samples();
        target.rebase(-100 * MILLISECOND);
        assert_eq!(target.samples(), known);
        target.rebase(Samples::MAX / 2);
        assert_eq!(target.samples(), LEAST);
    }
}
