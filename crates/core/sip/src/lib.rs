//! SIP user agent without I/O: messages, transactions, dialogs and their usages (RFC 3261). Time, randomness and bytes
//! come in as arguments; [`UserAgent`] is the whole of it, [`api`] the words spoken with it.

mod agent;
pub mod api;
pub mod auth;
mod dialog;
pub mod message;
mod redact;
mod transaction;
mod usage;

pub use agent::{Callers, Config, UserAgent};
pub use transaction::Timer;
pub use usage::RegistrarConfig;
