//! Practice exchange: a small SIP server on this machine with scripted customers, for learning and for trying things
//! out. Registers one agent, lets customers wait in queues, offers them by INVITE, and answers what the agent dials.
//!
//! It listens on the loopback address only, knows fictional people only, and is no PBX: no transfer, no second agent.
//!
//! [`queue`] (who is offered when), [`customer`] (what a customer does in a call) and [`engine`] (both, joined to a
//! [`sidetone_sip::UserAgent`]) are pure: time comes in as `now`. [`Exchange`] runs them on sockets.

mod account;
mod ear;
mod exchange;
mod happening;
mod media;
mod run;
mod speech;

pub mod customer;
pub mod engine;
pub mod queue;
pub mod script;

pub use account::Account;
pub use exchange::{Error, Exchange, Options};
pub use happening::{EndedBy, Happening, What};
pub use script::{Script, ScriptInfo};
pub use speech::SpeechId;
