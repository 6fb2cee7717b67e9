//! Whether the agent speaks, by `earshot`, for the hint that the microphone is muted (CALL-3).
//!
//! One who says three words is speaking, one who coughs is not; and a pause between sentences is not the end.

use crate::pcm::{Block, SAMPLE_RATE};
use earshot::Detector;
use std::f32::consts::PI;

/// What the detector was trained on.
const DETECTOR_RATE: u32 = 16_000;
const RATIO: usize = (SAMPLE_RATE / DETECTOR_RATE) as usize;
/// 16 ms at 16 kHz.
const FRAME: usize = 256;
const TAPS: usize = 48;

/// More likely than this, a frame is speech.
const LIKELY: f32 = 0.6;
/// What is quieter is not meant for anybody: the neighbour's voice, a breath.
const QUIET: f32 = 0.003;
/// Frames of speech that make a speaker: 320 ms, less what pauses took back.
const BEGINS: u32 = 20;
/// Frames without speech that end it: 2 s.
const ENDS: u32 = 125;

/// Listens to the microphone.
pub(super) struct Speech {
    detector: Box<Detector>,
    taps: [f32; TAPS],
    history: [f32; TAPS],
    frame: [f32; FRAME],
    filled: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// With so many frames of speech so far.
    Silent(u32),
    /// With so many frames without speech so far.
    Speaking(u32),
}

impl Speech {
    pub(super) fn new() -> Self {
        Self {
            detector: Detector::default_boxed(),
            taps: low_pass(),
            history: [0.0; TAPS],
            frame: [0.0; FRAME],
            filled: 0,
            state: State::Silent(0),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        matches!(self.state, State::Speaking(_))
    }

    /// Takes 10 ms, in [-1, 1].
    pub(super) fn feed(&mut self, block: &Block) {
        for samples in block.as_chunks::<RATIO>().0 {
            self.history.copy_within(RATIO.., 0);
            self.history[TAPS - RATIO..].copy_from_slice(samples);
            let low: f32 = self.history.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum();
            self.frame[self.filled] = low.clamp(-1.0, 1.0);
            self.filled += 1;
            if self.filled == FRAME {
                self.filled = 0;
                self.judge();
            }
        }
    }

    fn judge(&mut self) {
        let power: f32 = self.frame.iter().map(|sample| sample * sample).sum::<f32>() / FRAME as f32;
        let speech = self.detector.predict_f32(&self.frame) > LIKELY && power.sqrt() > QUIET;
        self.state = match (self.state, speech) {
            (State::Silent(frames), true) if frames + 1 >= BEGINS => State::Speaking(0),
            (State::Silent(frames), true) => State::Silent(frames + 1),
            (State::Silent(frames), false) => State::Silent(frames.saturating_sub(1)),
            (State::Speaking(_), true) => State::Speaking(0),
            (State::Speaking(frames), false) if frames + 1 >= ENDS => State::Silent(0),
            (State::Speaking(frames), false) => State::Speaking(frames + 1),
        };
    }
}

/// 48 kHz to 16 kHz: a windowed sinc, down by 6 dB at 7.2 kHz.
fn low_pass() -> [f32; TAPS] {
    let cutoff = 2.0 * 7_200.0 / SAMPLE_RATE as f32;
    let mut taps = std::array::from_fn(|n| {
        let t = n as f32 - (TAPS as f32 - 1.0) / 2.0;
        let hann = 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / TAPS as f32).cos();
        (PI * cutoff * t).sin() / (PI * t) * hann
    });
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}
