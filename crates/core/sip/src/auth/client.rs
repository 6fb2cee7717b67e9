//! Answers challenges (RFC 3261 section 22.2 and 22.3). Realm by realm the strongest algorithm we know is taken
//! (RFC 8760), credentials for all realms go out together, and a password is never tried twice against one realm
//! unless the server says `stale`, or the nonce had served before: three tries can lock an account.

use super::{
    Side,
    digest::{Algorithm, Proof, Qop, Secret, random_hex},
    params::{AuthValue, DigestWriter},
};
use crate::message::{Request, Response};
use rand::Rng;
use std::{collections::BTreeMap, fmt};

/// More realms than this are never on one path.
const MAX_REALMS: usize = 8;

/// As often a server may call a nonce stale that it has just given.
const MAX_STALE: u8 = 4;

/// Why there is no use in trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The credentials were given and are not taken.
    #[error("credentials refused")]
    Credentials,
    /// No challenge, or none that we can answer: not Digest, or an unknown algorithm.
    #[error("no challenge that can be answered")]
    Unsupported,
}

/// The user of one account, towards every server that asks on its paths.
pub struct Authenticator {
    user: String,
    password: String,
    realms: BTreeMap<(Side, String), Realm>,
}

struct Challenge {
    nonce: String,
    opaque: Option<String>,
    /// `None`: not named, which means MD5 and is not echoed.
    algorithm: Option<Algorithm>,
    qop: Option<Qop>,
    stale: bool,
}

struct Realm {
    challenge: Challenge,
    /// How often the nonce was used (`nc`).
    uses: u32,
    stale_in_a_row: u8,
}

impl Authenticator {
    /// Knows no realm yet.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into(), realms: BTreeMap::new() }
    }

    /// Takes the challenges of a 401 or 407 to this request. After `Ok`, [`authorize`](Self::authorize) a copy of the
    /// request with a new CSeq and branch, and send it.
    pub fn on_challenge(&mut self, request: &Request, response: &Response) -> Result<(), Refused> {
        let challenges = best_challenges(response);
        if challenges.is_empty() {
            return Err(Refused::Unsupported);
        }
        for (key, challenge) in challenges {
            let given = credentials(request, key.0, &key.1);
            let stale_in_a_row = match given {
                Some(given) => self.may_try_again(&key, &given, &challenge)?,
                None => 0,
            };
            match self.realms.get(&key) {
                // Another request was challenged with the same nonce: its count goes on.
                Some(known) if known.challenge.nonce == challenge.nonce => {}
                None if self.realms.len() >= MAX_REALMS => return Err(Refused::Unsupported),
                Some(_) | None => {
                    self.realms.insert(key, Realm { challenge, uses: 0, stale_in_a_row });
                }
            }
        }
        Ok(())
    }

    /// Whether credentials that were refused may be made anew; how many stale nonces came in a row by now.
    fn may_try_again(
        &self,
        key: &(Side, String),
        given: &AuthValue,
        challenge: &Challenge,
    ) -> Result<u8, Refused> {
        let known = self.realms.get(key);
        let stale_in_a_row = known.map_or(0, |known| known.stale_in_a_row);
        let nonce = given.get("nonce").unwrap_or_default();
        if nonce == challenge.nonce {
            return Err(Refused::Credentials);
        }
        if challenge.stale && stale_in_a_row < MAX_STALE {
            return Ok(stale_in_a_row + 1);
        }
        let count = match given.get("nc").and_then(|nc| u32::from_str_radix(nc, 16).ok()) {
            Some(count) => count,
            None => known.filter(|known| known.challenge.nonce == nonce).map_or(1, |known| known.uses),
        };
        // A nonce that served before has run out, at a server that does not say `stale`.
        if !challenge.stale && count > 1 { Ok(0) } else { Err(Refused::Credentials) }
    }

    /// Puts credentials for every known realm into a request, in place of those it has. None are known before the
    /// first challenge; later requests may be authorized before they are challenged (RFC 3261 section 22.3). An ACK
    /// takes the credentials of its INVITE instead, and a CANCEL has none (section 22.1).
    pub fn authorize(&mut self, request: &mut Request, rng: &mut impl Rng) {
        for side in [Side::Server, Side::Proxy] {
            request.headers.remove(side.credentials_name());
        }
        let (user, password) = (&self.user, &self.password);
        for ((side, name), realm) in &mut self.realms {
            realm.uses = realm.uses.saturating_add(1);
            if realm.uses > 1 {
                realm.stale_in_a_row = 0;
            }
            let secret = Secret { user, realm: name, password };
            let value = answer(&secret, realm, request, &random_hex(rng));
            request.headers.push(side.credentials_name(), value);
        }
    }

    /// Forgets all nonces, for example when the network has changed.
    pub fn forget(&mut self) {
        self.realms.clear();
    }
}

fn answer(secret: &Secret<'_>, realm: &Realm, request: &Request, cnonce: &str) -> String {
    let challenge = &realm.challenge;
    let nc = format!("{:08x}", realm.uses);
    let proof = Proof {
        algorithm: challenge.algorithm.unwrap_or(Algorithm::Md5),
        nonce: &challenge.nonce,
        method: request.method.as_str(),
        uri: request.uri.as_str(),
        body: &request.body,
        qop: challenge.qop.map(|qop| (qop, nc.as_str(), cnonce)),
    };
    let mut value = DigestWriter::new();
    value.quoted("username", secret.user);
    value.quoted("realm", secret.realm);
    value.quoted("nonce", proof.nonce);
    value.quoted("uri", proof.uri);
    value.quoted("response", &proof.response(secret));
    if let Some(algorithm) = challenge.algorithm {
        value.bare("algorithm", algorithm.as_str());
    }
    if let Some((qop, nc, cnonce)) = proof.qop {
        value.quoted("cnonce", cnonce);
        value.bare("qop", qop.as_str());
        value.bare("nc", nc);
    }
    if let Some(opaque) = &challenge.opaque {
        value.quoted("opaque", opaque);
    }
    value.finish()
}

/// The strongest challenge that can be answered, of every realm.
fn best_challenges(response: &Response) -> BTreeMap<(Side, String), Challenge> {
    let mut best: BTreeMap<(Side, String), Challenge> = BTreeMap::new();
    for side in [Side::Server, Side::Proxy] {
        for value in response.headers.all(side.challenge_name()).flat_map(AuthValue::parse_all) {
            let Some((realm, challenge)) = read_challenge(&value) else { continue };
            match best.get(&(side, realm.clone())) {
                Some(have) if have.algorithm >= challenge.algorithm => {}
                Some(_) | None => {
                    best.insert((side, realm), challenge);
                }
            }
        }
    }
    best
}

/// `None` where we can't answer it.
fn read_challenge(value: &AuthValue) -> Option<(String, Challenge)> {
    if !value.is_digest() {
        return None;
    }
    let algorithm = match value.get("algorithm") {
        Some(name) => Some(Algorithm::parse(name)?),
        None => None,
    };
    let qop = match value.get("qop") {
        None => None,
        Some(offered) => {
            let offers = |qop: &Qop| offered.split(',').any(|o| o.trim().eq_ignore_ascii_case(qop.as_str()));
            Some([Qop::Auth, Qop::AuthInt].into_iter().find(offers)?)
        }
    };
    let challenge = Challenge {
        nonce: value.get("nonce")?.to_owned(),
        opaque: value.get("opaque").map(str::to_owned),
        algorithm,
        qop,
        stale: value.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
    };
    Some((value.get("realm")?.to_owned(), challenge))
}

/// What the request gave for this realm.
fn credentials(request: &Request, side: Side, realm: &str) -> Option<AuthValue> {
    let mut given = request.headers.all(side.credentials_name()).flat_map(AuthValue::parse_all);
    given.find(|value| value.is_digest() && value.get("realm") == Some(realm))
}

/// Says how many realms are known: user and password are private.
impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator({} realms)", self.realms.len())
    }
}
