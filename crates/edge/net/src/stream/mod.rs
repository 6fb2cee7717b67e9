//! SIP over connections: TCP (RFC 3261 sections 18.1, 18.2, 18.3), TLS over it, and WebSockets over that (RFC 7118).
//! Accepted (TCP alone) and made, each a task of its own with two halves, so that a peer that does not read never keeps us
//! from reading.

mod cut;
mod due;
mod web;

use crate::{
    failure::FlowError,
    locals,
    names::{Expected, Line},
    received::{Events, Received},
    setup::Limits,
    table::{Push, Seat, Standing, Table},
    tls,
};
use bytes::Bytes;
use due::Due;
use sidetone_sip::api::{Flow, Transport};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

/// What every connection needs.
#[derive(Debug)]
pub(crate) struct Shared {
    /// What a peer may cost.
    pub(crate) limits: Limits,
    /// Where everything goes.
    pub(crate) events: Arc<Events>,
    /// Who is connected.
    pub(crate) table: Table,
    /// How we are sure of who that is.
    pub(crate) tls: tls::Client,
    /// Who it has to be.
    pub(crate) expected: Arc<Expected>,
    /// Where a WebSocket is at a server.
    pub(crate) web_socket_path: String,
}

/// Accepts until aborted.
pub(crate) async fn accept(shared: Arc<Shared>, listener: TcpListener, local: SocketAddr) {
    while !shared.events.is_closed() {
        match listener.accept().await {
            Ok((stream, remote)) => welcome(&shared, stream, local, remote),
            Err(error) => {
                // Out of descriptors, mostly; some peer's leaving helps.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

/// Serves a peer that came, if there is room; closes the connection otherwise.
fn welcome(shared: &Arc<Shared>, stream: TcpStream, bound: SocketAddr, remote: SocketAddr) {
    let ip = stream.local_addr().map_or(bound.ip(), |local| local.ip());
    let flow = Flow { transport: Transport::Tcp, local: SocketAddr::new(ip, bound.port()), remote };
    let (queue, messages) = mpsc::channel(shared.limits.queue);
    let Some(seat) = enter(shared, (flow, 0), queue.clone(), Standing::Stranger) else {
        tracing::debug!("a connection was closed: too many");
        return;
    };
    spawn(shared, seat, Start::Accepted(stream), (queue, messages));
}

/// Sends on the connection to the flow's remote address; makes it where there is none.
pub(crate) fn send(shared: &Arc<Shared>, flow: Flow, payload: Bytes) {
    let failed = |why| shared.events.report(Received::FlowFailed { flow, why });
    let (line, domain) = shared.expected.of(&flow);
    let payload = match shared.table.push((&flow, line), payload) {
        Push::Queued => return,
        Push::TooSlow => return failed(FlowError::TooSlow),
        Push::Absent(payload) => payload,
    };
    let (queue, messages) = mpsc::channel(shared.limits.queue);
    // A new queue has room for one.
    let _ = queue.try_send(payload);
    let Some(seat) = enter(shared, (flow, line), queue.clone(), Standing::Ours) else {
        return failed(FlowError::Full);
    };
    spawn(shared, seat, Start::Connect { domain }, (queue, messages));
}

fn enter(
    shared: &Shared,
    path: (Flow, Line),
    queue: mpsc::Sender<Bytes>,
    standing: Standing,
) -> Option<Seat> {
    let favours = |address| shared.events.favours(address);
    let entered = shared.table.enter(path, queue, standing, (&shared.limits, favours))?;
    if let Some(flow) = entered.ended {
        shared.events.report(Received::FlowFailed { flow, why: FlowError::Full });
    }
    Some(entered.seat)
}

/// How a connection begins.
enum Start {
    /// They came.
    Accepted(TcpStream),
    /// We go, to whoever must be `domain` if it is by TLS.
    Connect { domain: String },
}

/// A connection that is made.
enum Link {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Web(Box<web::Socket>),
}

/// A connection's messages to be written, and the end that queues them.
type Queue = (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>);

/// Runs a connection to its end in a task of its own, and says why it ended.
fn spawn(shared: &Arc<Shared>, seat: Seat, start: Start, queue: Queue) {
    let theirs = Arc::clone(shared);
    let task = tokio::spawn(async move {
        let why = live(&theirs, seat, start, queue).await;
        tracing::debug!(transport = ?seat.flow.transport, ?why, "a connection ended");
        if theirs.table.leave(seat) {
            // The receiver's end means that nobody wants to know.
            let _ = theirs.events.send(Received::FlowFailed { flow: seat.flow, why }).await;
        }
    });
    shared.table.run_by(seat, task.abort_handle());
}

/// A connection's life.
async fn live(shared: &Shared, seat: Seat, start: Start, queue: Queue) -> FlowError {
    let domain = match start {
        Start::Accepted(stream) => {
            return cut::run(shared, seat, stream, (Due::accepted(&shared.limits), queue)).await;
        }
        Start::Connect { domain } => domain,
    };
    match timeout(shared.limits.connect, connect(shared, seat.flow, &domain)).await {
        Ok(Ok(Link::Tcp(stream))) => {
            cut::run(shared, seat, stream, (Due::opened(&shared.limits), queue)).await
        }
        Ok(Ok(Link::Tls(stream))) => {
            cut::run(shared, seat, *stream, (Due::opened(&shared.limits), queue)).await
        }
        Ok(Ok(Link::Web(socket))) => web::run(shared, seat, *socket, queue).await,
        Ok(Err(why)) => why,
        Err(_) => FlowError::TimedOut,
    }
}

async fn connect(shared: &Shared, flow: Flow, domain: &str) -> Result<Link, FlowError> {
    let stream = open(flow).await.map_err(|error| FlowError::from_io(&error, domain))?;
    match flow.transport {
        Transport::Tls => shared.tls.connect(stream, domain).await.map(|tls| Link::Tls(Box::new(tls))),
        Transport::Wss => {
            let stream = shared.tls.connect(stream, domain).await?;
            let place = (domain, flow.remote.port(), shared.web_socket_path.as_str());
            web::open(stream, place).await.map(|socket| Link::Web(Box::new(socket)))
        }
        Transport::Udp | Transport::Tcp => Ok(Link::Tcp(stream)),
    }
}

/// A connection from the address that the flow names: from another, the flow would be another.
async fn open(flow: Flow) -> io::Result<TcpStream> {
    let socket = match flow.remote {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    if locals::can_be_bound(flow.local.ip()) {
        socket.bind(SocketAddr::new(flow.local.ip(), 0))?;
    }
    let stream = socket.connect(flow.remote).await?;
    // A message is written at once and whole: nothing to wait for.
    stream.set_nodelay(true)?;
    Ok(stream)
}
