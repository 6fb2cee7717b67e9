//! The SIP side of the network: one UDP socket and one TCP listener on the same port, and every connection there is
//! (RFC 3261 section 18).
//!
//! A [`Flow`]'s local address is always concrete (never `0.0.0.0`) with the bound port, over TCP too, where a
//! connection of ours leaves from another port: so a flow made by [`Transports::flow_to`] equals the flow of what
//! comes back on it.

use crate::{
    Error, local_for,
    stream::{self, Shared},
    table::Table,
    trace, udp,
};
use bytes::Bytes;
use sidetone_sip::api::{Flow, Transmit, Transport};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

/// What the network brought.
#[derive(Clone, PartialEq, Eq)]
pub enum Received {
    /// One whole message.
    Message {
        /// The path it came by.
        flow: Flow,
        /// Its bytes. Not parsed: they may be anything.
        bytes: Bytes,
    },
    /// The path is gone, or what was sent on it did not arrive.
    FlowFailed {
        /// The path.
        flow: Flow,
    },
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Received::Message { flow, bytes } => {
                write!(f, "Message({:?}, {} bytes)", flow.transport, bytes.len())
            }
            Received::FlowFailed { flow } => write!(f, "FlowFailed({:?})", flow.transport),
        }
    }
}

/// Where [`Received`] comes out. Not read: TCP waits, UDP drops.
pub type Receiver = mpsc::Receiver<Received>;

/// What one peer, or all of them together, may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once, theirs and ours.
    pub connections: usize,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long a begun message may take to arrive in full, and a new peer to say anything.
    pub message: Duration,
    /// How long one write may take.
    pub write: Duration,
    /// How long a connection may be silent. Longer than a registration lasts.
    pub idle: Duration,
    /// Messages waiting to be written on one connection; more, and its peer is too slow.
    pub queue: usize,
    /// Messages waiting to be read from the [`Receiver`].
    pub received: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 256,
            connect: Duration::from_secs(5),
            message: Duration::from_secs(30),
            write: Duration::from_secs(10),
            idle: Duration::from_secs(65 * 60),
            queue: 64,
            received: 256,
        }
    }
}

/// The bound sockets. Dropping it closes everything.
#[derive(Debug)]
pub struct Transports {
    local: SocketAddr,
    udp: udp::Sender,
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 2],
}

impl Transports {
    /// Binds UDP and TCP on `local`; port 0 picks one that is free for both. Within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Bind`] when either is taken.
    pub async fn bind(local: SocketAddr) -> Result<(Transports, Receiver), Error> {
        Self::bind_with(local, Limits::default()).await
    }

    /// As [`Transports::bind`], with limits of one's own.
    ///
    /// # Errors
    /// [`Error::Bind`] when either is taken.
    pub async fn bind_with(local: SocketAddr, limits: Limits) -> Result<(Transports, Receiver), Error> {
        let bound = |source| Error::Bind { address: local, source };
        let (socket, listener) = bind_both(local).map_err(bound)?;
        let listener = TcpListener::from_std(listener).map_err(bound)?;
        let local = listener.local_addr().map_err(bound)?;
        let (events, receiver) = mpsc::channel(limits.received);
        let (udp, udp_loop) = udp::open(socket, local, events.clone()).map_err(bound)?;
        let shared = Arc::new(Shared { local, limits, events, table: Table::default() });
        let accept = stream::accept(Arc::clone(&shared), listener);
        Ok((
            Transports { local, udp, shared, tasks: [tokio::spawn(udp_loop), tokio::spawn(accept)] },
            receiver,
        ))
    }

    /// What is bound: perhaps a wildcard address, never port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Our address on the way to `remote`: the bound one, or for a wildcard what the routes say now.
    ///
    /// # Errors
    /// [`Error::Route`] when there is no way there.
    pub fn local_for(&self, remote: SocketAddr) -> Result<IpAddr, Error> {
        if self.local.ip().is_unspecified() { local_for(remote) } else { Ok(self.local.ip()) }
    }

    /// The flow to `remote`. Connects nothing.
    ///
    /// # Errors
    /// [`Error::Route`] when there is no way there.
    pub fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Result<Flow, Error> {
        let local = SocketAddr::new(self.local_for(remote)?, self.local.port());
        Ok(Flow { transport, local, remote })
    }

    /// Sends, without waiting. What goes wrong comes back as [`Received::FlowFailed`] with the same flow. Over TCP
    /// the connection to the flow's remote address is used, and made where there is none.
    pub fn send(&self, transmit: Transmit) {
        let Transmit { flow, payload } = transmit;
        trace::message(trace::Direction::Out, flow.transport, &payload);
        match flow.transport {
            Transport::Udp => self.udp.send(flow, &payload),
            Transport::Tcp => stream::send(&self.shared, flow, payload),
            // Nothing is bound for these.
            Transport::Tls | Transport::Wss => {
                udp::report(&self.shared.events, Received::FlowFailed { flow })
            }
        }
    }

    /// How many TCP connections there are now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.table.len()
    }
}

impl Drop for Transports {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.shared.table.clear();
    }
}

/// Tries for a port that both protocols have free: the system hands out UDP and TCP ports independently.
fn bind_both(local: SocketAddr) -> io::Result<(std::net::UdpSocket, std::net::TcpListener)> {
    const TRIES: u32 = 64;
    let mut outcome = bind_once(local);
    for _ in 1..TRIES {
        if outcome.is_ok() || local.port() != 0 {
            break;
        }
        outcome = bind_once(local);
    }
    outcome
}

fn bind_once(local: SocketAddr) -> io::Result<(std::net::UdpSocket, std::net::TcpListener)> {
    let tcp = socket(local, Type::STREAM, Protocol::TCP)?;
    // On Unix this allows binding while old connections linger; on Windows it would allow theft.
    #[cfg(unix)]
    tcp.set_reuse_address(true)?;
    tcp.bind(&local.into())?;
    tcp.listen(128)?;
    let tcp: std::net::TcpListener = tcp.into();
    let udp = socket(local, Type::DGRAM, Protocol::UDP)?;
    udp.bind(&SocketAddr::new(local.ip(), tcp.local_addr()?.port()).into())?;
    Ok((udp.into(), tcp))
}

fn socket(local: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(local), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        // The same on every system: an IPv6 socket speaks IPv6.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}
