//! Hosts to addresses, as the system has them (its hosts file, mDNS, a VPN's own name servers), and which of our addresses
//! faces another.

use crate::Error;
use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use sidetone_sip::api::LookupError;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
};
use tokio::sync::{Semaphore, oneshot};

/// The system may take half a minute for an answer, and can't be told to stop.
static AT_ONCE: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(16)));
/// No host has more addresses.
const AT_MOST: usize = 64;

/// `host` as an address, if it is one: IPv6 in brackets or without. The port is 0.
pub(super) fn literal(host: &str) -> Option<SocketAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 0))
}

/// The addresses of `host` with port 0, in the system's order (RFC 6724), each once.
pub(super) async fn by_system(host: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let permit = Arc::clone(&AT_ONCE).acquire_owned().await.map_err(|_| LookupError::Unavailable)?;
    let (done, outcome) = oneshot::channel();
    let host = host.to_owned();
    // A thread of its own: the runtime would wait for one of its own when it ends.
    let ask = move || {
        let _ = done.send(ask_system(&host));
        drop(permit);
    };
    let spawned = std::thread::Builder::new().name("names".to_owned()).spawn(ask);
    spawned.map_err(|_| LookupError::Unavailable)?;
    outcome.await.unwrap_or(Err(LookupError::Unavailable))
}

fn ask_system(host: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    let found = getaddrinfo(Some(host), None, Some(hints)).map_err(|error| match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => LookupError::NoSuchName,
        _ => LookupError::Unavailable,
    })?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found.filter_map(Result::ok).map(|found| found.sockaddr).take(AT_MOST) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// Our address on the way to `remote`, as the system's routes have it now. Sends nothing.
///
/// # Errors
/// [`Error::Route`] when there is no way there.
pub fn local_for(remote: SocketAddr) -> Result<IpAddr, Error> {
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let route = || {
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect(remote)?;
        socket.local_addr()
    };
    route().map(|local| local.ip()).map_err(|source| Error::Route { source })
}
