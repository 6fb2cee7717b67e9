//! The sounds that come with the house. Their origin and licence: `assets/sounds/README.md`.

use std::io::Cursor;

/// A sound of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sound {
    /// The ring of an offered call, made to loop.
    Peaceful,
    /// The short beep of a connected call, and of *Test speakers*.
    Connected,
}

impl Sound {
    /// Every sound, for a list to pick from.
    pub const ALL: [Self; 2] = [Self::Peaceful, Self::Connected];

    fn file(self) -> &'static [u8] {
        match self {
            Self::Peaceful => include_bytes!("../../../../assets/sounds/peaceful.wav"),
            Self::Connected => include_bytes!("../../../../assets/sounds/connected.wav"),
        }
    }

    /// Its samples: mono, and how many a second.
    pub(crate) fn samples(self) -> (Vec<f32>, u32) {
        let Ok(mut reader) = hound::WavReader::new(Cursor::new(self.file())) else {
            return (Vec::new(), 48_000);
        };
        let rate = reader.spec().sample_rate;
        let samples = reader.samples::<i16>().flatten().map(|sample| f32::from(sample) / 32_768.0);
        (samples.collect(), rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_is_mono_audible_and_not_harsh() {
        for sound in Sound::ALL {
            let spec = hound::WavReader::new(Cursor::new(sound.file())).expect("a WAV file").spec();
            assert_eq!((spec.channels, spec.bits_per_sample), (1, 16), "{sound:?}");
            let (samples, rate) = sound.samples();
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.1..0.9).contains(&peak), "{sound:?} peaks at {peak}");
            assert!(samples.len() > rate as usize / 10, "{sound:?} is {} samples long", samples.len());
            let step = samples.windows(2).fold(0.0_f32, |most, pair| most.max((pair[0] - pair[1]).abs()));
            assert!(step < 0.2, "{sound:?} clicks by {step}");
        }
    }
}
