//! Checks of one component (RFC 8445 sections 7 and 8) by a library's agent, which is guarded here: what an authenticated
//! but hostile peer could make it keep is bounded.

use super::{Candidate, Kind, Role, Terms};
use bytes::Bytes;
use is::{
    CandidateKind, IceAgent, IceAgentEvent, IceConnectionState, IceCreds, Protocol,
    stun::{StunMessage, StunPacket},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A pair whose checks are not answered is given up after some 12 s: well within the 30 s of RFC 7675 section 5.1.
const MOST_CHECKS: usize = 6;
/// More addresses than these a peer does not come from, nor see us at.
const MOST_ADDRESSES: usize = 32;
/// After the last pair was given up, all are tried again every so often.
const TRY_AGAIN: Duration = Duration::from_secs(3);

/// One component's agent.
pub(super) struct Agent {
    inner: IceAgent,
    /// Where they said that they may be reached.
    met: BTreeSet<SocketAddr>,
    /// Where checks with the right password came from.
    seen: BTreeSet<SocketAddr>,
    /// What they saw a socket of ours at, from there.
    mapped: BTreeMap<(SocketAddr, SocketAddr), SocketAddr>,
    /// All that was ever said to be seen.
    said: BTreeSet<SocketAddr>,
    chosen: Option<Chosen>,
    tried: Instant,
}

impl fmt::Debug for Agent {
    /// The library's has the passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

/// The pair that media goes by: from this socket, or this relay, to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// A datagram of its own.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) payload: Bytes,
}

impl Agent {
    /// `locals` are what packets can be sent from, sockets and relays, with their local preference.
    pub(super) fn new(
        now: Instant,
        terms: &Terms,
        tie_breaker: u64,
        locals: &[(SocketAddr, Kind, u32)],
    ) -> Agent {
        let creds = |ours: &super::Credentials| IceCreds {
            ufrag: ours.ufrag.clone(),
            pass: ours.pwd.reveal().to_owned(),
        };
        let mut inner = IceAgent::new(creds(&terms.local));
        let known: BTreeMap<SocketAddr, u32> = locals.iter().map(|(it, _, how)| (*it, *how)).collect();
        inner.set_local_preference(move |candidate: &is::Candidate, _: usize| {
            known.get(&candidate.local()).copied().unwrap_or(0xffff)
        });
        inner.set_control_tie_breaker(tie_breaker);
        inner.set_controlling(terms.role == Role::Controlling);
        inner.set_max_stun_retransmits(MOST_CHECKS);
        inner.set_remote_credentials(creds(&terms.remote));
        for (address, kind, _) in locals {
            let candidate = match kind {
                Kind::Relayed => is::Candidate::relayed(*address, *address, Protocol::Udp),
                Kind::Host | Kind::ServerReflexive | Kind::PeerReflexive => {
                    is::Candidate::host(*address, Protocol::Udp)
                }
            };
            if let Ok(candidate) = candidate {
                inner.add_local_candidate(candidate);
            }
        }
        let mut agent = Agent {
            inner,
            met: BTreeSet::new(),
            seen: BTreeSet::new(),
            mapped: BTreeMap::new(),
            said: BTreeSet::new(),
            chosen: None,
            tried: now,
        };
        agent.inner.handle_timeout(now);
        agent
    }

    /// They may be reached here, too; of a call no more than so many are tried.
    pub(super) fn meet<'a>(&mut self, now: Instant, candidates: impl Iterator<Item = &'a Candidate>) {
        for candidate in candidates {
            if self.met.len() >= MOST_ADDRESSES && !self.met.contains(&candidate.address) {
                continue;
            }
            self.met.insert(candidate.address);
            let kind = match candidate.kind {
                Kind::Host => CandidateKind::Host,
                Kind::ServerReflexive => CandidateKind::ServerReflexive,
                Kind::PeerReflexive => CandidateKind::PeerReflexive,
                Kind::Relayed => CandidateKind::Relayed,
            };
            let (foundation, priority) = (candidate.foundation.clone(), candidate.priority);
            // Its agent knows one component: another one has an agent of its own.
            self.inner.add_remote_candidate(is::Candidate::from_parts(
                foundation,
                1,
                Protocol::Udp,
                priority,
                candidate.address,
                kind,
                None,
                None,
                None,
            ));
        }
        self.inner.handle_timeout(now);
        self.listen();
    }

    pub(super) const fn chosen(&self) -> Option<Chosen> {
        self.chosen
    }

    /// What the other end of a pair sees us at: the socket's own address, or what a NAT made of it.
    pub(super) fn seen_at(&self, chosen: Chosen) -> SocketAddr {
        self.mapped.get(&(chosen.from, chosen.to)).copied().unwrap_or(chosen.from)
    }

    pub(super) fn remote_kind(&self, address: SocketAddr) -> Kind {
        let known = self.inner.remote_candidates().find(|candidate| candidate.addr() == address);
        match known.map(|candidate| candidate.kind()) {
            Some(CandidateKind::Host) => Kind::Host,
            Some(CandidateKind::ServerReflexive) => Kind::ServerReflexive,
            Some(CandidateKind::Relayed) => Kind::Relayed,
            Some(CandidateKind::PeerReflexive) | None => Kind::PeerReflexive,
        }
    }

    /// Whether they said that they may be reached there.
    pub(super) fn has_met(&self, address: SocketAddr) -> bool {
        self.met.contains(&address)
    }

    /// Whether somebody there knows the password.
    pub(super) fn knows(&self, source: SocketAddr) -> bool {
        self.chosen.is_some_and(|chosen| chosen.to == source) || self.seen.contains(&source)
    }

    /// Takes a STUN message that came to the socket or relay `to`.
    pub(super) fn receive(&mut self, now: Instant, to: SocketAddr, source: SocketAddr, bytes: &[u8]) {
        let Ok(message) = StunMessage::parse(bytes) else { return };
        let new = !self.seen.contains(&source);
        if new && self.seen.len() >= MOST_ADDRESSES || !self.inner.accepts_message(&message) {
            return;
        }
        if message.is_successful_binding_response()
            && let Some(mapped) = message.mapped_address()
        {
            if self.said.len() >= MOST_ADDRESSES && !self.said.contains(&mapped) {
                return;
            }
            self.said.insert(mapped);
            self.mapped.insert((to, source), mapped);
        }
        let packet = StunPacket { proto: Protocol::Udp, source, destination: to, message };
        if self.inner.handle_packet(now, packet) {
            self.seen.insert(source);
        }
        self.listen();
    }

    pub(super) fn poll_timeout(&mut self) -> Option<Instant> {
        self.inner.poll_timeout()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.inner.poll_timeout().is_none_or(|due| due <= now) {
            self.inner.handle_timeout(now);
            self.listen();
        }
        let lost =
            self.inner.state().is_disconnected() && now.saturating_duration_since(self.tried) > TRY_AGAIN;
        if lost {
            self.tried = now;
            self.inner.recreate_candidate_pairs();
        }
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Check> {
        let transmit = self.inner.poll_transmit()?;
        let payload = Vec::from(transmit.contents).into();
        Some(Check { from: transmit.source, to: transmit.destination, payload })
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.inner.nominated_pair_rtt()
    }

    fn listen(&mut self) {
        while let Some(event) = self.inner.poll_event() {
            match event {
                IceAgentEvent::NominatedSend { source, destination, .. } => {
                    self.chosen = Some(Chosen { from: source, to: destination });
                }
                IceAgentEvent::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                    self.chosen = None;
                }
                IceAgentEvent::IceConnectionStateChange(_)
                | IceAgentEvent::IceRestart(_)
                | IceAgentEvent::DiscoveredRecv { .. } => {}
            }
        }
    }
}
