//! Whose certificate the other end of a path must show (RFC 5922 section 4): the domain asked for, and not the host that
//! the answers led to, since nobody vouches for the answers. For the same reason two domains at one address share no
//! connection: else whoever can make us look up a domain of theirs could speak for another's. Each has a path of its own,
//! told from the others by our port in it, which nothing listens at: such paths are connections of ours.

use sidetone_sip::api::{Flow, Transport};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Far more servers than a phone has accounts.
const AT_MOST: usize = 256;

/// Which of the connections to one address: our port in the path; 0 where there is one at most.
pub(crate) type Line = u16;

/// The domains of paths, the last ones that were used.
#[derive(Default)]
pub(crate) struct Expected {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    domains: BTreeMap<(Transport, SocketAddr, Line), Domain>,
    next_serial: u64,
}

struct Domain {
    name: String,
    used: u64,
}

impl Inner {
    fn at(&mut self, path: &Flow) -> impl Iterator<Item = (Line, &mut Domain)> {
        let (transport, remote) = (path.transport, path.remote);
        let lines = self.domains.range_mut((transport, remote, Line::MIN)..=(transport, remote, Line::MAX));
        lines.map(|((_, _, line), domain)| (*line, domain))
    }
}

impl Expected {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.next_serial += 1;
        inner
    }

    /// The path to `domain` at the end of `path`; for transports without certificates `path` itself.
    pub(crate) fn expect(&self, mut path: Flow, domain: &str) -> Flow {
        if !path.transport.is_secure() {
            return path;
        }
        let mut inner = self.lock();
        let used = inner.next_serial;
        let known = inner.at(&path).find(|(_, known)| known.name == domain).map(|(line, known)| {
            known.used = used;
            line
        });
        let first = path.local.port();
        let mut candidates = (first..=Line::MAX).chain(1..first);
        let line = known.or_else(|| candidates.find(|line| inner.at(&path).all(|(taken, _)| taken != *line)));
        path.local.set_port(line.unwrap_or(first));
        if known.is_none() {
            let name = domain.to_owned();
            inner.domains.insert((path.transport, path.remote, path.local.port()), Domain { name, used });
        }
        if inner.domains.len() > AT_MOST {
            let oldest = inner.domains.iter().min_by_key(|(_, domain)| domain.used).map(|(key, _)| *key);
            oldest.and_then(|key| inner.domains.remove(&key));
        }
        path
    }

    /// Which connection serves `path`, and who must be at its end. A path of another time, with another port of ours, is
    /// the address's first one; where nothing was looked up, the address itself must be in the certificate.
    pub(crate) fn of(&self, path: &Flow) -> (Line, String) {
        if !path.transport.is_secure() {
            return (0, String::new());
        }
        let mut inner = self.lock();
        let used = inner.next_serial;
        let exact = inner.domains.contains_key(&(path.transport, path.remote, path.local.port()));
        let found = inner.at(path).find(|(line, _)| !exact || *line == path.local.port());
        match found {
            Some((line, domain)) => {
                domain.used = used;
                (line, domain.name.clone())
            }
            None => (path.local.port(), path.remote.ip().to_string()),
        }
    }
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Expected")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: u16 = 5060;

    fn path(host: u8, transport: Transport) -> Flow {
        let local = SocketAddr::from(([192, 0, 2, 200], OURS));
        Flow { transport, local, remote: SocketAddr::from(([192, 0, 2, host], 5061)) }
    }

    fn is(line: Line, domain: &str) -> (Line, String) {
        (line, domain.to_owned())
    }

    #[test]
    fn each_domain_at_an_address_has_a_path_of_its_own() {
        let expected = Expected::default();
        let first = expected.expect(path(1, Transport::Tls), "a.example.org");
        let second = expected.expect(path(1, Transport::Tls), "b.example.org");
        assert_eq!(first, path(1, Transport::Tls));
        assert_ne!(second, first);
        assert_eq!(second.remote, first.remote);
        assert_eq!(expected.expect(path(1, Transport::Tls), "a.example.org"), first);
        assert_eq!(expected.expect(path(1, Transport::Tls), "b.example.org"), second);
        assert_eq!(expected.of(&first), is(OURS, "a.example.org"));
        assert_eq!(expected.of(&second), is(OURS + 1, "b.example.org"));
        // Another transport or address is another matter.
        assert_eq!(expected.of(&path(1, Transport::Wss)), is(OURS, "192.0.2.1"));
        assert_eq!(expected.of(&path(2, Transport::Tls)), is(OURS, "192.0.2.2"));
    }

    #[test]
    fn a_path_of_another_time_is_the_first_one() {
        let expected = Expected::default();
        expected.expect(path(1, Transport::Tls), "a.example.org");
        expected.expect(path(1, Transport::Tls), "b.example.org");
        let mut older = path(1, Transport::Tls);
        older.local.set_port(40_000);
        assert_eq!(expected.of(&older), is(OURS, "a.example.org"));
    }

    #[test]
    fn where_there_are_no_certificates_nobody_is_expected() {
        let expected = Expected::default();
        expected.expect(path(1, Transport::Tcp), "a.example.org");
        assert_eq!(expected.expect(path(1, Transport::Tcp), "b.example.org"), path(1, Transport::Tcp));
        assert_eq!(expected.of(&path(1, Transport::Tcp)), is(0, ""));
    }

    #[test]
    fn of_many_the_one_that_was_not_used_for_longest_is_forgotten() {
        let expected = Expected::default();
        let ours = expected.expect(path(1, Transport::Tls), "example.org");
        for domain in 0..300 {
            expected.expect(path(1, Transport::Tls), &format!("{domain}.example.com"));
            // One that is sent to stays.
            assert_eq!(expected.of(&ours), is(OURS, "example.org"));
        }
        assert_eq!(expected.inner.lock().unwrap().domains.len(), AT_MOST);
    }
}
