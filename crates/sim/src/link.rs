//! What happens to a datagram on its way. One `Link` is one direction between two endpoints.

use rand::{RngExt, rngs::StdRng};
use std::time::Duration;

/// One direction of a path. `Default`: 10 ms, nothing lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The least time a datagram is under way.
    pub delay: Duration,
    /// At most this much more, evenly spread. More than the gap between two datagrams reorders them.
    pub jitter: Duration,
    /// The share that is lost, 0 to 1. A stream loses nothing.
    pub loss: f64,
    /// The share that arrives twice, 0 to 1. A stream repeats nothing.
    pub duplication: f64,
    /// The share that arrives with one byte changed, 0 to 1, over streams too.
    pub corruption: f64,
}

impl Default for Link {
    fn default() -> Self {
        Link {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            corruption: 0.0,
        }
    }
}

impl Link {
    /// 10 ms, and this share of the datagrams lost.
    pub fn lossy(loss: f64) -> Self {
        Link { loss, ..Link::default() }
    }

    /// What arrives of these bytes.
    pub(crate) fn carry(&self, payload: &[u8], rng: &mut StdRng) -> Vec<u8> {
        let mut carried = payload.to_vec();
        if !carried.is_empty() && rng.random_bool(self.corruption.clamp(0.0, 1.0)) {
            let at = rng.random_range(0..carried.len());
            carried[at] = rng.random();
        }
        carried
    }

    /// How long each copy of one datagram is under way; empty: it is lost.
    pub(crate) fn copies(&self, rng: &mut StdRng) -> Vec<Duration> {
        if rng.random_bool(self.loss.clamp(0.0, 1.0)) {
            return Vec::new();
        }
        let twice = rng.random_bool(self.duplication.clamp(0.0, 1.0));
        (0..=usize::from(twice)).map(|_| self.delay + self.jitter.mul_f64(rng.random::<f64>())).collect()
    }
}
