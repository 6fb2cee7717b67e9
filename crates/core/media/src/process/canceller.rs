//! Echo cancellation (AEC3), noise suppression and gain control (AGC2), by `sonora`, which does all three in one pass.
//!
//! A change of what is switched on sets the pass up anew, with other delays than before: so the last block of the old
//! set-up fades into the microphone as it came, and the first of the new one out of it.

use super::crossfade;
use crate::pcm::{Block, SAMPLE_RATE, SILENCE};
use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate, NoiseSuppression,
    NoiseSuppressionLevel, Pipeline, TransparentModeType,
};
use sonora::{AudioProcessing, Config, StreamConfig};
use std::time::Duration;

/// A new set-up begins with silence and a step after it; that is over when it is heard.
const WARM_UP: u8 = 5;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Duties {
    pub(super) echo: bool,
    pub(super) noise: bool,
    pub(super) gain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Working(Duties),
    /// The next block is the last one of the old set-up.
    Leaving(Duties),
    /// The new set-up has so many blocks to hear before it is heard itself.
    Warming(Duties, u8),
    /// The next block is the first one of the new set-up.
    Entering(Duties),
}

/// The pass over the microphone.
pub(super) struct Canceller {
    inner: AudioProcessing,
    state: State,
    wanted: Duties,
}

impl Canceller {
    pub(super) fn new() -> Self {
        Self { inner: set_up(Duties::default()), state: State::Idle, wanted: Duties::default() }
    }

    /// Does this from the next block but one on.
    pub(super) fn want(&mut self, duties: Duties) {
        self.wanted = duties;
    }

    /// Takes 10 ms that are played to the agent.
    pub(super) fn hear(&mut self, played: &Block) {
        let echo = match self.state {
            State::Idle => false,
            State::Working(duties)
            | State::Leaving(duties)
            | State::Warming(duties, _)
            | State::Entering(duties) => duties.echo,
        };
        if echo {
            let mut unused = SILENCE;
            // Refused only for other formats than it was made for.
            let _ = self.inner.process_render_f32(&[played], &mut [&mut unused]);
        }
    }

    /// From handing sound to the speaker until it is back in a block of the microphone, as far as is known; the rest is
    /// found by listening.
    pub(super) fn set_delay(&mut self, delay: Duration) {
        // What is too long is clamped.
        let _ = self.inner.set_stream_delay_ms(i32::try_from(delay.as_millis()).unwrap_or(i32::MAX));
    }

    pub(super) fn process(&mut self, block: &mut Block) {
        self.turn();
        let raw = *block;
        match self.state {
            State::Idle => {}
            State::Working(_) => self.pass(block),
            State::Warming(..) => self.pass(&mut { raw }),
            State::Leaving(_) => {
                self.pass(block);
                let processed = std::mem::replace(block, raw);
                crossfade(&processed, block);
            }
            State::Entering(_) => {
                self.pass(block);
                crossfade(&raw, block);
            }
        }
    }

    fn turn(&mut self) {
        let wanted = self.wanted;
        self.state = match self.state {
            State::Working(duties) | State::Entering(duties) if duties == wanted => State::Working(duties),
            State::Working(duties) | State::Entering(duties) => State::Leaving(duties),
            State::Warming(duties, 0) if duties == wanted => State::Entering(duties),
            State::Warming(duties, blocks) if duties == wanted => State::Warming(duties, blocks - 1),
            State::Idle | State::Leaving(_) | State::Warming(..) if wanted == Duties::default() => {
                State::Idle
            }
            State::Idle | State::Leaving(_) | State::Warming(..) => {
                self.inner = set_up(wanted);
                State::Warming(wanted, WARM_UP)
            }
        };
    }

    fn pass(&mut self, block: &mut Block) {
        let input = *block;
        if self.inner.process_capture_f32(&[&input], &mut [block]).is_err() {
            *block = input;
        }
    }
}

fn set_up(duties: Duties) -> AudioProcessing {
    let stream = StreamConfig::new(SAMPLE_RATE, 1);
    let pipeline = Pipeline {
        maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
        multi_channel_render: false,
        multi_channel_capture: false,
        ..Pipeline::default()
    };
    let config = Config {
        pipeline,
        high_pass_filter: (duties.echo || duties.noise).then(HighPassFilter::default),
        echo_canceller: duties.echo.then(|| EchoCanceller {
            // That a headset has no echo is found out within two seconds; the other way takes eight, in which the
            // agent is taken down whenever both speak (decision 0013).
            transparent_mode: TransparentModeType::Hmm,
            ..EchoCanceller::default()
        }),
        noise_suppression: duties
            .noise
            .then(|| NoiseSuppression { level: NoiseSuppressionLevel::High, ..NoiseSuppression::default() }),
        gain_controller2: duties.gain.then(|| GainController2 {
            adaptive_digital: Some(AdaptiveDigital {
                // A headset is near enough: what would need more is not speech.
                max_gain_db: 24.0,
                initial_gain_db: 0.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        }),
        ..Config::default()
    };
    AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build()
}
