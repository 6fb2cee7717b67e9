//! One call's agreement about protection: what we offer, what we answer, and what comes of an answer of theirs.
//!
//! Our keys are made once for each suite and stay the same for the whole call, so that a hold changes no key.

use super::{
    Handshake, Keys, Policy, Protection, Security,
    crypto::Crypto,
    fingerprint::{Fingerprint, Role, Setup},
    form::Form,
    theirs::{Profile, Theirs},
};
use crate::{
    sdp::{KeyAgreement, SdpError},
    srtp::{MasterKey, Suite},
};
use rand::rngs::StdRng;
use std::collections::{BTreeMap, VecDeque};

/// What was agreed, and what we say about it.
#[derive(Debug)]
pub(in crate::sdp) struct Agreed {
    pub(in crate::sdp) protection: Protection,
    /// For our answer: names and values.
    pub(in crate::sdp) attributes: Vec<(&'static str, String)>,
}

/// One call's keys.
#[derive(Debug)]
pub(in crate::sdp) struct Keying {
    security: Security,
    /// The form of our offers, and those to try where that is refused.
    form: Form,
    otherwise: VecDeque<Form>,
    /// Whose keys our last offer had, by the order of its lines, and which was agreed on.
    offered: Vec<Suite>,
    in_use: Option<Suite>,
    ours: BTreeMap<Suite, MasterKey>,
    /// What we are in the running handshake.
    role: Option<Role>,
    rng: StdRng,
}

/// How a stream of theirs would be protected.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    Open,
    Keys(&'a Crypto),
    Handshake(&'a Fingerprint, Setup),
}

impl Keying {
    pub(in crate::sdp) fn new(security: Security, rng: StdRng) -> Keying {
        let mut otherwise = VecDeque::from(Form::all(&security));
        // Without a way to protect there is nothing to demand it by, and no call.
        let form = otherwise.pop_front().unwrap_or(Form::Demanded(KeyAgreement::Sdes));
        let (offered, in_use) = (Vec::new(), None);
        Keying { security, form, otherwise, offered, in_use, ours: BTreeMap::new(), role: None, rng }
    }

    /// They refused our offer: the next form that the policy allows. `false`: there is none.
    pub(in crate::sdp) fn try_otherwise(&mut self) -> bool {
        self.otherwise.pop_front().map(|form| self.form = form).is_some()
    }

    /// The `m=` line's profile in an offer of ours, where no answer of ours says otherwise.
    pub(in crate::sdp) fn proto(&self) -> &'static str {
        self.form.proto()
    }

    /// What our offer says in this profile.
    pub(in crate::sdp) fn offer(&mut self, proto: &str) -> Vec<(&'static str, String)> {
        self.offered = self.suites(proto);
        let mut attributes = Vec::new();
        for (suite, tag) in self.offered.clone().into_iter().zip(1..) {
            attributes.push(("crypto", Crypto::written(tag, suite, &self.our_key(suite))));
        }
        if let Some(identity) = self.security.identity.as_ref().filter(|_| self.says_fingerprint(proto)) {
            attributes.push(("setup", Setup::ActPass.name().to_owned()));
            attributes.push(("fingerprint", identity.fingerprint().written()));
        }
        attributes
    }

    /// How well a stream that they offer could be protected: the less, the better; `None`: not as we want it.
    pub(in crate::sdp) fn rank(&self, theirs: &Theirs) -> Option<u8> {
        self.way(theirs).map(|way| u8::from(matches!(way, Way::Open)))
    }

    /// Answers what they offer.
    pub(in crate::sdp) fn answer(&mut self, theirs: &Theirs) -> Result<Agreed, SdpError> {
        match self.way(theirs).ok_or(SdpError::Protection)? {
            Way::Open => Ok(Agreed { protection: self.open(), attributes: Vec::new() }),
            Way::Keys(crypto) => {
                let ours = self.our_key(crypto.suite);
                let attributes = vec![("crypto", Crypto::written(crypto.tag, crypto.suite, &ours))];
                Ok(Agreed { protection: self.keys(crypto, ours)?, attributes })
            }
            Way::Handshake(fingerprint, setup) => {
                let protection = self.handshake(fingerprint, setup.ours(self.role))?;
                let setup = self.role.map_or(Setup::Active, Setup::from);
                let ours = self.security.identity.as_ref().map(|identity| identity.fingerprint().written());
                let fingerprint = ours.into_iter().map(|ours| ("fingerprint", ours));
                let attributes = fingerprint.chain([("setup", setup.name().to_owned())]).collect();
                Ok(Agreed { protection, attributes })
            }
        }
    }

    /// Takes what they answered to our offer in this profile.
    pub(in crate::sdp) fn accept(&mut self, proto: &str, theirs: &Theirs) -> Result<Protection, SdpError> {
        match self.way(theirs).ok_or(SdpError::Protection)? {
            Way::Open => Ok(self.open()),
            Way::Keys(crypto) => {
                let mut lines = self.offered.iter().copied().zip(1..);
                let offered = lines.any(|line| line == (crypto.suite, crypto.tag));
                let ours = self.our_key(crypto.suite);
                // A key of ours that comes back was not made by anybody who could keep it.
                if !offered || proto.starts_with("UDP/TLS") || crypto.key == ours {
                    return Err(SdpError::Protection);
                }
                self.keys(crypto, ours)
            }
            // An answer decides (RFC 5763 section 5).
            Way::Handshake(_, Setup::ActPass) => Err(SdpError::Protection),
            Way::Handshake(fingerprint, setup) => self.handshake(fingerprint, setup.ours(None)),
        }
    }

    /// Our best way to protect a stream of theirs.
    fn way<'a>(&self, theirs: &'a Theirs) -> Option<Way<'a>> {
        let profile = theirs.profile?;
        if self.security.policy == Policy::Never {
            return (profile == Profile::Plain).then_some(Way::Open);
        }
        for agreement in &self.security.keys {
            match (agreement, &theirs.handshake) {
                (KeyAgreement::Dtls, Some((fingerprint, setup))) if self.security.identity.is_some() => {
                    return Some(Way::Handshake(fingerprint, *setup));
                }
                (KeyAgreement::Sdes, _) if profile != Profile::Handshaken => {
                    let line = |suite| theirs.crypto.iter().find(|line| line.suite == suite);
                    if let Some(line) = Suite::ALL.into_iter().find_map(line) {
                        return Some(Way::Keys(line));
                    }
                }
                (KeyAgreement::Dtls | KeyAgreement::Sdes, _) => {}
            }
        }
        (profile == Profile::Plain && self.security.policy == Policy::Offer).then_some(Way::Open)
    }

    fn open(&mut self) -> Protection {
        self.role = None;
        Protection::Open
    }

    fn keys(&mut self, theirs: &Crypto, ours: MasterKey) -> Result<Protection, SdpError> {
        self.role = None;
        self.in_use = Some(theirs.suite);
        let (suite, mki) = (theirs.suite, theirs.mki.clone());
        Ok(Protection::Keys(Box::new(Keys { suite, ours, theirs: theirs.key.clone(), mki })))
    }

    fn handshake(&mut self, theirs: &Fingerprint, role: Role) -> Result<Protection, SdpError> {
        let identity = self.security.identity.clone().ok_or(SdpError::Protection)?;
        self.role = Some(role);
        let fingerprint = theirs.clone();
        Ok(Protection::Handshake(Box::new(Handshake { role, fingerprint, identity })))
    }

    /// Whose keys stand in an offer. Best-effort it is few, since an INVITE of more than 1300 bytes does not go by UDP (RFC
    /// 3261 section 18.1.1); what is in use stays.
    fn suites(&self, proto: &str) -> Vec<Suite> {
        let says = match self.form {
            _ if proto.starts_with("UDP/TLS") => false,
            Form::Offered => self.security.keys.contains(&KeyAgreement::Sdes),
            Form::Demanded(agreement) => agreement == KeyAgreement::Sdes,
            Form::Open => self.in_use.is_some(),
        };
        let demanded = matches!(self.form, Form::Demanded(_));
        let is_said = |suite: &Suite| demanded || Suite::USUAL.contains(suite) || self.in_use == Some(*suite);
        Suite::ALL.into_iter().filter(|suite| says && is_said(suite)).collect()
    }

    /// Whether an offer names our certificate. Best-effort only where that is our first choice, or what is in use: many who
    /// know keys in a description stumble over it in a plain profile.
    fn says_fingerprint(&self, proto: &str) -> bool {
        let is_first = self.security.keys.first() == Some(&KeyAgreement::Dtls);
        match self.form {
            _ if proto.starts_with("UDP/TLS") || self.role.is_some() => true,
            Form::Offered => is_first,
            Form::Demanded(agreement) => agreement == KeyAgreement::Dtls,
            Form::Open => false,
        }
    }

    fn our_key(&mut self, suite: Suite) -> MasterKey {
        self.ours.entry(suite).or_insert_with(|| MasterKey::random(suite, &mut self.rng)).clone()
    }
}
