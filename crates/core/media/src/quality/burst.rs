//! Bursts and gaps (RFC 3611 section 4.7.2): whether what is missing is missing together.
//!
//! A burst is the longest run of packets that begins and ends with a missing one and has fewer than [`GMIN`] packets in a
//! row between two missing ones; whatever is outside bursts is gap, a single missing packet too.

/// How many packets in a row must be there for a burst to be over. What the RFC recommends.
pub(crate) const GMIN: u32 = 16;

/// Packets of one kind of period, and how many of them are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Periods {
    pub(crate) periods: u32,
    pub(crate) packets: u64,
    pub(crate) missing: u64,
}

impl Periods {
    /// The share of missing packets, 0 to 1.
    pub(crate) fn density(self) -> f32 {
        if self.packets == 0 { 0.0 } else { self.missing as f32 / self.packets as f32 }
    }

    /// Packets in a period, on average.
    pub(crate) fn mean_packets(self) -> f32 {
        if self.periods == 0 { 0.0 } else { self.packets as f32 / self.periods as f32 }
    }

    fn add(&mut self, packets: u64, missing: u64) {
        self.packets += packets;
        self.missing += missing;
    }
}

/// What the stream was like so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BurstsAndGaps {
    pub(crate) bursts: Periods,
    pub(crate) gaps: Periods,
}

/// Counts packet by packet, in the order of sequence numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bursts {
    done: BurstsAndGaps,
    /// The packets from one missing packet to another, close enough to be a burst, and how many are missing.
    group: (u64, u64),
    /// Packets that are there since.
    there: u64,
}

impl Bursts {
    /// The next packet.
    pub(crate) fn packet(&mut self, missing: bool) {
        if !missing {
            self.there += 1;
            return;
        }
        if self.group.1 > 0 && self.there < u64::from(GMIN) {
            self.group = (self.group.0 + self.there + 1, self.group.1 + 1);
        } else {
            self.close();
            self.group = (1, 1);
        }
        self.there = 0;
    }

    /// So far.
    pub(crate) fn so_far(&self) -> BurstsAndGaps {
        let mut counted = *self;
        counted.close();
        let BurstsAndGaps { bursts, mut gaps } = counted.done;
        // Gaps lie between bursts, and before and after them.
        gaps.periods = if gaps.packets == 0 { 0 } else { bursts.periods + 1 };
        BurstsAndGaps { bursts, gaps }
    }

    fn close(&mut self) {
        let (packets, missing) = std::mem::take(&mut self.group);
        if missing > 1 {
            self.done.bursts.periods += 1;
            self.done.bursts.add(packets, missing);
        } else {
            self.done.gaps.add(packets, missing);
        }
        self.done.gaps.add(std::mem::take(&mut self.there), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(packets: &[bool]) -> BurstsAndGaps {
        let mut bursts = Bursts::default();
        packets.iter().for_each(|missing| bursts.packet(*missing));
        bursts.so_far()
    }

    /// The same by the letter of the definition: each packet looks for its neighbours.
    fn by_definition(packets: &[bool]) -> (u64, u64, u32) {
        let missing: Vec<usize> = (0..packets.len()).filter(|n| packets[*n]).collect();
        let near = |two: &[usize]| two[1] - two[0] - 1 < GMIN as usize;
        let mut in_burst = vec![false; packets.len()];
        for two in missing.windows(2).filter(|two| near(two)) {
            in_burst[two[0]..=two[1]].fill(true);
        }
        let starts = (0..packets.len()).filter(|n| in_burst[*n] && (*n == 0 || !in_burst[n - 1])).count();
        let lost = (0..packets.len()).filter(|n| in_burst[*n] && packets[*n]).count();
        (in_burst.iter().filter(|b| **b).count() as u64, lost as u64, starts as u32)
    }

    #[test]
    fn a_single_loss_is_gap_and_two_close_ones_are_a_burst() {
        let mut packets = vec![false; 200];
        packets[20] = true;
        packets[100] = true;
        packets[110] = true;
        let found = count(&packets);
        assert_eq!(found.bursts, Periods { periods: 1, packets: 11, missing: 2 });
        assert_eq!(found.gaps, Periods { periods: 2, packets: 189, missing: 1 });
        assert!((found.bursts.density() - 2.0 / 11.0).abs() < 1e-6);
    }

    #[test]
    fn sixteen_in_a_row_end_a_burst_and_fifteen_do_not() {
        for (between, bursts) in [(15, 1), (16, 0)] {
            let mut packets = vec![false; 100];
            packets[30] = true;
            packets[30 + between + 1] = true;
            assert_eq!(count(&packets).bursts.periods, bursts, "{between} between");
        }
    }

    proptest! {
        #[test]
        fn counting_finds_what_the_definition_says(packets in prop::collection::vec(prop::bool::weighted(0.1), 0..600)) {
            let found = count(&packets);
            let (in_bursts, lost, bursts) = by_definition(&packets);
            prop_assert_eq!((found.bursts.packets, found.bursts.missing, found.bursts.periods), (in_bursts, lost, bursts));
            prop_assert_eq!(found.gaps.packets + found.bursts.packets, packets.len() as u64);
            let missing = packets.iter().filter(|m| **m).count() as u64;
            prop_assert_eq!(found.gaps.missing + found.bursts.missing, missing);
        }
    }
}
