//! When noise is sent instead of sound: at the beginning of a silence, when the room sounds otherwise, and now and then, so
//! that nobody takes us for gone.

use super::{MOST_BYTES, Noise, background::Background, pause::Pause};
use crate::pcm::Block;

/// The end of a word is quiet, and is not cut: 250 ms. After the first of them the room alone is heard.
const HANGOVER: u32 = 25;
const ROOM: u32 = 8;
/// A silence is told again after so long: what Opus does.
const AGAIN_MS: u32 = 400;
/// Another room is told no sooner than this.
const CHANGED_MS: u32 = 100;
/// Less novelty is a tone, and what is louder than this is missed.
const TONE: f32 = 0.003;
const AUDIBLE: f32 = 0.001;

/// What goes out instead of a packet's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Say {
    Sound,
    Noise([u8; MOST_BYTES]),
    Nothing,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Talking,
    /// This was told so long ago.
    Silent {
        told: Noise,
        ms: u32,
    },
}

/// Listens to what would be sent, and decides.
#[derive(Debug)]
pub(crate) struct Quiet {
    pause: Pause,
    background: Background,
    state: State,
}

impl Quiet {
    pub(crate) fn new() -> Quiet {
        Quiet { pause: Pause::new(), background: Background::default(), state: State::Talking }
    }

    /// Takes 10 ms of what would be sent.
    pub(crate) fn feed(&mut self, block: &Block) {
        self.pause.feed(block);
    }

    /// Decides about a packet: its `sound` at the codec's own rate, `ms` long.
    pub(crate) fn packet(&mut self, sound: &[f32], ms: u32) -> Say {
        if self.pause.blocks() >= ROOM {
            self.background.hear(sound, ms / 10);
        }
        let is_noise = |noise: &Noise| noise.novelty() > TONE || noise.rms() < AUDIBLE;
        let Some(noise) =
            self.background.describe().filter(is_noise).filter(|_| self.pause.blocks() >= HANGOVER)
        else {
            self.state = State::Talking;
            return Say::Sound;
        };
        let tells = match self.state {
            State::Talking => true,
            State::Silent { told, ms } => ms >= AGAIN_MS || (ms >= CHANGED_MS && noise.is_unlike(&told)),
        };
        match &mut self.state {
            State::Silent { ms: since, .. } if !tells => {
                *since += ms;
                Say::Nothing
            }
            State::Talking | State::Silent { .. } => {
                self.state = State::Silent { told: noise, ms };
                Say::Noise(noise.write())
            }
        }
    }
}
