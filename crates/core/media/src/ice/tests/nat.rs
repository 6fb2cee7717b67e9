//! A NAT between an end and the world (RFC 4787): what maps, and whom it lets in.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
};

/// How it maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mapping {
    /// One port outside for one inside, whoever is written to.
    EndpointIndependent,
    /// Another port for everybody who is written to.
    Symmetric,
}

/// It filters by address and port in both cases.
#[derive(Debug)]
pub(super) struct Nat {
    pub(super) outside: IpAddr,
    mapping: Mapping,
    ports: BTreeMap<(SocketAddr, Option<SocketAddr>), u16>,
    let_in: BTreeSet<(u16, SocketAddr)>,
}

impl Nat {
    pub(super) fn new(outside: IpAddr, mapping: Mapping) -> Nat {
        Nat { outside, mapping, ports: BTreeMap::new(), let_in: BTreeSet::new() }
    }

    /// Where a datagram comes from, seen from outside.
    pub(super) fn out(&mut self, from: SocketAddr, to: SocketAddr) -> SocketAddr {
        let next = 40_000 + self.ports.len() as u16;
        let towards = (self.mapping == Mapping::Symmetric).then_some(to);
        let port = *self.ports.entry((from, towards)).or_insert(next);
        self.let_in.insert((port, to));
        SocketAddr::new(self.outside, port)
    }

    /// Whom it is for, if it gets in.
    pub(super) fn into(&self, from: SocketAddr, to: SocketAddr) -> Option<SocketAddr> {
        let inside = self.ports.iter().find(|(_, port)| **port == to.port()).map(|((inside, _), _)| *inside);
        inside.filter(|_| self.let_in.contains(&(to.port(), from)))
    }
}
