//! Whose certificate the other end of a path must show (RFC 5922 section 4): the domain asked for, and not the host that
//! the answers led to, since nobody vouches for the answers.

use sidetone_sip::api::{Flow, Transport};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

/// Far more servers than a phone has accounts.
const AT_MOST: usize = 256;

/// The domains of paths, the last ones that were looked up.
#[derive(Default)]
pub(crate) struct Expected {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    domains: BTreeMap<(Transport, SocketAddr), (u64, String)>,
    next_serial: u64,
}

impl Expected {
    /// The other end of `path` must be `domain`. What was looked up last counts.
    pub(crate) fn expect(&self, path: &Flow, domain: &str) {
        if !path.transport.is_secure() {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.next_serial += 1;
        let serial = inner.next_serial;
        inner.domains.insert((path.transport, path.remote), (serial, domain.to_owned()));
        if inner.domains.len() > AT_MOST {
            let oldest = inner.domains.iter().min_by_key(|(_, (serial, _))| *serial).map(|(key, _)| *key);
            oldest.and_then(|key| inner.domains.remove(&key));
        }
    }

    /// Who must be at the end of `path`. Where nothing was looked up, the address itself must be in the certificate.
    pub(crate) fn of(&self, path: &Flow) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let domain = inner.domains.get(&(path.transport, path.remote)).map(|(_, domain)| domain.clone());
        domain.unwrap_or_else(|| path.remote.ip().to_string())
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

    fn path(port: u16, transport: Transport) -> Flow {
        let local = "127.0.0.1:5060".parse().unwrap();
        Flow { transport, local, remote: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    #[test]
    fn the_last_look_up_counts_and_each_transport_has_its_own() {
        let expected = Expected::default();
        expected.expect(&path(1, Transport::Tls), "a.example.org");
        expected.expect(&path(1, Transport::Tls), "b.example.org");
        expected.expect(&path(1, Transport::Wss), "c.example.org");
        assert_eq!(expected.of(&path(1, Transport::Tls)), "b.example.org");
        assert_eq!(expected.of(&path(1, Transport::Wss)), "c.example.org");
        assert_eq!(expected.of(&path(2, Transport::Tls)), "192.0.2.1");
    }

    #[test]
    fn the_oldest_of_many_is_forgotten() {
        let expected = Expected::default();
        for port in 1..=300 {
            expected.expect(&path(port, Transport::Tls), "example.org");
            // One that is looked up again and again stays.
            expected.expect(&path(1, Transport::Tls), "example.org");
        }
        assert_eq!(expected.inner.lock().unwrap().domains.len(), AT_MOST);
        assert_eq!(expected.of(&path(1, Transport::Tls)), "example.org");
        assert_eq!(expected.of(&path(300, Transport::Tls)), "example.org");
        assert_eq!(expected.of(&path(2, Transport::Tls)), "192.0.2.1");
    }
}
