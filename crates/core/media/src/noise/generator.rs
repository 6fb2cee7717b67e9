//! Noise to sound: white noise through an all-pole lattice, which is stable whatever coefficients there are between -1 and 1.

use super::{Noise, ORDER};

/// What is described anew is reached by so much of the rest a sample: within some 50 ms.
const GLIDE: f32 = 1.0 / 128.0;

/// Makes noise, at the rate of the codec.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    rms: f32,
    reflections: [f32; ORDER],
    /// Where the two of them glide to.
    wanted: (f32, [f32; ORDER]),
    /// What runs backwards through the lattice.
    lattice: [f32; ORDER],
    random: u32,
}

impl Generator {
    pub(crate) fn new(noise: Noise) -> Generator {
        let (rms, reflections) = (noise.rms(), noise.reflections());
        Generator { rms, reflections, wanted: (rms, reflections), lattice: [0.0; ORDER], random: 0x5EED }
    }

    /// It sounds like this from now on.
    pub(crate) fn follow(&mut self, noise: Noise) {
        self.wanted = (noise.rms(), noise.reflections());
    }

    /// One sample.
    pub(crate) fn next(&mut self) -> f32 {
        self.rms += (self.wanted.0 - self.rms) * GLIDE;
        let mut novelty = 1.0;
        for (now, wanted) in self.reflections.iter_mut().zip(&self.wanted.1) {
            *now += (wanted - *now) * GLIDE;
            novelty *= 1.0 - *now * *now;
        }
        let mut forward = self.white() * self.rms * novelty.max(0.0).sqrt();
        for n in (0..ORDER).rev() {
            forward -= self.reflections[n] * self.lattice[n];
            let back = self.lattice[n] + self.reflections[n] * forward;
            if let Some(next) = self.lattice.get_mut(n + 1) {
                *next = back;
            }
        }
        self.lattice[0] = forward;
        forward.clamp(-1.0, 1.0)
    }

    /// Uniform, of mean square 1 (xorshift, Marsaglia 2003).
    fn white(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        (self.random as f32 / u32::MAX as f32 * 2.0 - 1.0) * 3f32.sqrt()
    }
}
