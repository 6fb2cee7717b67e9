//! A thread that opens a stream, keeps it and closes it, so that nobody who handles sound ever waits for a
//! sound daemon. Dropping the [`Keeper`] lets the thread close the stream by itself; nobody joins it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};

use cpal::traits::DeviceTrait;
#[cfg(target_os = "linux")]
use sidetone_media::pcm::SAMPLE_RATE;

use crate::device::{Choice, Kind};
use crate::event::Trouble;
use crate::host::{self, Host};
#[cfg(target_os = "linux")]
use crate::pulse;
use crate::stream::{Callbacks, Plan, Tally};

/// What the keeper's thread and the sound system's threads tell the owner.
pub(crate) enum Report<Ring> {
    /// The stream runs.
    Opened {
        /// The owner's end of the ring.
        ring: Ring,
        /// Samples a second in the ring.
        rate: u32,
        /// The device's name as people read it.
        name: String,
    },
    /// The system moved the stream to another device.
    Moved,
    /// The stream never ran or runs no more.
    Ended(Trouble),
}

/// cpal's error callback, boxed so that the opening functions have one type.
pub(crate) type OnError = Box<dyn FnMut(cpal::Error) + Send>;

/// Opens by cpal: [`crate::stream::capture`] or [`crate::stream::playback`].
pub(crate) type OpenCpal<Ring> =
    fn(&cpal::Device, Plan, Callbacks<OnError>) -> Result<(cpal::Stream, Ring), Trouble>;

/// Opens on PulseAudio, by its name for the device or as its default: [`pulse::capture`] or [`pulse::playback`].
#[cfg(target_os = "linux")]
pub(crate) type OpenPulse<Ring> =
    fn(pulse::Connection, Option<&str>, Arc<Tally>) -> Result<(pulse::Stream, Ring, String), Trouble>;

/// Microphone or speaker, and how it is opened on every sound system. `Ring` is the owner's end.
pub(crate) struct Direction<Ring> {
    pub(crate) kind: Kind,
    pub(crate) cpal: OpenCpal<Ring>,
    #[cfg(target_os = "linux")]
    pub(crate) pulse: OpenPulse<Ring>,
}

/// The owner's end of a kept stream.
pub(crate) struct Keeper<Ring> {
    reports: Receiver<Report<Ring>>,
    tally: Arc<Tally>,
    /// Its drop is the word to close.
    _close: Sender<()>,
}

impl<Ring: Send + 'static> Keeper<Ring> {
    /// Starts opening `choice`; reports follow.
    pub(crate) fn start(choice: Choice, direction: Direction<Ring>) -> Self {
        let (report, reports) = channel();
        let (close, closed) = channel();
        let tally = Arc::new(Tally::default());
        let shared = Arc::clone(&tally);
        let failed = report.clone();
        let name = format!("sound-{:?}", direction.kind);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            let kept = Kept { choice, direction, report: report.clone(), closed, tally: shared };
            if let Err(trouble) = kept.keep() {
                // The owner may be gone already.
                let _ = report.send(Report::Ended(trouble));
            }
        });
        if thread.is_err() {
            let _ = failed.send(Report::Ended(Trouble::System));
        }
        Self { reports, tally, _close: close }
    }

    /// The next report, if there is one.
    pub(crate) fn poll(&self) -> Option<Report<Ring>> {
        self.reports.try_recv().ok()
    }

    /// What the callbacks counted.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// What the thread knows.
struct Kept<Ring> {
    choice: Choice,
    direction: Direction<Ring>,
    report: Sender<Report<Ring>>,
    closed: Receiver<()>,
    tally: Arc<Tally>,
}

impl<Ring: Send + 'static> Kept<Ring> {
    /// Opens the stream and holds it until the owner goes or the device does.
    fn keep(self) -> Result<(), Trouble> {
        match host::open().ok_or(Trouble::NoDevice)? {
            #[cfg(target_os = "linux")]
            Host::Pulse(connection) => self.keep_pulse(connection),
            Host::Cpal(host) => self.keep_cpal(&host),
        }
    }

    #[cfg(target_os = "linux")]
    fn keep_pulse(self, connection: pulse::Connection) -> Result<(), Trouble> {
        let device = match &self.choice {
            Choice::Default => None,
            Choice::Device(id) => Some(id.0.strip_prefix(pulse::PREFIX).ok_or(Trouble::NoDevice)?),
            Choice::File(_) | Choice::Loop(_) | Choice::Silence => return Err(Trouble::NoDevice),
        };
        let (stream, ring, name) = (self.direction.pulse)(connection, device, Arc::clone(&self.tally))?;
        let _ = self.report.send(Report::Opened { ring, rate: SAMPLE_RATE, name });
        stream.run(&self.closed, || {
            let _ = self.report.send(Report::Moved);
        })
    }

    fn keep_cpal(self, host: &cpal::Host) -> Result<(), Trouble> {
        let device = host::find(host, &self.choice, self.direction.kind)?;
        let name = device.description().map(|description| description.name().to_owned()).unwrap_or_default();
        let plan = crate::stream::plan(&device, self.direction.kind)?;
        let on_error = on_error(self.report.clone(), Arc::clone(&self.tally));
        let (_stream, ring) =
            (self.direction.cpal)(&device, plan, Callbacks { tally: self.tally, on_error })?;
        let _ = self.report.send(Report::Opened { ring, rate: plan.config.sample_rate, name });
        // Nothing is ever sent: this waits for the owner's end to go.
        let _ = self.closed.recv();
        Ok(())
    }
}

fn on_error<Ring: Send + 'static>(report: Sender<Report<Ring>>, tally: Arc<Tally>) -> OnError {
    Box::new(move |error| match error.kind() {
        cpal::ErrorKind::Xrun => {
            tally.xruns.fetch_add(1, Ordering::Relaxed);
        }
        // Sound flows all the same.
        cpal::ErrorKind::RealtimeDenied => {}
        cpal::ErrorKind::DeviceChanged => {
            let _ = report.send(Report::Moved);
        }
        kind => {
            let _ = report.send(Report::Ended(kind.into()));
        }
    })
}
