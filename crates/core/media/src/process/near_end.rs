//! The microphone on its way out.

use super::canceller::{Canceller, Duties};
use super::make_sound;
use super::remover::Remover;
use super::speech::Speech;
use crate::pcm::Block;
use std::time::Duration;

/// What is done to the microphone. Each switch works at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NearSettings {
    /// Take out what the speaker plays (AUDIO-7).
    pub echo_cancellation: bool,
    /// Take out steady noise (AUDIO-7); rests while `noise_removal` does more.
    pub noise_suppression: bool,
    /// Bring the voice to the usual level (AUDIO-7).
    pub gain_control: bool,
    /// Take out everything but speech (CALL-4).
    pub noise_removal: bool,
}

/// The microphone's stages.
pub struct NearEnd {
    canceller: Canceller,
    remover: Remover,
    speech: Speech,
}

impl Default for NearEnd {
    fn default() -> NearEnd {
        NearEnd::new()
    }
}

impl NearEnd {
    /// With everything off.
    pub fn new() -> NearEnd {
        NearEnd { canceller: Canceller::new(), remover: Remover::new(), speech: Speech::new() }
    }

    /// Switches, at the next block.
    pub fn set(&mut self, settings: NearSettings) {
        self.canceller.want(Duties {
            echo: settings.echo_cancellation,
            // A voice whose noise was taken out twice sounds worse than by the better one alone.
            noise: settings.noise_suppression && !settings.noise_removal,
            gain: settings.gain_control,
        });
        self.remover.want(settings.noise_removal);
    }

    /// Takes 10 ms that are given to the speaker.
    pub fn hear(&mut self, played: &Block) {
        self.canceller.hear(played);
    }

    /// How long it takes, as far as is known, from [`hear`](Self::hear) until the same sound could be in
    /// [`process`](Self::process). A wrong figure makes the first second worse; it is estimated besides.
    pub fn set_echo_delay(&mut self, delay: Duration) {
        self.canceller.set_delay(delay);
    }

    /// Makes 10 ms of the microphone fit to be sent.
    pub fn process(&mut self, block: &mut Block) {
        make_sound(block, 1.0);
        self.canceller.process(block);
        make_sound(block, 1.0);
        self.speech.feed(block);
        self.remover.process(block);
        make_sound(block, 1.0);
    }

    /// Whether the agent speaks: after a third of a second of speech, until two seconds without. Measured without the
    /// other side's echo where that is cancelled.
    pub fn is_speech(&self) -> bool {
        self.speech.is_there()
    }
}
