//! How much delay is wanted: what nearly all packets of the last seconds needed, and a little more.
//!
//! A packet's lateness is its arrival against the quickest of the last 4 s. A histogram of it forgets exponentially;
//! new lateness moves the target within a few packets, calm moves it back within about ten seconds.

use super::{MILLISECOND, Samples};

/// 5 ms a bucket, half a second in all.
const BUCKET: Samples = 5 * MILLISECOND;
const BUCKETS: usize = 100;
/// So much of the past is kept at each packet. Half is forgotten in 140 packets.
const KEEP: f32 = 0.995;
/// The share of packets that must be in time.
const IN_TIME: f32 = 0.97;
/// Sound is pulled 10 ms at a time: a packet must be there up to so much before its end is due.
const PULL: Samples = 10 * MILLISECOND;
/// Even the calmest network gets this much.
const LEAST: Samples = 20 * MILLISECOND;
/// Minima of half a second each; 4 s follow 200 ppm of drift within 1 ms.
const WINDOWS: usize = 8;
const WINDOW: Samples = 500 * MILLISECOND;

/// The estimate.
#[derive(Debug)]
pub(super) struct Target {
    least: Samples,
    most: Samples,
    histogram: [f32; BUCKETS],
    packets: u32,
    /// Arrival minus timestamp, the least in each window; the newest window's number first.
    minima: [Samples; WINDOWS],
    window: Option<Samples>,
    base: Samples,
    samples: Samples,
}

impl Target {
    pub(super) fn new(most: Samples) -> Target {
        Target {
            least: LEAST,
            most: most.max(LEAST),
            histogram: [0.0; BUCKETS],
            packets: 0,
            minima: [Samples::MAX; WINDOWS],
            window: None,
            base: 0,
            samples: LEAST,
        }
    }

    /// The delay that is wanted.
    pub(super) const fn samples(&self) -> Samples {
        self.samples
    }

    /// The most that may be wanted.
    pub(super) const fn most(&self) -> Samples {
        self.most
    }

    /// From the next packet on, no less than this is wanted, nor less than 20 ms.
    pub(super) fn at_least(&mut self, least: Samples) {
        self.least = least.max(LEAST);
    }

    /// When a timestamp would have come over the quickest path: add this to it.
    pub(super) const fn base(&self) -> Samples {
        self.base
    }

    /// Another clock begins; what the network is like stays known.
    pub(super) fn forget_clock(&mut self) {
        self.window = None;
        self.minima = [Samples::MAX; WINDOWS];
    }

    /// Whether this offset belongs to another clock than those before.
    pub(super) fn is_jump(&self, offset: Samples, limit: Samples) -> bool {
        self.window.is_some() && (offset - self.base).abs() > limit
    }

    /// Takes a packet's arrival into account.
    pub(super) fn observe(&mut self, arrival: Samples, timestamp: Samples) {
        let offset = arrival - timestamp;
        self.slide(arrival.div_euclid(WINDOW));
        self.minima[0] = self.minima[0].min(offset);
        self.base = self.minima.into_iter().min().unwrap_or(offset);
        let bucket = ((offset - self.base) / BUCKET).clamp(0, BUCKETS as Samples - 1);
        self.packets = self.packets.saturating_add(1);
        let keep = KEEP.min(1.0 - 1.0 / (self.packets as f32 + 1.0));
        self.histogram.iter_mut().for_each(|share| *share *= keep);
        self.histogram[bucket as usize] += 1.0 - keep;
        self.samples = self.wanted().min(self.most);
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

    fn wanted(&self) -> Samples {
        let total: f32 = self.histogram.iter().sum();
        let mut sum = 0.0;
        let enough = |share: &f32| {
            sum += share;
            sum >= IN_TIME * total
        };
        let bucket = self.histogram.iter().position(enough).unwrap_or(BUCKETS - 1);
        ((bucket as Samples + 1) * BUCKET + PULL).max(self.least)
    }
}
