//! One DTLS handshake (RFC 5764) on one channel: datagrams in, datagrams out, keys in the end.
//!
//! Whoever has another certificate than the announced one is refused in the handshake itself. What strangers send makes
//! nothing grow: so many datagrams are looked at, and no more. What is not answered is sent again after half a second,
//! after twice as long each time, and when the other side shows that it waits (RFC 6347 section 4.2.4).

use super::records::{Sieve, Sifted};
use crate::{
    sdp::{Fingerprint, Handshake, Keys, Role},
    session::KeyTrouble,
    srtp::{MasterKey, Suite},
};
use bytes::BytesMut;
use rtc_dtls::{
    config::{ClientAuthType, ConfigBuilder, HandshakeConfig},
    crypto::Certificate,
    crypto_provider::{RTCCryptoProvider, SignatureScheme, providers::RingProvider},
    endpoint::{Endpoint, EndpointEvent},
    extension::extension_use_srtp::SrtpProtectionProfile as Profile,
};
use rtc_shared::{TransportProtocol, error::Error};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// What is not answered is sent again after so long, for the first time.
const AGAIN: Duration = Duration::from_millis(500);
/// And never later than after so long.
const LATEST: Duration = Duration::from_secs(2);

/// So many datagrams are looked at in one handshake, its repetitions included.
const MOST_DATAGRAMS: u32 = 400;

/// Where a datagram goes is the wire's: the library is told of one address only.
const THERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// What both may protect media with, our favourite first.
const PROFILES: [(Profile, Suite); 4] = [
    (Profile::Srtp_Aead_Aes_256_Gcm, Suite::AeadAes256Gcm),
    (Profile::Srtp_Aead_Aes_128_Gcm, Suite::AeadAes128Gcm),
    (Profile::Srtp_Aes128_Cm_Hmac_Sha1_80, Suite::AesCm128HmacSha1_80),
    (Profile::Srtp_Aes128_Cm_Hmac_Sha1_32, Suite::AesCm128HmacSha1_32),
];

/// One handshake.
pub(super) struct Association {
    endpoint: Endpoint,
    role: Role,
    theirs: Fingerprint,
    /// A certificate came that is not theirs.
    forged: Arc<AtomicBool>,
    sieve: Sieve,
    looked_at: u32,
    /// How often what waits for an answer was sent again.
    repeated: u32,
}

/// What came of a datagram.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: it may be anybody's.
    None,
    /// It was answered, or what waited for an answer waits no more.
    Forward,
    /// The handshake is over.
    Keys(Keys),
}

impl Association {
    /// Begins, where that is our part. `None` where our certificate is no good.
    pub(super) fn new(now: Instant, agreed: &Handshake) -> Option<Association> {
        let forged = Arc::new(AtomicBool::new(false));
        let config = Arc::new(config(agreed, &forged)?);
        let (role, theirs) = (agreed.role, agreed.fingerprint.clone());
        let serving = (role == Role::Passive).then(|| Arc::clone(&config));
        let mut endpoint = Endpoint::new(THERE, TransportProtocol::UDP, serving);
        if role == Role::Active {
            endpoint.connect(now, THERE, config, None).ok()?;
        }
        let sieve = Sieve::new(role);
        Some(Association { endpoint, role, theirs, forged, sieve, looked_at: 0, repeated: 0 })
    }

    /// Takes a datagram.
    ///
    /// # Errors
    /// There will be no keys.
    pub(super) fn receive(&mut self, now: Instant, bytes: &[u8]) -> Result<Step, KeyTrouble> {
        if self.looked_at >= MOST_DATAGRAMS {
            return Ok(Step::None);
        }
        let waited = self.endpoint.poll_timeout(&THERE);
        let records = match self.sieve.sift(bytes) {
            Sifted::Chaff => return Ok(Step::None),
            Sifted::Repeated => {
                self.looked_at += 1;
                let _ = self.endpoint.handle_timeout(THERE, waited.map_or(now, |due| due.max(now)));
                return Ok(Step::None);
            }
            Sifted::Records(records) => records,
        };
        self.looked_at += 1;
        let events = self.endpoint.read(now, THERE, None, records);
        self.unforged()?;
        if events
            .is_ok_and(|events| events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)))
        {
            return self.keys().map(Step::Keys);
        }
        if self.endpoint.poll_timeout(&THERE) == waited {
            return Ok(Step::None);
        }
        self.repeated = 0;
        Ok(Step::Forward)
    }

    /// Sends again what was not answered.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.repeated += 1;
            // Where the library has had enough the handshake runs out of time soon anyway.
            let _ = self.endpoint.handle_timeout(THERE, now);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due: later each time, which the library leaves to us.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let wait = (AGAIN * 2_u32.saturating_pow(self.repeated.min(8))).min(LATEST);
        self.endpoint.poll_timeout(&THERE).map(|first| first + (wait - AGAIN))
    }

    pub(super) fn poll_transmit(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message)
    }

    fn unforged(&self) -> Result<(), KeyTrouble> {
        if self.forged.load(Ordering::Relaxed) { Err(KeyTrouble::WrongFingerprint) } else { Ok(()) }
    }

    /// RFC 5764 section 4.2: both keys, then both salts, the client's first.
    fn keys(&self) -> Result<Keys, KeyTrouble> {
        self.unforged()?;
        let state = self.endpoint.get_connection_state(THERE).ok_or(KeyTrouble::NoAgreement)?;
        let certificate = state.peer_certificates.first().ok_or(KeyTrouble::WrongFingerprint)?;
        if !self.theirs.fits(certificate) {
            return Err(KeyTrouble::WrongFingerprint);
        }
        let profile = state.srtp_protection_profile();
        let known = PROFILES.into_iter().find(|(known, _)| *known == profile);
        let (_, suite) = known.ok_or(KeyTrouble::NoAgreement)?;
        let (key, salt) = (suite.key_length(), suite.salt_length());
        let exported = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], 2 * (key + salt));
        let exported = exported.map_err(|_| KeyTrouble::NoAgreement)?;
        let bytes: &[u8] = exported.as_ref();
        let master = |at: usize| {
            let key = bytes.get(at * key..(at + 1) * key)?;
            let salt =
                bytes.get(2 * suite.key_length() + at * salt..2 * suite.key_length() + (at + 1) * salt)?;
            MasterKey::new(suite, &[key, salt].concat())
        };
        let (client, server) = master(0).zip(master(1)).ok_or(KeyTrouble::NoAgreement)?;
        let (ours, theirs) = match self.role {
            Role::Active => (client, server),
            Role::Passive => (server, client),
        };
        Ok(Keys { suite, ours, theirs, mki: Vec::new(), epoch: 0 })
    }
}

impl std::fmt::Debug for Association {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Association(_)")
    }
}

fn config(agreed: &Handshake, forged: &Arc<AtomicBool>) -> Option<HandshakeConfig> {
    let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::new());
    let scheme = SignatureScheme::EcdsaP256Sha256;
    let key = provider.crypto().import_signing_key(scheme, agreed.identity.private_key()).ok()?;
    let certificate = Certificate::from_signing_key(vec![agreed.identity.certificate().to_vec().into()], key);
    let (theirs, forged) = (agreed.fingerprint.clone(), Arc::clone(forged));
    ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_certificates(vec![certificate])
        .with_srtp_protection_profiles(PROFILES.map(|(profile, _)| profile).to_vec())
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // No authority signed it: the fingerprint says whose it is (RFC 5763 section 5).
        .with_insecure_skip_verify(true)
        .with_verify_peer_certificate(Some(Arc::new(move |chain: &[Vec<u8>], _: &[_]| {
            if chain.first().is_some_and(|certificate| theirs.fits(certificate)) {
                return Ok(());
            }
            forged.store(true, Ordering::Relaxed);
            Err(Error::Other("not the announced certificate".into()))
        })))
        .with_flight_interval(AGAIN)
        .build(agreed.role == Role::Active, None)
        .ok()
}
