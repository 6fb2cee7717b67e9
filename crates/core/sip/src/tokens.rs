//! Names that nobody can guess and nobody used before: branches, tags, Call-IDs (RFC 3261 sections 8.1.1.4, 8.1.1.7 and
//! 19.3). Drawn from the seed given at construction.

use crate::{
    auth::{Authenticator, server::Guard},
    message::{MAGIC_COOKIE, Request, name},
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};

/// A source of names.
pub(crate) struct Tokens {
    rng: StdRng,
    /// Nobody else knows it.
    secret: [u8; 32],
}

impl Tokens {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Tokens { rng: StdRng::from_seed(seed), secret: Sha256::digest(seed).into() }
    }

    pub(crate) fn branch(&mut self) -> String {
        format!("{MAGIC_COOKIE}{:032x}", self.rng.random::<u128>())
    }

    pub(crate) fn tag(&mut self) -> String {
        format!("{:016x}", self.rng.next_u64())
    }

    /// The same one for the same request, so that who remembers nothing answers alike (section 8.2.7).
    pub(crate) fn tag_for(&self, request: &Request) -> String {
        let mut hash = Sha256::new_with_prefix(self.secret);
        for field in [name::VIA, name::FROM, name::TO, name::CALL_ID, name::CSEQ] {
            hash.update(request.headers.get(field).unwrap_or_default());
            hash.update("\n");
        }
        let start: [u8; 8] = std::array::from_fn({
            let hash = hash.finalize();
            move |at| hash[at]
        });
        format!("{:016x}", u64::from_be_bytes(start))
    }

    pub(crate) fn call_id(&mut self) -> String {
        format!("{:032x}", self.rng.random::<u128>())
    }

    /// RSeq of the first reliable response (RFC 3262 section 3), with room behind it.
    pub(crate) fn rseq(&mut self) -> u32 {
        self.rng.random_range(1..1 << 30)
    }

    /// Credentials need a nonce of the client.
    pub(crate) fn authorize(&mut self, authenticator: &mut Authenticator, request: &mut Request) {
        authenticator.authorize(request, &mut self.rng);
    }

    /// Challenges need a nonce of the server.
    pub(crate) fn challenge(
        &mut self,
        guard: &mut Guard,
        now: Instant,
        stale: bool,
    ) -> Vec<(&'static str, String)> {
        guard.challenge(now, stale, &mut self.rng)
    }

    /// A number from 0 to this one.
    pub(crate) fn number_to(&mut self, most: u32) -> u32 {
        self.rng.random_range(0..=most)
    }

    /// A part of a time: between these shares of it, in per cent.
    pub(crate) fn share(&mut self, of: Duration, from: u32, to: u32) -> Duration {
        of * self.rng.random_range(from * 100..=to * 100) / 10_000
    }

    /// Bytes that nobody can guess.
    pub(crate) fn nonce(&mut self) -> [u8; 12] {
        self.rng.random()
    }

    /// A time between the two, in steps of 10 ms (RFC 3261 section 14.1).
    pub(crate) fn pause(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(self.rng.random_range(from_ms / 10..=to_ms / 10) * 10)
    }
}
