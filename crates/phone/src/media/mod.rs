//! The media thread: RTP and sound of every call, in steps of a few milliseconds while there is something to do, and
//! asleep otherwise. It has a thread of its own so that a TLS handshake, a slow disk or a busy desk never delays a
//! frame. It decides nothing: [`MediaOrder`]s come from the engine, [`Report`]s go back.

mod call;
mod desk_sound;
mod private;
mod room;
mod sockets;
mod studio;
mod take;
mod thread;

pub(crate) use private::PlayEnd;
pub(crate) use sockets::Help;

use crate::engine::{Ears, MediaOrder};
use sidetone_audio::{Choice, Event as SoundEvent};
use sidetone_desk::{LegId, Pii};
use sidetone_media::ice::News;
use sidetone_media::process::{FarSettings, NearSettings};
use sidetone_media::quality::{Link, Summary};
use sidetone_media::session::{KeyTrouble, Levels, Quality};
use sidetone_net::RtpPair;
use sidetone_store::Recording;
use std::sync::{Arc, OnceLock, mpsc as thread_channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::mpsc;

/// What the media thread is told.
pub(crate) enum Order {
    /// These are a leg's sockets, and what they go out by: of a new one, or in place of those it had.
    Open(LegId, (RtpPair, Link), Devices),
    /// Look for what its sockets may be reached at.
    Gather(LegId, Help, Instant),
    /// Something about a leg.
    Leg(LegId, MediaOrder),
    /// Play this to somebody.
    Play(LegId, Play),
    /// Record a leg's talk.
    Record(LegId, Recording),
    /// Which devices, how loud.
    Sound(SoundSetup),
    /// Write down what the agent says, as much as there is room for (CALL-15).
    Dictate(Vec<f32>),
    /// That was it.
    StopDictating,
    /// Play this to the agent, beside every call: mono at 48 kHz.
    Listen(Vec<f32>),
    /// Enough of it.
    StopListening,
    /// Levels are wanted without a call.
    Watch(bool),
    /// End.
    Stop,
}

/// Whether a leg needs microphone and speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Devices {
    /// From its first order on: it only rings yet.
    Later,
    /// From now on.
    Wanted,
}

/// A recording to be played.
pub(crate) struct Play {
    /// Mono at 48 kHz, once it is read; empty where it cannot be.
    pub(crate) clip: Arc<OnceLock<Vec<f32>>>,
    /// Who hears it.
    pub(crate) ears: Ears,
}

/// Which devices, how loud, and what is done to the sound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SoundSetup {
    pub(crate) microphone: Choice,
    pub(crate) speaker: Choice,
    /// 1 is as it comes.
    pub(crate) microphone_gain: f32,
    /// What is done to what the agent says.
    pub(crate) near: NearSettings,
    /// What is done to what the agent hears, the volume included.
    pub(crate) far: FarSettings,
}

/// What the media thread tells.
#[derive(Debug)]
pub(crate) enum Report {
    /// How a leg sounds, once a second.
    Quality(LegId, Box<Sounded>),
    /// A leg's keys are agreed on, or cannot be.
    Secured(LegId, Result<(), KeyTrouble>),
    /// The other side pressed a key.
    Digit(LegId, Pii<char>),
    /// What looking for a way brought.
    Path(LegId, News),
    /// From now on nothing of a leg's talk is recorded, or it is again.
    RecordingPaused(LegId, bool),
    /// A recording that was played to somebody is over.
    Played(LegId, PlayEnd),
    /// What the agent said, mono at 48 kHz.
    Dictated(Vec<f32>),
    /// What was played to the agent is over.
    Listened,
    /// How loud it is, ten times a second.
    Levels(Levels),
    /// The agent began or ceased to speak.
    Speaking(bool),
    /// Something about the microphone.
    Microphone(SoundEvent),
    /// Something about the speaker.
    Speaker(SoundEvent),
}

/// How a leg sounds.
#[derive(Debug)]
pub(crate) struct Sounded {
    pub(crate) quality: Quality,
    pub(crate) levels: Levels,
    /// From the beginning of the call.
    pub(crate) so_far: Option<Summary>,
}

/// More reports than this unread, and the next ones are dropped: they are only news.
const UNREAD_REPORTS: usize = 256;

/// The running media thread. Dropping it ends every call's media.
pub(crate) struct Media {
    orders: thread_channel::Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Media {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread for us.
    pub(crate) fn start(setup: SoundSetup) -> std::io::Result<(Self, mpsc::Receiver<Report>)> {
        let (orders, received) = thread_channel::channel();
        let (report, reports) = mpsc::channel(UNREAD_REPORTS);
        let thread = std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || thread::run(&received, &report, setup))?;
        Ok((Self { orders, thread: Some(thread) }, reports))
    }

    /// Tells the thread something. Never blocks.
    pub(crate) fn tell(&self, order: Order) {
        // A thread that is gone has said so by the end of its reports.
        let _ = self.orders.send(order);
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.tell(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
