//! What a user agent is told once, at construction.

use crate::auth::Algorithm;
use std::time::Duration;

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
    /// Calls of before a crash come back by [`Command::Resume`](crate::api::Command::Resume) within this time after the
    /// first input: so long a request in a dialog that is not known yet is put off (500, Retry-After) and not refused
    /// (481), which would end the call. A BYE is refused as always.
    pub grace: Duration,
    /// How long a call may last without a sign of life from the other side (RFC 4028): asked for in every call, never
    /// less than 90 seconds. Zero: none is asked for, and what others ask for is kept.
    pub session_expires: Duration,
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
    /// `Sidetone/<version>`, 64 calls, from anyone, no grace, half an hour without a sign of life, no registrar.
    fn default() -> Self {
        Config {
            name: concat!("Sidetone/", env!("CARGO_PKG_VERSION")).to_owned(),
            user: "sidetone".to_owned(),
            max_calls: 64,
            callers: Callers::Anyone,
            grace: Duration::ZERO,
            session_expires: Duration::from_secs(1800),
            registrar: None,
        }
    }
}

/// Who may register, and for how long.
#[derive(Clone)]
pub struct RegistrarConfig {
    /// The realm of the passwords.
    pub realm: String,
    /// Names and passwords.
    pub users: Vec<(String, String)>,
    /// The shortest registration taken; a shorter one is answered with 423.
    pub min_expires: Duration,
    /// The longest given.
    pub max_expires: Duration,
    /// What is offered in a challenge, the first preferred.
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce is good.
    pub nonce_lifetime: Duration,
}

impl RegistrarConfig {
    /// For these users, from a minute to an hour.
    pub fn new(realm: &str, users: Vec<(String, String)>) -> Self {
        RegistrarConfig {
            realm: realm.to_owned(),
            users,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3600),
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            nonce_lifetime: Duration::from_secs(300),
        }
    }
}
