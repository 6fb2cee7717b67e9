//! One component: its socket, what servers made of it, and the agent that checks (RFC 8445 section 4).

use super::{
    Candidate, Kind, Servers, Taken, Terms, Way,
    agent::{Agent, Check, Chosen},
    gather::Probe,
    is_stun,
    patience::{self, Standing},
    relay::{Brought, Relay},
};
use crate::session::{Channel, Transmit};
use bytes::{Bytes, BytesMut};
use rand::Rng;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// So many servers of a kind are asked.
const MOST_SERVERS: usize = 4;

/// One component.
#[derive(Debug)]
pub(super) struct Component {
    channel: Channel,
    base: SocketAddr,
    probes: Vec<Probe>,
    relays: Vec<Relay>,
    finding: Finding,
    requests: Vec<Transmit>,
}

/// How the way is found.
#[derive(Debug)]
enum Finding {
    /// By the session description.
    Stated,
    /// By checks, the next of which is due then.
    Checks(Box<Agent>, Option<Instant>),
}

impl Component {
    pub(super) fn new(
        now: Instant,
        channel: Channel,
        base: SocketAddr,
        servers: &Servers,
        rng: &mut impl Rng,
    ) -> Component {
        let reachable = |address: &SocketAddr| address.is_ipv4() == base.is_ipv4();
        let turn = || servers.turn.iter().filter(|server| reachable(&server.address)).take(MOST_SERVERS);
        let stun = servers.stun.iter().copied().filter(reachable).take(MOST_SERVERS);
        let doubtful = |server: &SocketAddr| servers.silent.contains(server);
        let asked = stun.chain(turn().map(|server| server.address)).filter(|_| !servers.relay_only);
        Component {
            channel,
            base,
            probes: asked.map(|server| Probe::new(now, server, doubtful(&server), rng)).collect(),
            relays: turn().map(|server| Relay::new(now, base, server, doubtful(&server.address))).collect(),
            finding: Finding::Stated,
            requests: Vec::new(),
        }
    }

    pub(super) const fn channel(&self) -> Channel {
        self.channel
    }

    /// Until when some server is waited for; `None`: none is. They were asked at `since`.
    pub(super) fn waits_until(&self, since: Instant) -> Option<Instant> {
        let mapped = patience::waits_until(since, self.probes.iter().map(Probe::standing));
        mapped.max(patience::waits_until(since, self.relays.iter().map(Relay::standing)))
    }

    /// Whether each server that was asked has answered by now.
    pub(super) fn answers(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        let probes = self.probes.iter().map(|probe| (probe.server(), probe.standing()));
        let all = probes.chain(self.relays.iter().map(|relay| (relay.server(), relay.standing())));
        all.map(|(server, standing)| (server, !matches!(standing, Standing::Asked { .. })))
    }

    /// What there is by now, best first.
    pub(super) fn candidates(&self, relay_only: bool) -> Vec<Candidate> {
        let mut found = Vec::new();
        if !relay_only {
            found.push(Candidate::ours(Kind::Host, self.channel, self.base, 0));
        }
        for (n, mapped) in self.probes.iter().map(Probe::mapped).enumerate() {
            // Where there is no NAT it is the host candidate once more.
            let Some(mapped) = mapped.filter(|mapped| *mapped != self.base) else { continue };
            if !found.iter().any(|known: &Candidate| known.address == mapped) {
                let related = Some(self.base);
                let candidate = Candidate::ours(Kind::ServerReflexive, self.channel, mapped, n);
                found.push(Candidate { related, ..candidate });
            }
        }
        for (n, address) in self.relays.iter().map(Relay::address).enumerate() {
            let Some(address) = address else { continue };
            // What is behind a relay is nobody's business (RFC 8839 section 5.1).
            let related = Some(SocketAddr::from(([0, 0, 0, 0], 9)));
            found.push(Candidate { related, ..Candidate::ours(Kind::Relayed, self.channel, address, n) });
        }
        found
    }

    /// Checks begin, or begin anew.
    pub(super) fn agree(&mut self, now: Instant, terms: &Terms, tie_breaker: u64, relay_only: bool) {
        let host = (!relay_only).then_some((self.base, Kind::Host));
        let relays = self.relays.iter().filter_map(|relay| Some((relay.address()?, Kind::Relayed)));
        let locals: Vec<(SocketAddr, Kind)> = host.into_iter().chain(relays).collect();
        let agent = Agent::new(now, terms, tie_breaker, &locals);
        self.finding = Finding::Checks(Box::new(agent), Some(now));
        self.meet(now, terms);
    }

    /// They say where else they are.
    pub(super) fn meet(&mut self, now: Instant, terms: &Terms) {
        let theirs = || terms.candidates.iter().filter(|candidate| candidate.component == self.channel);
        for relay in &mut self.relays {
            theirs().for_each(|candidate| relay.permit(now, candidate.address.ip()));
        }
        if let Finding::Checks(agent, due) = &mut self.finding {
            agent.meet(now, theirs());
            *due = agent.poll_timeout();
        }
    }

    /// No checks: they speak no ICE. `relayed`: who is written to by a relay all the same.
    pub(super) fn leave(&mut self, now: Instant, relayed: Option<SocketAddr>) {
        self.finding = Finding::Stated;
        if let Some(peer) = relayed {
            for relay in &mut self.relays {
                relay.permit(now, peer.ip());
                relay.bind(now, peer);
            }
        }
    }

    pub(super) fn receive<'a>(&mut self, now: Instant, source: SocketAddr, bytes: &'a [u8]) -> Taken<'a> {
        // Before the relays: an answer that is not theirs is the end of some.
        if is_stun(bytes) && self.probes.iter_mut().any(|probe| probe.receive(now, source, bytes)) {
            return Taken::Ours;
        }
        for relay in self.relays.iter_mut().filter(|relay| relay.server() == source) {
            match relay.receive(now, bytes) {
                Brought::Own => return Taken::Ours,
                Brought::From(peer, packet) => {
                    let to = relay.address().unwrap_or(self.base);
                    return self.sort(now, to, peer, packet);
                }
                Brought::Other => {}
            }
        }
        self.sort(now, self.base, source, bytes)
    }

    /// RFC 7983: checks from media.
    fn sort<'a>(&mut self, now: Instant, to: SocketAddr, source: SocketAddr, packet: &'a [u8]) -> Taken<'a> {
        if !is_stun(packet) {
            return Taken::Media { source, packet };
        }
        if let Finding::Checks(agent, due) = &mut self.finding {
            let before = agent.chosen();
            agent.receive(now, to, source, packet);
            *due = agent.poll_timeout();
            if let Some(chosen) = agent.chosen().filter(|chosen| Some(*chosen) != before) {
                self.bind(now, chosen);
            }
        }
        Taken::Ours
    }

    /// What goes by a relay gets its short header.
    fn bind(&mut self, now: Instant, chosen: Chosen) {
        for relay in self.relays.iter_mut().filter(|relay| relay.address() == Some(chosen.from)) {
            relay.bind(now, chosen.to);
        }
    }

    pub(super) fn admits(&self, source: SocketAddr) -> bool {
        match &self.finding {
            // A relay lets nobody through that we gave no leave.
            Finding::Stated => true,
            Finding::Checks(agent, _) => agent.knows(source),
        }
    }

    pub(super) fn send(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        packet: Bytes,
        room: &mut BytesMut,
    ) -> Option<Transmit> {
        let chosen = match &self.finding {
            Finding::Stated => {
                let from = self.relays.iter().find_map(Relay::address)?;
                Chosen { from, to: peer }
            }
            Finding::Checks(agent, _) => agent.chosen()?,
        };
        let channel = self.channel;
        if chosen.from == self.base {
            return Some(Transmit { to: chosen.to, channel, payload: packet });
        }
        let relay = self.relays.iter_mut().find(|relay| relay.address() == Some(chosen.from))?;
        let payload = relay.wrap(now, chosen.to, &packet, room)?;
        Some(Transmit { to: relay.server(), channel, payload })
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let checks = match &self.finding {
            Finding::Stated => None,
            Finding::Checks(_, due) => *due,
        };
        let probes = self.probes.iter().map(Probe::due);
        probes.chain(self.relays.iter().map(Relay::due)).chain(checks).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, rng: &mut impl Rng) {
        for probe in &mut self.probes {
            if let Some(request) = probe.request(now, rng) {
                let payload = Bytes::copy_from_slice(&request);
                self.requests.push(Transmit { to: probe.server(), channel: self.channel, payload });
            }
        }
        self.relays.iter_mut().for_each(|relay| relay.handle_timeout(now));
        if let Finding::Checks(agent, due) = &mut self.finding {
            let before = agent.chosen();
            agent.handle_timeout(now);
            *due = agent.poll_timeout().map(|due| due.max(now + Duration::from_millis(1)));
            if let Some(chosen) = agent.chosen().filter(|chosen| Some(*chosen) != before) {
                self.bind(now, chosen);
            }
        }
    }

    pub(super) fn poll_transmit(&mut self, now: Instant, room: &mut BytesMut) -> Option<Transmit> {
        if let Some(request) = self.requests.pop() {
            return Some(request);
        }
        let channel = self.channel;
        for relay in &mut self.relays {
            if let Some(payload) = relay.poll_transmit(now) {
                return Some(Transmit { to: relay.server(), channel, payload });
            }
        }
        let Finding::Checks(agent, due) = &mut self.finding else { return None };
        while let Some(Check { from, to, payload }) = agent.poll_transmit() {
            *due = agent.poll_timeout();
            if from == self.base {
                return Some(Transmit { to, channel, payload });
            }
            let relay = self.relays.iter_mut().find(|relay| relay.address() == Some(from));
            if let Some(relay) = relay
                && let Some(payload) = relay.wrap(now, to, &payload, room)
            {
                return Some(Transmit { to: relay.server(), channel, payload });
            }
        }
        None
    }

    /// The way that was found.
    pub(super) fn way(&self) -> Option<Way> {
        let Finding::Checks(agent, _) = &self.finding else { return None };
        let chosen = agent.chosen()?;
        let local = agent.seen_at(chosen);
        let local_kind = if chosen.from != self.base {
            Kind::Relayed
        } else if local == self.base {
            Kind::Host
        } else if self.probes.iter().any(|probe| probe.mapped() == Some(local)) {
            Kind::ServerReflexive
        } else {
            Kind::PeerReflexive
        };
        let local = if local_kind == Kind::Relayed { chosen.from } else { local };
        let (channel, remote) = (self.channel, chosen.to);
        Some(Way { channel, local_kind, local, remote_kind: agent.remote_kind(remote), remote })
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        match &self.finding {
            Finding::Stated => None,
            Finding::Checks(agent, _) => agent.round_trip(),
        }
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.finding = Finding::Stated;
        self.relays.iter_mut().for_each(|relay| relay.close(now));
    }
}
