//! The one form sound has inside the house: mono, 32-bit float in [-1, 1], 48 kHz, in blocks of 10 ms.

/// Samples a second inside the house.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in a [`Block`].
pub const BLOCK_SAMPLES: usize = 480;

/// 10 ms of sound.
pub type Block = [f32; BLOCK_SAMPLES];

/// 10 ms of nothing.
pub const SILENCE: Block = [0.0; BLOCK_SAMPLES];
