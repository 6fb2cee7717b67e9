//! Transactions (RFC 3261 section 17, corrected by RFC 6026): one request, its retransmissions, its responses. The
//! machines [client] and [server] know times and codes; the tables [clients] and [servers] know messages and paths.
//! What a response means for a call or a registration is the usages' business.

mod agenda;
mod client;
mod clients;
mod derived;
mod large;
mod server;
mod servers;
mod timers;

pub(crate) use clients::{Answer, ClientId, Clients, Lost, Sending};
pub(crate) use derived::cancel_for;
pub(crate) use servers::{Arrival, ServerId, Servers, Standing, reply_path};
pub use timers::Timer;
pub(crate) use timers::{Resend, T1_64};

/// The most transactions of each side at one time. What comes beyond is answered with 503.
pub(crate) const MAX_TRANSACTIONS: usize = 2048;
