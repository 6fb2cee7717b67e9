//! Master keys, and the session keys that are made of them (RFC 3711 section 4.3).

use super::suite::Suite;
use aes::{
    Aes128, Aes256,
    cipher::{BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipherCoreWrapper},
};
use ctr::{CtrCore, flavors::Ctr128BE};
use rand::Rng;
use zeroize::Zeroizing;

/// A master key and its salt. Never printed, and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    bytes: Zeroizing<Vec<u8>>,
    key: usize,
}

impl MasterKey {
    /// A key for this suite: key and salt in one row (RFC 4568 section 6.1). `None` where the length is another one.
    pub fn new(suite: Suite, key_and_salt: &[u8]) -> Option<MasterKey> {
        (key_and_salt.len() == suite.key_length() + suite.salt_length())
            .then(|| MasterKey { bytes: Zeroizing::new(key_and_salt.to_vec()), key: suite.key_length() })
    }

    /// A new one.
    pub(crate) fn random(suite: Suite, rng: &mut impl Rng) -> MasterKey {
        let mut bytes = Zeroizing::new(vec![0; suite.key_length() + suite.salt_length()]);
        rng.fill_bytes(&mut bytes);
        MasterKey { bytes, key: suite.key_length() }
    }

    /// Key and salt in one row.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at_checked(self.key).unwrap_or_default()
    }

    /// The session key with this label: as many bytes as `into` has.
    pub(super) fn derive(&self, label: Label, into: &mut [u8]) {
        let (key, salt) = self.parts();
        // 112 bits of salt; one of 96 is filled up with zeros (RFC 7714 section 11).
        let mut block = [0; 16];
        for (byte, salt) in block.iter_mut().zip(salt) {
            *byte = *salt;
        }
        block[7] ^= label as u8;
        into.fill(0);
        if let Some(aes) = Aes::new(key) {
            aes.apply_keystream(block, into);
        }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(_)")
    }
}

/// What a session key is for (RFC 3711 section 4.3.2).
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    RtpCipher = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpCipher = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// AES with a key of either length.
pub(super) enum Aes {
    Of128(Aes128),
    Of256(Aes256),
}

impl Aes {
    pub(super) fn new(key: &[u8]) -> Option<Aes> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Aes::Of128),
            32 => Aes256::new_from_slice(key).ok().map(Aes::Of256),
            _ => None,
        }
    }

    /// Counter mode from this block on (RFC 3711 section 4.1.1), in place.
    pub(super) fn apply_keystream(&self, counter: [u8; 16], data: &mut [u8]) {
        match self {
            Aes::Of128(aes) => run(aes, counter, data),
            Aes::Of256(aes) => run(aes, counter, data),
        }
    }
}

fn run<C: BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>>(
    aes: &C,
    counter: [u8; 16],
    data: &mut [u8],
) {
    let core: CtrCore<&C, Ctr128BE> = CtrCore::inner_iv_init(aes, &counter.into());
    let mut stream = StreamCipherCoreWrapper::from_core(core);
    // 2^128 blocks are never reached.
    let _ = aes::cipher::StreamCipher::try_apply_keystream(&mut stream, data);
}
