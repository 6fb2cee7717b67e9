//! Rings in a loop on a device of its own choosing, beside whatever plays elsewhere.
//!
//! It has its own thread and its own connection to the sound system, so that ringing never waits for a call
//! and a call never for ringing. A device that fails is an [`Event`], never an error that stops the call.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::DeviceTrait;
use rodio::buffer::SamplesBuffer;
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player, Source};
use sidetone_media::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};

use crate::device::{Choice, Kind};
use crate::event::{Event, Trouble};
use crate::host;
use crate::playback::Playback;
use crate::resample::ToHouse;
use crate::sounds::Sound;

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

/// A ring that sounds: both die together.
struct Ring {
    _player: Player,
    _sink: MixerDeviceSink,
}

fn run(orders: &Receiver<Order>, tell: &Sender<Event>) {
    let mut _ring: Option<Ring> = None;
    while let Ok(order) = orders.recv() {
        // The device is let go first: a second stream beside the old one is more than some can.
        _ring = None;
        match order {
            Order::Start(choice, sound, volume) => match ring(&choice, sound, volume, tell) {
                Ok((ring, device)) => {
                    _ring = Some(ring);
                    let _ = tell.send(Event::Opened { device });
                }
                Err(trouble) => {
                    let _ = tell.send(Event::Stopped(trouble));
                }
            },
            Order::Stop => {}
        }
    }
}

fn ring(choice: &Choice, sound: Sound, volume: f32, tell: &Sender<Event>) -> Result<(Ring, String), Trouble> {
    let host = host::open().ok_or(Trouble::NoDevice)?;
    let device = host::find(&host, choice, Kind::Output)?;
    let name = device.description().map(|description| description.name().to_owned()).unwrap_or_default();
    let tell = tell.clone();
    let mut sink = DeviceSinkBuilder::from_device(device)
        .map_err(|_| Trouble::Unsupported)?
        .with_error_callback(move |error: cpal::Error| match error.kind() {
            cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied => {}
            cpal::ErrorKind::DeviceChanged => {
                let _ = tell.send(Event::Moved);
            }
            kind => {
                let _ = tell.send(Event::Stopped(kind.into()));
            }
        })
        .open_stream()
        .map_err(|_| Trouble::System)?;
    sink.log_on_drop(false);
    let (samples, rate) = sound.samples();
    let rate = NonZero::new(rate).ok_or(Trouble::File)?;
    let player = Player::connect_new(sink.mixer());
    player.set_volume(volume);
    player.append(SamplesBuffer::new(NonZero::<u16>::MIN, rate, samples).repeat_infinite());
    Ok((Ring { _player: player, _sink: sink }, name))
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
    let (samples, rate) = Sound::Connected.samples();
    let mut convert = ToHouse::new(rate)?;
    let mut at = 0;
    // A wait on a channel nobody sends to: the thread's rest between two blocks.
    let (_never, rest) = channel::<()>();
    let give_up = Instant::now() + Duration::from_secs(10);
    while at < samples.len() || playback.queued() > 0 {
        while let Some(event) = playback.poll_event() {
            if let Event::Stopped(trouble) = event {
                return Err(trouble);
            }
        }
        if playback.state() == crate::event::State::Running
            && at < samples.len()
            && playback.queued() < 4 * BLOCK_SAMPLES
        {
            let mut block = [0.0; BLOCK_SAMPLES];
            let needed = convert.needed();
            let mut input: Vec<f32> = samples.iter().skip(at).take(needed).copied().collect();
            input.resize(needed, 0.0);
            convert.convert(&input, &mut block);
            playback.write(&block);
            at += needed;
            continue;
        }
        if Instant::now() > give_up {
            return Err(Trouble::System);
        }
        if rest.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Disconnected) {
            return Err(Trouble::System);
        }
    }
    // What the device itself still holds.
    let _ = rest.recv_timeout(Duration::from_millis(u64::from(SAMPLE_RATE / 480)));
    Ok(())
}
