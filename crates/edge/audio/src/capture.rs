//! A microphone, or a file or silence in its place, as blocks to read.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rtrb::Consumer;
use sidetone_media::pcm::{Block, SAMPLE_RATE};

use crate::device::{Choice, Kind};
use crate::event::{Counters, Event, State, Trouble};
use crate::gain::Gain;
use crate::keeper::{Direction, Keeper, Report};
use crate::pace::ReadPace;
use crate::resample::ToHouse;
use crate::wav_source::WavSource;

/// More backlog than this is thrown away: late words are worth less than a short way.
const BACKLOG_MS: u32 = 60;
/// What is left of a backlog that was thrown away.
const KEPT_MS: u32 = 20;
/// A device that is silent for so long is stood in for by silence, so that the stream to the far end goes on.
const STALL: Duration = Duration::from_millis(100);

const DIRECTION: Direction<Consumer<f32>> = Direction {
    kind: Kind::Input,
    cpal: crate::stream::capture,
    #[cfg(target_os = "linux")]
    pulse: crate::pulse::capture,
};

/// Reads blocks from a [`Choice`]. Dropping it closes the device in the background.
pub struct Capture {
    source: Source,
    pace: ReadPace,
    gain: Gain,
    state: State,
    events: VecDeque<Event>,
    dropped: u64,
}

enum Source {
    Device { keeper: Keeper<Consumer<f32>>, line: Option<Box<Line>> },
    File(Box<WavSource>),
    Silence,
}

/// A running microphone.
struct Line {
    ring: Consumer<f32>,
    rate: u32,
    convert: ToHouse,
    scratch: Vec<f32>,
}

impl Capture {
    /// Starts opening `choice` and returns at once; [`Event`]s tell how it went.
    pub fn open(choice: &Choice) -> Self {
        let mut capture = Self {
            source: Source::Silence,
            pace: ReadPace::new(Instant::now()),
            gain: Gain::default(),
            state: State::Silent(Trouble::Chosen),
            events: VecDeque::new(),
            dropped: 0,
        };
        match choice {
            Choice::Default | Choice::Device(_) => {
                let keeper = Keeper::start(choice.clone(), DIRECTION);
                capture.source = Source::Device { keeper, line: None };
                capture.state = State::Opening;
            }
            Choice::File(path) => capture.play_file(WavSource::open(path, false)),
            Choice::Loop(path) => capture.play_file(WavSource::open(path, true)),
            Choice::Silence => {}
        }
        capture
    }

    fn play_file(&mut self, source: Result<WavSource, Trouble>) {
        match source {
            Ok(source) => {
                self.source = Source::File(Box::new(source));
                self.state = State::Running;
                self.events.push_back(Event::Opened { device: String::new() });
            }
            Err(trouble) => self.fall_silent(trouble),
        }
    }

    fn fall_silent(&mut self, trouble: Trouble) {
        self.source = Source::Silence;
        self.state = State::Silent(trouble);
        self.events.push_back(Event::Stopped(trouble));
    }

    /// Takes the next block if one is there. Never blocks.
    ///
    /// Read until it says false: a device delivers in bursts, and what stays unread adds to the way of the
    /// voice. More than 60 ms of it are dropped and counted.
    pub fn read(&mut self, block: &mut Block) -> bool {
        self.hear_keeper();
        let now = Instant::now();
        let read = match &mut self.source {
            Source::Device { line: Some(line), .. } => {
                self.dropped += line.shed();
                let read = line.read(block);
                if read {
                    self.pace = ReadPace::after(now, STALL);
                }
                read
            }
            Source::File(wav) => {
                if !self.pace.due(now) {
                    return false;
                }
                wav.read(block);
                true
            }
            Source::Device { line: None, .. } | Source::Silence => false,
        };
        if read {
            self.gain.apply(block);
            return true;
        }
        if matches!(self.source, Source::File(_)) || !self.pace.due(now) {
            return false;
        }
        block.fill(0.0);
        true
    }

    fn hear_keeper(&mut self) {
        while let Source::Device { keeper, line } = &mut self.source {
            match keeper.poll() {
                Some(Report::Opened { ring, rate, name }) => match Line::new(ring, rate) {
                    Ok(opened) => {
                        *line = Some(Box::new(opened));
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

    /// Microphone volume: 0 is silent, 1 as it comes, up to 4.
    pub fn set_gain(&mut self, factor: f32) {
        self.gain.set(factor);
    }

    /// What was lost since the opening.
    pub fn counters(&self) -> Counters {
        let mut counters = Counters { dropped: self.dropped, ..Counters::default() };
        if let Source::Device { keeper, line: Some(line) } = &self.source {
            let lost = keeper.tally().dropped.load(Ordering::Relaxed);
            counters.dropped += lost * u64::from(SAMPLE_RATE) / u64::from(line.rate.max(1));
            counters.xruns = keeper.tally().xruns.load(Ordering::Relaxed);
        }
        counters
    }
}

impl Line {
    fn new(ring: Consumer<f32>, rate: u32) -> Result<Self, Trouble> {
        let convert = ToHouse::new(rate)?;
        let scratch = vec![0.0; convert.most()];
        Ok(Self { ring, rate, convert, scratch })
    }

    /// Throws the oldest away when too much waits; gives how many samples at 48 kHz.
    fn shed(&mut self) -> u64 {
        let waiting = self.ring.slots();
        if waiting <= (self.rate / 1000 * BACKLOG_MS) as usize {
            return 0;
        }
        let excess = waiting - (self.rate / 1000 * KEPT_MS) as usize;
        if let Ok(chunk) = self.ring.read_chunk(excess) {
            chunk.commit_all();
        }
        excess as u64 * u64::from(SAMPLE_RATE) / u64::from(self.rate.max(1))
    }

    fn read(&mut self, block: &mut Block) -> bool {
        let needed = self.convert.needed();
        let Some(input) = self.scratch.get_mut(..needed) else { return false };
        if self.ring.pop_entire_slice(input).is_err() {
            return false;
        }
        self.convert.convert(input, block);
        true
    }
}

#[cfg(test)]
mod tests {
    use rtrb::RingBuffer;
    use sidetone_media::pcm::BLOCK_SAMPLES;

    use super::*;

    #[test]
    fn a_backlog_is_shed_to_its_newest_part() {
        let (mut producer, consumer) = RingBuffer::new(9_600);
        let mut line = Line::new(consumer, SAMPLE_RATE).expect("the house's rate");
        for index in 0..4_800 {
            producer.push(index as f32).expect("room");
        }
        assert_eq!(line.shed(), 3_840);
        let mut block = [0.0; BLOCK_SAMPLES];
        assert!(line.read(&mut block));
        assert_eq!(block[0], 3_840.0);
        assert_eq!(line.shed(), 0);
    }

    #[test]
    fn chosen_silence_flows_in_real_time() {
        let mut capture = Capture::open(&Choice::Silence);
        let mut block = [1.0; BLOCK_SAMPLES];
        let start = Instant::now();
        let mut blocks = 0;
        while blocks < 20 && start.elapsed() < Duration::from_secs(10) {
            if capture.read(&mut block) {
                blocks += 1;
            } else {
                std::thread::yield_now();
            }
        }
        assert_eq!(blocks, 20, "blocks in 10 s");
        assert!(start.elapsed() >= Duration::from_millis(190), "20 blocks in {:?}", start.elapsed());
        assert_eq!(block, [0.0; BLOCK_SAMPLES]);
        assert_eq!(capture.state(), State::Silent(Trouble::Chosen));
        assert_eq!(capture.poll_event(), None);
    }
}
