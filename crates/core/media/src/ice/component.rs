//! One component: its sockets, what servers made of them, and the agent that checks (RFC 8445 section 4).

use super::{
    Candidate, Kind, Setup, Taken, Terms, Way,
    agent::{Agent, Check, Chosen},
    base::{Base, Via},
    candidate::local_preference,
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
/// So many of them from each further socket: enough to learn what a NAT makes of it.
const FROM_FURTHER: usize = 2;
/// So many addresses of this machine are told, the first included.
const MOST_BASES: usize = 8;
/// Few phones ring longer. Who answers later than that has RTCP without a relay.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// One component.
#[derive(Debug)]
pub(super) struct Component {
    channel: Channel,
    /// Never empty; the first is the one that the description names.
    bases: Vec<Base>,
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
    /// None is needed, and until then that may change.
    Resting(Instant),
    /// None ever will be.
    Over,
}

impl Component {
    pub(super) fn new(
        now: Instant,
        channel: Channel,
        own: SocketAddr,
        setup: &Setup,
        rng: &mut impl Rng,
    ) -> Component {
        let servers = &setup.servers;
        let doubtful = |server: &SocketAddr| servers.silent.contains(server);
        let bases = bases(channel, own, setup);
        let mut probes = Vec::new();
        for base in bases.iter().filter(|_| !servers.relay_only) {
            let most = if base.via == Via::Own { MOST_SERVERS } else { FROM_FURTHER };
            let stun = facing(*base, servers.stun.iter().copied()).take(most);
            let turn = facing(*base, servers.turn.iter().map(|server| server.address)).take(most);
            probes.extend(stun.chain(turn).map(|it| Probe::new(now, *base, it, doubtful(&it), rng)));
        }
        let mut relays: Vec<Relay> = (setup.lines.iter().enumerate())
            .filter(|_| channel == Channel::Rtp)
            .map(|(number, line)| Relay::by_line(now, number, line))
            .collect();
        // An allocation for each of our addresses would be much to ask: the best that faces the server has it.
        relays.extend(servers.turn.iter().take(MOST_SERVERS).filter_map(|server| {
            let base = bases.iter().find(|base| base.address.is_ipv4() == server.address.is_ipv4())?;
            Some(Relay::by_socket(now, *base, server, doubtful(&server.address)))
        }));
        Component { channel, bases, probes, relays, finding: Finding::Stated, requests: Vec::new() }
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
        let channel = self.channel;
        let mut found = Vec::new();
        for base in self.bases.iter().filter(|_| !relay_only) {
            found.push(Candidate::ours(Kind::Host, channel, base.address, (base.rank, 0)));
        }
        for (n, probe) in self.probes.iter().enumerate() {
            let Some(mapped) = probe.mapped() else { continue };
            // Where there is no NAT it is the host candidate once more.
            if !found.iter().any(|known: &Candidate| known.address == mapped) {
                let (related, rank) = (Some(probe.base().address), probe.base().rank);
                let candidate = Candidate::ours(Kind::ServerReflexive, channel, mapped, (rank, n));
                found.push(Candidate { related, ..candidate });
            }
        }
        for (n, relay) in self.relays.iter().enumerate() {
            let Some(address) = relay.address() else { continue };
            // What is behind a relay is nobody's business (RFC 8839 section 5.1).
            let related = Some(SocketAddr::from(([0, 0, 0, 0], 9)));
            let candidate = Candidate::ours(Kind::Relayed, channel, address, (relay.rank(), n));
            found.push(Candidate { related, ..candidate });
        }
        found
    }

    /// Checks begin, or begin anew.
    pub(super) fn agree(&mut self, now: Instant, terms: &Terms, tie_breaker: u64, relay_only: bool) {
        let hosts = self.bases.iter().filter(|_| !relay_only);
        let hosts = hosts.map(|base| (base.address, Kind::Host, local_preference(base.rank, 0)));
        let relays = self.relays.iter().enumerate().filter_map(|(n, relay)| {
            Some((relay.address()?, Kind::Relayed, local_preference(relay.rank(), n)))
        });
        let locals: Vec<(SocketAddr, Kind, u32)> = hosts.chain(relays).collect();
        let agent = Agent::new(now, terms, tie_breaker, &locals);
        self.finding = Finding::Checks(Box::new(agent), Some(now));
        self.meet(now, terms);
    }

    /// They say where else they are.
    pub(super) fn meet(&mut self, now: Instant, terms: &Terms) {
        let theirs = || terms.candidates.iter().filter(|candidate| candidate.component == self.channel);
        let Finding::Checks(agent, due) = &mut self.finding else { return };
        agent.meet(now, theirs());
        *due = agent.poll_timeout();
        for relay in &mut self.relays {
            let met = theirs().filter(|candidate| agent.has_met(candidate.address));
            met.for_each(|candidate| relay.permit(now, candidate.address.ip()));
        }
    }

    /// RTCP goes with RTP. What there is stays for a while: of two who answer the second may want it apart.
    pub(super) fn rest(&mut self, now: Instant) {
        if !matches!(self.finding, Finding::Resting(_) | Finding::Over) {
            self.finding = Finding::Resting(now + LONGEST_REST);
        }
    }

    /// Whether it has a way of its own to find.
    pub(super) const fn is_needed(&self) -> bool {
        match self.finding {
            Finding::Stated | Finding::Checks(..) => true,
            Finding::Resting(_) | Finding::Over => false,
        }
    }

    /// No checks: they speak no ICE. `relayed`: who is written to by a relay all the same.
    pub(super) fn leave(&mut self, now: Instant, relayed: Option<SocketAddr>) {
        self.finding = Finding::Stated;
        // On hold there may be no address.
        if let Some(peer) = relayed.filter(|peer| !peer.ip().is_unspecified()) {
            for relay in &mut self.relays {
                relay.permit(now, peer.ip());
                relay.bind(now, peer);
            }
        }
    }

    pub(super) fn receive<'a>(
        &mut self,
        now: Instant,
        (via, source): (Via, SocketAddr),
        bytes: &'a [u8],
    ) -> Taken<'a> {
        // Before the relays: an answer that is not theirs is the end of some.
        if is_stun(bytes) && self.probes.iter_mut().any(|probe| probe.receive(now, via, source, bytes)) {
            return Taken::Ours;
        }
        let base = self.bases.iter().find(|base| base.via == via).map(|base| base.address);
        for relay in self.relays.iter_mut().filter(|relay| relay.via() == via && relay.server() == source) {
            match relay.receive(now, bytes) {
                Brought::Own => return Taken::Ours,
                Brought::From(peer, packet) => {
                    let Some(to) = relay.address() else { return Taken::Ours };
                    return self.sort(now, to, peer, packet);
                }
                Brought::Other => {}
            }
        }
        match (&self.finding, base) {
            // Without checks nobody knows of the further sockets, and over a line comes what is relayed.
            (Finding::Stated, Some(base)) if via == Via::Own => self.sort(now, base, source, bytes),
            (Finding::Checks(..), Some(base)) => self.sort(now, base, source, bytes),
            (Finding::Stated | Finding::Checks(..) | Finding::Resting(_) | Finding::Over, _) => Taken::Ours,
        }
    }

    /// The connection with this number is over.
    pub(super) fn lose(&mut self, line: usize) {
        self.relays.iter_mut().filter(|relay| relay.via() == Via::Line(line)).for_each(Relay::lose);
    }

    /// Where the other end of the connection with this number is.
    pub(super) fn server_of(&self, line: usize) -> Option<SocketAddr> {
        self.relays.iter().find(|relay| relay.via() == Via::Line(line)).map(Relay::server)
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
            Finding::Resting(_) | Finding::Over => false,
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
            Finding::Resting(_) | Finding::Over => return None,
        };
        self.depart(now, chosen, packet, room)
    }

    /// From a socket, or wrapped for a relay.
    fn depart(
        &mut self,
        now: Instant,
        Chosen { from, to }: Chosen,
        packet: Bytes,
        room: &mut BytesMut,
    ) -> Option<Transmit> {
        let channel = self.channel;
        if let Some(base) = self.bases.iter().find(|base| base.address == from) {
            return Some(Transmit { to, channel, via: base.via, payload: packet });
        }
        let relay = self.relays.iter_mut().find(|relay| relay.address() == Some(from))?;
        let payload = relay.wrap(now, to, &packet, room)?;
        Some(Transmit { to: relay.server(), channel, via: relay.via(), payload })
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let own = match &self.finding {
            Finding::Stated => None,
            Finding::Checks(_, due) => *due,
            Finding::Resting(until) => Some(*until),
            Finding::Over => return None,
        };
        let probes = self.probes.iter().filter(|_| self.is_looking()).map(Probe::due);
        probes.chain(self.relays.iter().map(Relay::due)).chain(own).min()
    }

    /// Whether it matters yet what servers see: once a way is found its checks keep NATs open.
    fn is_looking(&self) -> bool {
        match &self.finding {
            Finding::Stated | Finding::Resting(_) => true,
            Finding::Checks(agent, _) => agent.chosen().is_none(),
            Finding::Over => false,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, rng: &mut impl Rng) {
        if let Finding::Resting(until) = self.finding
            && until <= now
        {
            self.close(now);
        }
        let looking = self.is_looking();
        for probe in self.probes.iter_mut().filter(|_| looking) {
            if let Some(request) = probe.request(now, rng) {
                let payload = Bytes::copy_from_slice(&request);
                let (to, via) = (probe.server(), probe.base().via);
                self.requests.push(Transmit { to, channel: self.channel, via, payload });
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
                return Some(Transmit { to: relay.server(), channel, via: relay.via(), payload });
            }
        }
        loop {
            let Finding::Checks(agent, due) = &mut self.finding else { return None };
            let Check { from, to, payload } = agent.poll_transmit()?;
            *due = agent.poll_timeout();
            if let Some(transmit) = self.depart(now, Chosen { from, to }, payload, room) {
                return Some(transmit);
            }
        }
    }

    /// The way that was found.
    pub(super) fn way(&self) -> Option<Way> {
        let Finding::Checks(agent, _) = &self.finding else { return None };
        let chosen = agent.chosen()?;
        let local = agent.seen_at(chosen);
        let is_relay = self.relays.iter().any(|relay| relay.address() == Some(chosen.from));
        let local_kind = if is_relay {
            Kind::Relayed
        } else if local == chosen.from {
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
            Finding::Stated | Finding::Resting(_) | Finding::Over => None,
            Finding::Checks(agent, _) => agent.round_trip(),
        }
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.finding = Finding::Over;
        self.relays.iter_mut().for_each(|relay| relay.close(now));
    }
}

/// The sockets of a component, best first.
fn bases(channel: Channel, own: SocketAddr, setup: &Setup) -> Vec<Base> {
    let further = setup.further.iter().enumerate().filter(|_| channel == Channel::Rtp);
    let further = further.map(|(number, address)| (*address, Via::Further(number)));
    let all = std::iter::once((own, Via::Own)).chain(further).take(MOST_BASES);
    all.enumerate().map(|(rank, (address, via))| Base { address, via, rank }).collect()
}

/// Those that may be reached from there.
fn facing(base: Base, servers: impl Iterator<Item = SocketAddr>) -> impl Iterator<Item = SocketAddr> {
    servers.filter(move |server| server.is_ipv4() == base.address.is_ipv4())
}
