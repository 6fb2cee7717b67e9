//! SIP over UDP (RFC 3261 section 18.1.1, 18.2.1): one datagram, one message, or a keep-alive. What cannot be taken now is
//! dropped: UDP may lose, and retransmission is the transaction's.

use crate::{
    error_queue,
    failure::FlowError,
    locals,
    received::{Events, Received},
    trace::{self, Direction},
};
use bytes::Bytes;
use sidetone_sip::api::{Flow, Transport};
use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
};

/// The largest datagram there is.
const LARGEST: usize = 65_535;
/// The largest that can be sent: the length of the headers before it is counted, too.
const LARGEST_SENT: usize = LARGEST - 8 - 20;
/// Room for a burst while the loop is elsewhere.
const BUFFER: usize = 1024 * 1024;

/// The sending half: the same socket, without readiness to wait for.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: UdpSocket,
    local: SocketAddr,
    events: Arc<Events>,
}

/// Both halves of `socket`; the second must be spawned.
pub(crate) fn open(
    socket: UdpSocket,
    local: SocketAddr,
    events: Arc<Events>,
) -> io::Result<(Sender, impl Future<Output = ()> + Send + 'static)> {
    if let Err(error) = error_queue::enable(&socket, local.is_ipv6()) {
        tracing::debug!(%error, "refused datagrams will not be noticed");
    }
    if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER) {
        tracing::debug!(%error, "receive buffer stays as it is");
    }
    let sender = Sender { socket: socket.try_clone()?, local, events: Arc::clone(&events) };
    let errors = socket.try_clone()?;
    let socket = tokio::net::UdpSocket::from_std(socket)?;
    Ok((sender, receive(socket, errors, local, events)))
}

impl Sender {
    /// Whether datagrams to `remote` can leave from here.
    pub(crate) fn reaches(&self, remote: SocketAddr) -> bool {
        self.local.is_ipv4() == remote.is_ipv4()
    }

    /// Sends one message.
    pub(crate) fn send(&self, flow: Flow, payload: &[u8]) {
        let failed = |why| self.events.report(Received::FlowFailed { flow, why });
        if payload.len() > LARGEST_SENT {
            return failed(FlowError::TooLong);
        }
        // An error may be an older datagram's, waiting here to be told; then this one was not sent yet.
        let mut last = None;
        for _ in 0..3 {
            match self.socket.send_to(payload, flow.remote) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    if told_late(&error) {
                        tell(&self.events, &self.socket, self.local, &error);
                        last = Some(error);
                    } else {
                        return failed(FlowError::from_io(&error, ""));
                    }
                }
            }
        }
        failed(last.map_or(FlowError::Unreachable, |error| FlowError::from_io(&error, "")));
    }
}

/// Whether an error is about a datagram sent before.
fn told_late(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable)
}

/// Tells whose datagrams did not arrive.
fn tell(events: &Events, socket: &UdpSocket, local: SocketAddr, error: &io::Error) {
    for remote in error_queue::drain(socket) {
        let why = FlowError::from_io(error, "");
        // Not kept where there is no room: the transaction's own timer notices, too.
        events.offer(Received::FlowFailed { flow: flow(local, remote), why });
    }
}

async fn receive(socket: tokio::net::UdpSocket, errors: UdpSocket, local: SocketAddr, events: Arc<Events>) {
    let mut buffer = vec![0; LARGEST];
    while !events.is_closed() {
        match socket.recv_from(&mut buffer).await {
            // Some send nothing at all to keep a NAT open.
            Ok((0, _)) => {}
            Ok((length, remote)) => {
                let bytes = buffer.get(..length).unwrap_or_default();
                trace::message(Direction::In, Transport::Udp, bytes);
                let flow = flow(local, remote);
                // Full: dropped, as a full socket buffer would. The other side sends it again.
                events.offer(Received::Message { flow, bytes: Bytes::copy_from_slice(bytes) });
            }
            // Never fatal: an error here is about a datagram of ours, or about one of theirs.
            Err(error) => {
                tracing::debug!(kind = ?error.kind(), "UDP");
                tell(&events, &errors, local, &error);
                // An error that lasts must not keep a processor busy.
                tokio::task::yield_now().await;
            }
        }
    }
}

/// The path of a datagram from or to `remote`.
fn flow(bound: SocketAddr, remote: SocketAddr) -> Flow {
    Flow { transport: Transport::Udp, local: locals::concrete(bound, remote).unwrap_or(bound), remote }
}
