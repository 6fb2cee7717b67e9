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

/// Sound to G.711.
#[derive(Debug)]
pub(crate) struct NarrowEncoder {
    law: Law,
    down: Down<TO_8_KHZ>,
}

impl NarrowEncoder {
    pub(crate) fn new(law: Law) -> NarrowEncoder {
        NarrowEncoder { law, down: Down::new() }
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> usize {
        let (chunks, _) = sound.as_chunks::<PER_BYTE>();
        for (byte, chunk) in packet.iter_mut().zip(chunks) {
            *byte = self.law.compress(self.down.push(chunk));
        }
        chunks.len().min(packet.len())
    }
}

/// Sound to G.722.
#[derive(Debug)]
pub(crate) struct WideEncoder {
    coder: g722::Encoder,
    down: Down<TO_16_KHZ>,
}

impl WideEncoder {
    pub(crate) fn new() -> WideEncoder {
        WideEncoder { coder: g722::Encoder::new(), down: Down::new() }
    }

    pub(crate) fn encode(&mut self, sound: &[f32], packet: &mut [u8]) -> usize {
        let (chunks, _) = sound.as_chunks::<PER_BYTE>();
        for (byte, [a, b, c, d, e, f]) in packet.iter_mut().zip(chunks) {
            *byte = self.coder.push([self.down.push(&[*a, *b, *c]), self.down.push(&[*d, *e, *f])]);
        }
        chunks.len().min(packet.len())
    }
}

/// G.711 to sound.
#[derive(Debug)]
pub(crate) struct NarrowDecoder {
    law: Law,
    up: Up<TO_8_KHZ>,
    conceal: Conceal,
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
    conceal: Conceal,
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
