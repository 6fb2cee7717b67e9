//! Comfort noise (RFC 3389): what a room sounds like while nobody talks, in a few bytes instead of packets of sound.
//!
//! [`Noise`] is those bytes. [`Generator`] makes sound of them, [`Quiet`] says when they are sent instead of sound. The
//! spectrum is that of the codec beside it, at the rate which that one samples at; the clock of RTP is the codec's too, so
//! G.722's is 8 kHz as G.711's, and payload type 13 serves both (section 4; RFC 3551 section 4.5.2).

mod background;
mod generator;
mod pause;
mod quiet;

pub(crate) use generator::Generator;
pub(crate) use quiet::{Quiet, Say};

/// The payload type that needs no `a=rtpmap`.
pub(crate) const PAYLOAD_TYPE: u8 = 13;

/// What it is called in `a=rtpmap`, beside the codecs that we have.
pub(crate) const NAME: &str = "CN";
pub(crate) const CLOCK_HZ: u32 = 8_000;

/// Reflection coefficients that are used, and that are sent: what is over it is left out, as a receiver may (section 3).
pub(crate) const ORDER: usize = 10;

/// The most bytes of a payload of ours.
pub(crate) const MOST_BYTES: usize = 1 + ORDER;

/// The index of a coefficient of 0 (section 3.2); the one that is reserved is read as it.
const ZERO: u8 = 127;
const RESERVED: u8 = 255;

/// Noise as it is sent: quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Noise {
    /// In dB below overload, 0 to 127: 0 is a square wave of full scale.
    level: u8,
    /// Reflection coefficients as indices; 127 is 0.
    spectrum: [u8; ORDER],
}

impl Noise {
    /// Reads a payload; `None` where it is empty.
    pub(crate) fn read(payload: &[u8]) -> Option<Noise> {
        let (level, coefficients) = payload.split_first()?;
        let mut spectrum = [ZERO; ORDER];
        spectrum.iter_mut().zip(coefficients).for_each(|(index, byte)| {
            *index = if *byte == RESERVED { ZERO } else { *byte };
        });
        Some(Noise { level: level & 0x7F, spectrum })
    }

    /// Noise of this root mean square and these coefficients.
    pub(crate) fn new(rms: f32, reflections: &[f32; ORDER]) -> Noise {
        let level = (-20.0 * rms.max(1e-7).log10()).round().clamp(0.0, 127.0) as u8;
        let index = |k: &f32| (k * 32_768.0 / 258.0 + 127.0).round().clamp(0.0, 254.0) as u8;
        Noise { level, spectrum: std::array::from_fn(|n| index(&reflections[n])) }
    }

    /// Writes a payload.
    pub(crate) fn write(&self) -> [u8; MOST_BYTES] {
        std::array::from_fn(|n| if n == 0 { self.level } else { self.spectrum[n - 1] })
    }

    /// Its root mean square; full scale is 1.
    pub(crate) fn rms(&self) -> f32 {
        10f32.powf(-f32::from(self.level) / 20.0)
    }

    /// Section 3.2: `k = 258 (N - 127) / 32768`, so always between -1 and 1.
    pub(crate) fn reflections(&self) -> [f32; ORDER] {
        self.spectrum.map(|index| 258.0 * (f32::from(index) - 127.0) / 32_768.0)
    }

    /// How much of it can't be told from what was before, 0 to 1: little of a tone.
    pub(crate) fn novelty(&self) -> f32 {
        self.reflections().iter().map(|k| 1.0 - k * k).product()
    }

    /// Whether one would hear that it is another.
    pub(crate) fn is_unlike(&self, other: &Noise) -> bool {
        let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 32;
        self.level.abs_diff(other.level) > 2 || self.spectrum.iter().zip(&other.spectrum).take(3).any(far)
    }
}

#[cfg(test)]
mod tests;
