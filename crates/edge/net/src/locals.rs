//! Which of our addresses a path begins at.

use crate::{Error, names::local_for};
use sidetone_sip::api::{Flow, Transport};
use std::{
    io,
    net::{IpAddr, SocketAddr},
};

/// What is bound, by family: perhaps wildcard addresses, never port 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locals {
    pub(crate) v4: Option<SocketAddr>,
    pub(crate) v6: Option<SocketAddr>,
}

impl Locals {
    pub(crate) fn new(bound: impl IntoIterator<Item = SocketAddr>) -> Locals {
        let mut locals = Locals { v4: None, v6: None };
        for address in bound {
            match address {
                SocketAddr::V4(_) => locals.v4 = Some(address),
                SocketAddr::V6(_) => locals.v6 = Some(address),
            }
        }
        locals
    }

    /// Our concrete address and bound port on the way to `remote`.
    pub(crate) fn facing(self, remote: SocketAddr) -> Result<SocketAddr, Error> {
        let bound = if remote.is_ipv4() { self.v4 } else { self.v6 };
        let no_family = || Error::Route { source: io::Error::from(io::ErrorKind::NetworkUnreachable) };
        concrete(bound.ok_or_else(no_family)?, remote)
    }

    pub(crate) fn flow_to(self, transport: Transport, remote: SocketAddr) -> Result<Flow, Error> {
        Ok(Flow { transport, local: self.facing(remote)?, remote })
    }
}

/// `bound`, or for a wildcard what the routes to `remote` say now.
pub(crate) fn concrete(bound: SocketAddr, remote: SocketAddr) -> Result<SocketAddr, Error> {
    let ip: IpAddr = if bound.ip().is_unspecified() { local_for(remote)? } else { bound.ip() };
    Ok(SocketAddr::new(ip, bound.port()))
}

/// Whether a socket can be bound to `ip` alone: a link-local address means nothing without its link.
pub(crate) fn can_be_bound(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_unicast_link_local(),
    }
}
