//! Two ends that talk through NATs, servers and a bad network, in virtual time: sessions and negotiations as a call has
//! them, each behind whatever NAT it is given.

mod anew;
mod hostile;
mod nat;
mod networks;
mod server;
mod stories;

use super::{Kind, News, Servers, Setup, TurnServer, Via, Way};
use crate::{
    Direction, Negotiation, Session,
    pcm::{Block, SILENCE},
    sdp::{self, Plan},
    session::{Channel, Config, Event, Input, Output},
    testing::start,
};
use bytes::Bytes;
use nat::{Mapping, Nat};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use server::{PASSWORD, Server, USER};
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

/// One step of the world.
const STEP: Duration = Duration::from_millis(5);
const ONE_WAY: Duration = Duration::from_millis(20);

/// One end: a phone behind its NAT.
struct End {
    session: Session,
    negotiation: Option<Negotiation>,
    address: SocketAddr,
    /// Another network that it is in, without a NAT.
    further: Option<SocketAddr>,
    nat: Option<Nat>,
    gathered: Option<(Instant, Vec<super::Candidate>)>,
    news: Vec<News>,
    /// Where its datagrams went: to, first byte.
    sent: Vec<(SocketAddr, u8)>,
}

impl End {
    fn new(n: u8, nat: Option<Mapping>) -> End {
        // Two private networks that use the same addresses would be too easy: theirs differ.
        let address = match nat {
            Some(_) => SocketAddr::from(([10, n, 0, 2], 4_000)),
            None => SocketAddr::from(([198, 51, 100, n], 4_000)),
        };
        let nat = nat.map(|mapping| Nat::new(IpAddr::from([198, 51, 100, n]), mapping));
        let session = Session::new(Config::default(), [n; 32]);
        let (negotiation, further, gathered) = (None, None, None);
        End { session, negotiation, address, further, nat, gathered, news: vec![], sent: vec![] }
    }

    fn rtcp(&self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), self.address.port() + 1)
    }

    /// What the description names: its own address, unless that is nobody's business.
    fn default(&self) -> SocketAddr {
        let candidates = self.gathered.as_ref().map(|(_, candidates)| candidates.as_slice());
        candidates.and_then(super::default_candidate).map_or(self.address, |default| default.address)
    }

    fn ways(&self) -> Vec<Way> {
        let found = self.news.iter().rev().find_map(|news| match news {
            News::Found { ways, .. } => Some(ways.clone()),
            News::Gathered(_) | News::Server { .. } | News::Lost => None,
        });
        found.unwrap_or_default()
    }

    fn received(&self, now: Instant) -> u64 {
        self.session.quality(now).packets_received
    }
}

/// A datagram on its way.
struct Flying {
    arrival: Instant,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Bytes,
}

/// The whole of it.
struct World {
    now: Instant,
    ends: [End; 2],
    server: Server,
    /// Whether the server answers.
    serves: bool,
    flying: Vec<Flying>,
    loss_percent: u32,
    /// Nothing gets through between these two addresses.
    cut: Vec<(IpAddr, IpAddr)>,
    rng: StdRng,
}

impl World {
    fn new(nats: [Option<Mapping>; 2]) -> World {
        let now = start();
        let ends = [End::new(1, nats[0]), End::new(2, nats[1])];
        let server = Server::new(now, SocketAddr::from(([203, 0, 113, 1], 3_478)));
        let (flying, cut, rng) = (vec![], vec![], StdRng::from_seed([3; 32]));
        World { now, ends, server, serves: true, flying, loss_percent: 0, cut, rng }
    }

    fn stun(&self) -> Servers {
        Servers { stun: vec![self.server.address], ..Servers::default() }
    }

    fn turn(&self) -> Servers {
        let (user, password) = (super::Secret::new(USER), super::Secret::new(PASSWORD));
        let turn = vec![TurnServer { address: self.server.address, user, password }];
        Servers { turn, ..Servers::default() }
    }

    /// One end gathers, as when it dials or its phone rings; how long that took.
    fn gather(&mut self, end: usize, servers: Servers) -> Duration {
        let begin = self.now;
        let (further, lines) = (self.ends[end].further.into_iter().collect(), vec![]);
        let setup = Setup {
            rtp: self.ends[end].address,
            rtcp: Some(self.ends[end].rtcp()),
            further,
            lines,
            servers,
            since: begin,
        };
        self.ends[end].gathered = None;
        self.ends[end].session.gather(begin, &setup);
        self.depart(end);
        while self.ends[end].gathered.is_none() {
            self.step();
            assert!(self.now - begin < Duration::from_secs(10), "it must come to an end");
        }
        let (at, candidates) = self.ends[end].gathered.clone().unwrap();
        let address = self.ends[end].default();
        match &mut self.ends[end].negotiation {
            Some(negotiation) => negotiation.set_local(address, address.port() + 1, Some(candidates)),
            None => self.negotiator(end, Some(candidates)),
        }
        at - begin
    }

    fn negotiator(&mut self, end: usize, candidates: Option<Vec<super::Candidate>>) {
        let config = sdp::Config { candidates, ..sdp::Config::new(self.ends[end].default()) };
        self.ends[end].negotiation = Some(Negotiation::new(config, [end as u8 + 7; 32]));
    }

    /// One end offers, the other answers, and `edit` is what is between them.
    fn negotiate_by(&mut self, from: usize, edit: impl Fn(String) -> String) -> [Plan; 2] {
        let text = |sdp: Bytes| String::from_utf8(sdp.to_vec()).unwrap();
        let of = |end: &mut End| end.negotiation.take().unwrap();
        let (mut a, mut b) = (of(&mut self.ends[from]), of(&mut self.ends[1 - from]));
        let offer = edit(text(a.offer(Direction::SendRecv)));
        let (answer, theirs) = b.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
        let ours = a.accept_answer(edit(text(answer)).as_bytes()).unwrap();
        (self.ends[from].negotiation, self.ends[1 - from].negotiation) = (Some(a), Some(b));
        let mut plans = [ours, theirs];
        if from == 1 {
            plans.reverse();
        }
        for end in [0, 1] {
            self.ends[end].session.apply(self.now, &plans[end]);
            self.depart(end);
        }
        plans
    }

    fn negotiate(&mut self) -> [Plan; 2] {
        self.negotiate_by(0, |text| text)
    }

    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.step();
        }
    }

    /// Runs until it is so; fails after ten seconds.
    fn until(&mut self, what: &str, is_so: impl Fn(&World) -> bool) -> Duration {
        let begin = self.now;
        while !is_so(self) {
            self.step();
            assert!(self.now - begin < Duration::from_secs(30), "never: {what}");
        }
        self.now - begin
    }

    fn step(&mut self) {
        self.now += STEP;
        let due: Vec<Flying> = self.flying.extract_if(.., |flying| flying.arrival <= self.now).collect();
        due.into_iter().for_each(|flying| self.arrive(&flying));
        let tick = (self.now - start()).as_millis() / 5;
        for end in [0, 1] {
            let session = &mut self.ends[end].session;
            if tick.is_multiple_of(2) {
                let mut block: Block = SILENCE;
                session.capture(self.now, &block);
                session.play(self.now, &mut block);
            }
            if session.poll_timeout().is_some_and(|(due, _)| due <= self.now) {
                session.handle_timeout(self.now);
            }
            self.depart(end);
        }
    }

    fn arrive(&mut self, flying: &Flying) {
        if flying.to.ip() == self.server.address.ip() {
            if self.serves {
                let addresses = (flying.from, flying.to);
                for (from, to, bytes) in self.server.receive(self.now, addresses, &flying.bytes) {
                    self.fly(from, to, bytes.into());
                }
            }
            return;
        }
        for end in [0, 1] {
            let inside = match &self.ends[end].nat {
                _ if self.ends[end].further == Some(flying.to) => Some(flying.to),
                Some(nat) if nat.outside == flying.to.ip() => nat.into(flying.from, flying.to),
                Some(_) => None,
                None => Some(flying.to),
            };
            let Some(inside) = inside else { continue };
            let (source, bytes) = (flying.from, &flying.bytes[..]);
            let input = if inside == self.ends[end].address {
                Input::Rtp { source, bytes }
            } else if inside == self.ends[end].rtcp() {
                Input::Rtcp { source, bytes }
            } else if self.ends[end].further == Some(inside) {
                Input::Further { socket: 0, source, bytes }
            } else {
                continue;
            };
            // Media that came before the other side was known is refused: that is no failure of the test's.
            let _ = self.ends[end].session.handle_input(self.now, input);
            self.depart(end);
        }
    }

    fn depart(&mut self, end: usize) {
        while let Some(output) = self.ends[end].session.poll_output() {
            match output {
                Output::Event(Event::Path(news)) => {
                    if let News::Gathered(candidates) = &news {
                        self.ends[end].gathered = Some((self.now, candidates.clone()));
                    }
                    if let (News::Found { ways, .. }, Some(negotiation)) =
                        (&news, &mut self.ends[end].negotiation)
                    {
                        negotiation.found(ways.clone());
                    }
                    self.ends[end].news.push(news);
                }
                Output::Event(_) => {}
                Output::Transmit(transmit) => {
                    let this = &mut self.ends[end];
                    this.sent.push((transmit.to, transmit.payload[0]));
                    let own = match transmit.channel {
                        Channel::Rtp => this.address,
                        Channel::Rtcp => this.rtcp(),
                    };
                    let from = match (transmit.via, &mut this.nat) {
                        (Via::Own, Some(nat)) => nat.out(own, transmit.to),
                        (Via::Own, None) => own,
                        (Via::Further(_), _) => this.further.unwrap(),
                        (Via::Line(_), _) => unreachable!("there are no lines"),
                    };
                    self.fly(from, transmit.to, transmit.payload);
                }
            }
        }
    }

    fn fly(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        let pair = (from.ip(), to.ip());
        let is_cut = self.cut.iter().any(|cut| *cut == pair || (cut.1, cut.0) == pair);
        // Nobody is reached in somebody else's private network.
        let private = matches!(to.ip(), IpAddr::V4(ip) if ip.is_private());
        if !is_cut && !private && self.rng.random_range(0..100) >= self.loss_percent {
            self.flying.push(Flying { arrival: self.now + ONE_WAY, from, to, bytes });
        }
    }
}
