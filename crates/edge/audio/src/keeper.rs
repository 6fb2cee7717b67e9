//! A thread that opens a stream, keeps it and closes it, so that nobody who handles sound ever waits for a
//! sound daemon. Dropping the [`Keeper`] lets the thread close the stream by itself; nobody joins it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use cpal::traits::DeviceTrait;

use crate::device::{Choice, Kind};
use crate::event::Trouble;
use crate::host;
use crate::stream::{Callbacks, Plan, Tally};

/// How often a PulseAudio device is looked for: its host says nothing when a device goes.
const WATCH: Duration = Duration::from_millis(400);

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

/// The error callback's type, boxed so that the opening functions have one.
pub(crate) type OnError = Box<dyn FnMut(cpal::Error) + Send>;

/// Opens one direction: [`crate::stream::capture`] or [`crate::stream::playback`].
pub(crate) type Open<Ring> =
    fn(&cpal::Device, Plan, Callbacks<OnError>) -> Result<(cpal::Stream, Ring), Trouble>;

/// The owner's end of a kept stream.
pub(crate) struct Keeper<Ring> {
    reports: Receiver<Report<Ring>>,
    tally: Arc<Tally>,
    /// Its drop is the word to close.
    _close: Sender<()>,
}

impl<Ring: Send + 'static> Keeper<Ring> {
    /// Starts opening `choice`; reports follow.
    pub(crate) fn start(choice: Choice, kind: Kind, open: Open<Ring>) -> Self {
        let (report, reports) = channel();
        let (close, closed) = channel();
        let tally = Arc::new(Tally::default());
        let shared = Arc::clone(&tally);
        let failed = report.clone();
        let thread = std::thread::Builder::new().name(format!("sound-{kind:?}")).spawn(move || {
            if let Err(trouble) = keep(&choice, kind, open, &report, &closed, &shared) {
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

/// Opens the stream and holds it until the owner goes or the device does.
fn keep<Ring: Send + 'static>(
    choice: &Choice,
    kind: Kind,
    open: Open<Ring>,
    report: &Sender<Report<Ring>>,
    closed: &Receiver<()>,
    tally: &Arc<Tally>,
) -> Result<(), Trouble> {
    let host = host::open().ok_or(Trouble::NoDevice)?;
    let device = host::find(&host, choice, kind)?;
    let name = device.description().map(|description| description.name().to_owned()).unwrap_or_default();
    let plan = crate::stream::plan(&device, kind)?;
    let callbacks =
        Callbacks { tally: Arc::clone(tally), on_error: on_error(report.clone(), Arc::clone(tally)) };
    let (_stream, ring) = open(&device, plan, callbacks)?;
    let _ = report.send(Report::Opened { ring, rate: plan.config.sample_rate, name });
    let watched = matches!(choice, Choice::Device(_)) && goes_silently(&device);
    while closed.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
        if watched && host::find(&host, choice, kind).is_err() {
            return Err(Trouble::Lost);
        }
    }
    Ok(())
}

/// Whether the sound system keeps silent when this device goes: PulseAudio moves the stream to the default.
fn goes_silently(device: &cpal::Device) -> bool {
    #[cfg(target_os = "linux")]
    return device.id().is_ok_and(|id| id.host() == cpal::HostId::PulseAudio);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = device;
        false
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
