//! Opus packets to sound, and sound for packets that never came.

use super::packet;
use opusic_c::{Channels, ErrorCode, SampleRate, dred::Dred};

/// From here on libopus makes sound up by a neural network instead of repeating pitch periods; a step more would also
/// polish what was received, which at the bit rates of calls nobody hears.
const COMPLEXITY: u8 = 5;

/// Opus counts sound in units of 2.5 ms.
const UNIT: usize = 120;

/// How far deep redundancy may reach: a second.
const DEEP: usize = 48_000;

pub(crate) struct Decoder(Dred);

impl Decoder {
    pub(crate) fn new() -> Result<Decoder, ErrorCode> {
        let mut decoder = opusic_c::Decoder::new(Channels::Mono, SampleRate::Hz48000)?;
        decoder.set_complexity(COMPLEXITY)?;
        Dred::new(decoder).map(Decoder)
    }

    pub(crate) fn decode(&mut self, packet: &[u8], sound: &mut [f32]) -> Option<usize> {
        // To libopus an empty packet is a lost one, of as many samples as there is room for.
        if packet.is_empty() { None } else { self.pull(packet, sound, false) }
    }

    /// What was lost before `later`: its low bit-rate redundancy tells of the packet right before it
    /// (RFC 6716 section 2.1.7), deep redundancy of up to a second, coarsely.
    pub(crate) fn recover(&mut self, later: &[u8], before: usize, sound: &mut [f32]) -> bool {
        if before != sound.len() || sound.is_empty() || !before.is_multiple_of(UNIT) {
            return false;
        }
        let shallow = packet::redundancy(later);
        if shallow != Some(before) && packet::has_deep_redundancy(later) {
            return self.0.decode_float_to_slice(later, sound).is_ok();
        }
        // What is before the packet right before it is made up on the way.
        shallow.is_some() && self.pull(later, sound, true).is_some()
    }

    /// How much of what was before a packet it tells of: by low bit-rate redundancy the packet before, by deep redundancy
    /// up to a second.
    pub(crate) fn reach(packet: &[u8]) -> usize {
        if packet::has_deep_redundancy(packet) { DEEP } else { packet::redundancy(packet).unwrap_or(0) }
    }

    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        let made = self.pull(&[], sound, false).unwrap_or(0);
        sound.iter_mut().skip(made).for_each(|sample| *sample = 0.0);
    }

    fn pull(&mut self, packet: &[u8], sound: &mut [f32], redundancy: bool) -> Option<usize> {
        self.0.decoder_mut().decode_float_to_slice(packet, sound, redundancy).ok()
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Decoder")
    }
}
