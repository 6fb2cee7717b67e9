//! What a customer sounds like: a sentence, a tone, what they hear a while later, or nothing.

use super::upsample::{RATIO, Upsample};
use crate::speech::SpeechId;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block};
use sidetone_media::tone::{Signal, Tone, TonePlan};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Whether something sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sounding {
    /// Nothing.
    Silent,
    /// Something, and it goes on.
    Going,
    /// The sentence or tone ended in this block.
    Over,
}

#[derive(Default)]
enum Source {
    #[default]
    Silence,
    Speech {
        samples: Arc<[f32]>,
        position: usize,
        upsample: Upsample,
    },
    Tone(Tone),
    /// Blocks on their way back; as many as the delay is long.
    Echo {
        line: VecDeque<Block>,
        blocks: usize,
    },
}

/// One mouth.
#[derive(Default)]
pub(super) struct Voice {
    source: Source,
}

impl Voice {
    pub(super) fn say(&mut self, speech: SpeechId) {
        let (samples, upsample) = (speech.samples(), Upsample::default());
        self.source = Source::Speech { samples, position: 0, upsample };
    }

    pub(super) fn beep(&mut self) {
        self.source = Source::Tone(Tone::new(Signal::Beep, TonePlan::default()));
    }

    pub(super) fn echo(&mut self, delay: Duration) {
        let blocks = usize::try_from(delay.as_millis() / 10).unwrap_or(1).clamp(1, 1_000);
        self.source = Source::Echo { line: VecDeque::with_capacity(blocks + 1), blocks };
    }

    pub(super) fn hush(&mut self) {
        self.source = Source::Silence;
    }

    /// Takes in what is heard, for an echo.
    pub(super) fn heard(&mut self, block: &Block) {
        if let Source::Echo { line, .. } = &mut self.source {
            line.push_back(*block);
        }
    }

    /// The next 10 ms.
    pub(super) fn next(&mut self, block: &mut Block) -> Sounding {
        block.fill(0.0);
        let going = match &mut self.source {
            Source::Silence => return Sounding::Silent,
            Source::Speech { samples, position, upsample } => {
                let end = *position + BLOCK_SAMPLES / RATIO;
                let (chunks, _) = block.as_chunks_mut::<RATIO>();
                for (at, out) in (*position..end).zip(chunks) {
                    *out = upsample.push(samples.get(at).copied().unwrap_or_default());
                }
                *position = end;
                end < samples.len()
            }
            Source::Tone(tone) => tone.fill(block),
            Source::Echo { line, blocks } => {
                if line.len() > *blocks
                    && let Some(back) = line.pop_front()
                {
                    *block = back;
                }
                true
            }
        };
        if going {
            return Sounding::Going;
        }
        self.source = Source::Silence;
        Sounding::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_media::level::rms_dbfs;
    use sidetone_media::pcm::SILENCE;

    /// Lets it sound to its end; gives how many blocks there were and the loudest.
    fn sound_out(voice: &mut Voice) -> (usize, f32) {
        let (mut blocks, mut loudest, mut block) = (0, -90.0_f32, SILENCE);
        loop {
            let sounding = voice.next(&mut block);
            blocks += 1;
            loudest = loudest.max(rms_dbfs(&block));
            if sounding != Sounding::Going {
                return (blocks, loudest);
            }
        }
    }

    #[test]
    fn a_sentence_lasts_as_long_as_its_file_and_ends_once() {
        let mut voice = Voice::default();
        let speech = SpeechId::named("customer-billing").unwrap();
        voice.say(speech);
        let (blocks, loudest) = sound_out(&mut voice);
        assert_eq!(blocks, speech.samples().len().div_ceil(160));
        assert!(loudest > -20.0, "{loudest}");
        assert_eq!(voice.next(&mut SILENCE.clone()), Sounding::Silent);
    }

    #[test]
    fn a_beep_ends_and_a_hush_is_at_once() {
        let mut voice = Voice::default();
        voice.beep();
        assert_eq!(sound_out(&mut voice).0, 21);
        voice.say(SpeechId::named("customer-billing").unwrap());
        voice.hush();
        assert_eq!(voice.next(&mut SILENCE.clone()), Sounding::Silent);
    }

    #[test]
    fn an_echo_comes_back_after_its_delay_and_whole() {
        let mut voice = Voice::default();
        voice.echo(Duration::from_millis(500));
        for n in 0..200_u16 {
            let level = f32::from(n) / 200.0;
            voice.heard(&[level; BLOCK_SAMPLES]);
            let mut block = SILENCE;
            voice.next(&mut block);
            let expected = if n < 50 { 0.0 } else { f32::from(n - 50) / 200.0 };
            assert_eq!(block, [expected; BLOCK_SAMPLES]);
        }
    }
}
