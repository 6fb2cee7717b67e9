//! What a capture, playback or ringer tells about itself: a state to look at, events to take, counters for
//! the diagnostics. Nothing here carries a number, a name of a person or a path.

/// Where a capture or playback stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The device is being opened; silence flows meanwhile.
    Opening,
    /// Sound flows.
    Running,
    /// No sound: silence flows at the pace of real time, for this reason.
    Silent(Trouble),
}

/// A change to tell the agent of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Sound flows now.
    Opened {
        /// The device's name as the system shows it; empty for a file.
        device: String,
    },
    /// The system moved the stream of [`Choice::Default`](crate::Choice::Default) to another device.
    Moved,
    /// Sound ended or never began. Silence flows until a new capture or playback is opened.
    Stopped(Trouble),
}

/// Why there is no sound. Each has a different remedy, which is the desk's to word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No such device, or no device at all.
    #[error("no such sound device")]
    NoDevice,
    /// The device went away while in use.
    #[error("the sound device went away")]
    Lost,
    /// The system denies access, as to a microphone without consent.
    #[error("the system denies access to the sound device")]
    Denied,
    /// Another program holds the device.
    #[error("the sound device is busy")]
    Busy,
    /// The device speaks no format we know.
    #[error("the sound device offers no usable format")]
    Unsupported,
    /// The file cannot be read or written, or is no WAV file.
    #[error("the sound file cannot be used")]
    File,
    /// The chosen silence: nothing is wrong.
    #[error("silence was chosen")]
    Chosen,
    /// The sound system failed in another way.
    #[error("the sound system failed")]
    System,
}

impl From<cpal::ErrorKind> for Trouble {
    fn from(kind: cpal::ErrorKind) -> Self {
        use cpal::ErrorKind as K;
        match kind {
            K::DeviceNotAvailable | K::StreamInvalidated => Self::Lost,
            K::HostUnavailable => Self::NoDevice,
            K::PermissionDenied => Self::Denied,
            K::DeviceBusy => Self::Busy,
            K::UnsupportedConfig | K::UnsupportedOperation | K::InvalidInput => Self::Unsupported,
            // The enum is open: whatever a later release adds is the sound system's failure to us.
            _ => Self::System,
        }
    }
}

/// What went wrong quietly since the opening, in samples at 48 kHz unless named otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Captured samples thrown away because the reader was late.
    pub dropped: u64,
    /// Samples of silence played because the writer was late.
    pub underrun: u64,
    /// Times the sound system itself reported a gap.
    pub xruns: u64,
}
