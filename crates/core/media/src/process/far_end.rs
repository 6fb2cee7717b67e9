//! What the calls give, on its way to the ear.

use super::guard::Guard;
use super::limiter::{Late, Limiter};
use super::make_sound;
use super::remover::Remover;
use super::sidetone::Sidetone;
use crate::pcm::{BLOCK_SAMPLES, Block};

/// The loudest the volume goes: 12 dB above what comes.
const MOST_VOLUME: f32 = 4.0;

/// More than this above full scale is a fault, not sound.
const MOST: f32 = 16.0;

/// What is done to what the agent hears. Each works at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FarSettings {
    /// Take out everything of the other side but speech (CALL-4).
    pub noise_removal: bool,
    /// What samples are multiplied by: 0 is silent, 1 as it comes, 4 at most.
    pub volume: f32,
    /// What the agent's own voice is multiplied by: 0 is none, 1 as the microphone gives it, which is the most.
    pub sidetone: f32,
    /// What no sample is above, in dB below full scale.
    pub ceiling_dbfs: f32,
}

impl Default for FarSettings {
    fn default() -> FarSettings {
        FarSettings { noise_removal: false, volume: 1.0, sidetone: 0.0, ceiling_dbfs: 0.0 }
    }
}

/// The ear's stages.
pub struct FarEnd {
    remover: Remover,
    guard: Guard,
    sidetone: Sidetone,
    limiter: Limiter,
    /// In force, and wanted.
    volume: (f32, f32),
    /// The calls without the agent's own voice, as late as the limiter makes them.
    calls: Late,
}

impl Default for FarEnd {
    fn default() -> FarEnd {
        FarEnd::new()
    }
}

impl FarEnd {
    /// With everything off.
    pub fn new() -> FarEnd {
        FarEnd {
            remover: Remover::new(),
            guard: Guard::new(),
            sidetone: Sidetone::new(),
            limiter: Limiter::new(0.0),
            volume: (1.0, 1.0),
            calls: Late::new(),
        }
    }

    /// Switches, at the next block. A volume that is no number changes nothing.
    pub fn set(&mut self, settings: FarSettings) {
        self.remover.want(settings.noise_removal);
        self.sidetone.set(settings.sidetone);
        self.limiter.set_ceiling(settings.ceiling_dbfs);
        if settings.volume.is_finite() {
            self.volume.1 = settings.volume.clamp(0.0, MOST_VOLUME);
        }
    }

    /// 10 ms of the microphone as it comes, for the sidetone.
    pub fn own_voice(&mut self, block: &Block) {
        self.sidetone.feed(block);
    }

    /// Makes 10 ms for the speaker of what the `parties` say; `tones` are our own, and stay as they are but for the volume.
    /// Gives what is heard of both without the agent's own voice, which is what can echo.
    pub fn process(&mut self, parties: &mut Block, tones: &Block) -> Block {
        self.remover.process(parties);
        self.guard.process(parties);
        let step = (self.volume.1 - self.volume.0) / BLOCK_SAMPLES as f32;
        for (n, (sample, tone)) in parties.iter_mut().zip(tones).enumerate() {
            *sample = (*sample + tone) * (self.volume.0 + step * (n + 1) as f32);
        }
        self.volume.0 = self.volume.1;
        make_sound(parties, MOST);
        let mut played = self.calls.next(parties);
        self.sidetone.add_to(parties);
        let gains = self.limiter.limit(parties);
        played.iter_mut().zip(&gains).for_each(|(sample, gain)| *sample *= gain);
        played
    }
}
