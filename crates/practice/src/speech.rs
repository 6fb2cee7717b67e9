//! What can be said: the recorded sentences of `assets/speech`, built in. 16 kHz mono; whoever plays one brings it to
//! the house's rate.

use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::sync::{Arc, OnceLock};

/// Samples a second of every recorded sentence.
pub(crate) const SPEECH_RATE: u32 = 16_000;

macro_rules! sentences {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/speech/", $name, ".wav")))),*]
    };
}

const SENTENCES: &[(&str, &[u8])] = sentences![
    "colleague-hello",
    "customer-back",
    "customer-billing",
    "customer-delivery",
    "customer-echo",
    "customer-hello",
    "customer-impatient",
    "customer-keypad",
    "customer-moment",
    "customer-number",
    "customer-password",
    "customer-thanks",
];

/// One recorded sentence, by the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpeechId(usize);

impl SpeechId {
    /// The sentence of that name.
    pub fn named(name: &str) -> Option<Self> {
        SENTENCES.iter().position(|(known, _)| *known == name).map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        SENTENCES.get(self.0).map_or("", |(name, _)| name)
    }

    /// Its sound. The first call reads all of them, and takes its time.
    pub(crate) fn samples(self) -> Arc<[f32]> {
        static SOUND: OnceLock<Vec<Arc<[f32]>>> = OnceLock::new();
        let sound = SOUND.get_or_init(|| SENTENCES.iter().map(|(_, wav)| decoded(wav)).collect());
        sound.get(self.0).cloned().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for SpeechId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::named(&name).ok_or_else(|| {
            let known: Vec<_> = SENTENCES.iter().map(|(name, _)| *name).collect();
            de::Error::custom(format!("nobody recorded `{name}`; there are {}", known.join(", ")))
        })
    }
}

/// Reads all of them now, so that nobody waits for it later.
pub(crate) fn load() {
    SpeechId(0).samples();
}

/// What cannot be read is silent: a test reads them all.
fn decoded(wav: &[u8]) -> Arc<[f32]> {
    let Ok(reader) = hound::WavReader::new(wav) else { return Arc::default() };
    let full_scale = f32::from(i16::MAX) + 1.0;
    reader.into_samples::<i16>().map_while(Result::ok).map(|sample| f32::from(sample) / full_scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_16_khz_mono_and_has_words() {
        for (index, (name, wav)) in SENTENCES.iter().enumerate() {
            let spec = hound::WavReader::new(*wav).unwrap().spec();
            assert_eq!((spec.sample_rate, spec.channels), (SPEECH_RATE, 1), "{name}");
            let samples = SpeechId(index).samples();
            assert!(samples.len() > SPEECH_RATE as usize, "{name} is shorter than a second");
            assert!(samples.iter().any(|sample| sample.abs() > 0.3), "{name} is hardly audible");
        }
    }
}
