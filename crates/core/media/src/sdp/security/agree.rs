//! One call's agreement about protection: what we offer, what we answer, and what comes of an answer of theirs.
//!
//! Which keys of ours these are, and for how long, is [`Ours`]'s.

use super::{
    Handshake, Keys, Policy, Protection, Security,
    crypto::Crypto,
    fingerprint::{Fingerprint, Role, Setup},
    form::Form,
    ours::Ours,
    theirs::{Profile, Theirs},
};
use crate::{
    sdp::{KeyAgreement, SdpError},
    srtp::{MasterKey, Suite},
};
use rand::rngs::StdRng;
use std::{collections::VecDeque, net::SocketAddr};

/// What was agreed, and what we say about it.
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
    ours: Ours,
    /// What we are in the running handshake.
    role: Option<Role>,
}

/// Where both are, by an offer of theirs and our answer.
#[derive(Debug, Clone, Copy)]
pub(in crate::sdp) struct Places {
    pub(in crate::sdp) ours: SocketAddr,
    pub(in crate::sdp) theirs: SocketAddr,
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
        Keying { security, form, otherwise, offered, in_use, ours: Ours::new(rng), role: None }
    }

    /// They refused our offer: the next form that the policy allows. `false`: there is none.
    pub(in crate::sdp) fn try_otherwise(&mut self) -> bool {
        self.otherwise.pop_front().map(|form| self.form = form).is_some()
    }

    /// The `m=` line's profile in an offer of ours, where no answer of ours says otherwise.
    pub(in crate::sdp) fn proto(&self) -> &'static str {
        self.form.proto()
    }

    /// Somebody else is there from here on.
    pub(in crate::sdp) fn meet_another(&mut self) {
        self.ours.leave();
    }

    /// What our offer says in this profile, from this address.
    pub(in crate::sdp) fn offer(&mut self, proto: &str, at: SocketAddr) -> Vec<(&'static str, String)> {
        self.offered = self.suites(proto);
        if !self.offered.is_empty() {
            self.ours.say(at);
        }
        let mut attributes = Vec::new();
        for (suite, tag) in self.offered.iter().copied().zip(1..) {
            attributes.push(("crypto", Crypto::written(tag, suite, &self.ours.key(suite))));
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
    pub(in crate::sdp) fn answer(&mut self, theirs: &Theirs, places: Places) -> Result<Agreed, SdpError> {
        match self.way(theirs).ok_or(SdpError::Protection)? {
            Way::Open => Ok(Agreed { protection: self.open(), attributes: Vec::new() }),
            Way::Keys(crypto) => {
                self.is_of_their_own(crypto)?;
                self.ours.meet(&crypto.key, places.theirs);
                self.ours.say(places.ours);
                let ours = self.ours.key(crypto.suite);
                let attributes = vec![("crypto", Crypto::written(crypto.tag, crypto.suite, &ours))];
                Ok(Agreed { protection: self.keys(crypto, ours, places.theirs), attributes })
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

    /// Takes what they, who are there, answered to our offer in this profile.
    pub(in crate::sdp) fn accept(
        &mut self,
        proto: &str,
        theirs: &Theirs,
        there: SocketAddr,
    ) -> Result<Protection, SdpError> {
        match self.way(theirs).ok_or(SdpError::Protection)? {
            // Whoever answers a protected profile by a plain one (RFC 3264 section 6) may have been made to.
            Way::Open if Profile::read(proto) != Some(Profile::Plain) => Err(SdpError::Protection),
            Way::Open => Ok(self.open()),
            Way::Keys(crypto) => {
                let mut lines = self.offered.iter().copied().zip(1..);
                let offered = lines.any(|line| line == (crypto.suite, crypto.tag));
                if !offered || proto.starts_with("UDP/TLS") {
                    return Err(SdpError::Protection);
                }
                self.is_of_their_own(crypto)?;
                let ours = self.ours.said(crypto.suite).ok_or(SdpError::Protection)?;
                Ok(self.keys(crypto, ours, there))
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

    /// A key of ours that comes back was not made by anybody who could keep it (RFC 4568 section 7.1.2).
    fn is_of_their_own(&self, crypto: &Crypto) -> Result<(), SdpError> {
        if self.ours.has(&crypto.key) { Err(SdpError::Protection) } else { Ok(()) }
    }

    fn open(&mut self) -> Protection {
        self.role = None;
        self.ours.leave();
        Protection::Open
    }

    fn keys(&mut self, theirs: &Crypto, ours: MasterKey, there: SocketAddr) -> Protection {
        self.role = None;
        self.in_use = Some(theirs.suite);
        self.ours.enter(&theirs.key, there);
        let (suite, mki, epoch) = (theirs.suite, theirs.mki.clone(), self.ours.epoch());
        Protection::Keys(Box::new(Keys { suite, ours, theirs: theirs.key.clone(), mki, epoch }))
    }

    fn handshake(&mut self, theirs: &Fingerprint, role: Role) -> Result<Protection, SdpError> {
        let identity = self.security.identity.clone().ok_or(SdpError::Protection)?;
        self.role = Some(role);
        self.ours.leave();
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
}
