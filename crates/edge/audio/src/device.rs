//! The list of sound devices, and what a caller may choose from.

use std::path::PathBuf;

use crate::host;

/// Names a device over restarts: the sound system and its name for the device, as `pulseaudio:hs_A`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(pub String);

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A microphone.
    Input,
    /// A speaker.
    Output,
}

/// One microphone or speaker. A headset is one of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Names it over restarts.
    pub id: DeviceId,
    /// What the system shows to people.
    pub name: String,
    /// Microphone or speaker.
    pub kind: Kind,
    /// Whether the system would take it for [`Choice::Default`], where the system says so.
    pub is_default: bool,
}

/// Where sound comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// What the system takes by default, followed where the system follows.
    #[default]
    Default,
    /// This device and no other.
    Device(DeviceId),
    /// A WAV file: read once and then silence, or written at 48 kHz mono 16 bit.
    File(PathBuf),
    /// A WAV file read again and again. Played into, the same as [`Choice::File`].
    Loop(PathBuf),
    /// Silence at the pace of real time.
    Silence,
}

/// Every microphone and speaker there is now. Without a device or sound daemon: an empty list, soon.
///
/// Asks the sound daemon (some 10 to 50 ms, at most about 2 s when it hangs): not for the media thread.
pub fn devices() -> Vec<Device> {
    let Some(host) = host::open() else { return Vec::new() };
    let mut list = host::list(host).unwrap_or_default();
    list.sort_by(|a, b| (a.kind, &a.name, &a.id).cmp(&(b.kind, &b.name, &b.id)));
    list.dedup_by(|a, b| (a.kind, &a.id) == (b.kind, &b.id));
    list
}
