//! The agent's end: microphone and speaker, open while they are wanted. How much waits in the speaker's queue is kept
//! as small as this machine allows: it grows by a block when the speaker ran dry, to six at most, and shrinks after a calm while.

use super::{Report, SoundSetup};
use sidetone_audio::{Capture, Playback};
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const LEAST_BLOCKS: usize = 2;
const MOST_BLOCKS: usize = 6;
/// The queue is tried a block shorter after so long without running dry.
const CALM: Duration = Duration::from_secs(20);

/// Microphone and speaker.
pub(super) struct DeskSound {
    setup: SoundSetup,
    capture: Option<Capture>,
    playback: Option<Playback>,
    queue_blocks: usize,
    underruns: u64,
    calm_since: Instant,
}

impl DeskSound {
    pub(super) fn new(setup: SoundSetup, now: Instant) -> Self {
        Self {
            setup,
            capture: None,
            playback: None,
            queue_blocks: LEAST_BLOCKS,
            underruns: 0,
            calm_since: now,
        }
    }

    /// Opens what is not open, or lets everything go.
    pub(super) fn want(&mut self, microphone: bool, speaker: bool) {
        if !microphone {
            self.capture = None;
        } else if self.capture.is_none() {
            let mut capture = Capture::open(&self.setup.microphone);
            capture.set_gain(self.setup.microphone_gain);
            self.capture = Some(capture);
        }
        if !speaker {
            self.playback = None;
        } else if self.playback.is_none() {
            let mut playback = Playback::open(&self.setup.speaker);
            playback.set_volume(self.setup.speaker_volume);
            self.playback = Some(playback);
            self.underruns = 0;
            self.queue_blocks = LEAST_BLOCKS;
        }
    }

    /// Changes devices or volumes, at once. What is open is opened anew only where the device changed.
    pub(super) fn set(&mut self, setup: SoundSetup) {
        if setup.microphone != self.setup.microphone && self.capture.is_some() {
            self.capture = Some(Capture::open(&setup.microphone));
        }
        if setup.speaker != self.setup.speaker && self.playback.is_some() {
            self.playback = Some(Playback::open(&setup.speaker));
            self.underruns = 0;
        }
        if let Some(capture) = &mut self.capture {
            capture.set_gain(setup.microphone_gain);
        }
        if let Some(playback) = &mut self.playback {
            playback.set_volume(setup.speaker_volume);
        }
        self.setup = setup;
    }

    /// The next 10 ms of the agent, if they are there.
    pub(super) fn read(&mut self, block: &mut Block) -> bool {
        self.capture.as_mut().is_some_and(|capture| capture.read(block))
    }

    /// Fills the speaker's queue, asking `mix` for every 10 ms that it takes.
    pub(super) fn fill(&mut self, now: Instant, mut mix: impl FnMut(&mut Block)) {
        let Some(playback) = &mut self.playback else { return };
        let underruns = playback.counters().underrun;
        if underruns > self.underruns {
            self.underruns = underruns;
            self.calm_since = now;
            self.queue_blocks = (self.queue_blocks + 1).min(MOST_BLOCKS);
        } else if now.duration_since(self.calm_since) > CALM && self.queue_blocks > LEAST_BLOCKS {
            self.calm_since = now;
            self.queue_blocks -= 1;
        }
        while playback.queued() + BLOCK_SAMPLES <= self.queue_blocks * BLOCK_SAMPLES {
            let mut block = SILENCE;
            mix(&mut block);
            block.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
            if !playback.write(&block) {
                break;
            }
        }
    }

    /// Passes on what the devices have to say.
    pub(super) fn tell(&mut self, report: &mpsc::Sender<Report>) {
        while let Some(event) = self.capture.as_mut().and_then(Capture::poll_event) {
            let _ = report.try_send(Report::Microphone(event));
        }
        while let Some(event) = self.playback.as_mut().and_then(Playback::poll_event) {
            let _ = report.try_send(Report::Speaker(event));
        }
    }
}
