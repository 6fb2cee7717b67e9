//! The crypto suites: how packets are protected, under their names of RFC 4568, 6188 and 7714.

/// How packets are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// AES-256 in Galois/counter mode (RFC 7714).
    AeadAes256Gcm,
    /// AES-128 in Galois/counter mode (RFC 7714).
    AeadAes128Gcm,
    /// AES-256 in counter mode, HMAC-SHA1 cut to 80 bits (RFC 6188).
    Aes256CmHmacSha1_80,
    /// AES-128 in counter mode, HMAC-SHA1 cut to 80 bits (RFC 3711, 4568).
    AesCm128HmacSha1_80,
    /// AES-128 in counter mode, HMAC-SHA1 cut to 32 bits for RTP; 80 for RTCP (RFC 3711, 4568).
    AesCm128HmacSha1_32,
}

impl Suite {
    /// All of them, in the order in which we like them.
    pub const ALL: [Suite; 5] = [
        Suite::AeadAes256Gcm,
        Suite::AeadAes128Gcm,
        Suite::Aes256CmHmacSha1_80,
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
    ];

    /// The best, and the one that all others know (RFC 4568 section 6.2.1 makes it the default).
    pub const USUAL: [Suite; 2] = [Suite::AeadAes256Gcm, Suite::AesCm128HmacSha1_80];

    /// Its name in a session description.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::Aes256CmHmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// The suite of this name, in any case.
    pub fn named(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of its master key.
    pub const fn key_length(self) -> usize {
        match self {
            Suite::AeadAes256Gcm | Suite::Aes256CmHmacSha1_80 => 32,
            Suite::AeadAes128Gcm | Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 16,
        }
    }

    /// Bytes of its master salt.
    pub const fn salt_length(self) -> usize {
        match self {
            Suite::AeadAes256Gcm | Suite::AeadAes128Gcm => 12,
            Suite::Aes256CmHmacSha1_80 | Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 14,
        }
    }
}
