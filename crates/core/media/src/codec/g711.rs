//! ITU-T G.711: one byte a sample, µ-law and A-law, 16-bit linear inside.

/// Which of the two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Law {
    /// North America, Japan.
    Mu,
    /// The rest of the world.
    A,
}

impl Law {
    /// One sample to one byte.
    pub(crate) fn compress(self, sample: f32) -> u8 {
        let linear = (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
        match self {
            Law::Mu => compress_mu(linear),
            Law::A => compress_a(linear),
        }
    }

    /// One byte to one sample.
    pub(crate) fn expand(self, byte: u8) -> f32 {
        let table = match self {
            Law::Mu => &EXPAND_MU,
            Law::A => &EXPAND_A,
        };
        f32::from(table[usize::from(byte)]) / 32_768.0
    }
}

static EXPAND_MU: [i16; 256] = table(Law::Mu);
static EXPAND_A: [i16; 256] = table(Law::A);

/// The bias that makes µ-law's segments powers of two.
const BIAS: i32 = 0x84;

const fn table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match law {
            Law::Mu => expand_mu(byte as u8),
            Law::A => expand_a(byte as u8),
        };
        byte += 1;
    }
    table
}

const fn expand_mu(byte: u8) -> i16 {
    let code = !byte as i32;
    let magnitude = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS;
    if code & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 }
}

const fn expand_a(byte: u8) -> i16 {
    let code = (byte ^ 0x55) as i32;
    let segment = (code & 0x70) >> 4;
    let step = code & 0x0F;
    let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step + 16) << 4 | 8) << (segment - 1) };
    if code & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

fn compress_mu(linear: i16) -> u8 {
    let sign = if linear < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(linear).abs().min(32_635) + BIAS;
    let segment = 24 - magnitude.leading_zeros() as i32;
    let step = (magnitude >> (segment + 3)) & 0x0F;
    !((sign | (segment << 4) | step) as u8)
}

fn compress_a(linear: i16) -> u8 {
    let sign = if linear >= 0 { 0x80 } else { 0 };
    let magnitude = i32::from(if linear >= 0 { linear } else { !linear }) >> 4;
    let code = match magnitude {
        0..16 => magnitude,
        _ => {
            let segment = 28 - magnitude.leading_zeros() as i32;
            (segment << 4) | ((magnitude >> (segment - 1)) & 0x0F)
        }
    };
    (sign | code) as u8 ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_to_the_reference_values() {
        for (byte, linear) in [(0xFF, 0), (0x7F, 0), (0x00, -32_124), (0x80, 32_124), (0xF0, 120)] {
            assert_eq!(EXPAND_MU[byte], linear, "mu {byte:#x}");
        }
        for (byte, linear) in
            [(0xD5, 8), (0x55, -8), (0xAA, 32_256), (0x2A, -32_256), (0xD4, 24), (0x80, 5_504)]
        {
            assert_eq!(EXPAND_A[byte], linear, "A {byte:#x}");
        }
    }

    #[test]
    fn compresses_to_the_reference_values() {
        for (linear, byte) in [(0, 0xFF), (-1, 0x7F), (32_767, 0x80), (-32_768, 0x00), (1_000, 0xCE)] {
            assert_eq!(compress_mu(linear), byte, "mu {linear}");
        }
        for (linear, byte) in [(0, 0xD5), (-1, 0x55), (32_767, 0xAA), (-32_768, 0x2A), (1_000, 0xFA)] {
            assert_eq!(compress_a(linear), byte, "A {linear}");
        }
    }

    #[test]
    fn every_code_is_its_own_image() {
        for byte in 0..=255u8 {
            assert_eq!(compress_a(EXPAND_A[usize::from(byte)]), byte, "A {byte:#x}");
            let mu = compress_mu(EXPAND_MU[usize::from(byte)]);
            assert!(
                mu == byte || (byte == 0x7F && mu == 0xFF),
                "mu {byte:#x}: negative zero alone is another"
            );
        }
    }

    #[test]
    fn every_sample_comes_back_within_half_a_step() {
        for linear in i16::MIN..=i16::MAX {
            for law in [Law::Mu, Law::A] {
                let sample = f32::from(linear) / 32_768.0;
                let error = (law.expand(law.compress(sample)) - sample).abs() * 32_768.0;
                let most = (f32::from(linear).abs() / 32.0 + 9.0).max(9.0) * 1.1;
                assert!(
                    error <= most.max(if linear.unsigned_abs() > 32_000 { 650.0 } else { 0.0 }),
                    "{linear}: {error}"
                );
            }
        }
    }
}
