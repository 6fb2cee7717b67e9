//! What a room sounds like: its level and the envelope of its spectrum, over the last tenths of a second.

use super::{Noise, ORDER};
use std::f32::consts::PI;

/// How much of what was known stays when a packet of 10 ms comes.
const KEEP: f32 = 0.92;
/// The most samples that are looked at: 60 ms at 16 kHz.
const MOST: usize = 960;

/// Autocorrelation of the background, as mean squares.
#[derive(Debug, Clone, Default)]
pub(super) struct Background {
    lags: Option<[f32; ORDER + 1]>,
}

impl Background {
    /// Takes a packet's sound at the codec's rate.
    pub(super) fn hear(&mut self, sound: &[f32], tens_of_ms: u32) {
        let sound = &sound[..sound.len().min(MOST)];
        let (mut windowed, mut energy) = ([0.0; MOST], 0.0);
        for (n, (room, sample)) in windowed.iter_mut().zip(sound).enumerate() {
            let hann = 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / sound.len() as f32).cos();
            *room = sample * hann;
            energy += hann * hann;
        }
        let windowed = &windowed[..sound.len()];
        let lag = |lag: usize| {
            windowed.iter().zip(windowed.iter().skip(lag)).map(|(a, b)| a * b).sum::<f32>() / energy.max(1.0)
        };
        let heard: [f32; ORDER + 1] = std::array::from_fn(lag);
        let keep = KEEP.powi(tens_of_ms.min(6) as i32);
        self.lags = Some(match self.lags {
            Some(known) => std::array::from_fn(|n| known[n] * keep + heard[n] * (1.0 - keep)),
            None => heard,
        });
    }

    /// What it sounds like; `None` where nothing was heard. Levinson and Durbin's recursion; a predictor is `1 + a z^-1 + ...`
    /// with the first coefficient the first reflection, as in G.729 and in who speaks RFC 3389.
    pub(super) fn describe(&self) -> Option<Noise> {
        let lags = self.lags.as_ref()?;
        let (mut predictor, mut reflections) = ([0.0f32; ORDER], [0.0; ORDER]);
        let floor = lags[0] * 1e-4 + 1e-12;
        let mut error = lags[0] + floor;
        for order in 0..ORDER {
            let sum: f32 = (0..order).map(|n| predictor[n] * lags[order - n]).sum();
            let reflection = (-(lags[order + 1] + sum) / error).clamp(-0.999, 0.999);
            let before = predictor;
            for n in 0..order {
                predictor[n] += reflection * before[order - 1 - n];
            }
            predictor[order] = reflection;
            reflections[order] = reflection;
            error = (error * (1.0 - reflection * reflection)).max(floor);
        }
        Some(Noise::new(lags[0].max(0.0).sqrt(), &reflections))
    }
}
