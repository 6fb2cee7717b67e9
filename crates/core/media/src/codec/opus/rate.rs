//! What an encoder may use, by what the other side reports: less at once where much is lost, for it may be our own packets
//! that fill the way; more again slowly, never more than configured.

/// Speech is still wide at it, and redundancy still deep: libopus keeps the first 20 kbit/s for sound alone.
const LEAST: u32 = 32_000;
/// In percent: over this the way is taken for full, under this for free. Between them, as on most bad radio links,
/// bits given up would not come back as packets.
const FULL: u8 = 10;
const FREE: u8 = 2;

/// Bit/s of one encoder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    most: u32,
    now: u32,
}

impl Rate {
    pub(super) fn new(most: u32) -> Rate {
        Rate { most, now: most }
    }

    /// Takes a report's loss in percent; what may be used from now on. Reports come every five seconds or so.
    pub(super) fn report(&mut self, loss: u8) -> u32 {
        let least = LEAST.min(self.most);
        self.now = match loss {
            // Half of the share that is lost is given up.
            _ if loss > FULL => self.now - self.now / 200 * u32::from(loss.min(100)),
            _ if loss < FREE => self.now + self.now / 12,
            _ => self.now,
        }
        .clamp(least, self.most);
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_at_once_and_rises_slowly() {
        let mut rate = Rate::new(64_000);
        assert_eq!(rate.report(0), 64_000);
        assert_eq!(rate.report(40), 51_200);
        assert_eq!(rate.report(5), 51_200);
        let reports = (1..).find(|_| rate.report(0) == 64_000);
        assert_eq!(reports, Some(3));
    }

    #[test]
    fn it_stays_within_its_bounds() {
        let (mut rate, mut small) = (Rate::new(510_000), Rate::new(6_000));
        for _ in 0..100 {
            rate.report(100);
            assert_eq!(small.report(100), 6_000);
        }
        assert_eq!(rate.report(255), LEAST);
        assert_eq!((0..100).fold(0, |_, _| rate.report(0)), 510_000);
    }
}
