//! A short WAV file as a whole, to be played into a call: an announcement, a greeting.

use std::path::Path;
use std::time::Duration;

use sidetone_media::pcm::SILENCE;

use crate::event::Trouble;
use crate::wav_source::WavSource;

/// The samples of a WAV file, mono at 48 kHz; of a longer one than `most` the beginning. Waits for the disk.
///
/// # Errors
/// [`Trouble::File`]: it is no readable WAV file.
pub fn read_clip(path: &Path, most: Duration) -> Result<Vec<f32>, Trouble> {
    let mut source = WavSource::open(path, false)?;
    let blocks = source.blocks().min(most.as_millis().div_ceil(10) as u64);
    let mut samples = Vec::new();
    for _ in 0..blocks {
        let mut block = SILENCE;
        source.read(&mut block);
        samples.extend_from_slice(&block);
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use hound::{SampleFormat, WavSpec, WavWriter};
    use sidetone_media::pcm::SAMPLE_RATE;

    use super::*;

    #[test]
    fn a_clip_is_as_long_as_its_file_or_as_long_as_may_be() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("clip.wav");
        let spec = WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(&path, spec).expect("a file");
        (0..16_000).for_each(|_| writer.write_sample(8_192_i16).expect("written"));
        writer.finalize().expect("finished");
        let whole = read_clip(&path, Duration::from_secs(60)).expect("a WAV file");
        assert!((whole.len() as i64 - 2 * i64::from(SAMPLE_RATE)).abs() < 1_000, "{}", whole.len());
        assert!((whole[SAMPLE_RATE as usize] - 0.25).abs() < 0.01);
        let part = read_clip(&path, Duration::from_millis(500)).expect("a WAV file");
        assert_eq!(part.len(), SAMPLE_RATE as usize / 2);
        assert!(read_clip(&folder.path().join("none.wav"), Duration::from_secs(1)).is_err());
    }
}
