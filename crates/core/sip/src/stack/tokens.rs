//! Names that nobody can guess and nobody used before: branches, tags, Call-IDs (RFC 3261 sections 8.1.1.4, 8.1.1.7 and
//! 19.3). Drawn from the seed given at construction.

use crate::{
    auth::{Authenticator, server::Guard},
    message::{MAGIC_COOKIE, Request},
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::time::{Duration, Instant};

/// A source of names.
pub(crate) struct Tokens(StdRng);

impl Tokens {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Tokens(StdRng::from_seed(seed))
    }

    pub(crate) fn branch(&mut self) -> String {
        format!("{MAGIC_COOKIE}{:032x}", self.0.random::<u128>())
    }

    pub(crate) fn tag(&mut self) -> String {
        format!("{:016x}", self.0.next_u64())
    }

    pub(crate) fn call_id(&mut self) -> String {
        format!("{:032x}", self.0.random::<u128>())
    }

    /// Credentials need a nonce of the client.
    pub(crate) fn authorize(&mut self, authenticator: &mut Authenticator, request: &mut Request) {
        authenticator.authorize(request, &mut self.0);
    }

    /// Challenges need a nonce of the server.
    pub(crate) fn challenge(
        &mut self,
        guard: &mut Guard,
        now: Instant,
        stale: bool,
    ) -> Vec<(&'static str, String)> {
        guard.challenge(now, stale, &mut self.0)
    }

    /// A time between the two, in steps of 10 ms (RFC 3261 section 14.1).
    pub(crate) fn pause(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(self.0.random_range(from_ms / 10..=to_ms / 10) * 10)
    }
}
