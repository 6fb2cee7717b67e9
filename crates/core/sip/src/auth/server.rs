//! The asking side, for the practice exchange: makes challenges, remembers its nonces, checks what comes back
//! (RFC 3261 section 22.4, RFC 7616 section 3.4.6). Wants `qop=auth`, and every `nc` once.

use super::{
    Algorithm, Side,
    digest::{Proof, Qop, Secret, random_hex, same},
    params::{AuthValue, DigestWriter},
};
use crate::message::{Request, Uri};
use rand::Rng;
use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

/// More nonces than this are not remembered: the oldest goes.
const MAX_NONCES: usize = 1_024;

/// What a request's credentials are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are this user's: the key that was given for the name.
    Accepted,
    /// There are none for our realm: challenge.
    Missing,
    /// The password is right and the nonce is not good any more: challenge with `stale`.
    Stale,
    /// They are wrong: challenge again, or refuse with 403.
    Wrong,
}

struct Nonce {
    made: Instant,
    highest_count: u32,
}

/// One protected realm.
pub struct Guard {
    side: Side,
    realm: String,
    algorithms: Vec<Algorithm>,
    lifetime: Duration,
    nonces: BTreeMap<String, Nonce>,
}

impl Guard {
    /// Offers these algorithms, the first preferred (RFC 8760 section 2.3); nonces last for `lifetime`.
    pub fn new(side: Side, realm: impl Into<String>, algorithms: &[Algorithm], lifetime: Duration) -> Self {
        let algorithms = algorithms.to_vec();
        Self { side, realm: realm.into(), algorithms, lifetime, nonces: BTreeMap::new() }
    }

    /// A header field for every algorithm, with a new nonce, for a response with [`Side::code`].
    pub fn challenge(
        &mut self,
        now: Instant,
        stale: bool,
        rng: &mut impl Rng,
    ) -> Vec<(&'static str, String)> {
        let nonce = random_hex(rng);
        let values = self.algorithms.iter().map(|algorithm| {
            let mut value = DigestWriter::new();
            value.quoted("realm", &self.realm);
            value.quoted("nonce", &nonce);
            value.quoted("qop", Qop::Auth.as_str());
            value.bare("algorithm", algorithm.as_str());
            if stale {
                value.bare("stale", "true");
            }
            (self.side.challenge_name(), value.finish())
        });
        let values = values.collect();
        self.remember(now, nonce);
        values
    }

    /// The user name that a request gives for our realm, not checked yet.
    pub fn claimed_user(&self, request: &Request) -> Option<String> {
        Some(self.credentials(request)?.get("username")?.to_owned())
    }

    /// Checks a request against the password of the [`claimed_user`](Self::claimed_user).
    pub fn verify(&mut self, now: Instant, request: &Request, password: &str) -> Verdict {
        let Some(given) = self.credentials(request) else { return Verdict::Missing };
        let Some((nonce, count)) = self.check_response(&given, request, password) else {
            return Verdict::Wrong;
        };
        let lifetime = self.lifetime;
        match self.nonces.get_mut(nonce) {
            Some(known)
                if now.saturating_duration_since(known.made) < lifetime && count > known.highest_count =>
            {
                known.highest_count = count;
                Verdict::Accepted
            }
            Some(_) | None => Verdict::Stale,
        }
    }

    /// Nonce and count, if the password is right.
    fn check_response<'a>(
        &self,
        given: &'a AuthValue,
        request: &Request,
        password: &str,
    ) -> Option<(&'a str, u32)> {
        let algorithm = Algorithm::parse(given.get("algorithm").unwrap_or("MD5"))?;
        let (uri, nc, nonce) = (given.get("uri")?, given.get("nc")?, given.get("nonce")?);
        let same_uri = Uri::parse(uri).is_ok_and(|uri| uri.is_equivalent(&request.uri));
        if !self.algorithms.contains(&algorithm) || given.get("qop")? != Qop::Auth.as_str() || !same_uri {
            return None;
        }
        let proof = Proof {
            algorithm,
            nonce,
            method: request.method.as_str(),
            uri,
            body: &request.body,
            qop: Some((Qop::Auth, nc, given.get("cnonce")?)),
        };
        let secret = Secret { user: given.get("username")?, realm: &self.realm, password };
        let right = same(&proof.response(&secret), &given.get("response")?.to_ascii_lowercase());
        right.then_some((nonce, u32::from_str_radix(nc, 16).ok()?))
    }

    fn credentials(&self, request: &Request) -> Option<AuthValue> {
        let mut given = request.headers.all(self.side.credentials_name()).flat_map(AuthValue::parse_all);
        given.find(|value| value.is_digest() && value.get("realm") == Some(&self.realm))
    }

    fn remember(&mut self, now: Instant, nonce: String) {
        let lifetime = self.lifetime;
        self.nonces.retain(|_, nonce| now.saturating_duration_since(nonce.made) < lifetime);
        if self.nonces.len() >= MAX_NONCES {
            let oldest = self.nonces.iter().min_by_key(|(_, nonce)| nonce.made).map(|(text, _)| text.clone());
            oldest.map(|oldest| self.nonces.remove(&oldest));
        }
        self.nonces.insert(nonce, Nonce { made: now, highest_count: 0 });
    }
}

/// Says how many nonces are out.
impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({} nonces)", self.nonces.len())
    }
}
