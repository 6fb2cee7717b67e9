//! With whom there is a handshake on one channel. Before it is over nobody has proved anything: so whoever begins one has one
//! of their own, and what a stranger does spoils nothing for whom the description names.
//!
//! Where we begin there is one, with whom the description names; somebody else is listened to only when nobody there says
//! anything for a second.

use super::{
    association::{Association, Step},
    latch::Standing,
    records::hello,
};
use crate::{
    sdp::{Handshake, Keys, Role},
    session::KeyTrouble,
};
use bytes::BytesMut;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// So many who are not where the description says, at a time.
const MOST_STRANGERS: usize = 3;
/// So many datagrams of theirs are looked at, of all together.
const MOST_OF_STRANGERS: u32 = 1_000;
/// So often one may begin anew.
const MOST_RESTARTS: u32 = 8;
/// Who brings nothing forward for so long makes room for another.
const IDLE: Duration = Duration::from_secs(3);
/// After so long without a word from there, others may answer us.
const ALONE: Duration = Duration::from_secs(1);

/// Everybody on one channel.
#[derive(Debug)]
pub(super) struct Partners {
    agreed: Handshake,
    begun: Instant,
    stated: Partner,
    strangers: Vec<Partner>,
    of_strangers: u32,
    /// When a stranger showed a certificate that was not announced.
    forged: Option<Instant>,
}

/// One handshake.
#[derive(Debug)]
pub(super) struct Partner {
    pub(super) association: Association,
    /// Where the last datagram came from that brought it forward.
    pub(super) source: Option<SocketAddr>,
    moved: Instant,
    state: State,
    /// What they began with, and how often they began anew.
    hello: Option<[u8; 32]>,
    restarts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    UnderWay,
    Over,
}

/// Whose handshake a datagram belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// The one with whom the description names.
    Stated,
    /// One of the source's own.
    Stranger,
    Nobody,
}

/// What came of a datagram.
#[derive(Debug)]
pub(super) enum Outcome {
    Nothing,
    /// One who proved to be the announced one.
    Keys(Box<Keys>),
    Trouble(KeyTrouble),
}

impl Partners {
    /// `None` where our certificate is no good.
    pub(super) fn new(now: Instant, agreed: &Handshake) -> Option<Partners> {
        let (agreed, stated) = (agreed.clone(), Partner::new(now, agreed)?);
        Some(Partners { agreed, begun: now, stated, strangers: Vec::new(), of_strangers: 0, forged: None })
    }

    pub(super) const fn begun(&self) -> Instant {
        self.begun
    }

    /// Whether anybody has answered anything.
    pub(super) fn is_under_way(&self) -> bool {
        self.all().any(|partner| partner.state == State::UnderWay)
    }

    /// Takes a datagram. Who gave keys is then the only one left.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        (source, standing): (SocketAddr, Standing),
        bytes: &[u8],
    ) -> Outcome {
        match self.whom(now, source, standing) {
            Whom::Stated => match self.stated.receive(now, &self.agreed, source, bytes) {
                Ok(None) => Outcome::Nothing,
                Ok(Some(keys)) => Outcome::Keys(keys),
                Err(why) => Outcome::Trouble(why),
            },
            Whom::Stranger => self.hear_stranger(now, source, bytes),
            Whom::Nobody => Outcome::Nothing,
        }
    }

    fn whom(&self, now: Instant, source: SocketAddr, standing: Standing) -> Whom {
        match (self.agreed.role, standing, self.stated.source) {
            (_, Standing::Stated, _) => Whom::Stated,
            (Role::Passive, Standing::Neighbour | Standing::Stranger, _) => Whom::Stranger,
            (Role::Active, _, Some(known)) if known == source => Whom::Stated,
            (Role::Active, Standing::Neighbour, None) => Whom::Stated,
            (Role::Active, Standing::Stranger, None) if now >= self.begun + ALONE => Whom::Stated,
            (Role::Active, Standing::Neighbour | Standing::Stranger, _) => Whom::Nobody,
        }
    }

    fn hear_stranger(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Outcome {
        if self.of_strangers >= MOST_OF_STRANGERS {
            return Outcome::Nothing;
        }
        self.of_strangers += 1;
        let known = self.strangers.iter().position(|partner| partner.source == Some(source));
        let Some(at) = known.or_else(|| self.welcome(now, source, bytes)) else { return Outcome::Nothing };
        let Some(stranger) = self.strangers.get_mut(at) else { return Outcome::Nothing };
        match stranger.receive(now, &self.agreed, source, bytes) {
            Ok(None) => Outcome::Nothing,
            Ok(Some(keys)) => {
                self.stated = self.strangers.swap_remove(at);
                Outcome::Keys(keys)
            }
            // It says nothing about whom we wait for.
            Err(KeyTrouble::WrongFingerprint) => {
                self.forged.get_or_insert(now);
                Outcome::Nothing
            }
            Err(KeyTrouble::NoAgreement) => Outcome::Nothing,
        }
    }

    /// A place for somebody new, where there is one.
    fn welcome(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<usize> {
        hello(bytes)?;
        if self.strangers.len() >= MOST_STRANGERS {
            let oldest = self.strangers.iter().enumerate().min_by_key(|(_, partner)| partner.moved);
            let (at, _) = oldest.filter(|(_, partner)| now >= partner.moved + IDLE)?;
            self.strangers.swap_remove(at);
        }
        let partner = Partner::new(now, &self.agreed)?;
        self.strangers.push(Partner { source: Some(source), ..partner });
        self.strangers.len().checked_sub(1)
    }

    /// Does what is due; says so where only somebody with another certificate was there.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<KeyTrouble> {
        for partner in std::iter::once(&mut self.stated).chain(&mut self.strangers) {
            if partner.state != State::Over {
                partner.association.handle_timeout(now);
            }
        }
        let is_alone = !self.is_under_way();
        self.forged.filter(|forged| is_alone && now >= *forged + IDLE).map(|_| KeyTrouble::WrongFingerprint)
    }

    /// Why there were no keys in all that time.
    pub(super) const fn verdict(&self) -> KeyTrouble {
        if self.forged.is_some() { KeyTrouble::WrongFingerprint } else { KeyTrouble::NoAgreement }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let is_alone = !self.is_under_way();
        let verdict = self.forged.filter(|_| is_alone).map(|forged| forged + IDLE);
        let running = self.all().filter(|partner| partner.state != State::Over);
        running.filter_map(|partner| partner.association.poll_timeout()).chain(verdict).min()
    }

    /// The next datagram to send, and to whom where that is known from theirs. Who showed another certificate is told nothing.
    pub(super) fn poll_transmit(&mut self) -> Option<(Option<SocketAddr>, BytesMut)> {
        let all = std::iter::once(&mut self.stated).chain(&mut self.strangers);
        all.filter(|partner| partner.state != State::Over)
            .find_map(|partner| Some((partner.source, partner.association.poll_transmit()?)))
    }

    /// Who gave the keys.
    pub(super) fn into_stated(self) -> Partner {
        self.stated
    }

    fn all(&self) -> impl Iterator<Item = &Partner> {
        std::iter::once(&self.stated).chain(&self.strangers)
    }
}

impl Partner {
    fn new(now: Instant, agreed: &Handshake) -> Option<Partner> {
        let association = Association::new(now, agreed)?;
        let (source, state) = (None, State::Waiting);
        Some(Partner { association, source, moved: now, state, hello: None, restarts: 0 })
    }

    /// Takes what comes after the keys: where our last word got lost it is said again (RFC 6347 section 4.2.4).
    pub(super) fn hear_again(
        &mut self,
        now: Instant,
        (source, standing): (SocketAddr, Standing),
        bytes: &[u8],
    ) {
        if standing == Standing::Stated || self.source == Some(source) {
            // Keys are there, and nothing changes them.
            let _ = self.association.receive(now, bytes);
        }
    }

    /// Who begins once more has forgotten what was before (RFC 6347 section 4.2.8).
    fn begin_anew(&mut self, now: Instant, agreed: &Handshake, bytes: &[u8]) {
        let Some(random) = hello(bytes).filter(|_| agreed.role == Role::Passive) else { return };
        let is_another = self.hello.replace(random).is_some_and(|before| before != random);
        if is_another
            && self.restarts < MOST_RESTARTS
            && let Some(association) = Association::new(now, agreed)
        {
            self.restarts += 1;
            (self.association, self.state) = (association, State::Waiting);
        }
    }

    fn receive(
        &mut self,
        now: Instant,
        agreed: &Handshake,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Result<Option<Box<Keys>>, KeyTrouble> {
        self.begin_anew(now, agreed, bytes);
        if self.state == State::Over {
            return Ok(None);
        }
        let step = self.association.receive(now, bytes).inspect_err(|_| self.state = State::Over)?;
        let keys = match step {
            Step::None => return Ok(None),
            Step::Forward => None,
            Step::Keys(keys) => Some(Box::new(keys)),
        };
        (self.source, self.moved, self.state) = (Some(source), now, State::UnderWay);
        Ok(keys)
    }
}
