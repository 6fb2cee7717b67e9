//! PulseAudio, spoken by ourselves: one socket and one thread for every stream, with the buffers of a call.
//!
//! The messages are the `pulseaudio` crate's; connection, buffers and loss are ours, because that crate's client
//! cannot tell when a device goes, zeroes a megabyte for every read and dies of an interrupted wait. Why and what it
//! brought is told in `docs/decisions/0004-pulseaudio.md`.
//!
//! It refuses to cross the network: only a daemon on this machine is spoken to. The protocol has no specification but
//! PulseAudio's own source, `src/pulsecore/protocol-native.c`, and its `PROTOCOL` file.

mod address;
mod connection;
mod devices;
mod inbox;
mod speaker;
mod stream;

pub(crate) use connection::Connection;
pub(crate) use devices::{defaults, list};
pub(crate) use stream::{Stream, capture, playback};

/// What ids of this sound system begin with.
pub(crate) const PREFIX: &str = "pulseaudio:";
