//! The phone: owns the cores and the edges, and the only event loop.
//!
//! [`engine`] is the phone without I/O; [`run`] drives it with sockets, sound and disk; [`Phone`] is how the shell and
//! the command line hold it.

mod address;
mod choices;
mod control;
pub mod engine;
mod greetings;
mod handle;
mod happening;
mod keep;
mod media;
mod options;
mod processing;
mod quality;
mod run;
mod settings;
pub mod view;

pub use address::check_address;
pub use control::{CallSound, Control, Publication};
pub use engine::{Ears, IceMode};
pub use handle::{Phone, Views};
pub use happening::{Happening, What};
pub use options::{Direct, Headless, Ice, Options, Privacy, Relay, StartError, Tls};
pub use processing::{Processing, Stage};
pub use sidetone_audio::{Choice, Device, DeviceId, Kind, devices};
pub use sidetone_desk;
pub use sidetone_media::tone::Signal;
pub use sidetone_sip::package::Package;
pub use sidetone_store::Secret;
pub use sidetone_store::config::{KeyAgreement, MediaSecurity, RelayServer, SipServer};
