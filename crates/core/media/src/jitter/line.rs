//! Decoded sound in a row: a little that was played, then what will be. Fixed memory.

use crate::pcm::{BLOCK_SAMPLES, Block};

/// How much of what was played is kept, for stretching.
pub(super) const KEPT: usize = 720;

const CAPACITY: usize = 16_384;

/// The row.
#[derive(Debug)]
pub(super) struct Line {
    samples: Box<[f32; CAPACITY]>,
    /// Where what will be played starts and ends.
    start: usize,
    end: usize,
}

impl Line {
    pub(super) fn new() -> Line {
        Line { samples: Box::new([0.0; CAPACITY]), start: KEPT, end: KEPT }
    }

    /// Forgets what waits.
    pub(super) fn discard(&mut self) {
        self.end = self.start;
    }

    /// Samples that wait.
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// Lets `fill` write up to `room` samples at the end, and say how many it did.
    pub(super) fn append(&mut self, room: usize, fill: impl FnOnce(&mut [f32]) -> usize) -> usize {
        if self.end + room > CAPACITY {
            let from = self.start - KEPT;
            self.samples.copy_within(from..self.end, 0);
            self.end -= from;
            self.start = KEPT;
        }
        let room = room.min(CAPACITY - self.end);
        let filled = fill(&mut self.samples[self.end..self.end + room]).min(room);
        self.end += filled;
        filled
    }

    /// The next 10 ms; `false` where there are less.
    pub(super) fn pop(&mut self, block: &mut Block) -> bool {
        if self.len() < BLOCK_SAMPLES {
            return false;
        }
        block.copy_from_slice(&self.samples[self.start..self.start + BLOCK_SAMPLES]);
        self.start += BLOCK_SAMPLES;
        true
    }

    /// What was played, and what will be.
    pub(super) fn parts(&self) -> (&[f32], &[f32]) {
        (&self.samples[self.start - KEPT..self.start], &self.samples[self.start..self.end])
    }

    /// Leaves `lag` samples out, over a crossfade of `overlap`. Both must be there: `lag + overlap <= len`.
    pub(super) fn shorten(&mut self, lag: usize, overlap: usize) {
        if lag + overlap > self.len() {
            return;
        }
        let start = self.start;
        // From the end of the crossfade towards its start: each sample is read before it is written.
        for n in (0..overlap).rev() {
            let weight = (n + 1) as f32 / (overlap + 1) as f32;
            let (from, to) = (self.samples[start + n], self.samples[start + n + lag]);
            self.samples[start + n + lag] = from + (to - from) * weight;
        }
        self.samples.copy_within(start - KEPT..start, start + lag - KEPT);
        self.start += lag;
    }

    /// Says the last `lag` samples again, over a crossfade of `overlap <= len`; `lag <= KEPT`.
    pub(super) fn lengthen(&mut self, lag: usize, overlap: usize) {
        if overlap > self.len() || lag > KEPT {
            return;
        }
        self.append(lag, |room| room.len());
        let (start, end) = (self.start, self.end);
        let mut faded = [0.0; KEPT];
        for (n, sample) in faded[..overlap.min(KEPT)].iter_mut().enumerate() {
            let weight = (n + 1) as f32 / (overlap + 1) as f32;
            let (from, to) = (self.samples[start + n], self.samples[start + n - lag]);
            *sample = from + (to - from) * weight;
        }
        // First the part up to the end of the crossfade, then everything once more from `lag` before it.
        self.samples.copy_within(start + overlap - lag..end - lag, start + overlap);
        self.samples[start..start + overlap].copy_from_slice(&faded[..overlap]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sawtooth(line: &mut Line, samples: usize) {
        let mut n = 0;
        line.append(samples, |room| {
            room.iter_mut().for_each(|sample| {
                *sample = (n % 200) as f32;
                n += 1;
            });
            n
        });
    }

    #[test]
    fn a_period_left_out_or_said_twice_is_not_heard_in_a_wave_of_that_period() {
        let mut line = Line::new();
        sawtooth(&mut line, 4000);
        let mut block = [0.0; BLOCK_SAMPLES];
        assert!(line.pop(&mut block) && line.pop(&mut block));
        line.shorten(200, 360);
        assert_eq!(line.len(), 4000 - 960 - 200);
        line.lengthen(200, 360);
        assert_eq!(line.len(), 4000 - 960);
        let (before, after) = line.parts();
        let all: Vec<f32> = before.iter().chain(after).copied().collect();
        for pair in all.windows(2) {
            assert!(
                (pair[1] - pair[0] - 1.0).abs() < 1e-3 || (pair[0] - pair[1] - 199.0).abs() < 1e-3,
                "{pair:?}"
            );
        }
    }

    #[test]
    fn memory_does_not_grow_and_nothing_is_lost_in_long_use() {
        let mut line = Line::new();
        let (mut written, mut read, mut block) = (0u32, 0u32, [0.0; BLOCK_SAMPLES]);
        for _ in 0..1000 {
            line.append(960, |room| {
                room.iter_mut().for_each(|sample| {
                    *sample = written as f32;
                    written += 1;
                });
                960
            });
            while line.pop(&mut block) {
                for sample in block {
                    assert_eq!(sample, read as f32);
                    read += 1;
                }
            }
        }
        assert_eq!(read, 960_000);
    }
}
