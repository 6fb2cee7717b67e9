//! The arithmetic of digest authentication (RFC 7616 section 3.4, RFC 2069 where there is no qop).

use md5::Md5;
use rand::Rng;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The hash, and whether the session's own key is used. The greater is the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the algorithms' own")]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
}

impl Algorithm {
    /// Reads one, in any case; `None` where it is not known here.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    /// As it stands in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess)
    }

    /// Lower-case hex of the hash of these bytes.
    pub(super) fn hash(self, bytes: &[u8]) -> String {
        match self {
            Self::Md5 | Self::Md5Sess => hex(&Md5::digest(bytes)),
            Self::Sha256 | Self::Sha256Sess => hex(&Sha256::digest(bytes)),
        }
    }

    fn hash_joined(self, parts: &[&str]) -> String {
        self.hash(parts.join(":").as_bytes())
    }
}

/// The quality of protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Qop {
    Auth,
    AuthInt,
}

impl Qop {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// What a response is made of.
pub(super) struct Secret<'a> {
    pub(super) user: &'a str,
    pub(super) realm: &'a str,
    pub(super) password: &'a str,
}

/// What is protected, and how.
pub(super) struct Proof<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) nonce: &'a str,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) body: &'a [u8],
    /// qop, nc as written, cnonce; `None` as in RFC 2069.
    pub(super) qop: Option<(Qop, &'a str, &'a str)>,
}

impl Proof<'_> {
    /// The `response` value.
    pub(super) fn response(&self, secret: &Secret<'_>) -> String {
        let algorithm = self.algorithm;
        let cnonce = self.qop.map_or("", |(_, _, cnonce)| cnonce);
        let mut ha1 = algorithm.hash_joined(&[secret.user, secret.realm, secret.password]);
        if algorithm.is_session() {
            ha1 = algorithm.hash_joined(&[&ha1, self.nonce, cnonce]);
        }
        let ha2 = match self.qop {
            Some((Qop::AuthInt, ..)) => {
                algorithm.hash_joined(&[self.method, self.uri, &algorithm.hash(self.body)])
            }
            Some((Qop::Auth, ..)) | None => algorithm.hash_joined(&[self.method, self.uri]),
        };
        match self.qop {
            Some((qop, nc, cnonce)) => {
                algorithm.hash_joined(&[&ha1, self.nonce, nc, cnonce, qop.as_str(), &ha2])
            }
            None => algorithm.hash_joined(&[&ha1, self.nonce, &ha2]),
        }
    }
}

/// 128 bits nobody can guess, as hex.
pub(super) fn random_hex(rng: &mut impl Rng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    hex(&bytes)
}

/// Takes equally long wherever they differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mufasa(password: &'static str, realm: &'static str) -> Secret<'static> {
        Secret { user: "Mufasa", realm, password }
    }

    fn proof<'a>(algorithm: Algorithm, nonce: &'a str, qop: Option<(Qop, &'a str, &'a str)>) -> Proof<'a> {
        Proof { algorithm, nonce, method: "GET", uri: "/dir/index.html", body: b"", qop }
    }

    /// RFC 2617 section 3.5.
    #[test]
    fn the_example_of_rfc_2617() {
        let qop = Some((Qop::Auth, "00000001", "0a4f113b"));
        let proof = proof(Algorithm::Md5, "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop);
        let secret = mufasa("Circle Of Life", "testrealm@host.com");
        assert_eq!(proof.response(&secret), "6629fae49393a05397450978507c4ef1");
    }

    /// RFC 2069 section 2.4, with the response its errata give.
    #[test]
    fn the_example_of_rfc_2069() {
        let proof = proof(Algorithm::Md5, "dcd98b7102dd2f0e8b11d0f600bfb0c093", None);
        let secret = mufasa("CircleOfLife", "testrealm@host.com");
        assert_eq!(proof.response(&secret), "1949323746fe6a43ef61f9606e7febea");
    }

    /// RFC 7616 section 3.9.1.
    #[test]
    fn the_examples_of_rfc_7616() {
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let secret = mufasa("Circle of Life", "http-auth@example.org");
        for (algorithm, response) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let qop = Some((Qop::Auth, "00000001", cnonce));
            assert_eq!(proof(algorithm, nonce, qop).response(&secret), response);
        }
    }

    #[test]
    fn comparing() {
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab"));
    }
}
