//! Names to addresses, and which of our addresses faces another. A and AAAA only: NAPTR and SRV (RFC 3263) are not
//! looked up here.

use crate::Error;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

/// The addresses of `host` (a name, an IPv4 address, an IPv6 address with or without brackets), IPv4 first, each
/// once.
///
/// # Errors
/// [`Error::Resolve`] when there is none.
pub async fn resolve_all(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let mut found: Vec<SocketAddr> =
        tokio::net::lookup_host((bare, port)).await.map_err(|source| Error::Resolve { source })?.collect();
    // A stable sort keeps the system's own order (RFC 6724) within a family.
    found.sort_by_key(SocketAddr::is_ipv6);
    found.dedup();
    Ok(found)
}

/// The first of [`resolve_all`].
///
/// # Errors
/// [`Error::Resolve`] when there is none.
pub async fn resolve(host: &str, port: u16) -> Result<SocketAddr, Error> {
    let none = || Error::Resolve { source: io::Error::new(io::ErrorKind::NotFound, "no address") };
    resolve_all(host, port).await?.first().copied().ok_or_else(none)
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
