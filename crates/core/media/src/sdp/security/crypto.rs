//! `a=crypto` (RFC 4568 section 9): a suite and its key, said in the description itself.
//!
//! Lines that we can't use are no lines: unknown suites, keys of a wrong length or several of them, and session
//! parameters that weaken or change the protection (section 6.3), which must be refused where they are not understood.

use crate::srtp::{MasterKey, Suite};
use base64::{Engine as _, alphabet, engine::GeneralPurpose, engine::general_purpose::*};

/// Some leave the padding away.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// The longest MKI (RFC 4568 section 9.2).
const LONGEST_MKI: usize = 128;

/// One line that we can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sdp) struct Crypto {
    pub(in crate::sdp) tag: u32,
    pub(in crate::sdp) suite: Suite,
    pub(in crate::sdp) key: MasterKey,
    /// What their packets carry to say which key it is; empty: nothing.
    pub(in crate::sdp) mki: Vec<u8>,
}

impl Crypto {
    /// Reads an attribute's value.
    pub(in crate::sdp) fn read(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next().filter(|tag| (1..=9).contains(&tag.len()))?.parse().ok()?;
        let suite = Suite::named(words.next()?)?;
        let (key, mki) = inline(words.next()?, suite)?;
        words.all(is_bearable).then_some(Crypto { tag, suite, key, mki })
    }

    /// The attribute's value.
    pub(in crate::sdp) fn written(tag: u32, suite: Suite, key: &MasterKey) -> String {
        format!("{tag} {} inline:{}", suite.name(), BASE64.encode(key.bytes()))
    }
}

/// `inline:KEY[|LIFETIME][|MKI:LENGTH]` (section 6.1).
fn inline(text: &str, suite: Suite) -> Option<(MasterKey, Vec<u8>)> {
    let (method, info) = text.split_at_checked(7)?;
    if !method.eq_ignore_ascii_case("inline:") || info.contains(';') {
        return None;
    }
    let mut parts = info.split('|');
    let key = MasterKey::new(suite, &BASE64.decode(parts.next()?).ok()?)?;
    let mut mki = Vec::new();
    for part in parts {
        match part.split_once(':') {
            Some((value, length)) => mki = identifier(value, length)?,
            None => is_lifetime(part).then_some(())?,
        }
    }
    Some((key, mki))
}

fn identifier(value: &str, length: &str) -> Option<Vec<u8>> {
    let length = length.parse().ok().filter(|length| (1..=LONGEST_MKI).contains(length))?;
    let value: u64 = value.parse().ok()?;
    let bytes = value.to_be_bytes();
    let needed = bytes.len() - value.leading_zeros() as usize / 8;
    let mut mki = vec![0; length];
    let kept = length.min(bytes.len());
    (needed <= length).then_some(())?;
    mki.get_mut(length - kept..)?.copy_from_slice(bytes.get(bytes.len() - kept..)?);
    Some(mki)
}

/// How many packets they make with it: theirs to count. 2^48 is the most.
fn is_lifetime(text: &str) -> bool {
    match text.strip_prefix("2^") {
        Some(power) => power.parse::<u8>().is_ok_and(|power| power <= 48),
        None => text.parse::<u64>().is_ok_and(|packets| (1..=1 << 48).contains(&packets)),
    }
}

/// Whether a session parameter changes nothing for us: a hint about windows, or an extension that may be ignored.
fn is_bearable(parameter: &str) -> bool {
    parameter.starts_with('-')
        || parameter.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("WSH") && value.parse::<u32>().is_ok_and(|size| size >= 64)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    #[test]
    fn the_lines_of_rfc_4568_are_read() {
        let line = Crypto::read(&format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|2^20|1:4")).unwrap();
        assert_eq!((line.tag, line.suite, line.mki), (1, Suite::AesCm128HmacSha1_80, vec![0, 0, 0, 1]));
        let line = Crypto::read("2 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(line.key.bytes(), [0; 28]);
        for (more, wanted) in [
            ("", true),
            ("|2^31", true),
            ("|281474976710656", true),
            ("|2^49", false),
            ("|0", false),
            ("|1066:4", true),
            ("|256:1", false),
            ("|1:0", false),
            ("|1:129", false),
            ("|18446744073709551615:128", true),
            ("|2^20|1:4;inline:AAAA", false),
            (" WSH=128", true),
            (" WSH=16", false),
            (" -x=y", true),
            (" KDR=1", false),
            (" UNENCRYPTED_SRTP", false),
            (" UNENCRYPTED_SRTCP", false),
            (" UNAUTHENTICATED_SRTP", false),
            (" FEC_ORDER=FEC_SRTP", false),
            (" NEWER=1", false),
        ] {
            let line = format!("1 AES_CM_128_HMAC_SHA1_32 {KEY}{more}");
            assert_eq!(Crypto::read(&line).is_some(), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_no_line_of_ours_is_none() {
        for line in [
            "",
            "x",
            "1 AES_CM_128_HMAC_SHA1_80",
            "1 F8_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
            "1 AES_CM_128_HMAC_SHA1_80 inline:d0Rm",
            "1 AES_CM_128_HMAC_SHA1_80 inline:%%%",
            "1 AES_CM_128_HMAC_SHA1_80 outline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
            "1234567890 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
        ] {
            assert_eq!(Crypto::read(line), None, "{line}");
        }
    }

    #[test]
    fn what_we_write_we_read_and_never_print() {
        for suite in Suite::ALL {
            let key = MasterKey::new(suite, &vec![3; suite.key_length() + suite.salt_length()]).unwrap();
            let line = Crypto::read(&Crypto::written(7, suite, &key)).unwrap();
            assert_eq!((line.tag, line.suite, &line.key), (7, suite, &key));
            assert!(format!("{line:?}").contains("MasterKey(_)"));
        }
    }
}
