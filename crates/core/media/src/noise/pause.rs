//! Whether nobody talks: nothing that is like speech, and nothing that stands out of the background.

use crate::{pcm::Block, process::Likelihood};

/// More likely than this, a frame is speech.
const LIKELY: f32 = 0.5;
/// What is 6 dB over the background stands out, whatever it is.
const OUT: f32 = 4.0;
/// The background is found at once where it is quieter, and by 2 dB a second where it is louder.
const RISE: f32 = 1.004_6;
/// What is below -80 dBFS is nothing at all.
const NOTHING: f32 = 1e-8;

/// Listens to what would be sent.
#[derive(Debug)]
pub(super) struct Pause {
    likelihood: Likelihood,
    /// Mean square of the background.
    floor: f32,
    /// Blocks since anything was said.
    blocks: u32,
}

impl Pause {
    pub(super) fn new() -> Pause {
        Pause { likelihood: Likelihood::new(), floor: f32::INFINITY, blocks: 0 }
    }

    /// Takes 10 ms.
    pub(super) fn feed(&mut self, block: &Block) {
        let power = block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32;
        self.floor = if power < self.floor { power } else { (self.floor * RISE).max(NOTHING) };
        let mut talks = power > self.floor * OUT && power > NOTHING;
        self.likelihood.feed(block, |likelihood, _| talks |= likelihood > LIKELY && power > NOTHING);
        self.blocks = if talks { 0 } else { self.blocks.saturating_add(1) };
    }

    /// Blocks of 10 ms since anything was said.
    pub(super) const fn blocks(&self) -> u32 {
        self.blocks
    }
}
