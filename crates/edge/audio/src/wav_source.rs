//! A WAV file in the microphone's place: any rate and any number of channels become blocks.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use hound::{SampleFormat, WavReader};
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE};

use crate::event::Trouble;
use crate::resample::ToHouse;

/// Reads a file block by block, once or again and again.
pub(crate) struct WavSource {
    reader: WavReader<BufReader<File>>,
    convert: ToHouse,
    scratch: Vec<f32>,
    looped: bool,
}

impl WavSource {
    /// Opens `path`; fails with [`Trouble::File`] on what is no readable WAV file.
    pub(crate) fn open(path: &Path, looped: bool) -> Result<Self, Trouble> {
        let reader = WavReader::open(path).map_err(|_| Trouble::File)?;
        let spec = reader.spec();
        if spec.channels == 0 || spec.bits_per_sample == 0 || spec.bits_per_sample > 32 {
            return Err(Trouble::File);
        }
        let convert = ToHouse::new(spec.sample_rate).map_err(|_| Trouble::File)?;
        let scratch = Vec::with_capacity(convert.most());
        Ok(Self { reader, convert, scratch, looped })
    }

    /// How many blocks there are, by what the file says of itself.
    pub(crate) fn blocks(&self) -> u64 {
        let samples = u64::from(self.reader.duration()) * u64::from(SAMPLE_RATE);
        samples.div_ceil(u64::from(self.reader.spec().sample_rate.max(1)) * BLOCK_SAMPLES as u64)
    }

    /// The next block; silence after the end.
    pub(crate) fn read(&mut self, block: &mut Block) {
        let needed = self.convert.needed();
        self.scratch.clear();
        while self.scratch.len() < needed {
            let Some(sample) = next_mono(&mut self.reader) else { break };
            self.scratch.push(sample);
        }
        if self.scratch.len() < needed && self.looped && self.reader.seek(0).is_ok() {
            while self.scratch.len() < needed {
                let Some(sample) = next_mono(&mut self.reader) else { break };
                self.scratch.push(sample);
            }
        }
        self.scratch.resize(needed, 0.0);
        self.convert.convert(&self.scratch, block);
    }
}

/// The next frame's mean over its channels; none at the end, or where the file breaks off.
fn next_mono(reader: &mut WavReader<BufReader<File>>) -> Option<f32> {
    let spec = reader.spec();
    let mut sum = 0.0;
    match spec.sample_format {
        SampleFormat::Float => {
            let mut samples = reader.samples::<f32>();
            for _ in 0..spec.channels {
                sum += samples.next()?.ok()?;
            }
        }
        SampleFormat::Int => {
            let full_scale = (1_u64 << (spec.bits_per_sample - 1)) as f32;
            let mut samples = reader.samples::<i32>();
            for _ in 0..spec.channels {
                sum += samples.next()?.ok()? as f32 / full_scale;
            }
        }
    }
    let mean = sum / f32::from(spec.channels);
    Some(if mean.is_finite() { mean.clamp(-1.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};

    use super::*;

    fn stereo_file(path: &Path, frames: usize) {
        let spec = WavSpec {
            channels: 2,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(path, spec).expect("a temporary file");
        for _ in 0..frames {
            writer.write_sample(16_384_i16).expect("written");
            writer.write_sample(0_i16).expect("written");
        }
        writer.finalize().expect("finished");
    }

    #[test]
    fn stereo_at_16_khz_becomes_blocks_and_then_silence() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("stereo.wav");
        stereo_file(&path, 1_600);
        let mut source = WavSource::open(&path, false).expect("a WAV file");
        let mut block = [0.0; BLOCK_SAMPLES];
        for _ in 0..5 {
            source.read(&mut block);
        }
        assert!((block[240] - 0.25).abs() < 0.01, "half of one channel: {}", block[240]);
        for _ in 0..20 {
            source.read(&mut block);
        }
        assert_eq!(block, [0.0; BLOCK_SAMPLES]);
    }

    #[test]
    fn a_looped_file_never_ends_and_an_empty_one_is_silent() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("loop.wav");
        stereo_file(&path, 400);
        let mut source = WavSource::open(&path, true).expect("a WAV file");
        let mut block = [0.0; BLOCK_SAMPLES];
        for _ in 0..50 {
            source.read(&mut block);
        }
        assert!((block[240] - 0.25).abs() < 0.01);
        stereo_file(&path, 0);
        WavSource::open(&path, true).expect("a WAV file").read(&mut block);
        assert_eq!(block, [0.0; BLOCK_SAMPLES]);
    }

    #[test]
    fn what_is_no_wav_file_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("text.wav");
        std::fs::write(&path, b"RIFFnonsense").expect("written");
        assert!(matches!(WavSource::open(&path, false), Err(Trouble::File)));
    }
}
