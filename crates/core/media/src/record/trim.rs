//! Silence off both ends of a short recording: what is before the first word and behind the last.

use crate::level::rms_dbfs;
use crate::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};
use std::ops::Range;

/// So far below the loud parts it is silence, or the room.
const BELOW_DB: f32 = 30.0;
/// And this is silence however soft the voice is.
const SILENCE_DBFS: f32 = -55.0;
/// What is left before the first word and behind the last, since words begin and end softly: 150 ms.
const MARGIN: usize = SAMPLE_RATE as usize * 15 / 100;

/// The part of `samples`, mono at 48 kHz, in which somebody speaks; empty where nobody does.
pub fn trim(samples: &[f32]) -> Range<usize> {
    let (blocks, _) = samples.as_chunks::<BLOCK_SAMPLES>();
    let mut levels: Vec<f32> = blocks.iter().map(|block| rms_dbfs(block)).collect();
    let floor = {
        let mut sorted = levels.clone();
        sorted.sort_by(f32::total_cmp);
        // Not the loudest block: a click is not a voice.
        let loud = sorted.get(sorted.len().saturating_sub(1 + sorted.len() / 20)).copied();
        (loud.unwrap_or(SILENCE_DBFS) - BELOW_DB).max(SILENCE_DBFS)
    };
    // One loud block alone is a click: two in a row are speech.
    let alone = |at: usize, levels: &[f32]| {
        let loud = |at: Option<usize>| at.and_then(|at| levels.get(at)).is_some_and(|level| *level > floor);
        !loud(at.checked_sub(1)) && !loud(Some(at + 1))
    };
    let clicks: Vec<usize> = (0..levels.len()).filter(|at| alone(*at, &levels)).collect();
    clicks.into_iter().for_each(|at| levels[at] = f32::NEG_INFINITY);
    let first = levels.iter().position(|level| *level > floor);
    let last = levels.iter().rposition(|level| *level > floor);
    match first.zip(last) {
        Some((first, last)) => {
            let from = (first * BLOCK_SAMPLES).saturating_sub(MARGIN);
            from..((last + 1) * BLOCK_SAMPLES + MARGIN).min(samples.len())
        }
        None => 0..0,
    }
}
