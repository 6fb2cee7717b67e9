//! What happens to sound between the agent and the calls: pure, 10 ms at a time, at 48 kHz.
//!
//! [`NearEnd`] makes the microphone fit to be sent: echo, noise, level, and the stronger noise removal. [`FarEnd`] makes
//! what the calls give fit to be heard: noise removal, protection against shocks, volume, sidetone, and as the very last
//! thing a [`Limiter`] above whose level no sample reaches the ear. The near end is told by [`NearEnd::hear`] what the far
//! end gave to the speaker, since that is what echoes.
//!
//! Every stage is switched on its own, at once and without a click. Stages that are off cost neither time nor delay.
//! Mixing is not done here, nor is anything decided about calls.

mod canceller;
mod far_end;
mod guard;
mod likelihood;
mod limiter;
mod near_end;
mod remover;
mod sidetone;
mod speech;

pub use far_end::{FarEnd, FarSettings};
pub use limiter::Limiter;
pub use near_end::{NearEnd, NearSettings};

pub(crate) use likelihood::Likelihood;

use crate::pcm::Block;

/// What drivers and decoders may give is made sound: no number that is none, nothing far beyond full scale.
fn make_sound(block: &mut Block, most: f32) {
    for sample in block.iter_mut() {
        *sample = if sample.is_nan() { 0.0 } else { sample.clamp(-most, most) };
    }
}

/// Goes from `from` to `to` within the block, along half a cosine: both ends are without a corner.
fn crossfade(from: &Block, to: &mut Block) {
    let step = std::f32::consts::PI / to.len() as f32;
    for (n, (new, old)) in to.iter_mut().zip(from).enumerate() {
        let weight = 0.5 - 0.5 * ((n as f32 + 0.5) * step).cos();
        *new = old + (*new - old) * weight;
    }
}
