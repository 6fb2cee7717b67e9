//! The servers that help to find a way: where they are, what opens them, and which were silent lately. None of it may hold a
//! call up for long, and never twice for the same reason: what was found is used at once and looked up again behind
//! the call's back, and what was not found is not waited for as long the next time.

use crate::engine::IceMode;
use crate::options::{Ice, Relay};
use sidetone_media::ice::{Secret, Servers, TurnServer};
use sidetone_net::{MediaDialer, MediaLine};
use sidetone_store::Keychain;
use sidetone_store::config::{SipServer, SipTransport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// For a name or a password.
const PATIENCE: Duration = Duration::from_secs(1);
/// For a name that was not found the last time.
const SHORT: Duration = Duration::from_millis(300);
/// The port of STUN and TURN (RFC 8489 section 8.1), and of those over TLS.
const PORT: u16 = 3478;
const TLS_PORT: u16 = 5349;
/// So many addresses of one relay are tried for a connection.
const MOST_DIALLED: usize = 2;

/// What is known of the servers.
pub(crate) struct Directory {
    ice: Ice,
    keychain: Keychain,
    known: Mutex<Known>,
}

/// Gone with the network that it was learnt in.
#[derive(Debug, Default)]
struct Known {
    /// None where nobody knew the name.
    names: BTreeMap<(String, u16), Vec<SocketAddr>>,
    silent: BTreeSet<SocketAddr>,
}

/// Connections to relays, and who we are there.
pub(super) type Lines = Vec<(MediaLine, TurnServer)>;

/// How a relay is reached.
enum Reached {
    /// By our sockets, at each of these.
    Sockets(Vec<TurnServer>),
    /// By a connection.
    Line(Box<MediaLine>, TurnServer),
    Not,
}

/// Addresses that are known, or looked up.
enum Addresses {
    There(Vec<SocketAddr>),
    Sought(JoinHandle<Vec<SocketAddr>>, Duration),
}

impl Directory {
    pub(super) fn new(ice: Ice, keychain: Keychain) -> Arc<Directory> {
        Arc::new(Directory { ice, keychain, known: Mutex::default() })
    }

    /// The network is another one.
    pub(super) fn forget(&self) {
        *self.known() = Known::default();
    }

    /// A server answers again, or no more.
    pub(super) fn heed(&self, server: SocketAddr, answers: bool) {
        let silent = &mut self.known().silent;
        let _ = if answers { silent.remove(&server) } else { silent.insert(server) };
    }

    /// Whether nothing may go another way than by relays.
    pub(super) fn relays_only(&self) -> bool {
        self.ice.mode == IceMode::RelayOnly
    }

    /// Whom to ask now, and connections to those that are reached by one.
    pub(super) async fn helpers(self: Arc<Directory>, dialer: MediaDialer) -> (Servers, Lines) {
        let stun: Vec<Addresses> = self.ice.stun.iter().map(|server| self.find(server)).collect();
        let turn: Vec<_> = self.ice.turn.iter().map(|relay| self.reach(relay, &dialer)).collect();
        let mut found = Servers { relay_only: self.relays_only(), ..Servers::default() };
        for addresses in stun {
            found.stun.extend(addresses.found().await);
        }
        let mut lines = Lines::new();
        for reached in turn {
            match reached.await {
                Ok(Reached::Sockets(servers)) => found.turn.extend(servers),
                Ok(Reached::Line(line, server)) => lines.push((*line, server)),
                Ok(Reached::Not) | Err(_) => {}
            }
        }
        found.silent.clone_from(&self.known().silent);
        (found, lines)
    }

    /// Begins to reach a relay.
    fn reach(self: &Arc<Directory>, relay: &Relay, dialer: &MediaDialer) -> JoinHandle<Reached> {
        let (addresses, password) = (self.find(&relay.server), self.open(relay));
        let (this, relay, dialer) = (Arc::clone(self), relay.clone(), dialer.clone());
        tokio::spawn(async move {
            let addresses = addresses.found().await;
            let Ok(Ok(Some(password))) = timeout(PATIENCE, password).await else {
                tracing::warn!("a relay is left out: the keychain has no password for it");
                return Reached::Not;
            };
            let user = Secret::new(&relay.user);
            let server = |address| TurnServer { address, user: user.clone(), password: password.clone() };
            let domain = match relay.server.transport {
                None | Some(SipTransport::Auto | SipTransport::Udp | SipTransport::Wss) => {
                    return Reached::Sockets(addresses.into_iter().map(server).collect());
                }
                Some(SipTransport::Tcp) => None,
                Some(SipTransport::Tls) => Some(relay.server.host.as_str()),
            };
            for address in addresses.into_iter().take(MOST_DIALLED) {
                if let Some(line) = this.connect(&dialer, address, domain).await {
                    return Reached::Line(Box::new(line), server(address));
                }
            }
            Reached::Not
        })
    }

    async fn connect(&self, dialer: &MediaDialer, to: SocketAddr, domain: Option<&str>) -> Option<MediaLine> {
        let patience = if self.known().silent.contains(&to) { SHORT } else { PATIENCE };
        let line = match timeout(patience, dialer.connect(to, domain)).await {
            Ok(Ok(line)) => Some(line),
            Ok(Err(why)) => {
                tracing::warn!(?why, "a relay could not be connected to");
                None
            }
            Err(_) => {
                tracing::warn!("a relay could not be connected to in time");
                None
            }
        };
        self.heed(to, line.is_some());
        line
    }

    fn find(self: &Arc<Directory>, server: &SipServer) -> Addresses {
        let usual = if server.transport == Some(SipTransport::Tls) { TLS_PORT } else { PORT };
        let name = (server.host.clone(), server.port.unwrap_or(usual));
        let known = self.known().names.get(&name).cloned();
        let this = Arc::clone(self);
        let lookup = tokio::spawn(async move {
            let found = sidetone_net::addresses(&name.0, name.1).await;
            let mut known = this.known();
            let kept = known.names.entry(name).or_default();
            // Nobody knows it just now: where it was it may still be.
            if !found.is_empty() {
                kept.clone_from(&found);
            }
            kept.clone()
        });
        match known {
            Some(addresses) if !addresses.is_empty() => Addresses::There(addresses),
            Some(_) => Addresses::Sought(lookup, SHORT),
            None => Addresses::Sought(lookup, PATIENCE),
        }
    }

    fn open(&self, relay: &Relay) -> JoinHandle<Option<Secret>> {
        if let Some(password) = &relay.password {
            let password = Secret::new(password.reveal());
            return tokio::spawn(async { Some(password) });
        }
        let (key, keychain) = (format!("turn:{}@{}", relay.user, relay.server.host), self.keychain.clone());
        tokio::task::spawn_blocking(move || Some(Secret::new(keychain.get(&key).ok()?.reveal())))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Addresses {
    async fn found(self) -> Vec<SocketAddr> {
        match self {
            Addresses::There(addresses) => addresses,
            Addresses::Sought(lookup, patience) => {
                timeout(patience, lookup).await.ok().and_then(Result::ok).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(server: &str) -> Arc<Directory> {
        let server: SipServer = server.parse().unwrap();
        let (mode, stun, turn) = (IceMode::Offer, vec![server], Vec::new());
        Directory::new(Ice { mode, stun, turn }, Keychain::in_memory())
    }

    #[tokio::test]
    async fn what_was_found_once_is_used_at_once_until_the_network_is_another() {
        let directory = directory("192.0.2.1:3479");
        let (transports, _received) =
            sidetone_net::Transports::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let found = async || Arc::clone(&directory).helpers(transports.media_dialer()).await.0;
        let address: SocketAddr = "192.0.2.1:3479".parse().unwrap();
        assert!(matches!(directory.find(&directory.ice.stun[0]), Addresses::Sought(_, PATIENCE)));
        assert_eq!(found().await.stun, [address]);
        assert!(matches!(directory.find(&directory.ice.stun[0]), Addresses::There(_)));
        directory.heed(address, false);
        assert_eq!(found().await.silent, [address].into());
        directory.heed(address, true);
        assert!(found().await.silent.is_empty());
        directory.heed(address, false);
        directory.forget();
        assert!(found().await.silent.is_empty());
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_waited_for_less_the_next_time() {
        let directory = directory("nobody.invalid");
        let name = ("nobody.invalid".to_owned(), PORT);
        directory.known().names.insert(name, Vec::new());
        assert!(matches!(directory.find(&directory.ice.stun[0]), Addresses::Sought(_, SHORT)));
    }
}
