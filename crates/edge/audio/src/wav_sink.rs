//! A WAV file in the speaker's place: 48 kHz, mono, 16 bit. Its header is brought up to date twice a second,
//! so that the file of a killed process can be read.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use sidetone_media::pcm::{Block, SAMPLE_RATE};

use crate::event::Trouble;

/// Blocks between two updates of the header.
const FLUSH_BLOCKS: u32 = 50;
/// A gap is silence in the file, but a night's sleep is not recorded: at most 10 minutes.
const LONGEST_GAP: usize = 600 * SAMPLE_RATE as usize;

/// Writes blocks to a file. Its drop finishes the file.
pub(crate) struct WavSink {
    writer: WavWriter<BufWriter<File>>,
    unflushed: u32,
}

impl WavSink {
    /// Creates or overwrites `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Trouble> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(path, spec).map_err(|_| Trouble::File)?;
        writer.flush().map_err(|_| Trouble::File)?;
        Ok(Self { writer, unflushed: 0 })
    }

    /// Appends `gap` samples of silence and the block.
    pub(crate) fn write(&mut self, gap: usize, block: &Block) -> Result<(), Trouble> {
        for _ in 0..gap.min(LONGEST_GAP) {
            self.writer.write_sample(0_i16).map_err(|_| Trouble::File)?;
        }
        for sample in block {
            let scaled = (sample * f32::from(i16::MAX)).round();
            // The cast saturates, and turns what is no number into 0.
            self.writer.write_sample(scaled as i16).map_err(|_| Trouble::File)?;
        }
        self.unflushed += 1;
        if self.unflushed >= FLUSH_BLOCKS {
            self.unflushed = 0;
            self.writer.flush().map_err(|_| Trouble::File)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hound::WavReader;
    use sidetone_media::pcm::BLOCK_SAMPLES;

    use super::*;

    #[test]
    fn the_file_is_readable_while_it_grows_and_whole_after_the_drop() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("played.wav");
        let mut sink = WavSink::create(&path).expect("created");
        for _ in 0..60 {
            sink.write(0, &[0.5; BLOCK_SAMPLES]).expect("written");
        }
        let reader = WavReader::open(&path).expect("readable before the end");
        assert_eq!(reader.duration(), 50 * BLOCK_SAMPLES as u32);
        sink.write(100, &[2.0; BLOCK_SAMPLES]).expect("written");
        drop(sink);
        let mut reader = WavReader::open(&path).expect("readable");
        assert_eq!(reader.duration(), 61 * BLOCK_SAMPLES as u32 + 100);
        assert_eq!(reader.samples::<i16>().last().expect("a sample").expect("readable"), i16::MAX);
    }

    #[test]
    fn a_file_that_cannot_be_created_is_a_trouble() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(matches!(WavSink::create(&folder.path().join("no/such.wav")), Err(Trouble::File)));
    }
}
