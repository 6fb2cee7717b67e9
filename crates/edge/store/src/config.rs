//! The configuration: built in, then the machine's file, then the agent's own, each above the one before. The machine
//! can lock keys. A bad file never stops the phone: it is told on, with file, line and column, and the last good
//! version of that layer stays in force (IT-2).

mod accounts;
mod check;
mod ice;
mod layers;
mod problem;
mod schema;

pub use accounts::{Account, BadServer, Role, SipServer, SipTransport};
pub use ice::{Ice, IceMode, MediaServer, RelayServer, TurnServer};
pub use layers::{Layers, Loaded, Origin};
pub use problem::{Notice, Problem};
pub use schema::{
    Audio, AutoAnswer, Callers, Code, Codec, Config, DefaultState, Dial, HeaderRule, KeyAgreement, Media,
    MediaSecurity, OpusBandwidth, Quality, QueueRules, RecordingStart, Sensitive, Sip, Tls, Variable,
    Whisper, WrapUp,
};
