//! Noise described and made again, and when it is told.

use super::*;
use crate::{
    codec::{Codec, Decoder, Encoder, MOST_BYTES as MOST_ENCODED},
    level::rms_dbfs,
    pcm::{BLOCK_SAMPLES, Block},
    sdp::OpusWishes,
    testing::voice,
};
use background::Background;

const CODECS: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

/// Noise at 48 kHz of this level, with more or less of the lows: 0 is white, up to 1 is darker.
fn room(dbfs: f32, dark: f32, blocks: usize) -> Vec<Block> {
    let (mut random, mut low) = (7u32, 0.0f32);
    let mut sample = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let white = random as f32 / u32::MAX as f32 * 2.0 - 1.0;
        low = low * dark + white * (1.0 - dark);
        low
    };
    let mut sound: Vec<f32> = (0..blocks * BLOCK_SAMPLES).map(|_| sample()).collect();
    let gain = 10f32.powf((dbfs - rms_dbfs(&sound)) / 20.0);
    sound.iter_mut().for_each(|sample| *sample *= gain);
    sound.as_chunks().0.to_vec()
}

/// Levels in dBFS below and above 1 kHz.
fn halves(sound: &[f32]) -> (f32, f32) {
    let mut low = 0.0;
    let lows: Vec<f32> = sound
        .iter()
        .map(|sample| {
            low += (sample - low) * 0.12;
            low
        })
        .collect();
    let highs: Vec<f32> = sound.iter().zip(&lows).map(|(sample, low)| sample - low).collect();
    (rms_dbfs(&lows), rms_dbfs(&highs))
}

/// What an encoder makes of blocks, as sound that a decoder gives back; and what `Quiet` says of each packet of 20 ms.
fn sent(codec: Codec, blocks: &[Block]) -> (Vec<f32>, Vec<Say>) {
    let (mut encoder, mut decoder) =
        (Encoder::new(codec, OpusWishes::default()).unwrap(), Decoder::new(codec).unwrap());
    let (mut quiet, mut packet, mut heard) = (Quiet::new(), [0; MOST_ENCODED], vec![]);
    let says = blocks
        .chunks_exact(2)
        .map(|pair| {
            pair.iter().for_each(|block| quiet.feed(block));
            let bytes = encoder.encode(pair.as_flattened(), &mut packet).unwrap();
            let mut sound = [0.0; 960];
            decoder.decode(&packet[..bytes], &mut sound).unwrap();
            heard.extend(sound);
            quiet.packet(encoder.encoded(), 20)
        })
        .collect();
    (heard, says)
}

fn told(says: &[Say]) -> Vec<Noise> {
    says.iter()
        .filter_map(|say| match say {
            Say::Noise(bytes) => Noise::read(bytes),
            Say::Sound | Say::Nothing => None,
        })
        .collect()
}

/// A second of noise by a decoder.
fn made(codec: Codec, noise: Noise) -> Vec<f32> {
    let (mut decoder, mut sound) = (Decoder::new(codec).unwrap(), vec![0.0; 48_000]);
    decoder.begin_noise(noise);
    sound.chunks_mut(BLOCK_SAMPLES).for_each(|block| decoder.conceal(block));
    sound
}

#[test]
fn a_payload_is_read_as_it_was_written_and_any_length_is() {
    let noise = Noise::new(0.01, &[0.9, -0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.99]);
    assert_eq!(noise.write()[0], 40);
    assert_eq!(Noise::read(&noise.write()), Some(noise));
    for (read, wanted) in noise.reflections().iter().zip([0.9, -0.5, 0.25]) {
        assert!((read - wanted).abs() <= 0.004, "{read}");
    }
    assert_eq!(Noise::read(&[]), None);
    // Only the level; the unused bit, an index that is reserved, and more coefficients than anybody wants.
    assert_eq!(Noise::read(&[60]).unwrap().reflections(), [0.0; ORDER]);
    assert_eq!(Noise::read(&[0x80 | 60, 255]), Noise::read(&[60]));
    let long: Vec<u8> = (0..200).collect();
    assert!(Noise::read(&long).unwrap().reflections().iter().all(|k| k.abs() < 1.0));
}

#[test]
fn noise_is_as_loud_as_the_room_and_has_its_tilt() {
    for codec in CODECS {
        for (dbfs, dark) in [(-40.0, 0.0), (-50.0, 0.6), (-60.0, 0.9), (-45.0, 0.97)] {
            let (heard, says) = sent(codec, &room(dbfs, dark, 200));
            let noise = *told(&says).last().expect("a silence is told");
            let (truth, again) = (&heard[48_000..], made(codec, noise));
            let again = &again[4_800..];
            let error = rms_dbfs(again) - rms_dbfs(truth);
            assert!(error.abs() < 2.0, "{codec:?} {dbfs} dBFS, {dark}: {error} dB");
            let ((low, high), (low_again, high_again)) = (halves(truth), halves(again));
            let tilt = (low_again - high_again) - (low - high);
            assert!(tilt.abs() < 3.0, "{codec:?} {dbfs} dBFS, {dark}: tilted by {tilt} dB of {}", low - high);
        }
    }
}

#[test]
fn no_description_makes_it_loud_or_no_number() {
    for seed in 0..200u8 {
        let bytes: Vec<u8> =
            (0..11).map(|n: u8| seed.wrapping_mul(37).wrapping_add(n.wrapping_mul(91))).collect();
        let noise = Noise::read(&bytes).unwrap();
        let sound = made(Codec::Pcmu, noise);
        assert!(sound.iter().all(|sample| sample.is_finite() && sample.abs() < 2.0));
    }
}

#[test]
fn speech_becomes_noise_and_noise_speech_without_a_click() {
    for codec in CODECS {
        let hum = |n: usize| 0.14 * (n as f32 * std::f32::consts::TAU * 150.0 / 48_000.0).sin();
        let (mut encoder, mut decoder) =
            (Encoder::new(codec, OpusWishes::default()).unwrap(), Decoder::new(codec).unwrap());
        let (mut packet, mut heard, mut last, mut most) = ([0; MOST_ENCODED], [0.0; 960], 0.0f32, 0.0f32);
        for n in 0..300 {
            let sound: Vec<f32> = (n * 960..(n + 1) * 960).map(hum).collect();
            let bytes = encoder.encode(&sound, &mut packet).unwrap();
            match n % 30 {
                0..20 => _ = decoder.decode(&packet[..bytes], &mut heard).unwrap(),
                phase => {
                    if phase % 5 == 0 {
                        decoder.begin_noise(Noise::new(0.001 + 0.000_1 * phase as f32, &[0.0; ORDER]));
                    }
                    decoder.conceal(&mut heard);
                }
            }
            for sample in heard {
                most = most.max((sample - last).abs());
                last = sample;
            }
        }
        // The hum's own steps are 0.0028, the noise's some 0.003.
        assert!(most < 0.01, "{codec:?}: {most}");
    }
}

#[test]
fn talk_is_sent_and_silence_is_told_once_and_now_and_then() {
    let talk = voice(2);
    let quiet_room = room(-60.0, 0.6, 800);
    // Two seconds of the room, two of talk in it, four of the room.
    let mut blocks = quiet_room.clone();
    for (block, voice) in blocks[200..400].iter_mut().zip(talk.as_chunks::<BLOCK_SAMPLES>().0) {
        block.iter_mut().zip(voice).for_each(|(sample, voice)| *sample += voice);
    }
    for codec in CODECS {
        let (_, says) = sent(codec, &blocks);
        let count = |range: std::ops::Range<usize>, what: fn(&Say) -> bool| {
            says[range].iter().filter(|say| what(say)).count()
        };
        let sound = |say: &Say| *say == Say::Sound;
        // The first quarter of a second is waited for, and the pauses of the voice are shorter than that.
        assert!(count(0..100, sound) <= 16, "{codec:?}: {}", count(0..100, sound));
        assert!(count(101..195, sound) > 90, "{codec:?}: {}", count(101..195, sound));
        let silent = 230..400;
        assert_eq!(count(silent.clone(), sound), 0, "{codec:?}");
        let noises = count(silent, |say| matches!(say, Say::Noise(_)));
        assert!((7..=12).contains(&noises), "{codec:?}: told {noises} times in 3.4 s");
    }
}

#[test]
fn another_room_is_told_soon_and_a_tone_is_no_room() {
    let mut blocks = room(-60.0, 0.0, 300);
    blocks.extend(room(-56.0, 0.9, 100));
    let (_, says) = sent(Codec::Pcmu, &blocks);
    let (before, after) = (told(&says[..150]), told(&says[150..180]));
    assert!(before.last().unwrap().is_unlike(after.last().unwrap()));
    assert!(after.len() >= 3, "{}", after.len());
    let tone = |n: usize| 0.1 * (n as f32 * std::f32::consts::TAU * 440.0 / 48_000.0).sin();
    let dial: Vec<f32> = (0..48_000 * 10).map(tone).collect();
    let (_, says) = sent(Codec::Pcmu, dial.as_chunks().0);
    assert!(told(&says).is_empty());
    // Nor is digital silence anything but silence.
    let (_, says) = sent(Codec::G722, &[crate::pcm::SILENCE; 100]);
    assert!(told(&says).last().unwrap().rms() < 1e-5);
}

#[test]
fn a_background_that_was_never_heard_is_not_described() {
    assert_eq!(Background::default().describe(), None);
}
