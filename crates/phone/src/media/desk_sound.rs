//! The agent's end: microphone and speaker, open while they are wanted, and what is done to sound on its way from the one
//! and to the other. How much waits in the speaker's queue is kept as small as this machine allows: it grows by a block
//! when the speaker ran dry, to six at most, and shrinks after a calm while.

use super::{Report, SoundSetup};
use sidetone_audio::{Capture, Playback};
use sidetone_media::level::Meter;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE, SILENCE};
use sidetone_media::process::{FarEnd, FarSettings, NearEnd};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const LEAST_BLOCKS: usize = 2;
const MOST_BLOCKS: usize = 6;
/// The queue is tried a block shorter after so long without running dry.
const CALM: Duration = Duration::from_secs(20);
/// What a sound card and its driver take on the way out and in, beside our queue; where it is more, that is found.
const DEVICES: Duration = Duration::from_millis(20);

/// 10 ms for the agent's ear.
pub(super) struct Heard {
    /// The other sides.
    pub(super) parties: Block,
    /// Our own signals, which are no noise.
    pub(super) tones: Block,
}

/// Microphone and speaker.
pub(super) struct DeskSound {
    setup: SoundSetup,
    capture: Option<Capture>,
    microphone: Meter,
    playback: Option<Playback>,
    near: NearEnd,
    far: FarEnd,
    /// Whether anybody hears the agent: who is muted does not hear themselves either, and knows by that.
    on_air: bool,
    /// What was last told of the agent's speaking.
    speaking: bool,
    queue: Queue,
}

/// How long the speaker's queue is to be.
struct Queue {
    blocks: usize,
    /// What the device counted when it was looked at last.
    underruns: u64,
    /// How often any of them ran dry.
    ran_dry: u64,
    calm_since: Instant,
}

impl DeskSound {
    pub(super) fn new(setup: SoundSetup, now: Instant) -> Self {
        let mut sound = Self {
            setup,
            capture: None,
            microphone: Meter::default(),
            playback: None,
            near: NearEnd::new(),
            far: FarEnd::new(),
            on_air: false,
            speaking: false,
            queue: Queue { blocks: LEAST_BLOCKS, underruns: 0, ran_dry: 0, calm_since: now },
        };
        sound.switch();
        sound
    }

    /// Opens what is not open, or lets everything go.
    pub(super) fn want(&mut self, microphone: bool, speaker: bool) {
        if !microphone {
            if self.capture.take().is_some() {
                // What was learned of this call's echo and noise takes memory, and may be of another device by the next.
                self.near = NearEnd::new();
                self.switch();
            }
        } else if self.capture.is_none() {
            let mut capture = Capture::open(&self.setup.microphone);
            capture.set_gain(self.setup.microphone_gain);
            self.capture = Some(capture);
        }
        if !speaker {
            if self.playback.take().is_some() {
                self.far = FarEnd::new();
                self.switch();
            }
        } else if self.playback.is_none() {
            self.playback = Some(Playback::open(&self.setup.speaker));
            self.queue.underruns = 0;
            self.queue.blocks = LEAST_BLOCKS;
        }
    }

    /// Says whether anybody hears the agent.
    pub(super) fn set_on_air(&mut self, on: bool) {
        if self.on_air != on {
            self.on_air = on;
            self.switch();
        }
    }

    /// Changes devices, volumes or switches, at once. What is open is opened anew only where the device changed.
    pub(super) fn set(&mut self, setup: SoundSetup) {
        if setup.microphone != self.setup.microphone && self.capture.is_some() {
            self.capture = Some(Capture::open(&setup.microphone));
        }
        if setup.speaker != self.setup.speaker && self.playback.is_some() {
            self.playback = Some(Playback::open(&setup.speaker));
            self.queue.underruns = 0;
        }
        if let Some(capture) = &mut self.capture {
            capture.set_gain(setup.microphone_gain);
        }
        self.setup = setup;
        self.switch();
    }

    fn switch(&mut self) {
        let sidetone = if self.on_air { self.setup.far.sidetone } else { 0.0 };
        self.near.set(self.setup.near);
        self.far.set(FarSettings { sidetone, ..self.setup.far });
    }

    /// The next 10 ms of the agent, fit to be sent, if they are there.
    pub(super) fn read(&mut self, block: &mut Block) -> bool {
        let Some(capture) = &mut self.capture else { return false };
        if !capture.read(block) {
            return false;
        }
        self.microphone.feed(block);
        self.far.own_voice(block);
        self.near.process(block);
        true
    }

    /// How loud the microphone is, before anything is done to it.
    pub(super) const fn microphone(&mut self) -> &mut Meter {
        &mut self.microphone
    }

    /// Fills the speaker's queue, asking `mix` for every 10 ms that it takes.
    pub(super) fn fill(&mut self, now: Instant, mut mix: impl FnMut(&mut Heard)) {
        let Some(playback) = &mut self.playback else { return };
        let blocks = self.queue.blocks(now, playback.counters().underrun);
        while playback.queued() + BLOCK_SAMPLES <= blocks * BLOCK_SAMPLES {
            let waiting = Duration::from_secs_f64(playback.queued() as f64 / f64::from(SAMPLE_RATE));
            let mut heard = Heard { parties: SILENCE, tones: SILENCE };
            mix(&mut heard);
            let played = self.far.process(&mut heard.parties, &heard.tones);
            self.near.set_echo_delay(waiting + DEVICES);
            self.near.hear(&played);
            if !playback.write(&heard.parties) {
                break;
            }
        }
    }

    /// How often the speaker ran dry, so far.
    pub(super) const fn ran_dry(&self) -> u64 {
        self.queue.ran_dry
    }

    /// How long sound is on its way between devices and calls: what is kept in the speaker's queue, and a block from the
    /// microphone. What the devices themselves hold nobody tells.
    pub(super) const fn delay(&self) -> Duration {
        Duration::from_millis(10 * (self.queue.blocks as u64 + 1))
    }

    /// Passes on what the devices have to say, and whether the agent speaks.
    pub(super) fn tell(&mut self, report: &mpsc::Sender<Report>) {
        let speaking = self.capture.is_some() && self.near.is_speech();
        if speaking != self.speaking && report.try_send(Report::Speaking(speaking)).is_ok() {
            self.speaking = speaking;
        }
        while let Some(event) = self.capture.as_mut().and_then(Capture::poll_event) {
            let _ = report.try_send(Report::Microphone(event));
        }
        while let Some(event) = self.playback.as_mut().and_then(Playback::poll_event) {
            let _ = report.try_send(Report::Speaker(event));
        }
    }
}

impl Queue {
    fn blocks(&mut self, now: Instant, underruns: u64) -> usize {
        if underruns > self.underruns {
            self.ran_dry += underruns - self.underruns;
            self.underruns = underruns;
            self.calm_since = now;
            self.blocks = (self.blocks + 1).min(MOST_BLOCKS);
        } else if now.duration_since(self.calm_since) > CALM && self.blocks > LEAST_BLOCKS {
            self.calm_since = now;
            self.blocks -= 1;
        }
        self.blocks
    }
}
