//! The event loop: the one place where sockets, timers, requests, reports and the disk meet. It drives the
//! [`Engine`] and carries out what comes of it; it decides nothing about calls.

mod carry_out;
mod clips;
mod errand;
mod network;
mod recording;
mod request;
mod servers;
mod sign_in;
mod sound;
mod start;
mod studio;
mod ways;

pub(crate) use sign_in::Purpose;
use sign_in::Signing;
pub(crate) use start::start;

use crate::engine::{Engine, Input};
use crate::handle::Request;
use crate::happening::{Happening, What};
use crate::media::{Media, Report};
use crate::quality;
use crate::view::{AudioView, ConfigurationView, GreetingsView, Levels, SignIn};
use errand::Errand;
use servers::Directory;
use sidetone_desk::view::DeskView;
use sidetone_desk::{self as desk, Update};
use sidetone_net::{NetworkChange, Receiver, Transports};
use sidetone_store::{CallFolder, GreetingFolder, Keychain, RecordingFolder, StoreThread};
use sound::SoundDesk;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use studio::StudioDesk;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// How long stopping may take: a server that does not answer an un-REGISTER must not keep the program.
const STOPPING: Duration = Duration::from_secs(2);

/// Where views go.
pub(crate) struct Outlets {
    pub(crate) desk: watch::Sender<DeskView>,
    pub(crate) audio: watch::Sender<AudioView>,
    pub(crate) levels: watch::Sender<Levels>,
    pub(crate) greetings: watch::Sender<GreetingsView>,
    pub(crate) happenings: broadcast::Sender<Happening>,
}

/// What is waited for.
pub(crate) struct Inlets {
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) received: Receiver,
    pub(crate) network: mpsc::Receiver<NetworkChange>,
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) errands: mpsc::Receiver<Errand>,
}

/// What does not change while the phone runs.
pub(crate) struct Fixed {
    pub(crate) desk: desk::Config,
    pub(crate) rtp_ports: RangeInclusive<u16>,
    pub(crate) register_for: Duration,
    /// `urn:uuid:...` of this installation (RFC 5626 section 4.1).
    pub(crate) instance: String,
    /// Accounts that are registered beside the agent's.
    pub(crate) beside: Vec<SignIn>,
    pub(crate) keychain: Keychain,
    /// Those that help to find a way for media.
    pub(crate) servers: Arc<Directory>,
    pub(crate) configuration: ConfigurationView,
    /// `None`: nothing is recorded.
    pub(crate) recordings: Option<RecordingFolder>,
    pub(crate) greetings: GreetingFolder,
}

/// The phone at work.
pub(crate) struct Run {
    engine: Engine,
    transports: Transports,
    media: Media,
    store: StoreThread,
    /// Where running calls are kept; `None`: nowhere.
    calls: Option<CallFolder>,
    store_failed: bool,
    sound: SoundDesk,
    outlets: Outlets,
    errands: mpsc::Sender<Errand>,
    fixed: Fixed,
    studio: StudioDesk,
    signing: Signing,
    stopping: Option<(Instant, Vec<oneshot::Sender<()>>)>,
}

impl Run {
    /// Runs until it is stopped and everything is over, or until nobody holds the phone any more.
    pub(crate) async fn run(mut self, mut inlets: Inlets) {
        self.carry_out();
        // A closed channel is always ready: without this, stopping would spin.
        let mut deserted = false;
        loop {
            let due = self.next_deadline();
            tokio::select! {
                Some(received) = inlets.received.recv() => self.on_received(received),
                Some(report) = inlets.reports.recv() => self.on_report(report),
                Some(change) = inlets.network.recv() => self.on_network(&change),
                Some(errand) = inlets.errands.recv() => self.on_errand(errand),
                request = inlets.requests.recv(), if !deserted => match request {
                    Some(request) => self.on_request(request),
                    None => {
                        deserted = true;
                        self.begin_stopping(None);
                    }
                },
                () = until(due) => self.engine.handle_timeout(Instant::now()),
            }
            self.carry_out();
            if self.is_over() {
                break;
            }
        }
        if let Some((_, replies)) = self.stopping.take() {
            replies.into_iter().for_each(|reply| {
                let _ = reply.send(());
            });
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let stop = self.stopping.as_ref().map(|(deadline, _)| *deadline);
        self.engine.poll_timeout().into_iter().chain(stop).min()
    }

    fn is_over(&self) -> bool {
        let is_idle =
            || self.engine.is_idle() && self.fixed.recordings.as_ref().is_none_or(RecordingFolder::is_idle);
        self.stopping.as_ref().is_some_and(|(deadline, _)| is_idle() || Instant::now() >= *deadline)
    }

    fn begin_stopping(&mut self, reply: Option<oneshot::Sender<()>>) {
        let now = Instant::now();
        if self.stopping.is_none() {
            self.engine.shut_down(now);
        }
        let (_, replies) = self.stopping.get_or_insert_with(|| (now + STOPPING, Vec::new()));
        replies.extend(reply);
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Quality(leg, heard) => {
                let number = self.engine.number(leg);
                self.happened(number, quality::said(&heard.quality, heard.levels));
                let quality = quality::shown(&heard.quality);
                self.tell(Input::Quality { leg, quality, so_far: heard.so_far.map(Box::new) });
            }
            Report::Secured(leg, secured) => self.tell(Input::Secured { leg, secured }),
            Report::Digit(leg, key) => {
                let number = self.engine.number(leg);
                self.happened(number, What::Digit { key: key.into_inner() });
            }
            Report::Path(leg, news) => self.on_path(leg, news),
            Report::RecordingPaused(leg, paused) => self.on_recording_paused(leg, paused),
            Report::Played(leg, end) => self.on_played(leg, end),
            Report::Dictated(spoken) => self.on_dictated(spoken),
            Report::Listened => self.on_listened(),
            Report::Levels(levels) => {
                let levels = Levels { microphone_dbfs: levels.microphone_dbfs, far_dbfs: levels.far_dbfs };
                self.outlets.levels.send_replace(levels);
            }
            Report::Speaking(on) => self.update(Update::Speaking { on }),
            Report::Microphone(event) => self.on_sound("microphone", &event),
            Report::Speaker(event) => self.on_sound("speaker", &event),
        }
    }

    /// Gives the engine something that it never refuses.
    fn tell(&mut self, input: Input<'_>) {
        if let Err(error) = self.engine.handle_input(Instant::now(), input) {
            tracing::debug!(%error, "refused");
        }
    }

    fn update(&mut self, update: Update) {
        self.tell(Input::Update(update));
    }

    fn happened(&self, call: Option<u32>, what: What) {
        // Nobody needs to listen.
        let _ = self.outlets.happenings.send(Happening { at_ms: unix_millis(), call, what });
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// The wall clock. Before 1970 it says 1970.
pub(crate) fn unix_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
