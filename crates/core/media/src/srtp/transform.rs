//! One direction's transform of packets: encrypted and authenticated in place, or opened (RFC 3711 section 4, RFC 7714).
//!
//! Knows keys and indices, and nothing of windows or streams.

use super::{
    Error,
    keys::{Aes, Label, MasterKey},
    suite::Suite,
};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit, aead::AeadInOut};
use bytes::BytesMut;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

/// An SRTCP packet ends with this bit and its index.
pub(super) const ENCRYPTED: u32 = 1 << 31;

/// The most that protection adds to a packet: the tag of GCM, or of HMAC, and the index of SRTCP.
pub(super) const MOST_ADDED: usize = 20;

const GCM_TAG: usize = 16;

/// Of RTP or of RTCP.
pub(super) struct Transform {
    cipher: Cipher,
    /// 14 bytes; the last two are zero where the suite has 12.
    salt: [u8; 14],
}

enum Cipher {
    Counter { aes: Box<Aes>, mac: Box<Hmac<Sha1>>, tag: usize },
    Gcm128(Box<Aes128Gcm>),
    Gcm256(Box<Aes256Gcm>),
}

/// Which packet it is: whose, and the how-manieth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) ssrc: u32,
    /// RTP: rollover counter and sequence number; RTCP: the index of SRTCP.
    pub(super) index: u64,
}

impl Transform {
    /// `None` where the key is not one of this suite.
    pub(super) fn rtp(suite: Suite, key: &MasterKey) -> Option<Transform> {
        let tag = if suite == Suite::AesCm128HmacSha1_32 { 4 } else { 10 };
        Transform::new(suite, key, [Label::RtpCipher, Label::RtpAuthentication, Label::RtpSalt], tag)
    }

    /// `None` where the key is not one of this suite.
    pub(super) fn rtcp(suite: Suite, key: &MasterKey) -> Option<Transform> {
        Transform::new(suite, key, [Label::RtcpCipher, Label::RtcpAuthentication, Label::RtcpSalt], 10)
    }

    fn new(suite: Suite, key: &MasterKey, labels: [Label; 3], tag: usize) -> Option<Transform> {
        let [cipher, authentication, salting] = labels;
        let (mut session, mut secret, mut salt) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 20]), [0; 14]);
        let session = session.get_mut(..suite.key_length())?;
        key.derive(cipher, session);
        key.derive(authentication, secret.as_mut());
        key.derive(salting, salt.get_mut(..suite.salt_length())?);
        Transform::keyed(suite, session, &secret, salt, tag)
    }

    /// With session keys.
    pub(super) fn keyed(
        suite: Suite,
        key: &[u8],
        secret: &[u8; 20],
        salt: [u8; 14],
        tag: usize,
    ) -> Option<Transform> {
        let cipher = match suite {
            Suite::AeadAes128Gcm => Cipher::Gcm128(Box::new(Aes128Gcm::new_from_slice(key).ok()?)),
            Suite::AeadAes256Gcm => Cipher::Gcm256(Box::new(Aes256Gcm::new_from_slice(key).ok()?)),
            Suite::Aes256CmHmacSha1_80 | Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => {
                let mac = Box::new(Hmac::<Sha1>::new_from_slice(secret).ok()?);
                Cipher::Counter { aes: Box::new(Aes::new(key)?), mac, tag }
            }
        };
        Some(Transform { cipher, salt })
    }

    /// Protects an RTP packet whose header has this length.
    pub(super) fn seal_rtp(&self, place: Place, header: usize, packet: &mut BytesMut) -> Result<(), Error> {
        let (head, body) = packet.split_at_mut_checked(header).ok_or(Error::Malformed)?;
        match &self.cipher {
            Cipher::Counter { aes, mac, tag } => {
                aes.apply_keystream(self.counter(place), body);
                let roc = (place.index >> 16) as u32;
                let code = authenticate(mac, packet, &roc.to_be_bytes());
                packet.extend_from_slice(code.get(..*tag).unwrap_or_default());
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let tag = self.encrypt(self.rtp_nonce(place), head, body)?;
                packet.extend_from_slice(&tag);
            }
        }
        Ok(())
    }

    /// Opens the body of an RTP packet that lies in `packet`, tag and all; gives its length without the tag.
    pub(super) fn open_rtp(&self, place: Place, header: usize, packet: &mut [u8]) -> Result<usize, Error> {
        let tag = self.tag();
        let end = packet.len().checked_sub(tag).filter(|end| *end >= header).ok_or(Error::Malformed)?;
        let (sealed, code) = packet.split_at_mut_checked(end).ok_or(Error::Malformed)?;
        match &self.cipher {
            Cipher::Counter { aes, mac, .. } => {
                let roc = (place.index >> 16) as u32;
                verify(mac, sealed, &roc.to_be_bytes(), code)?;
                aes.apply_keystream(self.counter(place), sealed.get_mut(header..).unwrap_or_default());
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let (head, body) = sealed.split_at_mut_checked(header).ok_or(Error::Malformed)?;
                self.decrypt(self.rtp_nonce(place), head, body, code)?;
            }
        }
        Ok(end)
    }

    /// Protects an RTCP packet of 8 bytes at least.
    pub(super) fn seal_rtcp(&self, place: Place, packet: &mut BytesMut) -> Result<(), Error> {
        let word = (ENCRYPTED | place.index as u32).to_be_bytes();
        let (head, body) = packet.split_at_mut_checked(8).ok_or(Error::Malformed)?;
        match &self.cipher {
            Cipher::Counter { aes, mac, tag } => {
                aes.apply_keystream(self.counter(place), body);
                let code = authenticate(mac, packet, &word);
                packet.extend_from_slice(&word);
                packet.extend_from_slice(code.get(..*tag).unwrap_or_default());
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let mut known = [0; 12];
                known[..8].copy_from_slice(head);
                known[8..].copy_from_slice(&word);
                let tag = self.encrypt(self.rtcp_nonce(place), &known, body)?;
                packet.extend_from_slice(&tag);
                packet.extend_from_slice(&word);
            }
        }
        Ok(())
    }

    /// Where the word with the index lies in an RTCP packet of this length.
    pub(super) fn rtcp_word(&self, length: usize) -> Option<usize> {
        let behind = match &self.cipher {
            Cipher::Counter { tag, .. } => *tag,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => 0,
        };
        length.checked_sub(4 + behind).filter(|at| *at >= 8)
    }

    /// Opens an RTCP packet, index, tag and all; gives its length without them.
    pub(super) fn open_rtcp(&self, place: Place, packet: &mut [u8]) -> Result<usize, Error> {
        let word = (ENCRYPTED | place.index as u32).to_be_bytes();
        let at = self.rtcp_word(packet.len()).ok_or(Error::Malformed)?;
        let (before, rest) = packet.split_at_mut_checked(at).ok_or(Error::Malformed)?;
        match &self.cipher {
            Cipher::Counter { aes, mac, .. } => {
                verify(mac, before, &word, rest.get(4..).unwrap_or_default())?;
                aes.apply_keystream(self.counter(place), before.get_mut(8..).unwrap_or_default());
                Ok(at)
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let end = at.checked_sub(GCM_TAG).ok_or(Error::Malformed)?;
                let (sealed, tag) = before.split_at_mut_checked(end).ok_or(Error::Malformed)?;
                let (head, body) = sealed.split_at_mut_checked(8).ok_or(Error::Malformed)?;
                let mut known = [0; 12];
                known[..8].copy_from_slice(head);
                known[8..].copy_from_slice(&word);
                self.decrypt(self.rtcp_nonce(place), &known, body, tag)?;
                Ok(end)
            }
        }
    }

    /// Bytes behind the MKI of a packet: the tag of HMAC; GCM has its own before it (RFC 7714 section 7.1).
    pub(super) fn behind_mki(&self) -> usize {
        match &self.cipher {
            Cipher::Counter { tag, .. } => *tag,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => 0,
        }
    }

    /// Bytes behind an RTP packet.
    fn tag(&self) -> usize {
        match &self.cipher {
            Cipher::Counter { tag, .. } => *tag,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => GCM_TAG,
        }
    }

    /// RFC 3711 section 4.1.1: salt, SSRC and index, before a counter of 16 bits.
    fn counter(&self, place: Place) -> [u8; 16] {
        let known = (u128::from(place.ssrc) << 64) | (u128::from(place.index) << 16);
        let mut block = known.to_be_bytes();
        block.iter_mut().zip(self.salt).for_each(|(byte, salt)| *byte ^= salt);
        block
    }

    /// RFC 7714 section 8.1: SSRC, rollover counter and sequence number.
    fn rtp_nonce(&self, place: Place) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[2..6].copy_from_slice(&place.ssrc.to_be_bytes());
        nonce[6..].copy_from_slice(&place.index.to_be_bytes()[2..]);
        self.salted(nonce)
    }

    /// RFC 7714 section 9.1: SSRC, two zeros and the index.
    fn rtcp_nonce(&self, place: Place) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[2..6].copy_from_slice(&place.ssrc.to_be_bytes());
        nonce[8..].copy_from_slice(&(place.index as u32).to_be_bytes());
        self.salted(nonce)
    }

    fn salted(&self, mut nonce: [u8; 12]) -> [u8; 12] {
        nonce.iter_mut().zip(self.salt).for_each(|(byte, salt)| *byte ^= salt);
        nonce
    }

    fn encrypt(&self, nonce: [u8; 12], known: &[u8], body: &mut [u8]) -> Result<[u8; GCM_TAG], Error> {
        let nonce = (&nonce).into();
        let tag = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.encrypt_inout_detached(nonce, known, body.into()),
            Cipher::Gcm256(gcm) => gcm.encrypt_inout_detached(nonce, known, body.into()),
            Cipher::Counter { .. } => return Err(Error::Malformed),
        };
        tag.map(Into::into).map_err(|_| Error::Malformed)
    }

    fn decrypt(&self, nonce: [u8; 12], known: &[u8], body: &mut [u8], tag: &[u8]) -> Result<(), Error> {
        let nonce = (&nonce).into();
        let tag: &[u8; GCM_TAG] = tag.try_into().map_err(|_| Error::Malformed)?;
        let opened = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.decrypt_inout_detached(nonce, known, body.into(), tag.into()),
            Cipher::Gcm256(gcm) => gcm.decrypt_inout_detached(nonce, known, body.into(), tag.into()),
            Cipher::Counter { .. } => return Err(Error::Malformed),
        };
        opened.map_err(|_| Error::NotAuthentic)
    }
}

fn authenticate(mac: &Hmac<Sha1>, packet: &[u8], behind: &[u8]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(behind);
    mac.finalize().into_bytes().into()
}

fn verify(mac: &Hmac<Sha1>, packet: &[u8], behind: &[u8], code: &[u8]) -> Result<(), Error> {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(behind);
    mac.verify_truncated_left(code).map_err(|_| Error::NotAuthentic)
}
