//! SIP over TCP (RFC 3261 sections 18.1, 18.2, 18.3): connections accepted and made, each a task of its own with two
//! halves, so that a peer that does not read never keeps us from reading.

use crate::{
    table::{Push, Seat, Table},
    trace::{self, Direction},
    transports::{Limits, Received},
    udp::report,
};
use bytes::Bytes;
use sidetone_sip::{
    api::{Flow, Transport},
    message::{Frame, Framer},
};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

/// The answer to a keep-alive (RFC 5626 section 4.4.1).
const PONG: Bytes = Bytes::from_static(b"\r\n");
/// One read.
const CHUNK: usize = 16 * 1024;

/// What every connection needs.
#[derive(Debug)]
pub(crate) struct Shared {
    /// As bound.
    pub(crate) local: SocketAddr,
    /// What a peer may cost.
    pub(crate) limits: Limits,
    /// Where everything goes.
    pub(crate) events: mpsc::Sender<Received>,
    /// Who is connected.
    pub(crate) table: Table,
}

/// Accepts until aborted.
pub(crate) async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    while !shared.events.is_closed() {
        match listener.accept().await {
            Ok((stream, remote)) => welcome(&shared, stream, remote),
            Err(error) => {
                // Out of descriptors, mostly; some peer's leaving helps.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

/// Serves a peer that came, if there is room; closes the connection otherwise.
fn welcome(shared: &Arc<Shared>, stream: TcpStream, remote: SocketAddr) {
    let ip = stream.local_addr().map_or(shared.local.ip(), |local| local.ip());
    let local = SocketAddr::new(ip, shared.local.port());
    let flow = Flow { transport: Transport::Tcp, local, remote };
    let (queue, messages) = mpsc::channel(shared.limits.queue);
    let Some(seat) = shared.table.enter(flow, queue.clone(), shared.limits.connections) else {
        tracing::warn!("a connection was closed: too many");
        return;
    };
    spawn(shared, seat, Start::Accepted(stream), (queue, messages));
}

/// Sends on the connection to the flow's remote address; makes it where there is none.
pub(crate) fn send(shared: &Arc<Shared>, flow: Flow, payload: Bytes) {
    let failed = || report(&shared.events, Received::FlowFailed { flow });
    let payload = match shared.table.push(flow.remote, payload) {
        Push::Queued => return,
        Push::TooSlow => return failed(),
        Push::Absent(payload) => payload,
    };
    let (queue, messages) = mpsc::channel(shared.limits.queue);
    // A new queue has room for one.
    let _ = queue.try_send(payload);
    let Some(seat) = shared.table.enter(flow, queue.clone(), shared.limits.connections) else {
        return failed();
    };
    spawn(shared, seat, Start::Connect, (queue, messages));
}

/// How a connection begins.
enum Start {
    /// They came.
    Accepted(TcpStream),
    /// We go.
    Connect,
}

/// A connection's messages to be written, and the end that queues them.
type Queue = (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>);

/// Runs a connection to its end in a task of its own, and says that it ended.
fn spawn(shared: &Arc<Shared>, seat: Seat, start: Start, queue: Queue) {
    let theirs = Arc::clone(shared);
    let task = tokio::spawn(async move {
        let outcome = live(&theirs, seat.flow, start, queue).await;
        tracing::debug!(kind = ?outcome.err().map(|error| error.kind()), "a connection ended");
        if theirs.table.leave(seat) {
            // The receiver's end means that nobody wants to know.
            let _ = theirs.events.send(Received::FlowFailed { flow: seat.flow }).await;
        }
    });
    shared.table.run_by(seat, task.abort_handle());
}

/// A connection's life: both halves until the first of them ends.
async fn live(shared: &Shared, flow: Flow, start: Start, queue: Queue) -> io::Result<()> {
    let (stream, due) = match start {
        Start::Accepted(stream) => (stream, Due::accepted(&shared.limits)),
        Start::Connect => {
            let stream = timeout(shared.limits.connect, connect(shared.local, flow.remote)).await??;
            (stream, Due::opened(&shared.limits))
        }
    };
    // A message is written at once and whole: nothing to wait for.
    stream.set_nodelay(true)?;
    let (reading, writing) = stream.into_split();
    let (pongs, messages) = queue;
    tokio::select! {
        ended = read(shared, flow, (reading, due), pongs) => ended,
        ended = write(shared, writing, messages) => ended,
    }
}

/// A framer, and when the peer must be heard of next.
struct Due {
    framer: Framer,
    /// A whole message came, or none has to.
    introduced: bool,
    at: Instant,
}

impl Due {
    /// A peer that came must say why, as soon as it would have to finish a message.
    fn accepted(limits: &Limits) -> Due {
        Due { framer: Framer::accepted(), introduced: false, at: Instant::now() + limits.message }
    }

    /// A peer that we called need not speak first.
    fn opened(limits: &Limits) -> Due {
        Due { framer: Framer::opened(), introduced: true, at: Instant::now() + limits.idle }
    }

    /// Sets it anew, after a read that ended `whole` messages; `began`: one had begun before it.
    fn renew(&mut self, limits: &Limits, began: bool, whole: bool) {
        self.introduced |= whole;
        match (self.framer.is_within_message(), self.introduced) {
            // A drip of bytes does not move the hour a message is due, nor does a ping.
            (true, _) if began && !whole => {}
            (false, false) => {}
            (true, _) => self.at = Instant::now() + limits.message,
            (false, true) => self.at = Instant::now() + limits.idle,
        }
    }
}

/// Reads until the peer closes, breaks the rules, or is silent for too long.
async fn read(
    shared: &Shared,
    flow: Flow,
    (mut reading, mut due): (OwnedReadHalf, Due),
    pongs: mpsc::Sender<Bytes>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = timeout_at(due.at, reading.read(&mut chunk)).await??;
        if length == 0 {
            return Ok(());
        }
        let began = due.framer.is_within_message();
        due.framer.push(chunk.get(..length).unwrap_or_default());
        let mut whole = false;
        while let Some(frame) = due.framer.next_frame().map_err(io::Error::other)? {
            match frame {
                Frame::Ping => {
                    // Full: the peer reads nothing, and a pong more would not help it.
                    let _ = pongs.try_send(PONG);
                }
                Frame::Pong => {}
                Frame::Message(bytes) => {
                    whole = true;
                    trace::message(Direction::In, Transport::Tcp, &bytes);
                    // Waiting here lets TCP slow the peer down.
                    let sent = shared.events.send(Received::Message { flow, bytes }).await;
                    sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
                }
            }
        }
        due.renew(&shared.limits, began, whole);
    }
}

/// Writes what is queued.
async fn write(
    shared: &Shared,
    mut writing: OwnedWriteHalf,
    mut messages: mpsc::Receiver<Bytes>,
) -> io::Result<()> {
    while let Some(bytes) = messages.recv().await {
        timeout(shared.limits.write, writing.write_all(&bytes)).await??;
    }
    Ok(())
}

/// A connection from our address, where we have one.
async fn connect(local: SocketAddr, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = match remote {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    if !local.ip().is_unspecified() {
        socket.bind(SocketAddr::new(local.ip(), 0))?;
    }
    socket.connect(remote).await
}
