//! What was spoken and is not kept yet: how loud it is from beginning to end, and where the words are.

use crate::greetings::StudioView;
use sidetone_media::level::rms_dbfs;
use sidetone_media::pcm::SAMPLE_RATE;
use sidetone_media::record::trim;
use std::time::Duration;

/// Nobody listens to a longer greeting, and it is held in memory.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// As many bars as a window draws.
const BARS: usize = 96;
/// What is softer has no bar.
const FLOOR_DBFS: f32 = -54.0;

/// A draft.
pub(super) struct Draft {
    spoken: Vec<f32>,
    from_ms: u32,
    to_ms: u32,
    bars: Vec<u8>,
}

impl Draft {
    /// Of what was spoken, mono at 48 kHz.
    pub(super) fn new(spoken: Vec<f32>) -> Self {
        let words = trim(&spoken);
        let (from_ms, to_ms) = match words.is_empty() {
            true => (0, length_ms(spoken.len())),
            false => (length_ms(words.start), length_ms(words.end)),
        };
        let bars = bars(&spoken);
        Self { spoken, from_ms, to_ms, bars }
    }

    pub(super) fn length_ms(&self) -> u32 {
        length_ms(self.spoken.len())
    }

    pub(super) fn view(&self) -> StudioView {
        StudioView::Draft {
            length_ms: self.length_ms(),
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            bars: self.bars.clone(),
        }
    }

    /// What was spoken between these; empty where there is nothing between.
    pub(super) fn part(&self, from_ms: u32, to_ms: u32) -> &[f32] {
        let end = samples(to_ms).min(self.spoken.len());
        self.spoken.get(samples(from_ms)..end).unwrap_or_default()
    }
}

fn bars(spoken: &[f32]) -> Vec<u8> {
    let each = spoken.len().div_ceil(BARS).max(1);
    let height = |part: &[f32]| (100.0 * (1.0 - rms_dbfs(part) / FLOOR_DBFS)).clamp(0.0, 100.0) as u8;
    spoken.chunks(each).map(height).collect()
}

/// How long so many samples are.
fn length_ms(samples: usize) -> u32 {
    u32::try_from(samples as u64 * 1_000 / u64::from(SAMPLE_RATE)).unwrap_or(u32::MAX)
}

/// How many samples so long a time has.
pub(super) fn samples(ms: u32) -> usize {
    ms as usize * (SAMPLE_RATE as usize / 1_000)
}

/// In milliseconds.
pub(super) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_15_a_draft_shows_where_the_words_are_and_gives_the_part_that_is_wanted() {
        let voice = |n: usize| 0.3 * (n as f32 * 0.03).sin();
        let mut spoken = vec![0.0; samples(3_000)];
        (samples(1_000)..samples(2_000)).for_each(|n| spoken[n] = voice(n));
        let draft = Draft::new(spoken);
        let StudioView::Draft { length_ms, from_ms, to_ms, bars } = draft.view() else { panic!() };
        assert_eq!(length_ms, 3_000);
        // 150 ms on either side.
        assert!(from_ms.abs_diff(850) <= 10 && to_ms.abs_diff(2_150) <= 10, "{from_ms} to {to_ms}");
        assert_eq!(bars.len(), BARS);
        assert!(bars[..30].iter().chain(&bars[66..]).all(|bar| *bar == 0) && bars[48] > 50, "{bars:?}");
        assert_eq!(draft.part(1_000, 1_500).len(), samples(500));
        assert_eq!(draft.part(2_900, 9_000).len(), samples(100));
        assert!(draft.part(2_000, 1_000).is_empty());
    }

    #[test]
    fn call_15_where_nothing_was_said_all_of_it_is_shown() {
        let draft = Draft::new(vec![0.0; samples(500)]);
        assert_eq!((draft.from_ms, draft.to_ms), (0, 500));
        assert!(
            Draft::new(Vec::new()).view()
                == StudioView::Draft { length_ms: 0, from_ms: 0, to_ms: 0, bars: vec![] }
        );
    }
}
