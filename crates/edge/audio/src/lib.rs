//! Sound devices: list them, capture, play, ring.
//!
//! All sound that crosses this door is in the one form of the house: mono `f32` at 48 kHz in blocks of
//! 10 ms ([`sidetone_media::pcm::Block`]). Opening never blocks and never fails: a [`Capture`] or
//! [`Playback`] whose device is missing gives or takes silence at the pace of real time and says so by an
//! [`Event`], so that a call connects and lives on without a headset.
//!
//! It refuses to decide: which device is next best, when to ring and how loud are the desk's business. It
//! does no echo, noise or gain processing and mixes nothing.

mod capture;
mod clip;
mod device;
mod event;
mod gain;
mod host;
mod keeper;
mod pace;
mod playback;
#[cfg(target_os = "linux")]
mod pulse;
mod resample;
mod ringer;
mod sounds;
mod stream;
mod wav_sink;
mod wav_source;

pub use capture::Capture;
pub use clip::read_clip;
pub use device::{Choice, Device, DeviceId, Kind, devices};
pub use event::{Counters, Event, State, Trouble};
pub use playback::Playback;
pub use ringer::{Ringer, play_test};
pub use sounds::Sound;
