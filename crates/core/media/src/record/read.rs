//! The sound of an Ogg Opus file (RFC 7845) of one or two channels, as somebody else may have made it.

use super::page::{CONTINUES, pages};
use opusic_c::{Channels, Decoder, SampleRate};

/// 120 ms (RFC 6716 section 3.1), two channels.
const MOST_SAMPLES: usize = 2 * 5_760;
/// Larger than any packet of one stream; longer ones are refused.
const MOST_BYTES: usize = 61_440;

/// Sound at 48 kHz.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// 1 or 2.
    pub channels: usize,
    /// Interleaved, -1 to 1.
    pub samples: Vec<f32>,
}

impl Sound {
    /// One side of it, from the left; of a mono one that.
    pub fn channel(&self, number: usize) -> Vec<f32> {
        let number = number.min(self.channels.saturating_sub(1));
        self.samples.iter().skip(number).step_by(self.channels.max(1)).copied().collect()
    }

    /// Both sides in one.
    pub fn mono(&self) -> Vec<f32> {
        let channels = self.channels.max(1);
        self.samples.chunks_exact(channels).map(|all| all.iter().sum::<f32>() / channels as f32).collect()
    }
}

/// Why a file has no sound for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no Ogg Opus file.
    #[error("not an Ogg Opus file")]
    NotOpus,
    /// It has more than two channels.
    #[error("more than two channels")]
    Channels,
}

/// The sound of a file, as far as it is whole; of a longer one than `most_samples` a channel the beginning.
///
/// # Errors
/// See [`ReadError`].
pub fn read(bytes: &[u8], most_samples: usize) -> Result<Sound, ReadError> {
    let (_, first) = pages(bytes).next().ok_or(ReadError::NotOpus)?;
    let serial = first.serial;
    let (head, _) = first.packets().next().ok_or(ReadError::NotOpus)?;
    let Head { channels, pre_skip, gain } = head_of(head)?;
    let kind = if channels == 1 { Channels::Mono } else { Channels::Stereo };
    let mut decoder = Decoder::new(kind, SampleRate::Hz48000).map_err(|_| ReadError::NotOpus)?;
    decoder.set_gain(i32::from(gain)).map_err(|_| ReadError::NotOpus)?;
    let most = most_samples.saturating_add(pre_skip).saturating_mul(channels);
    let (mut samples, mut packet, mut number) = (Vec::new(), Vec::new(), 0);
    let (mut piece, mut last) = ([0.0; MOST_SAMPLES], 0);
    for (_, page) in pages(bytes).filter(|(_, page)| page.serial == serial) {
        if page.flags & CONTINUES == 0 {
            packet.clear();
        }
        for (part, ends) in page.packets() {
            if packet.len() + part.len() <= MOST_BYTES {
                packet.extend_from_slice(part);
            }
            if !ends {
                continue;
            }
            // Two packets are the head.
            if number >= 2 && !packet.is_empty() && samples.len() < most {
                let made = decoder
                    .decode_float_to_slice(&packet, &mut piece[..MOST_SAMPLES / 2 * channels], false)
                    .unwrap_or_default();
                let made = piece.get(..made * channels).unwrap_or_default();
                // A gain of up to 128 dB is somebody's word, and ears are behind this.
                samples.extend(made.iter().map(|sample| sample.clamp(-1.0, 1.0)));
            }
            number += 1;
            packet.clear();
        }
        if page.granule != u64::MAX {
            last = page.granule;
        }
    }
    samples.truncate(usize::try_from(last).unwrap_or(usize::MAX).saturating_mul(channels).min(most));
    samples.drain(..(pre_skip * channels).min(samples.len()));
    Ok(Sound { channels, samples })
}

/// How long a file's sound is, in samples at 48 kHz (RFC 7845 section 4), without decoding it.
///
/// # Errors
/// See [`ReadError`].
pub fn length(bytes: &[u8]) -> Result<u64, ReadError> {
    let (_, first) = pages(bytes).next().ok_or(ReadError::NotOpus)?;
    let (head, _) = first.packets().next().ok_or(ReadError::NotOpus)?;
    let pre_skip = head_of(head)?.pre_skip;
    let ours = pages(bytes).map(|(_, page)| page).filter(|page| page.serial == first.serial);
    // No packet ends in a page without one.
    let last = ours.map(|page| page.granule).filter(|granule| *granule != u64::MAX).last();
    Ok(last.unwrap_or_default().saturating_sub(pre_skip as u64))
}

/// What stands before the sound (RFC 7845 section 5.1).
struct Head {
    channels: usize,
    /// In samples at 48 kHz.
    pre_skip: usize,
    /// How much louder it is to be played, in 1/256 dB.
    gain: i16,
}

fn head_of(packet: &[u8]) -> Result<Head, ReadError> {
    let rest = packet.strip_prefix(b"OpusHead").ok_or(ReadError::NotOpus)?;
    let [version, channels, skip_low, skip_high, _, _, _, _, gain_low, gain_high, ..] = *rest else {
        return Err(ReadError::NotOpus);
    };
    match (version >> 4, channels) {
        (0, 1 | 2) => Ok(Head {
            channels: usize::from(channels),
            pre_skip: usize::from(u16::from_le_bytes([skip_low, skip_high])),
            gain: i16::from_le_bytes([gain_low, gain_high]),
        }),
        (0, _) => Err(ReadError::Channels),
        _ => Err(ReadError::NotOpus),
    }
}
