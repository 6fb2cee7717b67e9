//! What a customer hears, as a WAV file: 48 kHz, mono, 16 bit. Made when the first sound comes, so that a call that was
//! never taken leaves nothing; readable at any time, since its header is brought up to date twice a second.

use hound::{SampleFormat, WavSpec, WavWriter};
use sidetone_media::pcm::{Block, SAMPLE_RATE};
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

/// Blocks between two updates of the header.
const FLUSH_BLOCKS: u32 = 50;
const SPEC: WavSpec =
    WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };

/// One recording. Its drop finishes the file.
pub(super) struct Recording {
    path: PathBuf,
    writer: Option<WavWriter<BufWriter<File>>>,
    blocks: u32,
    broken: bool,
}

impl Recording {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, writer: None, blocks: 0, broken: false }
    }

    /// Appends ten milliseconds. What cannot be written is said once, and then left.
    pub(super) fn write(&mut self, block: &Block) {
        if self.broken {
            return;
        }
        if let Err(error) = self.try_write(block) {
            tracing::warn!(%error, "what a customer hears cannot be recorded");
            self.broken = true;
        }
    }

    fn try_write(&mut self, block: &Block) -> Result<(), hound::Error> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(WavWriter::create(&self.path, SPEC)?),
        };
        for sample in block {
            // The cast saturates, and turns what is no number into 0.
            writer.write_sample((sample * f32::from(i16::MAX)).round() as i16)?;
        }
        self.blocks += 1;
        if self.blocks.is_multiple_of(FLUSH_BLOCKS) {
            writer.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_media::pcm::BLOCK_SAMPLES;

    #[test]
    fn what_is_heard_is_written_and_what_is_not_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (spoken, silent) = (folder.path().join("1-a.wav"), folder.path().join("2-a.wav"));
        let mut recording = Recording::at(spoken.clone());
        (0..60).for_each(|_| recording.write(&[0.5; BLOCK_SAMPLES]));
        drop((recording, Recording::at(silent.clone())));
        let mut reader = hound::WavReader::open(&spoken).unwrap();
        assert_eq!((reader.spec(), reader.duration()), (SPEC, 60 * BLOCK_SAMPLES as u32));
        assert_eq!(reader.samples::<i16>().next().unwrap().unwrap(), 16_384);
        assert!(!silent.exists());
    }

    #[test]
    fn a_folder_that_is_not_there_harms_no_call() {
        let mut recording = Recording::at(PathBuf::from("no/such/folder/1-a.wav"));
        recording.write(&[0.5; BLOCK_SAMPLES]);
        recording.write(&[0.5; BLOCK_SAMPLES]);
        assert!(recording.broken);
    }
}
