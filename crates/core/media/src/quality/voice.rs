//! How loud somebody is, over a second and over a call: speech apart from what is between it.

use crate::{level, pcm::Block};

/// What is louder is speech.
const SPEECH_DBFS: f32 = -45.0;
/// A full-scale sine of G.711 is +3.14 dBm0, and reads -3.01 dBFS here (G.711 section 6.1, RFC 3611 section 4.7.4).
const DBM0_OF_DBFS: f32 = 6.15;

#[derive(Debug, Clone, Copy, Default)]
struct Power {
    sum: f64,
    blocks: u64,
}

impl Power {
    fn add(&mut self, dbfs: f32) {
        self.sum += 10f64.powf(f64::from(dbfs) / 10.0);
        self.blocks += 1;
    }

    fn dbm0(self) -> Option<f32> {
        let mean = self.sum / self.blocks as f64;
        (self.blocks > 0).then(|| 10.0 * mean.log10() as f32 + DBM0_OF_DBFS)
    }
}

/// One direction of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    loudest_dbfs: f32,
    speech: Power,
    rest: Power,
}

impl Default for Voice {
    fn default() -> Voice {
        Voice { loudest_dbfs: level::FLOOR_DBFS, speech: Power::default(), rest: Power::default() }
    }
}

impl Voice {
    /// Takes the next 10 ms in.
    pub(crate) fn feed(&mut self, block: &Block) {
        let dbfs = level::rms_dbfs(block);
        self.loudest_dbfs = self.loudest_dbfs.max(dbfs);
        if dbfs > SPEECH_DBFS { self.speech.add(dbfs) } else { self.rest.add(dbfs) }
    }

    /// The loudest 10 ms since it was asked for last.
    pub(crate) fn take_loudest_dbfs(&mut self) -> f32 {
        std::mem::replace(&mut self.loudest_dbfs, level::FLOOR_DBFS)
    }

    /// Mean levels of speech and of what is between it, in dBm0; `None` where there was none.
    pub(crate) fn levels_dbm0(&self) -> (Option<f32>, Option<f32>) {
        (self.speech.dbm0(), self.rest.dbm0())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcm::{BLOCK_SAMPLES, SILENCE};

    #[test]
    fn speech_and_silence_are_measured_apart() {
        let mut voice = Voice::default();
        let mut tone = SILENCE;
        for (n, sample) in tone.iter_mut().enumerate() {
            *sample = 0.1 * (n as f32 * std::f32::consts::TAU / 48.0).sin();
        }
        for _ in 0..100 {
            voice.feed(&tone);
            voice.feed(&[0.0001; BLOCK_SAMPLES]);
        }
        let (speech, rest) = voice.levels_dbm0();
        // 20 dB below a full-scale sine, which is 3.14 dBm0; and -80 dBFS.
        assert!((speech.unwrap() + 16.86).abs() < 0.05, "{speech:?}");
        assert!((rest.unwrap() + 73.85).abs() < 0.05, "{rest:?}");
        assert!((voice.take_loudest_dbfs() + 23.01).abs() < 0.05);
        assert_eq!(voice.take_loudest_dbfs(), level::FLOOR_DBFS);
    }
}
