//! A STUN and TURN server in virtual time, of a library that is not ours.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::{api::Transmit, stun::Instant as Nanos, types::TransportType};
use turn_server_proto::{
    api::{TurnServerApi, TurnServerPollRet},
    server::TurnServer,
};

pub(super) const USER: &str = "agent";
pub(super) const PASSWORD: &str = "only-for-us";

/// The server, and what it relays by.
#[derive(Debug)]
pub(super) struct Server {
    inner: TurnServer,
    pub(super) address: SocketAddr,
    relays: u16,
    begin: Instant,
}

impl Server {
    pub(super) fn new(begin: Instant, address: SocketAddr) -> Server {
        let mut inner = TurnServer::new(TransportType::Udp, address, "example.org".to_owned());
        inner.add_user(USER.to_owned(), PASSWORD.to_owned());
        Server { inner, address, relays: 0, begin }
    }

    /// How many relays it gave away.
    pub(super) const fn relays(&self) -> u16 {
        self.relays
    }

    /// Takes a datagram; what it sends for it: from, to, bytes.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        (from, to): (SocketAddr, SocketAddr),
        bytes: &[u8],
    ) -> Vec<(SocketAddr, SocketAddr, Vec<u8>)> {
        let at = self.nanos(now);
        let transmit = Transmit::new(bytes.to_vec(), TransportType::Udp, from, to);
        let mut sent = Vec::new();
        if let Some(transmit) = self.inner.recv(transmit, at) {
            // It addresses what it answers to Binding requests to itself.
            let to = if transmit.to == self.address { from } else { transmit.to };
            sent.push((transmit.from, to, transmit.data.build()));
        }
        loop {
            match self.inner.poll(at) {
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    self.relays += 1;
                    let relay = Ok(SocketAddr::new(self.address.ip(), 50_000 + self.relays));
                    let (client, listen) = (client_addr, listen_addr);
                    self.inner.allocated_socket(
                        transport,
                        listen,
                        client,
                        allocation_transport,
                        family,
                        relay,
                        at,
                    );
                }
                TurnServerPollRet::WaitUntil(_) => break,
                _ => {}
            }
        }
        while let Some(transmit) = self.inner.poll_transmit(at) {
            sent.push((transmit.from, transmit.to, transmit.data));
        }
        sent
    }

    fn nanos(&self, now: Instant) -> Nanos {
        // Its first moment must not be zero.
        let since = now.duration_since(self.begin) + Duration::from_secs(1);
        Nanos::from_nanos(i64::try_from(since.as_nanos()).unwrap())
    }
}
