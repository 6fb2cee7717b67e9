//! ITU-T G.722 at 64 kbit/s: two samples of 16 kHz to a byte and back, in two bands of adaptive differential coding.
//! Bit-exact; the names of the blocks are those of the recommendation's section 6.2. Allocates nothing.

/// Samples of 16 kHz in a byte.
pub(super) const PER_BYTE: usize = 2;

const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// Decision levels of the lower band (table 14).
const Q6: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023, 1_121,
    1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];
/// What the codes of the lower band stand for: by all six bits, and by the four that adapt it (tables 17 and 18).
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232,
    -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008, -3_576, -3_168, -2_776,
    -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280,
    11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168,
    2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432, 136, -432, -136,
];
const QM4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288, 4_240, 2_584,
    1_200, 0,
];
const QM2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];
/// How the codes change the scale (tables 19 and 21).
const SCALE_LOW: [i32; 16] =
    [-60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60];
const SCALE_HIGH: [i32; 4] = [798, -214, 798, -214];
/// Powers of two between 1 and 2 (table 20).
const ILB: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656, 2_714, 2_774,
    2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520, 3_597, 3_676, 3_756, 3_838,
    3_922, 4_008,
];

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// What both sides know of one band: the predictor and the scale of the quantizer.
#[derive(Debug, Clone)]
struct Band {
    /// The prediction; its part by the zeros.
    s: i32,
    sz: i32,
    /// Poles, what they are applied to, and what they are adapted by; newest first.
    a: [i32; 2],
    r: i32,
    p: [i32; 2],
    /// Zeros, and the differences that they are applied to.
    b: [i32; 6],
    d: [i32; 6],
    /// The scale, as a logarithm and as it is.
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Band {
        Band { s: 0, sz: 0, a: [0; 2], r: 0, p: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det }
    }

    /// LOGSCL, SCALEL: the scale after a code.
    fn rescale(&mut self, change: i32, most: i32, one: i32) {
        self.nb = (((self.nb * 127) >> 7) + change).clamp(0, most);
        let (fraction, exponent) = (ILB[(self.nb >> 6 & 31) as usize], one - (self.nb >> 11));
        self.det = if exponent < 0 { fraction << -exponent } else { fraction >> exponent } << 2;
    }

    /// Block 4: the prediction after a difference.
    fn predict(&mut self, d: i32) {
        let same = |a: i32, b: i32| (a < 0) == (b < 0);
        let (r, p) = (saturate(self.s + d), saturate(self.sz + d));
        // UPPOL2, UPPOL1
        let first = saturate(self.a[0] << 2);
        let first = if same(p, self.p[0]) { -first } else { first }.min(32_767);
        let second = (first >> 7) + if same(p, self.p[1]) { 128 } else { -128 };
        let second = (second + ((self.a[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let first = if same(p, self.p[0]) { 192 } else { -192 } + ((self.a[0] * 32_640) >> 15);
        let limit = 15_360 - second;
        self.a = [saturate(first).clamp(-limit, limit), second];
        self.p = [p, self.p[0]];
        // UPZERO
        let step = if d == 0 { 0 } else { 128 };
        for (b, past) in self.b.iter_mut().zip(&self.d) {
            *b = saturate(if same(d, *past) { step } else { -step } + ((*b * 32_640) >> 15));
        }
        self.d.rotate_right(1);
        self.d[0] = d;
        // FILTEP, FILTEZ, PREDIC
        let poles = ((self.a[0] * saturate(2 * r)) >> 15) + ((self.a[1] * saturate(2 * self.r)) >> 15);
        self.r = r;
        self.sz = saturate(self.b.iter().zip(&self.d).map(|(b, d)| (b * saturate(2 * d)) >> 15).sum());
        self.s = saturate(saturate(poles) + self.sz);
    }
}

/// The two bands of either side.
#[derive(Debug, Clone)]
struct Bands {
    low: Band,
    high: Band,
}

impl Bands {
    fn new() -> Bands {
        Bands { low: Band::new(32), high: Band::new(8) }
    }

    /// The code of one sample of each band.
    fn quantize(&mut self, low: i32, high: i32) -> u8 {
        let difference = saturate(low - self.low.s);
        let magnitude = if difference < 0 { -(difference + 1) } else { difference };
        let level = Q6.iter().take_while(|level| magnitude >= (*level * self.low.det) >> 12).count() as u8;
        let low_code = match (difference < 0, level) {
            (true, 0..2) => 63 - level,
            (true, _) => 33 - level,
            (false, _) => 61 - level,
        };
        let difference = saturate(high - self.high.s);
        let magnitude = if difference < 0 { -(difference + 1) } else { difference };
        let large = magnitude >= (564 * self.high.det) >> 12;
        let high_code = u8::from(!large) | if difference < 0 { 0 } else { 2 };
        let byte = high_code << 6 | low_code;
        self.adapt(byte);
        byte
    }

    /// What a code stands for, one sample of each band.
    fn dequantize(&mut self, byte: u8) -> (i32, i32) {
        let low = self.low.s + ((self.low.det * QM6[usize::from(byte & 63)]) >> 15);
        let high = self.high.s + ((self.high.det * QM2[usize::from(byte >> 6)]) >> 15);
        self.adapt(byte);
        (low.clamp(-16_384, 16_383), high.clamp(-16_384, 16_383))
    }

    fn adapt(&mut self, byte: u8) {
        let (low, high) = (usize::from(byte >> 2 & 15), usize::from(byte >> 6));
        let difference = (self.low.det * QM4[low]) >> 15;
        self.low.rescale(SCALE_LOW[low], 18_432, 8);
        self.low.predict(difference);
        let difference = (self.high.det * QM2[high]) >> 15;
        self.high.rescale(SCALE_HIGH[high], 22_528, 10);
        self.high.predict(difference);
    }
}

/// One half of the filter pair that parts the bands: the last 24 samples, and the sums over the even and the odd ones.
#[derive(Debug, Clone, Default)]
struct Mirror([i32; 24]);

impl Mirror {
    fn push(&mut self, pair: [i32; PER_BYTE]) -> (i32, i32) {
        self.0.copy_within(2.., 0);
        self.0[22..].copy_from_slice(&pair);
        let (pairs, _) = self.0.as_chunks::<PER_BYTE>();
        let even = pairs.iter().zip(&QMF).map(|([even, _], tap)| even * tap).sum();
        let odd = pairs.iter().zip(QMF.iter().rev()).map(|([_, odd], tap)| odd * tap).sum();
        (even, odd)
    }

    /// One sample of each band.
    fn part(&mut self, pair: [i32; PER_BYTE]) -> (i32, i32) {
        let (even, odd) = self.push(pair);
        ((odd + even) >> 14, (odd - even) >> 14)
    }

    fn join(&mut self, low: i32, high: i32) -> [i32; PER_BYTE] {
        let (even, odd) = self.push([low + high, low - high]);
        [saturate(odd >> 11), saturate(even >> 11)]
    }
}

/// Samples to bytes.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    bands: Bands,
    mirror: Mirror,
}

impl Encoder {
    pub(super) fn new() -> Encoder {
        Encoder { bands: Bands::new(), mirror: Mirror::default() }
    }

    pub(super) fn push(&mut self, pair: [f32; PER_BYTE]) -> u8 {
        let (low, high) = self.mirror.part(pair.map(linear));
        self.bands.quantize(low, high)
    }
}

/// Bytes to samples.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    bands: Bands,
    mirror: Mirror,
    /// What was played, parted again: where it was made up the bands follow that.
    played: Mirror,
}

impl Decoder {
    pub(super) fn new() -> Decoder {
        Decoder { bands: Bands::new(), mirror: Mirror::default(), played: Mirror::default() }
    }

    pub(super) fn push(&mut self, byte: u8) -> [f32; PER_BYTE] {
        let (low, high) = self.bands.dequantize(byte);
        let pair = self.mirror.join(low, high);
        self.played.push(pair);
        pair.map(|sample| sample as f32 / 32_768.0)
    }

    /// Takes what was made up instead of a byte, so that the next byte finds predictors and scales as they would be
    /// (ITU-T G.722 appendix IV does so too).
    pub(super) fn follow(&mut self, pair: [f32; PER_BYTE]) {
        let pair = pair.map(linear);
        let (low, high) = self.played.part(pair);
        self.bands.quantize(low, high);
        self.mirror.push([low + high, low - high]);
    }
}

fn linear(sample: f32) -> i32 {
    (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> impl Iterator<Item = u32> {
        std::iter::successors(Some(1u32), |x| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .skip(1)
    }

    fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
        bytes
            .into_iter()
            .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
    }

    #[test]
    fn its_bytes_are_those_of_other_peoples_encoder() {
        let swelling = noise().take(3_200).enumerate().map(|(n, x)| {
            let product = ((x >> 16) as i32 - 32_768) * (n as i32 % 800 + 1);
            product.div_euclid(800).clamp(-32_767, 32_767) as f32 / 32_767.0
        });
        let sound: Vec<f32> = swelling.collect();
        let mut encoder = Encoder::new();
        // The sum over what FFmpeg's encoder makes of the same samples.
        assert_eq!(fnv(sound.as_chunks().0.iter().map(|pair| encoder.push(*pair))), 0x3F32_986F_3E84_1F1A);
    }

    #[test]
    fn its_samples_are_those_of_other_peoples_decoder() {
        let mut decoder = Decoder::new();
        let samples = noise().take(1_600).flat_map(|x| decoder.push((x >> 24) as u8));
        let bytes: Vec<u8> = samples.flat_map(|x| ((x * 32_768.0) as i16).to_le_bytes()).collect();
        // The sum over what FFmpeg's decoder makes of the same bytes.
        assert_eq!(fnv(bytes), 0xBB1A_FED8_C493_AA1A);
    }
}
