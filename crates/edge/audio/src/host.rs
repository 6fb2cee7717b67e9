//! Which sound system we speak to, and which of its devices are microphones and speakers.
//!
//! A fresh [`cpal::Host`] for every stream: the PipeWire host caches its device list at creation, and the
//! PulseAudio host cannot drive two outputs over one connection.

use cpal::traits::{DeviceTrait, HostTrait};

use crate::device::{Choice, Kind};
use crate::event::Trouble;

/// Forces the sound system: `pipewire`, `pulseaudio`, `alsa`, `none`. Without it the first that works.
#[cfg(target_os = "linux")]
const HOST_VARIABLE: &str = "SIDETONE_SOUND";

/// The system's own names of its default devices.
#[derive(Debug, Default)]
pub(crate) struct DefaultNames {
    input: Option<String>,
    output: Option<String>,
}

impl DefaultNames {
    pub(crate) fn of(&self, kind: Kind) -> Option<&str> {
        match kind {
            Kind::Input => self.input.as_deref(),
            Kind::Output => self.output.as_deref(),
        }
    }
}

/// The first sound system that works; none when there is nothing to speak to.
#[cfg(target_os = "linux")]
pub(crate) fn open() -> Option<cpal::Host> {
    use cpal::HostId;
    let forced = std::env::var(HOST_VARIABLE).unwrap_or_default();
    let order: &[HostId] = match forced.as_str() {
        "" | "auto" => &[HostId::PipeWire, HostId::PulseAudio, HostId::Alsa],
        "pipewire" => &[HostId::PipeWire],
        "pulseaudio" | "pulse" => &[HostId::PulseAudio],
        "alsa" => &[HostId::Alsa],
        _ => &[],
    };
    order.iter().find_map(|id| open_one(*id))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn open() -> Option<cpal::Host> {
    Some(cpal::default_host())
}

#[cfg(target_os = "linux")]
fn open_one(id: cpal::HostId) -> Option<cpal::Host> {
    // ALSA without a sound card means its plugins, and those storm stderr when their daemon is away.
    if id == cpal::HostId::Alsa && !has_sound_card() {
        return None;
    }
    if !cpal::available_hosts().contains(&id) {
        return None;
    }
    cpal::host_from_id(id).ok()
}

#[cfg(target_os = "linux")]
fn has_sound_card() -> bool {
    let Ok(entries) = std::fs::read_dir("/dev/snd") else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("pcm"))
}

/// Whether `device` is a real microphone or speaker, and not a monitor, a plugin or another program's stream.
pub(crate) fn serves(device: &cpal::Device, kind: Kind) -> bool {
    let (Ok(id), Ok(description)) = (device.id(), device.description()) else { return false };
    #[cfg(target_os = "linux")]
    match id.host() {
        cpal::HostId::PipeWire => return serves_pipewire(id.id(), &description, kind),
        cpal::HostId::PulseAudio if id.id().ends_with(".monitor") => return false,
        // One entry a card, with the conversions: the dozens of other entries are the same cards again.
        cpal::HostId::Alsa if !id.id().starts_with("sysdefault:") => return false,
        _ => {}
    }
    let _ = (&id, &description);
    match kind {
        Kind::Input => device.supports_input(),
        Kind::Output => device.supports_output(),
    }
}

/// The PipeWire host lists sinks as duplex (one can listen to them), and other programs' streams beside
/// the devices: those carry no description. Its synthetic defaults are for [`Choice::Default`] only.
#[cfg(target_os = "linux")]
fn serves_pipewire(name: &str, description: &cpal::DeviceDescription, kind: Kind) -> bool {
    use cpal::DeviceDirection as D;
    if ["sink_default", "input_default", "output_default"].contains(&name) || description.name() == "unknown"
    {
        return false;
    }
    // The inner ends of loopback and remap modules carry the description of their outer end.
    if name.starts_with("input.") || name.starts_with("output.") {
        return false;
    }
    match kind {
        Kind::Input => description.direction() == D::Input,
        Kind::Output => description.direction() == D::Duplex,
    }
}

/// What the system calls its defaults.
pub(crate) fn default_names(host: &cpal::Host) -> DefaultNames {
    // The PipeWire host knows only a synthetic default; the PulseAudio door of the same daemon tells the name.
    #[cfg(target_os = "linux")]
    if host.id() == cpal::HostId::PipeWire {
        return open_one(cpal::HostId::PulseAudio).map(|pulse| default_names(&pulse)).unwrap_or_default();
    }
    let name = |device: Option<cpal::Device>| device?.id().ok().map(|id| id.id().to_owned());
    DefaultNames {
        input: name(default_device(host, Kind::Input)),
        output: name(default_device(host, Kind::Output)),
    }
}

fn default_device(host: &cpal::Host, kind: Kind) -> Option<cpal::Device> {
    #[cfg(target_os = "linux")]
    if host.id() == cpal::HostId::Alsa {
        // ALSA's own "default" may be a plugin that needs a daemon: the first card does not.
        return host.devices().ok()?.find(|device| serves(device, kind));
    }
    match kind {
        Kind::Input => host.default_input_device(),
        Kind::Output => host.default_output_device(),
    }
}

/// The device of `choice`. Files and silence are no devices.
pub(crate) fn find(host: &cpal::Host, choice: &Choice, kind: Kind) -> Result<cpal::Device, Trouble> {
    match choice {
        Choice::Default => default_device(host, kind).ok_or(Trouble::NoDevice),
        Choice::Device(wanted) => host
            .devices()
            .map_err(|error| Trouble::from(error.kind()))?
            .find(|device| serves(device, kind) && device.id().is_ok_and(|id| id.to_string() == wanted.0))
            .ok_or(Trouble::NoDevice),
        Choice::File(_) | Choice::Loop(_) | Choice::Silence => Err(Trouble::NoDevice),
    }
}
