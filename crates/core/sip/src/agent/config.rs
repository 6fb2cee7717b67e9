//! What a user agent is told once, at construction.

use crate::usage::RegistrarConfig;

/// What a user agent is told once.
#[derive(Clone)]
pub struct Config {
    /// User-Agent and Server, for example `Sidetone/0.1.0`.
    pub name: String,
    /// The user part of our Contact, and of our From without an account.
    pub user: String,
    /// The most calls at one time; more are answered with 486.
    pub max_calls: usize,
    /// From whom calls are taken.
    pub callers: Callers,
    /// Set: others may register here.
    pub registrar: Option<RegistrarConfig>,
}

/// From whom calls are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// From anyone who can send us a message.
    Anyone,
    /// From the address of the account's server only; others get 403.
    Server,
}

impl Default for Config {
    /// `Sidetone/<version>`, 64 calls, from anyone, no registrar.
    fn default() -> Self {
        Config {
            name: concat!("Sidetone/", env!("CARGO_PKG_VERSION")).to_owned(),
            user: "sidetone".to_owned(),
            max_calls: 64,
            callers: Callers::Anyone,
            registrar: None,
        }
    }
}
