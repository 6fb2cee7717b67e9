//! One call's media without I/O: offer/answer, ICE, protection, RTP, jitter buffer, codecs, DTMF, comfort noise, mixing,
//! recording, levels, quality.
//!
//! [`sdp::Negotiation`] agrees with the other side on a [`sdp::Plan`]; [`session::Session`] carries it out. Time comes
//! in as `now`, randomness as a seed; packets come in by `handle_input` and go out by `poll_output`; sound comes and
//! goes in [`pcm::Block`]s. No socket, no device, no thread, no clock.

pub mod codec;
mod dtmf;
pub mod ice;
mod jitter;
pub mod level;
pub mod mix;
mod noise;
pub mod pcm;
pub mod process;
pub mod quality;
pub mod record;
mod rtcp;
mod rtp;
pub mod sdp;
pub mod session;
pub mod srtp;
#[cfg(test)]
mod testing;
pub mod tone;

pub use codec::Codec;
pub use sdp::{Direction, Negotiation, Plan, SdpError};
pub use session::Session;
