//! Which sound system we speak to, and which of its devices are microphones and speakers.
//!
//! PulseAudio is spoken to by ourselves, everything else through cpal. A fresh [`Host`] for every stream: cpal's
//! PipeWire host caches its device list at creation, and a connection to PulseAudio carries one stream.

use cpal::traits::{DeviceTrait, HostTrait};

use crate::device::{Choice, Device, DeviceId, Kind};
use crate::event::Trouble;
#[cfg(target_os = "linux")]
use crate::pulse;

/// Forces the sound system: `pipewire`, `pulseaudio`, `alsa`, `none`. Without it the first that works.
#[cfg(target_os = "linux")]
const HOST_VARIABLE: &str = "SIDETONE_SOUND";

/// A sound system that works.
pub(crate) enum Host {
    /// PulseAudio.
    #[cfg(target_os = "linux")]
    Pulse(pulse::Connection),
    /// Any other.
    Cpal(cpal::Host),
}

/// The first sound system that works; none when there is nothing to speak to.
#[cfg(target_os = "linux")]
pub(crate) fn open() -> Option<Host> {
    use cpal::HostId;
    let pipewire = || open_cpal(HostId::PipeWire);
    let pulse = || pulse::Connection::open().map(Host::Pulse);
    let alsa = || open_cpal(HostId::Alsa);
    match std::env::var(HOST_VARIABLE).unwrap_or_default().as_str() {
        "" | "auto" => pipewire().or_else(pulse).or_else(alsa),
        "pipewire" => pipewire(),
        "pulseaudio" | "pulse" => pulse(),
        "alsa" => alsa(),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn open() -> Option<Host> {
    Some(Host::Cpal(cpal::default_host()))
}

#[cfg(target_os = "linux")]
fn open_cpal(id: cpal::HostId) -> Option<Host> {
    // ALSA without a sound card means its plugins, and those storm stderr when their daemon is away.
    if id == cpal::HostId::Alsa && !has_sound_card() {
        return None;
    }
    if !cpal::available_hosts().contains(&id) {
        return None;
    }
    cpal::host_from_id(id).ok().map(Host::Cpal)
}

#[cfg(target_os = "linux")]
fn has_sound_card() -> bool {
    let Ok(entries) = std::fs::read_dir("/dev/snd") else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("pcm"))
}

/// Whether `device` is a real microphone or speaker, and not a plugin or another program's stream.
fn serves(device: &cpal::Device, kind: Kind) -> bool {
    let (Ok(id), Ok(description)) = (device.id(), device.description()) else { return false };
    #[cfg(target_os = "linux")]
    match id.host() {
        cpal::HostId::PipeWire => return serves_pipewire(id.id(), &description, kind),
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

/// Every microphone and speaker of `host`, in no order.
pub(crate) fn list(host: Host) -> Result<Vec<Device>, Trouble> {
    let host = match host {
        #[cfg(target_os = "linux")]
        Host::Pulse(mut connection) => return pulse::list(&mut connection),
        Host::Cpal(host) => host,
    };
    let is_default = defaults(&host);
    let mut list = Vec::new();
    for device in host.devices().map_err(|error| Trouble::from(error.kind()))? {
        for kind in [Kind::Input, Kind::Output] {
            if !serves(&device, kind) {
                continue;
            }
            let (Ok(id), Ok(description)) = (device.id(), device.description()) else { continue };
            let is_default = is_default(kind, id.id());
            let name = description.name().to_owned();
            list.push(Device { id: DeviceId(id.to_string()), name, kind, is_default });
        }
    }
    Ok(list)
}

/// Tells of a name of the system whether it is a default's.
fn defaults(host: &cpal::Host) -> impl Fn(Kind, &str) -> bool + use<> {
    // cpal's PipeWire host knows only a synthetic default; the PulseAudio door of the same daemon tells the name.
    #[cfg(target_os = "linux")]
    let door = (host.id() == cpal::HostId::PipeWire).then(|| {
        pulse::Connection::open().and_then(|mut door| pulse::defaults(&mut door).ok()).unwrap_or_default()
    });
    let name = |kind| default_device(host, kind)?.id().ok().map(|id| id.id().to_owned());
    let (input, output) = (name(Kind::Input), name(Kind::Output));
    move |kind, name| {
        #[cfg(target_os = "linux")]
        if let Some(door) = &door {
            return door.is(kind, name);
        }
        let default = match kind {
            Kind::Input => &input,
            Kind::Output => &output,
        };
        default.as_deref() == Some(name)
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
