//! Finding a way for media (ICE, RFC 8445): what we may be reached at, which of it works, and whether it still does.
//!
//! [`Ice`] sits in a session's wire. It gathers (STUN, RFC 8489; TURN, RFC 8656), for two seconds at most, answers and
//! makes connectivity checks once [`Terms`] are agreed, and says where media goes. Checks go on for the whole call: they
//! keep NATs open and are consent (RFC 7675). One agent a component; with RTCP multiplexed there is one component.
//!
//! Why these libraries, and what is theirs of randomness: `docs/decisions/0009-ice.md`. Trickle is not spoken.

mod agent;
mod base;
mod candidate;
mod component;
mod framer;
mod gather;
mod patience;
mod relay;
#[cfg(test)]
mod tests;

pub use base::{Line, Via};
pub(crate) use candidate::number as component_number;
pub use candidate::{Candidate, Kind};
pub use framer::{Framer, NotTurn};

use crate::session::{Channel, Transmit};
use bytes::{Bytes, BytesMut};
use component::Component;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The offer goes with what is there by then.
pub const LONGEST_GATHERING: Duration = Duration::from_secs(2);

/// Text that nobody is to read.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides it.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// Shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(_)")
    }
}

/// A TURN server and who we are there (long-term credentials, RFC 8489 section 9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnServer {
    /// Where it is.
    pub address: SocketAddr,
    /// Our name there.
    pub user: Secret,
    /// Our password there.
    pub password: Secret,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Servers {
    /// STUN servers.
    pub stun: Vec<SocketAddr>,
    /// TURN servers, by UDP. They are asked as STUN servers too.
    pub turn: Vec<TurnServer>,
    /// Those of them that did not answer lately ([`News::Server`]): they are asked, but not waited for as long.
    pub silent: BTreeSet<SocketAddr>,
    /// Nothing but the relays is told to the other side, and nothing goes another way.
    pub relay_only: bool,
}

/// What to gather from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The RTP socket's own address, never a wildcard.
    pub rtp: SocketAddr,
    /// The RTCP socket's; `None` where RTCP is multiplexed for sure.
    pub rtcp: Option<SocketAddr>,
    /// Further sockets for RTP at other addresses of this machine, best first.
    pub further: Vec<SocketAddr>,
    /// Connections to servers that relay.
    pub lines: Vec<Line>,
    /// Whom to ask.
    pub servers: Servers,
    /// Since when it is waited for: [`LONGEST_GATHERING`] counts from here.
    pub since: Instant,
}

/// `a=ice-ufrag` and `a=ice-pwd` (RFC 8839 section 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Says which session a check belongs to.
    pub ufrag: String,
    /// Proves it.
    pub pwd: Secret,
}

impl Credentials {
    /// New ones: 48 and 144 bits, where 24 and 128 are asked for (RFC 8445 section 5.3).
    pub(crate) fn random(rng: &mut impl rand::Rng) -> Credentials {
        let mut text = |length: usize| -> String {
            (0..length).map(|_| char::from(CHARACTERS[rng.random_range(0..CHARACTERS.len())])).collect()
        };
        Credentials { ufrag: text(8), pwd: Secret(text(24)) }
    }
}

/// `ice-char` (RFC 8839 section 5.1).
const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(_)")
    }
}

/// Who chooses the pair (RFC 8445 section 6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We do.
    Controlling,
    /// They do.
    Controlled,
}

/// The candidate for those who speak no ICE, in `m=` and `c=`: the socket's own, as without ICE, or the relay's where
/// nothing else may be told; `None` where there is nothing at all.
pub fn default_candidate(candidates: &[Candidate]) -> Option<&Candidate> {
    let mut of_rtp = candidates.iter().filter(|candidate| candidate.component == Channel::Rtp);
    let host = of_rtp.clone().find(|candidate| candidate.kind == Kind::Host);
    host.or_else(|| of_rtp.next())
}

/// What was agreed. Other credentials than before are a restart (RFC 8445 section 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What we said.
    pub local: Credentials,
    /// What they said.
    pub remote: Credentials,
    /// Where they may be reached.
    pub candidates: Vec<Candidate>,
    /// Who chooses, unless both think the same: then the checks settle it.
    pub role: Role,
}

/// The way that was found for one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Which component.
    pub channel: Channel,
    /// What ours is.
    pub local_kind: Kind,
    /// Where theirs comes to: as they see us.
    pub local: SocketAddr,
    /// What theirs is.
    pub remote_kind: Kind,
    /// Where ours goes.
    pub remote: SocketAddr,
}

/// What finding a way brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// This is what we may be reached at. Said once, [`LONGEST_GATHERING`] after the start at latest.
    Gathered(Vec<Candidate>),
    /// From now on media goes these ways: said again when one is another.
    Found {
        /// One a component.
        ways: Vec<Way>,
        /// To them and back, by the check that was answered last.
        round_trip: Option<Duration>,
    },
    /// Whether this server answers. Said at the end of gathering of those of which it was not known, and when one answers
    /// late.
    Server {
        /// Which.
        address: SocketAddr,
        /// Whether.
        answers: bool,
    },
    /// No way works any more. Said when the last one stopped; checks go on.
    Lost,
}

/// Whose a datagram is.
#[derive(Debug)]
pub(crate) enum Taken<'a> {
    /// It was for ICE, STUN or TURN.
    Ours,
    /// It is media, with where it really came from.
    Media { source: SocketAddr, packet: &'a [u8] },
}

/// Where a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// By what the session description says, and what was latched.
    Stated,
    /// The same, through our relay: nothing may go another way.
    Relayed,
    /// By what was checked.
    Checked,
}

/// How far gathering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gathering {
    /// Since then.
    Waits(Instant),
    Done,
}

/// ICE of one session.
#[derive(Debug)]
pub(crate) struct Ice {
    components: Vec<Component>,
    gathering: Gathering,
    /// What is known of the servers.
    answers: BTreeMap<SocketAddr, bool>,
    relay_only: bool,
    terms: Option<Terms>,
    /// Which way packets go before there are terms, and where there are none.
    until_agreed: Route,
    /// What was said of the ways.
    said: Vec<Way>,
    tie_breaker: u64,
    rng: StdRng,
    /// The latest moment that is known: packets are sent at it.
    now: Instant,
    news: VecDeque<News>,
    /// Room for packets that go by a relay: reused, so that none is allocated for each.
    room: BytesMut,
}

impl Ice {
    /// Begins to gather.
    pub(crate) fn new(now: Instant, setup: &Setup, seed: [u8; 32]) -> Ice {
        let mut rng = StdRng::from_seed(seed);
        let sockets = [(Channel::Rtp, Some(setup.rtp)), (Channel::Rtcp, setup.rtcp)];
        let components = sockets
            .into_iter()
            .filter_map(|(channel, base)| Some(Component::new(now, channel, base?, setup, &mut rng)))
            .collect();
        Ice {
            components,
            gathering: Gathering::Waits(setup.since),
            answers: setup.servers.silent.iter().map(|server| (*server, false)).collect(),
            relay_only: setup.servers.relay_only,
            terms: None,
            until_agreed: if setup.servers.relay_only { Route::Relayed } else { Route::Stated },
            said: Vec::new(),
            tie_breaker: rng.random(),
            rng,
            now,
            news: VecDeque::new(),
            room: BytesMut::new(),
        }
    }

    /// Goes on by what was agreed; `None`: they don't speak it. `peers` are where RTP and RTCP go by the description;
    /// `multiplexed`: RTCP needs no way of its own.
    pub(crate) fn apply(
        &mut self,
        now: Instant,
        terms: Option<&Terms>,
        (rtp, rtcp): (SocketAddr, SocketAddr),
        multiplexed: bool,
    ) {
        self.now = now;
        let same = match (&self.terms, terms) {
            (Some(known), Some(terms)) => known.local == terms.local && known.remote == terms.remote,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        for component in &mut self.components {
            let (peer, rests) = match component.channel() {
                Channel::Rtp => (rtp, false),
                Channel::Rtcp => (rtcp, multiplexed),
            };
            match terms {
                _ if rests => component.rest(now),
                Some(terms) if same && component.is_needed() => component.meet(now, terms),
                Some(terms) => component.agree(now, terms, self.tie_breaker, self.relay_only),
                None => component.leave(now, self.relay_only.then_some(peer)),
            }
        }
        self.terms = terms.cloned();
        self.until_agreed = self.unchecked();
        self.look(now);
    }

    /// Which way packets go.
    pub(crate) fn route(&self) -> Route {
        match self.terms {
            Some(_) => Route::Checked,
            None => self.until_agreed,
        }
    }

    const fn unchecked(&self) -> Route {
        if self.relay_only { Route::Relayed } else { Route::Stated }
    }

    /// What went by checks until now goes nowhere, and nobody is heard, until it is agreed on anew: these sockets are others.
    pub(crate) fn insist(&mut self) {
        self.until_agreed = Route::Checked;
    }

    /// Whether nothing may pass because nothing is agreed.
    fn is_shut(&self) -> bool {
        self.terms.is_none() && self.until_agreed == Route::Checked
    }

    /// Whether RTP has no way, by terms that are agreed.
    pub(crate) fn is_pathless(&self) -> bool {
        self.terms.is_some() && self.components.first().is_none_or(|component| component.way().is_none())
    }

    /// Takes a datagram.
    pub(crate) fn receive<'a>(
        &mut self,
        now: Instant,
        (channel, via): (Channel, Via),
        source: SocketAddr,
        bytes: &'a [u8],
    ) -> Taken<'a> {
        self.now = now;
        let Some(component) = self.component(channel) else { return Taken::Media { source, packet: bytes } };
        let taken = component.receive(now, (via, source), bytes);
        if matches!(taken, Taken::Ours) {
            self.look(now);
        }
        taken
    }

    /// Which component a connection belongs to, and where its other end is.
    pub(crate) fn line(&self, number: usize) -> Option<(Channel, SocketAddr)> {
        self.components.iter().find_map(|it| Some((it.channel(), it.server_of(number)?)))
    }

    /// A connection is over.
    pub(crate) fn lose(&mut self, now: Instant, line: usize) {
        self.now = now;
        self.components.iter_mut().for_each(|component| component.lose(line));
        self.look(now);
    }

    /// Whether media from there is listened to: only who passed a check, or is behind our relay by its leave.
    pub(crate) fn admits(&self, channel: Channel, source: SocketAddr) -> bool {
        let component = self.components.iter().find(|component| component.channel() == channel);
        !self.is_shut() && component.is_some_and(|component| component.admits(source))
    }

    /// The packet on its way; `None` where there is none. `peer` is the session description's, for whom no ICE is spoken.
    pub(crate) fn send(&mut self, channel: Channel, peer: SocketAddr, packet: Bytes) -> Option<Transmit> {
        if self.is_shut() {
            return None;
        }
        let Self { components, now, room, .. } = self;
        let component = components.iter_mut().find(|component| component.channel() == channel)?;
        component.send(*now, peer, packet, room)
    }

    /// Whether a way was chosen.
    pub(crate) fn is_open(&self, channel: Channel) -> bool {
        let of_channel = self.components.iter().find(|component| component.channel() == channel);
        of_channel.and_then(Component::way).is_some()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let gathered = match self.gathering {
            Gathering::Waits(since) => self.waits_until(since),
            Gathering::Done => None,
        };
        self.components.iter().filter_map(Component::poll_timeout).chain(gathered).min()
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        let Self { components, rng, .. } = self;
        components.iter_mut().for_each(|component| component.handle_timeout(now, rng));
        self.look(now);
    }

    /// The next datagram of its own.
    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        let Self { components, now, room, .. } = self;
        components.iter_mut().find_map(|component| component.poll_transmit(*now, room))
    }

    /// What happened.
    pub(crate) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Lets go of what servers hold for us. What is left to send follows by [`poll_transmit`](Self::poll_transmit).
    pub(crate) fn close(&mut self, now: Instant) {
        self.now = now;
        self.components.iter_mut().for_each(|component| component.close(now));
    }

    fn component(&mut self, channel: Channel) -> Option<&mut Component> {
        self.components.iter_mut().find(|component| component.channel() == channel)
    }

    /// Looks whether there is something to say.
    fn look(&mut self, now: Instant) {
        if let Gathering::Waits(since) = self.gathering
            && self.waits_until(since).is_none_or(|until| until <= now)
        {
            self.gathering = Gathering::Done;
            let relay_only = self.relay_only;
            let candidates = self.components.iter().flat_map(|component| component.candidates(relay_only));
            self.news.push_back(News::Gathered(candidates.collect()));
        }
        self.look_at_servers();
        let ways: Vec<Way> = self.components.iter().filter_map(Component::way).collect();
        let needed = self.components.iter().filter(|component| component.is_needed()).count();
        let talks = ways.iter().any(|way| way.channel == Channel::Rtp);
        if talks && ways.len() == needed && ways != self.said {
            self.said.clone_from(&ways);
            let round_trip = self.components.first().and_then(Component::round_trip);
            self.news.push_back(News::Found { ways, round_trip });
        } else if !talks && !self.said.is_empty() {
            self.said.clear();
            self.news.push_back(News::Lost);
        }
    }

    fn waits_until(&self, since: Instant) -> Option<Instant> {
        self.components.iter().filter_map(|component| component.waits_until(since)).max()
    }

    fn look_at_servers(&mut self) {
        let Self { components, gathering, answers, news, .. } = self;
        for (address, is_heard) in components.iter().flat_map(Component::answers) {
            let known = answers.get(&address).copied();
            // Before its time is over a silence says nothing, and one answer of two is an answer.
            let says = is_heard || known.is_none() && *gathering == Gathering::Done;
            if says && known != Some(is_heard) {
                answers.insert(address, is_heard);
                news.push_back(News::Server { address, answers: is_heard });
            }
        }
    }
}

/// RFC 8489 section 5: two zero bits, and the magic cookie.
pub(crate) fn is_stun(bytes: &[u8]) -> bool {
    bytes.len() >= 20 && bytes.first().is_some_and(|first| *first < 4) && bytes.get(4..8) == Some(&COOKIE)
}

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
