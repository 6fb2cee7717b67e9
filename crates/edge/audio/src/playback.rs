//! A speaker, or a file or nothing in its place, as blocks to write.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rtrb::Producer;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE};

use crate::device::{Choice, Kind};
use crate::event::{Counters, Event, State, Trouble};
use crate::gain::Gain;
use crate::keeper::{Direction, Keeper, Report};
use crate::pace::WritePace;
use crate::resample::FromHouse;
use crate::wav_sink::WavSink;

/// The most that may wait to be played. The writer should stay far below: every sample is delay.
const LIMIT_SAMPLES: usize = 8 * BLOCK_SAMPLES;

const DIRECTION: Direction<Producer<f32>> = Direction {
    kind: Kind::Output,
    cpal: crate::stream::playback,
    #[cfg(target_os = "linux")]
    pulse: crate::pulse::playback,
};

/// Writes blocks to a [`Choice`]. Dropping it closes the device in the background, and finishes a file.
pub struct Playback {
    sink: Sink,
    pace: WritePace,
    gain: Gain,
    state: State,
    events: VecDeque<Event>,
}

enum Sink {
    Device { keeper: Keeper<Producer<f32>>, line: Option<Box<Line>> },
    File(Box<WavSink>),
    Nothing,
}

/// A running speaker.
struct Line {
    ring: Producer<f32>,
    rate: u32,
    convert: FromHouse,
}

impl Playback {
    /// Starts opening `choice` and returns at once; [`Event`]s tell how it went.
    pub fn open(choice: &Choice) -> Self {
        let mut playback = Self {
            sink: Sink::Nothing,
            pace: WritePace::default(),
            gain: Gain::default(),
            state: State::Silent(Trouble::Chosen),
            events: VecDeque::new(),
        };
        match choice {
            Choice::Default | Choice::Device(_) => {
                let keeper = Keeper::start(choice.clone(), DIRECTION);
                playback.sink = Sink::Device { keeper, line: None };
                playback.state = State::Opening;
            }
            Choice::File(path) | Choice::Loop(path) => match WavSink::create(path) {
                Ok(sink) => {
                    playback.sink = Sink::File(Box::new(sink));
                    playback.state = State::Running;
                    playback.events.push_back(Event::Opened { device: String::new() });
                }
                Err(trouble) => playback.fall_silent(trouble),
            },
            Choice::Silence => {}
        }
        playback
    }

    fn fall_silent(&mut self, trouble: Trouble) {
        self.sink = Sink::Nothing;
        self.state = State::Silent(trouble);
        self.events.push_back(Event::Stopped(trouble));
    }

    /// Takes a block to play. Never blocks; false when 80 ms wait already, and then the block is not taken.
    pub fn write(&mut self, block: &Block) -> bool {
        self.hear_keeper();
        if self.queued() + BLOCK_SAMPLES > LIMIT_SAMPLES {
            return false;
        }
        let mut louder = *block;
        self.gain.apply(&mut louder);
        if let Sink::Device { line: Some(line), .. } = &mut self.sink {
            return line.write(&louder);
        }
        let Some(gap) = self.pace.write(Instant::now(), LIMIT_SAMPLES) else { return false };
        if let Sink::File(wav) = &mut self.sink
            && let Err(trouble) = wav.write(gap, &louder)
        {
            self.fall_silent(trouble);
        }
        true
    }

    /// Samples at 48 kHz taken and not yet handed to the device. Keep it at a block or two.
    pub fn queued(&self) -> usize {
        match &self.sink {
            Sink::Device { line: Some(line), .. } => line.queued(),
            Sink::Device { line: None, .. } | Sink::File(_) | Sink::Nothing => {
                self.pace.queued(Instant::now())
            }
        }
    }

    fn hear_keeper(&mut self) {
        while let Sink::Device { keeper, line } = &mut self.sink {
            match keeper.poll() {
                Some(Report::Opened { ring, rate, name }) => match FromHouse::new(rate) {
                    Ok(convert) => {
                        *line = Some(Box::new(Line { ring, rate, convert }));
                        self.state = State::Running;
                        self.events.push_back(Event::Opened { device: name });
                    }
                    Err(trouble) => self.fall_silent(trouble),
                },
                Some(Report::Moved) => self.events.push_back(Event::Moved),
                Some(Report::Ended(trouble)) => self.fall_silent(trouble),
                None => return,
            }
        }
    }

    /// Where it stands.
    pub fn state(&mut self) -> State {
        self.hear_keeper();
        self.state
    }

    /// The next change to tell of.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.hear_keeper();
        self.events.pop_front()
    }

    /// Speaker volume: 0 is silent, 1 as it comes, up to 4.
    pub fn set_volume(&mut self, factor: f32) {
        self.gain.set(factor);
    }

    /// What went wrong quietly since the opening.
    pub fn counters(&self) -> Counters {
        let Sink::Device { keeper, line: Some(line) } = &self.sink else { return Counters::default() };
        let missing = keeper.tally().underrun.load(Ordering::Relaxed);
        Counters {
            dropped: 0,
            underrun: missing * u64::from(SAMPLE_RATE) / u64::from(line.rate.max(1)),
            xruns: keeper.tally().xruns.load(Ordering::Relaxed),
        }
    }
}

impl Line {
    fn write(&mut self, block: &Block) -> bool {
        if self.ring.slots() < self.convert.most() {
            return false;
        }
        self.ring.push_entire_slice(self.convert.convert(block)).is_ok()
    }

    fn queued(&self) -> usize {
        let waiting = self.ring.buffer().capacity().saturating_sub(self.ring.slots());
        waiting * SAMPLE_RATE as usize / self.rate.max(1) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_takes_blocks_at_the_pace_of_real_time() {
        let mut playback = Playback::open(&Choice::Silence);
        let start = Instant::now();
        let mut taken = 0;
        while taken < 28 && start.elapsed() < Duration::from_secs(10) {
            if playback.write(&[0.1; BLOCK_SAMPLES]) {
                taken += 1;
            } else {
                std::thread::yield_now();
            }
        }
        assert_eq!(taken, 28, "blocks in 10 s");
        // 8 blocks may wait: 20 were played.
        assert!(start.elapsed() >= Duration::from_millis(190), "28 blocks in {:?}", start.elapsed());
        assert!(playback.queued() <= LIMIT_SAMPLES);
    }
}
