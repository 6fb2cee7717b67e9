//! The stronger noise removal, by `nnnoiseless` (RNNoise): what is not speech goes.
//!
//! It is 10 ms late by its overlapping windows. That delay is paid only while it is on: switched, the sound fades within a
//! block from where it is to the same sound 10 ms earlier or later.

use super::{crossfade, make_sound};
use crate::pcm::{Block, SILENCE};
use nnnoiseless::DenoiseState;

/// The full scale of 16-bit samples, which the model was trained on.
const SCALE: f32 = 32_768.0;

/// The network's Fourier transform has no defined behaviour for what is no number, so none may reach it; this much is
/// loud enough for a sum of many voices.
const MOST: f32 = 8.0;

/// So many blocks are listened to before the first one is heard: until then the network does not know the noise.
const WARM_UP: u8 = 5;

/// How it stands.
enum State {
    Off,
    /// Listening, not heard yet.
    Warming(Box<DenoiseState<'static>>, u8),
    On(Box<DenoiseState<'static>>),
}

/// Noise removal of one stream.
pub(super) struct Remover {
    state: State,
    wanted: bool,
}

impl Remover {
    pub(super) fn new() -> Self {
        Self { state: State::Off, wanted: false }
    }

    /// Switches it on, which takes 60 ms, or off, at the next block.
    pub(super) fn want(&mut self, on: bool) {
        self.wanted = on;
    }

    pub(super) fn process(&mut self, block: &mut Block) {
        make_sound(block, MOST);
        let state = std::mem::replace(&mut self.state, State::Off);
        self.state = match (state, self.wanted) {
            (State::Off, false) => State::Off,
            (State::Off, true) => {
                let mut network = DenoiseState::new();
                clean(&mut network, block);
                State::Warming(network, 1)
            }
            (State::Warming(..), false) => State::Off,
            (State::Warming(mut network, blocks), true) => {
                let cleaned = clean(&mut network, block);
                if blocks < WARM_UP {
                    State::Warming(network, blocks + 1)
                } else {
                    let raw = std::mem::replace(block, cleaned);
                    crossfade(&raw, block);
                    State::On(network)
                }
            }
            (State::On(mut network), true) => {
                *block = clean(&mut network, block);
                State::On(network)
            }
            (State::On(mut network), false) => {
                let cleaned = clean(&mut network, block);
                crossfade(&cleaned, block);
                State::Off
            }
        };
    }
}

fn clean(network: &mut DenoiseState<'static>, block: &Block) -> Block {
    let input = block.map(|sample| sample * SCALE);
    let mut output = SILENCE;
    network.process_frame(&mut output, &input);
    output.map(|sample| sample / SCALE)
}
