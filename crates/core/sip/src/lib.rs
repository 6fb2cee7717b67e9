//! SIP user agent without I/O: messages, transactions, dialogs and their usages (RFC 3261). Time, randomness and bytes
//! come in as arguments; [`UserAgent`] is the whole of it, [`api`] the words spoken with it.

mod agent;
pub mod api;
pub mod auth;
mod dialog;
mod locate;
pub mod message;
mod outbox;
pub mod package;
mod redact;
mod stack;
mod stun;
mod tokens;
mod transaction;
mod usage;

pub use agent::UserAgent;
pub use stack::{Callers, Config, RegistrarConfig};
pub use transaction::Timer;
