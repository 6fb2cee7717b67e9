//! `a=fingerprint` (RFC 8122) and `a=setup` (RFC 4145 as RFC 5763 and 8842 use it): who proves what in a DTLS handshake,
//! and who begins it.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// The hash of a certificate. Of the functions of RFC 8122 those that are still good: SHA-256, SHA-384 and SHA-512.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    function: Function,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Sha256,
    Sha384,
    Sha512,
}

impl Function {
    const ALL: [Function; 3] = [Function::Sha256, Function::Sha384, Function::Sha512];

    const fn name(self) -> &'static str {
        match self {
            Function::Sha256 => "sha-256",
            Function::Sha384 => "sha-384",
            Function::Sha512 => "sha-512",
        }
    }

    fn of(self, certificate: &[u8]) -> Vec<u8> {
        match self {
            Function::Sha256 => Sha256::digest(certificate).to_vec(),
            Function::Sha384 => Sha384::digest(certificate).to_vec(),
            Function::Sha512 => Sha512::digest(certificate).to_vec(),
        }
    }
}

impl Fingerprint {
    /// The SHA-256 of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Fingerprint {
        Fingerprint { function: Function::Sha256, bytes: Function::Sha256.of(certificate) }
    }

    /// Whether it is this certificate's.
    pub fn fits(&self, certificate: &[u8]) -> bool {
        self.function.of(certificate) == self.bytes
    }

    /// Reads an attribute's value: `sha-256 AB:CD:...`.
    pub(in crate::sdp) fn read(value: &str) -> Option<Fingerprint> {
        let (name, digits) = value.trim().split_once(' ')?;
        let function =
            Function::ALL.into_iter().find(|function| name.eq_ignore_ascii_case(function.name()))?;
        let bytes: Option<Vec<u8>> = (digits.trim().split(':'))
            .map(|pair| {
                let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
                is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
            })
            .collect();
        let wanted = match function {
            Function::Sha256 => 32,
            Function::Sha384 => 48,
            Function::Sha512 => 64,
        };
        bytes.filter(|bytes| bytes.len() == wanted).map(|bytes| Fingerprint { function, bytes })
    }

    /// The attribute's value.
    pub(in crate::sdp) fn written(&self) -> String {
        let pairs: Vec<String> = self.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("{} {}", self.function.name(), pairs.join(":"))
    }
}

/// Who begins the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We do: the DTLS client.
    Active,
    /// They do: we are the DTLS server.
    Passive,
}

/// `a=setup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sdp) enum Setup {
    Active,
    Passive,
    ActPass,
}

impl Setup {
    pub(in crate::sdp) fn read(value: &str) -> Option<Setup> {
        let all = [Setup::Active, Setup::Passive, Setup::ActPass];
        all.into_iter().find(|setup| value.trim().eq_ignore_ascii_case(setup.name()))
    }

    pub(in crate::sdp) const fn name(self) -> &'static str {
        match self {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
        }
    }

    /// What we are when they are this. Free to choose we stay what we were, or else begin (RFC 5763 section 5).
    pub(in crate::sdp) fn ours(self, now: Option<Role>) -> Role {
        match self {
            Setup::Active => Role::Passive,
            Setup::Passive => Role::Active,
            Setup::ActPass => now.unwrap_or(Role::Active),
        }
    }
}

impl From<Role> for Setup {
    fn from(role: Role) -> Setup {
        match role {
            Role::Active => Setup::Active,
            Role::Passive => Setup::Passive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_we_read_and_it_fits_its_certificate_alone() {
        let fingerprint = Fingerprint::of(b"abc");
        assert!(fingerprint.written().starts_with("sha-256 BA:78:16:BF:"));
        let read = Fingerprint::read(&fingerprint.written().to_lowercase()).unwrap();
        assert!(read.fits(b"abc") && !read.fits(b"abd"));
    }

    #[test]
    fn what_is_no_fingerprint_or_a_weak_one_is_none() {
        let good = Fingerprint::of(b"abc").written();
        for value in [
            "",
            "sha-256",
            "sha-256 AB",
            "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB",
            "md5 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B",
            &good.replace(':', " "),
            &good.replace("BA", "+A"),
            &good.replace("sha-256", "sha-512"),
        ] {
            assert_eq!(Fingerprint::read(value), None, "{value}");
        }
    }
}
