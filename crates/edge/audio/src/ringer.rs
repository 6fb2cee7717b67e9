//! Rings in a loop on a device of its own choosing, beside whatever plays elsewhere.
//!
//! It has its own thread and its own [`Playback`], so that ringing never waits for a call and a call never for
//! ringing. A device that fails is an [`Event`], never an error that stops the call.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use sidetone_media::pcm::{BLOCK_SAMPLES, Block};

use crate::device::Choice;
use crate::event::{Event, State, Trouble};
use crate::playback::Playback;
use crate::resample::ToHouse;
use crate::sounds::Sound;

/// How often the queue is filled.
const STEP: Duration = Duration::from_millis(20);
/// What waits to be played: three steps, since a ring may be late but not torn.
const QUEUE: usize = 6 * BLOCK_SAMPLES;
/// What a device may still hold when the queue is empty.
const REST: Duration = Duration::from_millis(100);

enum Order {
    Start(Choice, Sound, f32),
    Stop,
}

/// Rings on one device. Dropping it ends the ring.
pub struct Ringer {
    choice: Choice,
    orders: Sender<Order>,
    events: Receiver<Event>,
}

impl Ringer {
    /// A silent ringer for `choice`. Files and silence ring nowhere.
    pub fn new(choice: &Choice) -> Self {
        let (orders, received) = channel();
        let (tell, events) = channel();
        let spawned = std::thread::Builder::new().name("ringer".to_owned()).spawn({
            let tell = tell.clone();
            move || run(&received, &tell)
        });
        if spawned.is_err() {
            let _ = tell.send(Event::Stopped(Trouble::System));
        }
        Self { choice: choice.clone(), orders, events }
    }

    /// Rings `sound` in a loop until [`Self::stop`]; `volume` 0 to 1. Never blocks. A ring that rings is
    /// replaced.
    pub fn start(&self, sound: Sound, volume: f32) {
        let volume = if volume.is_finite() { volume.clamp(0.0, 1.0) } else { 1.0 };
        // A ringer without its thread has said so by an event already.
        let _ = self.orders.send(Order::Start(self.choice.clone(), sound, volume));
    }

    /// Ends the ring and lets the device go. Never blocks.
    pub fn stop(&self) {
        let _ = self.orders.send(Order::Stop);
    }

    /// Takes another device from the next [`Self::start`] on.
    pub fn set_choice(&mut self, choice: &Choice) {
        self.choice = choice.clone();
    }

    /// The next change: [`Event::Opened`] when it rings, [`Event::Stopped`] when it could not or no longer can.
    pub fn poll_event(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

/// A sound as blocks.
struct Tune {
    samples: Vec<f32>,
    at: usize,
    convert: ToHouse,
    looped: bool,
}

impl Tune {
    fn new(sound: Sound, looped: bool) -> Result<Self, Trouble> {
        let (samples, rate) = sound.samples();
        if samples.is_empty() {
            return Err(Trouble::File);
        }
        Ok(Self { samples, at: 0, convert: ToHouse::new(rate)?, looped })
    }

    fn ended(&self) -> bool {
        !self.looped && self.at >= self.samples.len()
    }

    fn next(&mut self) -> Block {
        let mut input = Vec::with_capacity(self.convert.needed());
        while input.len() < self.convert.needed() {
            if self.looped && self.at >= self.samples.len() {
                self.at = 0;
            }
            // Beyond the end of what is not looped there is silence.
            input.push(self.samples.get(self.at).copied().unwrap_or_default());
            self.at += 1;
        }
        let mut block = [0.0; BLOCK_SAMPLES];
        self.convert.convert(&input, &mut block);
        block
    }

    /// Fills the queue, once the device runs.
    fn fill(&mut self, playback: &mut Playback) {
        while playback.state() == State::Running
            && !self.ended()
            && playback.queued() + BLOCK_SAMPLES <= QUEUE
            && playback.write(&self.next())
        {}
    }
}

/// A ring that sounds.
struct Ring {
    playback: Playback,
    tune: Tune,
}

impl Ring {
    fn new(choice: &Choice, sound: Sound, volume: f32) -> Result<Self, Trouble> {
        match choice {
            Choice::Default | Choice::Device(_) => {}
            Choice::File(_) | Choice::Loop(_) | Choice::Silence => return Err(Trouble::NoDevice),
        }
        let tune = Tune::new(sound, true)?;
        let mut playback = Playback::open(choice);
        playback.set_volume(volume);
        Ok(Self { playback, tune })
    }

    /// Goes on, and passes on what happens; false when the device is gone.
    fn go_on(&mut self, tell: &Sender<Event>) -> bool {
        while let Some(event) = self.playback.poll_event() {
            let stopped = matches!(event, Event::Stopped(_));
            let _ = tell.send(event);
            if stopped {
                return false;
            }
        }
        self.tune.fill(&mut self.playback);
        true
    }
}

fn run(orders: &Receiver<Order>, tell: &Sender<Event>) {
    let mut ring: Option<Ring> = None;
    loop {
        let order = match &ring {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => orders.recv_timeout(STEP),
        };
        match order {
            Ok(Order::Start(choice, sound, volume)) => match Ring::new(&choice, sound, volume) {
                Ok(new) => ring = Some(new),
                Err(trouble) => {
                    ring = None;
                    let _ = tell.send(Event::Stopped(trouble));
                }
            },
            Ok(Order::Stop) => ring = None,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if ring.as_mut().is_some_and(|ring| !ring.go_on(tell)) {
            ring = None;
        }
    }
}

/// Plays the sound of *Test speakers* on `choice`, on a thread of its own. The receiver gets one word: that it
/// was played to its end, or why not.
pub fn play_test(choice: &Choice, volume: f32) -> Receiver<Result<(), Trouble>> {
    let (done, outcome) = channel();
    let choice = choice.clone();
    let told = done.clone();
    let spawned = std::thread::Builder::new().name("test-speakers".to_owned()).spawn(move || {
        let _ = told.send(test(&choice, volume));
    });
    if spawned.is_err() {
        let _ = done.send(Err(Trouble::System));
    }
    outcome
}

fn test(choice: &Choice, volume: f32) -> Result<(), Trouble> {
    let mut playback = Playback::open(choice);
    playback.set_volume(volume);
    let mut tune = Tune::new(Sound::Connected, false)?;
    // A wait on a channel nobody sends to: the thread's rest between two looks.
    let (_never, rest) = channel::<()>();
    let give_up = Instant::now() + Duration::from_secs(10);
    while !tune.ended() || playback.queued() > 0 {
        while let Some(event) = playback.poll_event() {
            if let Event::Stopped(trouble) = event {
                return Err(trouble);
            }
        }
        tune.fill(&mut playback);
        if Instant::now() > give_up {
            return Err(Trouble::System);
        }
        let _ = rest.recv_timeout(STEP);
    }
    let _ = rest.recv_timeout(REST);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_looped_tune_has_no_end_and_another_ends_in_silence() {
        let mut looped = Tune::new(Sound::Connected, true).expect("a sound");
        let mut once = Tune::new(Sound::Connected, false).expect("a sound");
        let mut blocks = 0;
        while !once.ended() {
            once.next();
            looped.next();
            blocks += 1;
        }
        let again: Vec<Block> = (0..blocks).map(|_| looped.next()).collect();
        assert!(!looped.ended());
        assert!(again.iter().flatten().any(|sample| sample.abs() > 0.1), "the second round is heard");
        once.next();
        assert!(once.next().iter().all(|sample| sample.abs() < 1e-3));
    }
}
