//! SIP over UDP (RFC 3261 section 18.1.1, 18.2.1): one datagram, one message. What cannot be taken now is dropped:
//! UDP may lose, and retransmission is the transaction's.

use crate::{
    error_queue, local_for,
    trace::{self, Direction},
    transports::Received,
};
use bytes::Bytes;
use sidetone_sip::api::{Flow, Transport};
use std::{
    io,
    net::{SocketAddr, UdpSocket},
};
use tokio::sync::mpsc;

/// The largest datagram there is.
const LARGEST: usize = 65_535;
/// Room for a burst while the loop is elsewhere.
const BUFFER: usize = 1024 * 1024;

/// The sending half: the same socket, without readiness to wait for.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: UdpSocket,
    local: SocketAddr,
    events: mpsc::Sender<Received>,
}

/// Both halves of `socket`; the second must be spawned.
pub(crate) fn open(
    socket: UdpSocket,
    local: SocketAddr,
    events: mpsc::Sender<Received>,
) -> io::Result<(Sender, impl Future<Output = ()> + Send + 'static)> {
    if let Err(error) = error_queue::enable(&socket, local.is_ipv6()) {
        tracing::debug!(%error, "refused datagrams will not be noticed");
    }
    if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER) {
        tracing::debug!(%error, "receive buffer stays as it is");
    }
    let sender = Sender { socket: socket.try_clone()?, local, events: events.clone() };
    let errors = socket.try_clone()?;
    let socket = tokio::net::UdpSocket::from_std(socket)?;
    Ok((sender, receive(socket, errors, local, events)))
}

impl Sender {
    /// Sends one message.
    pub(crate) fn send(&self, flow: Flow, payload: &[u8]) {
        // An error may be an older datagram's, waiting here to be told; then this one was not sent yet.
        for _ in 0..3 {
            match self.socket.send_to(payload, flow.remote) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if told_late(&error) => {
                    for remote in error_queue::drain(&self.socket) {
                        report(&self.events, failed(self.local, remote));
                    }
                }
                Err(_) => break,
            }
        }
        report(&self.events, Received::FlowFailed { flow });
    }
}

/// Whether an error is about a datagram sent before.
fn told_late(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable)
}

/// Delivers without waiting; when the queue is full, in a moment.
pub(crate) fn report(events: &mpsc::Sender<Received>, event: Received) {
    if let Err(mpsc::error::TrySendError::Full(event)) = events.try_send(event) {
        let events = events.clone();
        tokio::spawn(async move { events.send(event).await });
    }
}

async fn receive(
    socket: tokio::net::UdpSocket,
    errors: UdpSocket,
    local: SocketAddr,
    events: mpsc::Sender<Received>,
) {
    let mut buffer = vec![0; LARGEST];
    while !events.is_closed() {
        match socket.recv_from(&mut buffer).await {
            Ok((length, remote)) => {
                let bytes = buffer.get(..length).unwrap_or_default();
                // RFC 5626 section 4.4.1 over UDP is STUN; some send bare line ends to keep a NAT open.
                if bytes.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                trace::message(Direction::In, Transport::Udp, bytes);
                let flow = flow(local, remote);
                // Full: dropped, as a full socket buffer would. The other side sends it again.
                if events.try_send(Received::Message { flow, bytes: Bytes::copy_from_slice(bytes) }).is_err()
                {
                    tracing::debug!("a datagram was dropped: too many wait");
                }
            }
            // Never fatal: an error here is about a datagram of ours, or about one of theirs.
            Err(error) => {
                tracing::debug!(kind = ?error.kind(), "UDP");
                for remote in error_queue::drain(&errors) {
                    report(&events, failed(local, remote));
                }
                // An error that lasts must not keep a processor busy.
                tokio::task::yield_now().await;
            }
        }
    }
}

fn failed(local: SocketAddr, remote: SocketAddr) -> Received {
    Received::FlowFailed { flow: flow(local, remote) }
}

/// The path of a datagram from or to `remote`.
fn flow(local: SocketAddr, remote: SocketAddr) -> Flow {
    let ip = if local.ip().is_unspecified() { local_for(remote).unwrap_or(local.ip()) } else { local.ip() };
    Flow { transport: Transport::Udp, local: SocketAddr::new(ip, local.port()), remote }
}
