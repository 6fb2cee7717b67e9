//! Finds by how much sound can be shortened or lengthened without being heard: a whole pitch period (WSOLA).

use super::line::{KEPT, Line};

/// The crossfade, and the window by which waves are compared: 7.5 ms.
pub(super) const OVERLAP: usize = 360;
/// 400 Hz to 67 Hz.
const SHORTEST: usize = 120;
const LONGEST: usize = KEPT;
/// Looked at coarsely first: 8 kHz.
const COARSE: usize = 6;
/// Below this (RMS) anything may be left out or repeated: -50 dBFS.
const QUIET: f32 = 0.003;

/// What is enough to look at when shortening.
pub(super) const LOOKAHEAD: usize = LONGEST + OVERLAP;

/// How much alike two pieces of sound must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likeness(pub(super) f32);

/// Leaves a pitch period out; how many samples, 0 where no good place was found.
pub(super) fn shorten(line: &mut Line, least: Likeness) -> usize {
    let (_, next) = line.parts();
    if next.len() < SHORTEST + OVERLAP {
        return 0;
    }
    let longest = LONGEST.min(next.len() - OVERLAP);
    let lag = best(least, longest, |lag| (&next[..OVERLAP], &next[lag..lag + OVERLAP]));
    line.shorten(lag, if lag == 0 { 0 } else { OVERLAP });
    lag
}

/// Says a pitch period twice; how many samples, 0 where no good place was found.
pub(super) fn lengthen(line: &mut Line, least: Likeness) -> usize {
    let (before, next) = line.parts();
    if next.len() < OVERLAP {
        return 0;
    }
    let mut around = [0.0; KEPT + OVERLAP];
    around[..KEPT].copy_from_slice(before);
    around[KEPT..].copy_from_slice(&next[..OVERLAP]);
    let lag = best(least, LONGEST, |lag| (&around[KEPT..], &around[KEPT - lag..KEPT - lag + OVERLAP]));
    if lag > 0 {
        line.lengthen(lag, OVERLAP);
    }
    lag
}

/// The lag at which the two pieces are most alike, if they are alike enough; else 0.
fn best<'a>(least: Likeness, longest: usize, pieces: impl Fn(usize) -> (&'a [f32], &'a [f32])) -> usize {
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
    if alike >= least.0 { lag } else { 0 }
}

/// Normalised cross-correlation; 1 where both are quiet.
fn likeness(a: &[f32], b: &[f32], step: usize) -> f32 {
    let (mut product, mut energy_a, mut energy_b, mut count) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for (x, y) in a.iter().zip(b).step_by(step) {
        product += x * y;
        energy_a += x * x;
        energy_b += y * y;
        count += 1.0;
    }
    if energy_a.max(energy_b) < QUIET * QUIET * count {
        return 1.0;
    }
    product / (energy_a * energy_b).sqrt().max(f32::MIN_POSITIVE)
}
