//! The virtual clock and the network between endpoints. Time only moves when nothing is left to do at this instant.

use crate::{
    ladder::{Fate, Ladder},
    link::Link,
};
use rand::{SeedableRng, rngs::StdRng};
use sidetone_sip::api::{Flow, Transmit, Transport};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Whatever can live in a [`World`].
pub trait Endpoint {
    /// A message came.
    fn handle_datagram(&mut self, now: Instant, flow: Flow, message: &[u8]);
    /// A deadline is reached, or passed.
    fn handle_timeout(&mut self, now: Instant);
    /// When to be woken next.
    fn poll_timeout(&self) -> Option<Instant>;
    /// What to send; asked until `None` after everything else.
    fn poll_transmit(&mut self) -> Option<Transmit>;
}

/// Endpoints of several kinds in one world.
impl<E: Endpoint + ?Sized> Endpoint for Box<E> {
    fn handle_datagram(&mut self, now: Instant, flow: Flow, message: &[u8]) {
        (**self).handle_datagram(now, flow, message);
    }

    fn handle_timeout(&mut self, now: Instant) {
        (**self).handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        (**self).poll_transmit()
    }
}

struct Resident<E> {
    addresses: Vec<SocketAddr>,
    endpoint: E,
}

struct Packet {
    to: usize,
    flow: Flow,
    payload: Vec<u8>,
}

/// Endpoints, the links between them, and the time.
pub struct World<E> {
    start: Instant,
    now: Instant,
    rng: StdRng,
    residents: Vec<Resident<E>>,
    links: BTreeMap<(usize, usize), Link>,
    default_link: Link,
    under_way: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
    streams: BTreeMap<(usize, usize), Instant>,
    ladder: Ladder,
}

impl<E: Endpoint> World<E> {
    /// An empty world. Every link is [`Link::default`] until said otherwise.
    pub fn new(seed: u64) -> Self {
        let start = Instant::now();
        World {
            start,
            now: start,
            rng: StdRng::seed_from_u64(seed),
            residents: Vec::new(),
            links: BTreeMap::new(),
            default_link: Link::default(),
            under_way: BTreeMap::new(),
            sent: 0,
            streams: BTreeMap::new(),
            ladder: Ladder::default(),
        }
    }

    /// Puts an endpoint at an address; the result names it from now on, counted from 0.
    pub fn add(&mut self, name: &str, address: SocketAddr, endpoint: E) -> usize {
        self.residents.push(Resident { addresses: vec![address], endpoint });
        self.ladder.add_column(name);
        self.residents.len() - 1
    }

    /// Lets an endpoint be reached at one more address.
    pub fn add_address(&mut self, resident: usize, address: SocketAddr) {
        self.residents[resident].addresses.push(address);
    }

    /// Sets one direction of one path.
    pub fn set_link(&mut self, from: usize, to: usize, link: Link) {
        self.links.insert((from, to), link);
    }

    /// Sets every direction of every path that has none of its own.
    pub fn set_links(&mut self, link: Link) {
        self.default_link = link;
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The time since the world began.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// What was sent so far.
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// One of the endpoints, to look at.
    pub fn endpoint(&self, resident: usize) -> &E {
        &self.residents[resident].endpoint
    }

    /// Does something to an endpoint now, and sends what comes of it.
    pub fn act<T>(&mut self, resident: usize, action: impl FnOnce(Instant, &mut E) -> T) -> T {
        let result = action(self.now, &mut self.residents[resident].endpoint);
        self.send_from(resident);
        result
    }

    /// Lets bytes of nobody's making arrive at once.
    pub fn inject(&mut self, to: usize, flow: Flow, message: &[u8]) {
        self.residents[to].endpoint.handle_datagram(self.now, flow, message);
        self.send_from(to);
    }

    /// Runs for this long.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(duration, |_| false);
    }

    /// Runs until the condition holds, at most for this long. Whether it held.
    pub fn run_until(&mut self, at_most: Duration, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + at_most;
        loop {
            if holds(self) {
                return true;
            }
            match self.next_instant() {
                Some(next) if next <= end => self.step(next),
                Some(_) | None => {
                    self.now = end;
                    return holds(self);
                }
            }
        }
    }

    /// Runs until nothing is under way and no deadline is left, at most for this long. Whether it became quiet.
    pub fn run_to_quiescence(&mut self, at_most: Duration) -> bool {
        self.run_until(at_most, |world| world.next_instant().is_none())
    }

    fn next_instant(&self) -> Option<Instant> {
        let arrival = self.under_way.keys().next().map(|(at, _)| *at);
        let deadlines = self.residents.iter().filter_map(|resident| resident.endpoint.poll_timeout());
        arrival.into_iter().chain(deadlines).min()
    }

    fn step(&mut self, next: Instant) {
        self.now = self.now.max(next);
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let packet = entry.remove();
            self.residents[packet.to].endpoint.handle_datagram(self.now, packet.flow, &packet.payload);
            self.send_from(packet.to);
        }
        for index in 0..self.residents.len() {
            let endpoint = &mut self.residents[index].endpoint;
            if endpoint.poll_timeout().is_some_and(|at| at <= self.now) {
                endpoint.handle_timeout(self.now);
                assert!(
                    endpoint.poll_timeout().is_none_or(|at| at > self.now),
                    "an endpoint wants to be woken for what it was just woken for\n{}",
                    self.ladder
                );
            }
            self.send_from(index);
        }
    }

    fn send_from(&mut self, from: usize) {
        while let Some(transmit) = self.residents[from].endpoint.poll_transmit() {
            self.carry(from, transmit);
        }
    }

    fn carry(&mut self, from: usize, transmit: Transmit) {
        let Transmit { flow, payload } = transmit;
        let at = self.elapsed();
        let Some(to) = self.residents.iter().position(|r| r.addresses.contains(&flow.remote)) else {
            return self.ladder.add_arrow(at, (from, from), &payload, Fate::Unroutable);
        };
        let link = self.links.get(&(from, to)).copied().unwrap_or(self.default_link);
        let copies = match flow.transport {
            Transport::Udp => link.copies(&mut self.rng),
            Transport::Tcp | Transport::Tls | Transport::Wss => {
                Link { loss: 0.0, duplication: 0.0, ..link }.copies(&mut self.rng)
            }
        };
        let fate = if copies.is_empty() { Fate::Lost } else { Fate::Delivered };
        self.ladder.add_arrow(at, (from, to), &payload, fate);
        let seen = Flow { transport: flow.transport, local: flow.remote, remote: flow.local };
        for under_way in copies {
            let arrival = self.arrival(flow.transport, (from, to), under_way);
            self.sent += 1;
            let payload = link.carry(&payload, &mut self.rng);
            self.under_way.insert((arrival, self.sent), Packet { to, flow: seen, payload });
        }
    }

    /// A stream keeps its order.
    fn arrival(&mut self, transport: Transport, path: (usize, usize), under_way: Duration) -> Instant {
        let arrival = self.now + under_way;
        match transport {
            Transport::Udp => arrival,
            Transport::Tcp | Transport::Tls | Transport::Wss => {
                let last = self.streams.entry(path).or_insert(arrival);
                *last = arrival.max(*last);
                *last
            }
        }
    }
}
