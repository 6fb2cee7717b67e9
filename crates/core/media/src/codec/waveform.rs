//! The codecs that have a byte for every 125 µs of sound: G.711 and G.722, each with its resampler and its concealment.

use super::{
    MOST_SAMPLES,
    conceal::{Conceal, Rate},
    g711::Law,
    g722,
    resample::{Down, TO_8_KHZ, TO_16_KHZ, Up},
};

/// Samples of 48 kHz for a byte, of either codec.
const PER_BYTE: usize = 6;

/// The longest packet that is encoded, in bytes: 60 ms.
const MOST_ENCODED: usize = 480;

/// Sound to G.711.
#[derive(Debug)]
pub(crate) struct NarrowEncoder {
    law: Law,
    down: Down<TO_8_KHZ>,
    /// What was encoded last, at 8 kHz.
    low: Box<[f32; MOST_ENCODED]>,
    filled: usize,
}

impl NarrowEncoder {
    pub(crate) fn new(law: Law) -> NarrowEncoder {
        NarrowEncoder { law, down: Down::new(), low: Box::new([0.0; MOST_ENCODED]), filled: 0 }
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> usize {
        self.filled = 0;
        let (chunks, _) = sound.as_chunks::<PER_BYTE>();
        for ((byte, chunk), low) in packet.iter_mut().zip(chunks).zip(&mut self.low[..]) {
            *low = self.down.push(chunk);
            *byte = self.law.compress(*low);
            self.filled += 1;
        }
        self.filled
    }

    pub(crate) fn encoded(&self) -> &[f32] {
        &self.low[..self.filled]
    }
}

/// Sound to G.722.
#[derive(Debug)]
pub(crate) struct WideEncoder {
    coder: g722::Encoder,
    down: Down<TO_16_KHZ>,
    /// What was encoded last, at 16 kHz.
    low: Box<[[f32; g722::PER_BYTE]; MOST_ENCODED]>,
    filled: usize,
}

impl WideEncoder {
    pub(crate) fn new() -> WideEncoder {
        WideEncoder {
            coder: g722::Encoder::new(),
            down: Down::new(),
            low: Box::new([[0.0; g722::PER_BYTE]; MOST_ENCODED]),
            filled: 0,
        }
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> usize {
        self.filled = 0;
        let (chunks, _) = sound.as_chunks::<PER_BYTE>();
        for ((byte, [a, b, c, d, e, f]), low) in packet.iter_mut().zip(chunks).zip(&mut self.low[..]) {
            *low = [self.down.push(&[*a, *b, *c]), self.down.push(&[*d, *e, *f])];
            *byte = self.coder.push(*low);
            self.filled += 1;
        }
        self.filled
    }

    pub(crate) fn encoded(&self) -> &[f32] {
        self.low[..self.filled].as_flattened()
    }
}

/// G.711 to sound.
#[derive(Debug)]
pub(crate) struct NarrowDecoder {
    law: Law,
    up: Up<TO_8_KHZ>,
    pub(super) conceal: Conceal,
}

impl NarrowDecoder {
    pub(crate) fn new(law: Law) -> NarrowDecoder {
        NarrowDecoder { law, up: Up::new(), conceal: Conceal::new(Rate::Narrow) }
    }

    pub(crate) fn decode(&mut self, payload: &[u8], sound: &mut [f32]) -> Option<usize> {
        let samples = samples(payload, sound)?;
        let mut low = [0.0; MOST_SAMPLES / TO_8_KHZ];
        let low = &mut low[..payload.len()];
        low.iter_mut().zip(payload).for_each(|(sample, byte)| *sample = self.law.expand(*byte));
        self.conceal.heard(low);
        for (room, sample) in sound.as_chunks_mut().0.iter_mut().zip(low.iter()) {
            *room = self.up.push(*sample);
        }
        Some(samples)
    }

    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        for room in sound.as_chunks_mut().0 {
            *room = self.up.push(self.conceal.next());
        }
    }
}

/// G.722 to sound.
#[derive(Debug)]
pub(crate) struct WideDecoder {
    coder: g722::Decoder,
    up: Up<TO_16_KHZ>,
    pub(super) conceal: Conceal,
}

impl WideDecoder {
    pub(crate) fn new() -> WideDecoder {
        WideDecoder { coder: g722::Decoder::new(), up: Up::new(), conceal: Conceal::new(Rate::Wide) }
    }

    pub(crate) fn decode(&mut self, payload: &[u8], sound: &mut [f32]) -> Option<usize> {
        let samples = samples(payload, sound)?;
        let mut low = [0.0; MOST_SAMPLES / TO_16_KHZ];
        let low = &mut low[..payload.len() * g722::PER_BYTE];
        for (pair, byte) in low.as_chunks_mut().0.iter_mut().zip(payload) {
            *pair = self.coder.push(*byte);
        }
        self.conceal.heard(low);
        for (room, sample) in sound.as_chunks_mut().0.iter_mut().zip(low.iter()) {
            *room = self.up.push(*sample);
        }
        Some(samples)
    }

    pub(crate) fn conceal(&mut self, sound: &mut [f32]) {
        for [a, b, c, d, e, f] in sound.as_chunks_mut::<PER_BYTE>().0 {
            let pair = [self.conceal.next(), self.conceal.next()];
            self.coder.follow(pair);
            [*a, *b, *c] = self.up.push(pair[0]);
            [*d, *e, *f] = self.up.push(pair[1]);
        }
    }
}

/// How long a payload sounds; `None` where it is empty or longer than anybody sends.
fn samples(payload: &[u8], sound: &[f32]) -> Option<usize> {
    let samples = payload.len() * PER_BYTE;
    (samples > 0 && samples <= sound.len().min(MOST_SAMPLES)).then_some(samples)
}
