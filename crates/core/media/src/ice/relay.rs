//! An address at a TURN server (RFC 8656), asked for by UDP or over a stream: kept, and used for packets both ways.
//!
//! Wraps a library's client, which is never shown: its `Debug` has the password.

use super::{
    TurnServer,
    base::{Base, Line, Via},
    patience::Standing,
};
use bytes::{Bytes, BytesMut};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use turn_client_proto::{
    api::{Transmit, TurnClientApi, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet},
    client::TurnClient,
    prelude::DelayedTransmitBuild,
    stun::Instant as Nanos,
    tcp::TurnClientTcp,
    types::{AddressFamily, TransportType, TurnCredentials},
    udp::TurnClientUdp,
};

/// The first request is repeated after so long, and then after twice as long each time.
const AGAIN: Duration = Duration::from_millis(200);
const LONGEST_AGAIN: Duration = Duration::from_millis(1_600);
const REQUESTS: u32 = 7;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asked,
    /// Packets to this address come to us, since then.
    Open(SocketAddr, Instant),
    /// There is none, or no more.
    Closed,
}

/// One address at one server.
pub(super) struct Relay {
    client: TurnClient,
    base: SocketAddr,
    via: Via,
    /// The rank of the socket it is asked from.
    rank: usize,
    server: SocketAddr,
    /// The server did not answer lately.
    doubtful: bool,
    state: State,
    /// The client counts from here.
    begin: Instant,
    due: Instant,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("server", &self.server).field("state", &self.state).finish()
    }
}

/// What a datagram from the server was.
#[derive(Debug)]
pub(super) enum Brought<'a> {
    /// Between the server and us.
    Own,
    /// From there, by the relay.
    From(SocketAddr, &'a [u8]),
    /// Not the relay's.
    Other,
}

impl Relay {
    /// By UDP.
    pub(super) fn by_socket(now: Instant, base: Base, server: &TurnServer, doubtful: bool) -> Relay {
        let config = config(base.address, server);
        let client = TurnClientUdp::allocate(base.address, server.address, config).into();
        let (state, begin, due) = (State::Asked, now, now);
        let (base, via, rank, server) = (base.address, base.via, base.rank, server.address);
        Relay { client, base, via, rank, server, doubtful, state, begin, due }
    }

    /// Over the connection with this number.
    pub(super) fn by_line(now: Instant, number: usize, line: &Line) -> Relay {
        let (base, server) = (line.local, line.server.address);
        let client = TurnClientTcp::allocate(base, server, config(base, &line.server)).into();
        let (state, begin, due) = (State::Asked, now, now);
        // Who was connected to is there.
        Relay { client, base, via: Via::Line(number), rank: 0, server, doubtful: false, state, begin, due }
    }

    /// By which of ours it is reached.
    pub(super) const fn via(&self) -> Via {
        self.via
    }

    pub(super) const fn rank(&self) -> usize {
        self.rank
    }

    pub(super) const fn server(&self) -> SocketAddr {
        self.server
    }

    /// The relayed address, where there is one.
    pub(super) const fn address(&self) -> Option<SocketAddr> {
        match self.state {
            State::Open(address, _) => Some(address),
            State::Asked | State::Closed => None,
        }
    }

    pub(super) const fn standing(&self) -> Standing {
        match self.state {
            State::Asked => Standing::Asked { doubtful: self.doubtful },
            State::Open(_, since) => Standing::Gave(since),
            State::Closed => Standing::Refused,
        }
    }

    /// Lets this host send to us by it, and us to it.
    pub(super) fn permit(&mut self, now: Instant, peer: IpAddr) {
        if self.address().is_some_and(|ours| ours.is_ipv4() == peer.is_ipv4()) {
            // There already, or no relay: nothing to be done about either.
            let _ = self.client.create_permission(TransportType::Udp, peer, self.nanos(now));
            self.due = now;
        }
    }

    /// Packets to there get the short header from now on.
    pub(super) fn bind(&mut self, now: Instant, peer: SocketAddr) {
        let _ = self.client.bind_channel(TransportType::Udp, peer, self.nanos(now));
        self.due = now;
    }

    /// Takes a datagram that came from the server.
    pub(super) fn receive<'a>(&mut self, now: Instant, bytes: &'a [u8]) -> Brought<'a> {
        let transmit = Transmit::new(bytes, self.client.transport(), self.server, self.base);
        let at = self.nanos(now);
        let brought = match self.client.recv(transmit, at) {
            TurnRecvRet::PeerData(data) => {
                let inner = data.data();
                let start = inner.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
                let packet = bytes.get(start..start.saturating_add(inner.len()));
                packet.map_or(Brought::Own, |packet| Brought::From(data.peer, packet))
            }
            TurnRecvRet::Ignored(_) => Brought::Other,
            TurnRecvRet::Handled | TurnRecvRet::PeerIcmp { .. } => Brought::Own,
        };
        if matches!(brought, Brought::Own) {
            self.settle(now);
        }
        brought
    }

    /// The packet as the server wants it; `None` where it would not pass it on. Nothing is allocated while `room` has
    /// some left.
    pub(super) fn wrap(
        &mut self,
        now: Instant,
        to: SocketAddr,
        packet: &[u8],
        room: &mut BytesMut,
    ) -> Option<Bytes> {
        let at = self.nanos(now);
        let wrapped = self.client.send_to(TransportType::Udp, to, packet, at).ok()??.data;
        let length = wrapped.len();
        // Over a stream channel data is padded (RFC 8656 section 12.5).
        let padded = if matches!(self.via, Via::Line(_)) { length.next_multiple_of(4) } else { length };
        room.reserve(padded.max(2_048));
        room.resize(padded, 0);
        let _ = wrapped.write_into(&mut room[..length]);
        Some(room.split_to(padded).freeze())
    }

    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.due <= now {
            self.settle(now);
        }
    }

    /// The next datagram to the server.
    pub(super) fn poll_transmit(&mut self, now: Instant) -> Option<Bytes> {
        let at = self.nanos(now);
        let transmit = self.client.poll_transmit(at).map(|transmit| Bytes::copy_from_slice(&transmit.data));
        if transmit.is_some() {
            self.settle(now);
        }
        transmit
    }

    /// The connection to the server is over.
    pub(super) fn lose(&mut self) {
        self.state = State::Closed;
    }

    /// Gives the address back.
    pub(super) fn close(&mut self, now: Instant) {
        let _ = self.client.delete(self.nanos(now));
        self.state = State::Closed;
    }

    fn settle(&mut self, now: Instant) {
        let at = self.nanos(now);
        // Events come one a poll at most; the client is asked until it waits.
        for _ in 0..16 {
            let wait = self.client.poll(at);
            while let Some(event) = self.client.poll_event() {
                match event {
                    TurnEvent::AllocationCreated(_, address) => self.state = State::Open(address, now),
                    TurnEvent::AllocationCreateFailed(_) => self.state = State::Closed,
                    TurnEvent::PermissionCreated(..)
                    | TurnEvent::PermissionCreateFailed(..)
                    | TurnEvent::ChannelCreated(..)
                    | TurnEvent::ChannelCreateFailed(..)
                    | TurnEvent::TcpConnected(_)
                    | TurnEvent::TcpConnectFailed(_) => {}
                }
            }
            match wait {
                TurnPollRet::WaitUntil(until) => {
                    let nanos = u64::try_from(until.as_nanos()).unwrap_or_default();
                    self.due = self.begin + Duration::from_nanos(nanos);
                    if self.due > now {
                        return;
                    }
                }
                TurnPollRet::Closed => {
                    self.state = State::Closed;
                    self.due = now + Duration::from_secs(3_600);
                    return;
                }
                TurnPollRet::AllocateTcpSocket { .. } | TurnPollRet::TcpClose { .. } => {}
            }
        }
    }

    fn nanos(&self, now: Instant) -> Nanos {
        let since = now.saturating_duration_since(self.begin).as_nanos();
        Nanos::from_nanos(i64::try_from(since).unwrap_or(i64::MAX))
    }
}

fn config(base: SocketAddr, server: &TurnServer) -> TurnConfig {
    let credentials = TurnCredentials::new(server.user.reveal(), server.password.reveal());
    let mut config = TurnConfig::new(credentials);
    let family = if base.is_ipv4() { AddressFamily::IPV4 } else { AddressFamily::IPV6 };
    config.set_address_family(family);
    config.set_request_retransmits(AGAIN, LONGEST_AGAIN, REQUESTS, LONGEST_AGAIN);
    config
}
