//! The E-model (ITU-T G.107, 06/2015): from what the network and the codec do to a call, how people would rate it.
//!
//! Everything that this program can't know (handsets, room noise, loudness) has the defaults of G.107 table 3. For
//! wideband codecs the scale is that of G.107.1, with 129 for the best, of which the delay impairment *Idd* alone is taken:
//! its echo terms need a wideband echo path that nobody here can measure.

/// Which of the two scales a codec is rated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Band {
    /// Up to 3.4 kHz, G.107.
    Narrow,
    /// Up to 7 kHz and over, G.107.1.
    Wide,
}

/// What a codec does to speech (G.113), and what loss does to the codec.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Impairment {
    /// Its scale.
    pub(crate) band: Band,
    /// Equipment impairment without loss, *Ie* or *Ie,WB*.
    pub(crate) ie: f32,
    /// Robustness against loss, *Bpl*.
    pub(crate) bpl: f32,
}

/// What is missing of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Missing {
    /// Packets that are not played, 0 to 100.
    pub(crate) percent: f32,
    /// *BurstR*: how many are missing in a row, over how many would be by chance; 1 to 8.
    pub(crate) burst_ratio: f32,
}

/// A transmission rating factor on the scale 0 to 100, whatever the codec's band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating(f32);

impl Rating {
    /// *R*: 94 is toll quality, 50 unusable. Of wideband a 1.29th, so that both can be compared.
    pub const fn r(self) -> f32 {
        self.0
    }

    /// How many of 5 points people would give (G.107 annex B).
    pub fn mos(self) -> f32 {
        let r = self.0;
        // Just above 0 the polynomial dips below the worst that people can give.
        (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
    }
}

/// Echo path losses (G.107 table 3): handsets do this well.
const TELR: f32 = 65.0;
const WEPL: f32 = 110.0;
const SLR: f32 = 8.0;
const RLR: f32 = 2.0;
/// The best that wideband can be (G.107.1 section 7).
const WIDE_BEST: f32 = 129.0;
/// The longest delay that the model is for is 500 ms; twice that is as bad as it gets.
const MOST_DELAY_MS: f32 = 1_000.0;

/// How the speech itself sounds, whatever its delay: MOS-LQ is its [`mos`](Rating::mos).
pub(crate) fn listening(codec: Impairment, missing: Missing) -> Rating {
    rate(codec, missing, 0.0)
}

/// How it is to talk, with sound that takes `delay_ms` from mouth to ear: MOS-CQ.
pub(crate) fn conversation(codec: Impairment, missing: Missing, delay_ms: f32) -> Rating {
    rate(codec, missing, delay_ms)
}

fn rate(codec: Impairment, missing: Missing, delay_ms: f32) -> Rating {
    let delay_ms = if delay_ms.is_finite() { delay_ms.clamp(0.0, MOST_DELAY_MS) } else { 0.0 };
    let ie_eff = ie_eff(codec, missing);
    let r = match codec.band {
        Band::Narrow => ro() - is() - id(delay_ms) - ie_eff,
        Band::Wide => (WIDE_BEST - idd(delay_ms) - ie_eff) * 100.0 / WIDE_BEST,
    };
    Rating(if r.is_finite() { r.clamp(0.0, 100.0) } else { 0.0 })
}

/// Equation 7-29.
fn ie_eff(codec: Impairment, missing: Missing) -> f32 {
    let ppl = missing.percent.clamp(0.0, 100.0);
    if ppl == 0.0 {
        return codec.ie;
    }
    codec.ie + (95.0 - codec.ie) * ppl / (ppl / missing.burst_ratio.clamp(1.0, 8.0) + codec.bpl)
}

/// The noise of circuit, rooms and receiver, in dBm0p: equations 7-3 to 7-7.
fn no() -> f32 {
    const NC: f32 = -70.0;
    const NFOR: f32 = -64.0;
    const P: f32 = 35.0;
    const D: f32 = 3.0;
    const LSTR: f32 = 18.0;
    let olr = SLR + RLR;
    let nos = P - SLR - D - 100.0 + 0.004 * (P - olr - D - 14.0).powi(2);
    let pre = P + 10.0 * (1.0 + 10f32.powf((10.0 - LSTR) / 10.0)).log10();
    let nor = RLR - 121.0 + pre + 0.008 * (pre - 35.0).powi(2);
    let power = |db: f32| 10f32.powf(db / 10.0);
    10.0 * (power(NC) + power(nos) + power(nor) + power(NFOR + RLR)).log10()
}

/// Basic signal-to-noise ratio: equation 7-2.
fn ro() -> f32 {
    15.0 - 1.5 * (SLR + no())
}

/// What comes with the voice at once: loudness, sidetone and quantization, equations 7-8 to 7-17.
fn is() -> f32 {
    const STMR: f32 = 15.0;
    let xolr = SLR + RLR + 0.2 * (64.0 + no() - RLR);
    let iolr = 20.0 * ((1.0 + (xolr / 8.0).powi(8)).powf(1.0 / 8.0) - xolr / 8.0);
    let stmro = -10.0 * (10f32.powf(-STMR / 10.0) + 10f32.powf(-TELR / 10.0)).log10();
    let ist = 12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(1.0 / 8.0)
        - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
        - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
        + 29.0;
    // One quantizing distortion unit.
    let q = 37.0;
    let g = 1.07 + 0.258 * q + 0.0602 * q * q;
    let y = (ro() - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
    let z = 46.0 / 30.0 - g / 40.0;
    let iq = 15.0 * (1.0 + 10f32.powf(y) + 10f32.powf(z)).log10();
    iolr + ist + iq
}

/// Echo to the talker and the listener, and delay itself: equations 7-18 to 7-28, with T = Ta and Tr = 2 T.
fn id(t: f32) -> f32 {
    let roe = -1.5 * (no() - RLR);
    let terv = TELR - 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10() + 6.0 * (-0.3 * t * t).exp();
    let re = 80.0 + 2.5 * (terv - 14.0);
    let over = |a: f32, b: f32, c: f32| (a - b) / 2.0 + ((a - b).powi(2) / 4.0 + c).sqrt();
    let idte = if t < 1.0 { 0.0 } else { (over(roe, re, 100.0) - 1.0) * (1.0 - (-t).exp()) };
    let rle = 10.5 * (WEPL + 7.0) * (2.0 * t + 1.0).powf(-0.25);
    idte + over(ro(), rle, 169.0) + idd(t)
}

/// Delay too long to talk well, even without echo: equations 7-27 and 7-28 with the default sensitivity.
fn idd(ta: f32) -> f32 {
    if ta <= 100.0 {
        return 0.0;
    }
    let x = (ta / 100.0).log2();
    let root = |x: f32| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Missing = Missing { percent: 0.0, burst_ratio: 1.0 };
    const NO_CODEC: Impairment = Impairment { band: Band::Narrow, ie: 0.0, bpl: 4.3 };

    fn near(is: f32, should: f32, by: f32) {
        assert!((is - should).abs() <= by, "{is} is not {should}");
    }

    #[test]
    fn with_all_defaults_it_gives_what_g107_says() {
        near(no(), -61.179, 0.005);
        near(ro(), 94.77, 0.01);
        near(is(), 1.4136, 0.002);
        near(listening(NO_CODEC, CLEAN).r(), 93.2, 0.05);
        near(listening(NO_CODEC, CLEAN).mos(), 4.41, 0.005);
    }

    #[test]
    fn ratings_are_opinions_as_in_annex_b() {
        for (r, mos) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            near(Rating(r).mos(), mos, 0.007);
        }
        near(Rating(0.0).mos(), 1.0, 1e-6);
        near(Rating(100.0).mos(), 4.5, 1e-6);
    }

    #[test]
    fn delay_hurts_as_the_model_has_it() {
        near(idd(100.0), 0.0, 1e-6);
        // X is 1 and 2: by hand.
        near(idd(200.0), 3.044, 0.01);
        near(idd(400.0), 25.0 * (65f32.powf(1.0 / 6.0) - 3.0 * 1.014_312 + 2.0), 0.05);
        // G.107's curve as Cole and Rosenbluth fitted it: 0.024 a ms, and 0.11 more from 177.3 ms on.
        for ms in [50.0, 100.0, 150.0, 200.0, 300.0_f32] {
            let fitted = 0.024 * ms + 0.11 * (ms - 177.3).max(0.0);
            near(listening(NO_CODEC, CLEAN).r() - conversation(NO_CODEC, CLEAN, ms).r(), fitted, 2.6);
        }
    }

    #[test]
    fn loss_hurts_by_the_codecs_robustness_and_more_in_bursts() {
        // 95 * 2 / (2 + 4.3) = 30.2 without concealment, 95 * 2 / (2 + 25.1) = 7.0 with that of G.711 appendix I.
        let two = Missing { percent: 2.0, burst_ratio: 1.0 };
        near(ie_eff(NO_CODEC, two), 30.16, 0.01);
        near(ie_eff(Impairment { bpl: 25.1, ..NO_CODEC }, two), 7.01, 0.01);
        let bursts = Missing { percent: 2.0, burst_ratio: 2.0 };
        near(ie_eff(Impairment { bpl: 25.1, ..NO_CODEC }, bursts), 95.0 * 2.0 / 26.1, 0.01);
    }

    #[test]
    fn nonsense_gives_a_rating_all_the_same() {
        for (percent, burst_ratio, delay) in
            [(f32::MAX, 1.0, 0.0), (-5.0, -1.0, -7.0), (50.0, 1e9, f32::INFINITY), (3.0, 2.0, f32::NAN)]
        {
            let rating = conversation(NO_CODEC, Missing { percent, burst_ratio }, delay);
            assert!((0.0..=100.0).contains(&rating.r()) && (1.0..=4.5).contains(&rating.mos()), "{rating:?}");
        }
    }
}
