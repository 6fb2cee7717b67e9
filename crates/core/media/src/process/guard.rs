//! Protection against acoustic shock, in the manner of the Australian guideline G616: sudden loud sounds are brought down
//! to little above what went before them, and long loud tones (a fax, feedback) to the level of speech. Speech passes as
//! it is. How loud that is in the ear is for the headset to know; here are levels in the wire's terms.

use super::make_sound;
use crate::level::rms_dbfs;
use crate::pcm::Block;

/// Speech at the usual level of a call; quieter callers do not make a jump out of those of usual loudness.
const USUAL_DBFS: f32 = -26.0;
/// So far above the speech before it sound may jump. Syllables of speech stay below it.
const JUMP_DB: f32 = 12.0;
/// What is quieter is a pause, and says nothing about how loud somebody speaks.
const PAUSE_DBFS: f32 = -50.0;
/// How fast the notion of how loud somebody speaks follows them, a block: about a second and a half to a louder speaker.
const FOLLOW: f32 = 0.007;

/// A tone is what stays within so much of itself ...
const STEADY_DB: f32 = 3.0;
/// ... for so many blocks.
const STEADY_BLOCKS: u32 = 30;
/// What a long tone is brought down to.
const TONE_DBFS: f32 = -26.0;

/// How fast a tone is brought down, and the gain let up again, in dB a block: 60 and 30 dB a second.
const TONE_DOWN_DB: f32 = 0.6;
const UP_DB: f32 = 0.3;

/// More than this above full scale is a fault, not sound.
const MOST: f32 = 4.0;

/// Watches one stream, the sum of the other parties.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    speech_dbfs: f32,
    steady: Steady,
    gain_db: f32,
}

/// How long the level has been the same.
#[derive(Debug, Clone)]
struct Steady {
    low_dbfs: f32,
    high_dbfs: f32,
    blocks: u32,
}

impl Guard {
    pub(super) const fn new() -> Self {
        Self {
            speech_dbfs: USUAL_DBFS,
            steady: Steady { low_dbfs: 0.0, high_dbfs: 0.0, blocks: 0 },
            gain_db: 0.0,
        }
    }

    pub(super) fn process(&mut self, block: &mut Block) {
        make_sound(block, MOST);
        let level = rms_dbfs(block);
        let before = self.gain_db;
        let jump = (self.speech_dbfs.max(USUAL_DBFS) + JUMP_DB - level).min(0.0);
        let tone = if self.steady.feed(level) { (TONE_DBFS - level).min(0.0) } else { 0.0 };
        let wanted = jump.min(tone.max(before - TONE_DOWN_DB));
        self.gain_db = wanted.min(before + UP_DB);
        if level > PAUSE_DBFS {
            self.speech_dbfs += (level - self.speech_dbfs) * FOLLOW;
        }
        apply(block, before, self.gain_db);
    }
}

impl Steady {
    /// Takes the level of a block; whether it has been the same for long.
    fn feed(&mut self, dbfs: f32) -> bool {
        let (low, high) = (self.low_dbfs.min(dbfs), self.high_dbfs.max(dbfs));
        if high - low > STEADY_DB {
            *self = Self { low_dbfs: dbfs, high_dbfs: dbfs, blocks: 1 };
        } else {
            *self = Self { low_dbfs: low, high_dbfs: high, blocks: self.blocks.saturating_add(1) };
        }
        self.blocks >= STEADY_BLOCKS
    }
}

/// Down within a millisecond, since a shock is in its beginning; up along the block.
fn apply(block: &mut Block, from_db: f32, to_db: f32) {
    if from_db == 0.0 && to_db == 0.0 {
        return;
    }
    let factor = |db: f32| 10f32.powf(db / 20.0);
    let (from, to) = (factor(from_db), factor(to_db));
    let ramp = if to < from { 48.0 } else { block.len() as f32 };
    for (n, sample) in block.iter_mut().enumerate() {
        let way = ((n + 1) as f32 / ramp).min(1.0);
        *sample *= from + (to - from) * way;
    }
}
