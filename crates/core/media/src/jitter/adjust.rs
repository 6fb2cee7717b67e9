//! Brings the slack to what is wanted: sound is stretched where it is heard least, and the more so the further it is off.

use super::{
    Buffer, Content, MILLISECOND, Samples,
    line::Line,
    pull::BLOCK,
    stretch::{self, Care, LOOKAHEAD},
};
use crate::codec::Decoder;

/// Over what is wanted by this, what is quiet is shortened, and a wave that repeats itself to a hair: a drifting clock asks
/// for no more. Then all speech, with less and less care.
const OVER_QUIET: Samples = 12 * MILLISECOND;
const OVER: Samples = 20 * MILLISECOND;
const FAR_OVER: Samples = 40 * MILLISECOND;
const TOO_FAR: Samples = 80 * MILLISECOND;
/// Under it packets come too late. The quickest one of late is not known better than to some milliseconds, and a wrong
/// lengthening is heard while one packet that is too late makes the room that is missing.
const UNDER: Samples = -2 * MILLISECOND;
const UNDER_MUCH: Samples = -10 * MILLISECOND;
const FAR_UNDER: Samples = -20 * MILLISECOND;
/// What is 25 dB below the loudest of late is quiet.
const QUIET: f32 = 0.003;

impl Buffer {
    /// Stretches sound where the slack is not what it should be.
    pub(super) fn adjust(&mut self, decoder: &mut Decoder) {
        if !self.pace.is_rested() {
            return;
        }
        let Some(slack) = self.pace.slack(self.clock.base()) else { return };
        let error = slack - self.target.samples();
        if error < UNDER {
            self.fetch(decoder);
            let alike = match error {
                ..FAR_UNDER => 0.3,
                FAR_UNDER..UNDER_MUCH => 0.7,
                _ => 0.9,
            };
            self.stretch(stretch::lengthen, self.care(alike, usize::MAX), error);
        } else if self.target.is_sure() && self.excess(error) > OVER_QUIET {
            self.fetch(decoder);
            if self.line.len() < LOOKAHEAD {
                // What came late is played at once: it is not here that sound waits.
                return;
            }
            let excess = self.excess(error);
            let alike = match excess {
                ..OVER => 0.97,
                OVER..FAR_OVER => 0.9,
                FAR_OVER..TOO_FAR => 0.7,
                TOO_FAR.. => 0.3,
            };
            self.stretch(stretch::shorten, self.care(alike, usize::try_from(excess).unwrap_or(0)), error);
        }
    }

    /// By how much sound can be shortened without losing slack that is wanted: sound is taken in whole blocks, so what
    /// lies in the line over a block only waits.
    const fn excess(&self, error: Samples) -> Samples {
        self.line.len() as Samples % BLOCK + error / BLOCK * BLOCK
    }

    fn stretch(&mut self, how: fn(&mut Line, Care) -> usize, care: Care, error: Samples) {
        let before = self.turn();
        let changed = how(&mut self.line, care);
        if changed > 0 {
            self.pace.shift(self.turn() - before);
            self.counts.stretched += 1;
            self.pace.rest(if error.abs() > TOO_FAR { 2 } else { 4 });
        }
    }

    fn care(&self, alike: f32, longest: usize) -> Care {
        Care { alike, longest, quiet: self.pace.loudest() * QUIET }
    }

    /// Decodes what can be looked at.
    fn fetch(&mut self, decoder: &mut Decoder) {
        while self.line.len() < LOOKAHEAD && self.is_ready() {
            self.produce(decoder);
        }
    }

    /// Whether the next sound is there, with nothing missing before it.
    fn is_ready(&self) -> bool {
        matches!(self.store.get(self.head.sequence),
            Some(Content::Sound { timestamp, .. }) if timestamp == self.head.timestamp)
    }
}
