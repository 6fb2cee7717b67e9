//! Finds by how much sound can be shortened or lengthened without being heard: a whole pitch period (WSOLA).

use super::line::{KEPT, Line};

/// The crossfade, and the window by which waves are compared: 7.5 ms.
pub(super) const OVERLAP: usize = 360;
/// 400 Hz to 67 Hz.
const SHORTEST: usize = 120;
const LONGEST: usize = KEPT;
/// Looked at coarsely first: 8 kHz.
const COARSE: usize = 6;
/// What is below -50 dBFS is quiet, whatever was before.
const QUIET: f32 = 1e-5;

/// What is enough to look at when shortening.
pub(super) const LOOKAHEAD: usize = LONGEST + OVERLAP;

/// With how much care sound is stretched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Care {
    /// How much alike two pieces must be to take one for the other: 1 is the same wave.
    pub(super) alike: f32,
    /// By how many samples at most.
    pub(super) longest: usize,
    /// The mean square below which any piece may be taken for any other.
    pub(super) quiet: f32,
}

/// Leaves a pitch period out; how many samples, 0 where no good place was found.
pub(super) fn shorten(line: &mut Line, care: Care) -> usize {
    let (_, next) = line.parts();
    let longest = LONGEST.min(care.longest).min(next.len().saturating_sub(OVERLAP));
    if longest < SHORTEST {
        return 0;
    }
    let lag = if is_quiet(&next[..longest + OVERLAP], care) {
        longest
    } else {
        best(care, longest, |lag| (&next[..OVERLAP], &next[lag..lag + OVERLAP]))
    };
    if lag > 0 {
        line.shorten(lag, OVERLAP);
    }
    lag
}

/// Says a pitch period twice; how many samples, 0 where no good place was found.
pub(super) fn lengthen(line: &mut Line, care: Care) -> usize {
    let (before, next) = line.parts();
    if next.len() < OVERLAP {
        return 0;
    }
    let mut around = [0.0; KEPT + OVERLAP];
    around[..KEPT].copy_from_slice(before);
    around[KEPT..].copy_from_slice(&next[..OVERLAP]);
    let lag = if is_quiet(&around, care) {
        LONGEST
    } else {
        best(care, LONGEST, |lag| (&around[KEPT..], &around[KEPT - lag..KEPT - lag + OVERLAP]))
    };
    if lag > 0 {
        line.lengthen(lag, OVERLAP);
    }
    lag
}

fn is_quiet(sound: &[f32], care: Care) -> bool {
    let energy: f32 = sound.iter().map(|sample| sample * sample).sum();
    energy <= care.quiet.max(QUIET) * sound.len() as f32
}

/// The lag at which the two pieces are most alike, if they are alike enough; else 0.
fn best<'a>(care: Care, longest: usize, pieces: impl Fn(usize) -> (&'a [f32], &'a [f32])) -> usize {
    if care.alike > 1.0 {
        return 0;
    }
    let score = |lag: usize, step: usize| {
        let (a, b) = pieces(lag);
        likeness(a, b, step)
    };
    let pick = |lags: &mut dyn Iterator<Item = usize>, step: usize| {
        lags.map(|lag| (lag, score(lag, step)))
            .fold((SHORTEST, f32::MIN), |top, new| if new.1 > top.1 { new } else { top })
    };
    let coarse = pick(&mut (SHORTEST..=longest).step_by(COARSE), COARSE).0;
    let fine = coarse.saturating_sub(COARSE).max(SHORTEST)..=(coarse + COARSE).min(longest);
    let (lag, alike) = pick(&mut fine.into_iter(), 1);
    if alike >= care.alike { lag } else { 0 }
}

/// Normalised cross-correlation.
fn likeness(a: &[f32], b: &[f32], step: usize) -> f32 {
    let (mut product, mut energy_a, mut energy_b) = (0.0f32, 0.0f32, 0.0f32);
    for (x, y) in a.iter().zip(b).step_by(step) {
        product += x * y;
        energy_a += x * x;
        energy_b += y * y;
    }
    product / (energy_a * energy_b).sqrt().max(f32::MIN_POSITIVE)
}
