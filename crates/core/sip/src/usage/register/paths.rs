//! The ways to an account's servers: found by their names, in order of preference, and barred for a while when they
//! fail (RFC 3263 section 4.3, RFC 5626 section 4.5).

use crate::{
    api::{Account, Flow, LookupError, Server, Transport},
    locate::Place,
    message::Uri,
    tokens::Tokens,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// RFC 5626 section 4.5: base-time, and max-time.
const BASE: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_secs(1800);
/// The longest pause while nothing answers: an agent who can't be reached waits for every minute of it.
const MOST_ALL_AWAY: Duration = Duration::from_secs(120);
/// The most servers of an account, those that others sent us to included.
const MAX_SERVERS: usize = 12;
/// How often others may send us on to another server.
const MAX_REDIRECTIONS: usize = 3;

/// A path, and which of the servers it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) server: usize,
    pub(super) path: Flow,
}

/// Whether a way may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It never failed, or went well since.
    Good,
    /// It failed this often in a row, and is left alone until then. Its server wants that until `asked` at the least.
    Barred { until: Instant, asked: Instant, failures: u32 },
}

struct Entry {
    server: Server,
    /// Set: a redirection named it (RFC 3261 section 8.1.3.4).
    redirected: Option<Uri>,
    found: Vec<Flow>,
    asked: bool,
}

/// All of them.
pub(super) struct Paths {
    entries: Vec<Entry>,
    standings: BTreeMap<(Transport, SocketAddr), Standing>,
    /// How often in a row the names led nowhere.
    lost: u32,
    asked_at: Option<Instant>,
}

impl Paths {
    pub(super) fn of(account: &Account) -> Self {
        let entry = |server: &Server| {
            let found = match server {
                Server::At(path) => vec![*path],
                Server::Named { .. } => Vec::new(),
            };
            Entry { server: server.clone(), redirected: None, found, asked: false }
        };
        let entries = account.servers.iter().take(MAX_SERVERS - MAX_REDIRECTIONS).map(entry).collect();
        Paths { entries, standings: BTreeMap::new(), lost: 0, asked_at: None }
    }

    /// Whether it is about the same servers.
    pub(super) fn is_of(&self, account: &Account) -> bool {
        self.configured().eq(account.servers.iter().take(MAX_SERVERS - MAX_REDIRECTIONS))
    }

    fn configured(&self) -> impl Iterator<Item = &Server> {
        self.entries.iter().filter(|entry| entry.redirected.is_none()).map(|entry| &entry.server)
    }

    /// What is to be looked up now, by number; each is answered by [`Paths::on_found`].
    pub(super) fn look_up(&mut self, now: Instant) -> Vec<(usize, Place)> {
        self.asked_at = Some(now);
        let mut wanted = Vec::new();
        for (number, entry) in self.entries.iter_mut().enumerate() {
            let known = matches!(entry.server, Server::At(_)) && !entry.found.is_empty();
            if let (false, Some(place)) = (known, Place::of_server(&entry.server)) {
                entry.asked = true;
                wanted.push((number, place));
            }
        }
        wanted
    }

    /// How long ago the names were looked up.
    pub(super) fn age(&self, now: Instant) -> Option<Duration> {
        self.asked_at.map(|at| now.saturating_duration_since(at))
    }

    /// What a name led to. What led somewhere before is kept where it leads nowhere now.
    pub(super) fn on_found(&mut self, number: usize, found: Result<Vec<Flow>, LookupError>) {
        let Some(entry) = self.entries.get_mut(number) else { return };
        entry.asked = false;
        if let Ok(found) = found {
            entry.found = found;
            self.lost = 0;
        }
        let known: Vec<_> = self.ways().map(|way| key(way.path)).collect();
        self.standings.retain(|key, _| known.contains(key));
    }

    /// The network is another one: everything is to be found anew, and nothing is known to be bad.
    pub(super) fn forget(&mut self) {
        self.entries.retain(|entry| entry.redirected.is_none());
        for entry in &mut self.entries {
            entry.found.clear();
        }
        self.standings.clear();
        self.lost = 0;
    }

    /// A server sends us on to another one, whose paths are to be looked up. `None`: too often.
    pub(super) fn redirect(&mut self, now: Instant, uri: &Uri, from: Way) -> Option<(usize, Place)> {
        let place = Place::of_uri(uri)?;
        let host_port = uri.host_port()?;
        let (host, port) = (host_port.host, host_port.port);
        let was = from.path.transport;
        let secure =
            if was.is_secure() { Some(was) } else { (uri.scheme() == "sips").then_some(Transport::Tls) };
        let transport = place.transport().or(secure);
        let is_downgrade = was.is_secure() && transport.is_some_and(|to| !to.is_secure());
        let server = Server::Named { host, port, transport };
        let is_known = self.entries.iter().any(|entry| entry.server == server);
        let so_far = self.entries.iter().filter(|entry| entry.redirected.is_some()).count();
        if is_downgrade || is_known || so_far >= MAX_REDIRECTIONS {
            return None;
        }
        self.asked_at = Some(now);
        let place = Place::of_server(&server)?;
        self.entries.push(Entry { server, redirected: Some(uri.clone()), found: Vec::new(), asked: true });
        Some((self.entries.len() - 1, place))
    }

    /// The URI that a redirection named for this server.
    pub(super) fn redirected(&self, way: Way) -> Option<&Uri> {
        self.entries.get(way.server)?.redirected.as_ref()
    }

    /// Entries in the order of preference: where we were sent to last comes first.
    fn ordered(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let numbered = || self.entries.iter().enumerate();
        let sent_to = numbered().rev().filter(|(_, entry)| entry.redirected.is_some());
        sent_to.chain(numbered().filter(|(_, entry)| entry.redirected.is_none()))
    }

    fn rank(&self, server: usize) -> usize {
        self.ordered().position(|(number, _)| number == server).unwrap_or(usize::MAX)
    }

    fn ways(&self) -> impl Iterator<Item = Way> {
        let ordered = self.ordered();
        ordered.flat_map(|(server, entry)| entry.found.iter().map(move |path| Way { server, path: *path }))
    }

    fn is_open(&self, way: Way, now: Instant) -> bool {
        match self.standing(way.path) {
            Standing::Good => true,
            Standing::Barred { until, .. } => until <= now,
        }
    }

    fn standing(&self, path: Flow) -> Standing {
        self.standings.get(&key(path)).copied().unwrap_or(Standing::Good)
    }

    /// The best way that may be tried. `None` too where a better one may still be found: its name is being looked up.
    pub(super) fn best(&self, now: Instant) -> Option<Way> {
        let asked = self.ordered().position(|(_, entry)| entry.asked && entry.found.is_empty());
        let best = self.ways().find(|way| self.is_open(*way, now))?;
        asked.is_none_or(|asked| self.rank(best.server) < asked).then_some(best)
    }

    /// Whether another way than this one may be tried, too.
    pub(super) fn has_other(&self, now: Instant, than: Way) -> bool {
        self.ways().any(|way| way.path != than.path && self.is_open(way, now))
    }

    /// Whether there is no server at all that could be looked for.
    pub(super) fn is_nowhere(&self) -> bool {
        self.entries.iter().all(|entry| Place::of_server(&entry.server).is_none())
    }

    /// Whether a name is being looked up.
    pub(super) fn is_asking(&self) -> bool {
        self.entries.iter().any(|entry| entry.asked)
    }

    /// It failed: it is left alone for a while, and at least for as long as it asked for.
    pub(super) fn bar(&mut self, now: Instant, path: Flow, least: Option<Duration>, tokens: &mut Tokens) {
        let failures = match self.standing(path) {
            Standing::Good => 0,
            Standing::Barred { failures, .. } => failures,
        };
        let asked = now + least.unwrap_or_default();
        let until = asked.max(now + back_off(failures, tokens));
        let failures = failures.saturating_add(1);
        self.standings.insert(key(path), Standing::Barred { until, asked, failures });
    }

    /// Nothing answers: no way is left alone for long, but where its server asked for it.
    pub(super) fn hasten(&mut self, now: Instant, tokens: &mut Tokens) {
        for standing in self.standings.values_mut() {
            if let Standing::Barred { until, asked, .. } = standing {
                *until = (*until).min(now + tokens.share(MOST_ALL_AWAY, 50, 100)).max(*asked);
            }
        }
    }

    /// It went well.
    pub(super) fn clear(&mut self, path: Flow) {
        self.standings.remove(&key(path));
    }

    /// When the first way is open again; `None`: there is none at all.
    pub(super) fn opens_at(&self, now: Instant) -> Option<Instant> {
        self.ways().map(|way| self.opens(way, now)).min()
    }

    fn opens(&self, way: Way, now: Instant) -> Instant {
        match self.standing(way.path) {
            Standing::Good => now,
            Standing::Barred { until, .. } => until.max(now),
        }
    }

    /// The ways that are better than this one: of a server that comes first, or one that was left when it failed. An
    /// order that only chance has changed (RFC 2782) is no reason to move. All of them, where this one is gone.
    fn better(&self, than: Way) -> impl Iterator<Item = Way> {
        let is_gone = !self.ways().any(|way| way.path == than.path);
        let before = self.ways().take_while(move |way| is_gone || way.path != than.path);
        before.filter(move |way| {
            let was_left = matches!(self.standing(way.path), Standing::Barred { .. });
            way.path != than.path && (is_gone || was_left || self.rank(way.server) < self.rank(than.server))
        })
    }

    /// When a better way than this one may be tried.
    pub(super) fn better_at(&self, now: Instant, than: Way) -> Option<Instant> {
        self.better(than).map(|way| self.opens(way, now)).min()
    }

    /// A better way than this one that may be tried now.
    pub(super) fn better_now(&self, now: Instant, than: Way) -> Option<Way> {
        self.better(than).find(|way| self.is_open(*way, now))
    }

    /// How long to wait when no name leads anywhere.
    pub(super) fn pause(&mut self, tokens: &mut Tokens) -> Duration {
        self.lost = self.lost.saturating_add(1);
        back_off(self.lost - 1, tokens).min(MOST_ALL_AWAY)
    }

    /// Every path, best first, the barred ones last.
    pub(super) fn all(&self, now: Instant) -> Vec<Flow> {
        let (mut open, barred): (Vec<Way>, Vec<Way>) = self.ways().partition(|way| self.is_open(*way, now));
        open.extend(barred);
        open.into_iter().map(|way| way.path).collect()
    }
}

/// RFC 5626 section 4.5: an upper bound that doubles, of which half is chance.
pub(super) fn back_off(failures: u32, tokens: &mut Tokens) -> Duration {
    let bound = BASE.saturating_mul(1 << failures.min(10)).min(MOST);
    tokens.share(bound, 50, 100)
}

fn key(path: Flow) -> (Transport, SocketAddr) {
    (path.transport, path.remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_and_has_an_end() {
        let mut tokens = Tokens::new([1; 32]);
        for (failures, bound) in [(0, 10), (1, 20), (2, 40), (5, 320), (8, 1800), (40, 1800)] {
            for _ in 0..100 {
                let pause = back_off(failures, &mut tokens).as_secs_f64();
                assert!(pause >= f64::from(bound) / 2.0 && pause <= f64::from(bound), "{failures}: {pause}");
            }
        }
    }
}
