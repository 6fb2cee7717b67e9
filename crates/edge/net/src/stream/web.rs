//! SIP over secure WebSockets, as their client (RFC 7118): one frame carries one message, and nothing needs to be cut.

use super::{Queue, Shared, cut::PONG};
use crate::{
    failure::FlowError,
    received::Received,
    table::Seat,
    trace::{self, Direction},
};
use bytes::Bytes;
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use sidetone_sip::message::MAX_MESSAGE;
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        ClientRequestBuilder, Error, Message, Utf8Bytes, error::ProtocolError, http::Uri,
        protocol::WebSocketConfig,
    },
};

/// An open WebSocket.
pub(super) type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// A keep-alive that wants an answer (RFC 5626 section 3.5.1, RFC 7118 section 6).
const PING: &[u8] = b"\r\n\r\n";

/// Asks for SIP at `/path` of `domain`.
pub(super) async fn open(
    stream: TlsStream<TcpStream>,
    (domain, port, path): (&str, u16, &str),
) -> Result<Socket, FlowError> {
    let host = if domain.contains(':') && !domain.starts_with('[') {
        format!("[{domain}]")
    } else {
        domain.to_owned()
    };
    let uri: Uri = format!("wss://{host}:{port}{path}")
        .parse()
        .map_err(|_| FlowError::WebSocket("no such URI".to_owned()))?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol("sip");
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
        .max_write_buffer_size(4 * MAX_MESSAGE);
    let opened = client_async_with_config(request, stream, Some(limits)).await;
    opened.map(|(socket, _)| socket).map_err(failed)
}

/// Both directions until the first of them ends.
pub(super) async fn run(shared: &Shared, seat: Seat, socket: Socket, queue: Queue) -> FlowError {
    let (writing, reading) = socket.split();
    let (pongs, messages) = queue;
    let ended = tokio::select! {
        ended = read(shared, seat, reading, pongs) => ended,
        ended = write(shared, writing, messages) => ended,
    };
    ended.err().unwrap_or(FlowError::Closed)
}

async fn read(
    shared: &Shared,
    seat: Seat,
    mut reading: SplitStream<Socket>,
    pongs: mpsc::Sender<Bytes>,
) -> Result<(), FlowError> {
    loop {
        let due = Instant::now() + shared.limits.idle;
        let Some(frame) = timeout_at(due, reading.next()).await.map_err(|_| FlowError::Silent)? else {
            return Ok(());
        };
        let bytes: Bytes = match frame.map_err(failed)? {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => bytes,
            // A WebSocket's own pings are answered below us.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Close(_) => return Ok(()),
        };
        if &bytes[..] == PING {
            // Full: the peer reads nothing, and a pong more would not help it.
            let _ = pongs.try_send(PONG);
            continue;
        }
        trace::message(Direction::In, seat.flow.transport, &bytes);
        // Waiting here lets TCP slow the peer down.
        let sent = shared.events.send(Received::Message { flow: seat.flow, bytes }).await;
        sent.map_err(|_| FlowError::Closed)?;
    }
}

async fn write(
    shared: &Shared,
    mut writing: SplitSink<Socket, Message>,
    mut messages: mpsc::Receiver<Bytes>,
) -> Result<(), FlowError> {
    while let Some(bytes) = messages.recv().await {
        // RFC 7118 section 5: text where it is UTF-8.
        let frame = Utf8Bytes::try_from(bytes.clone()).map_or(Message::Binary(bytes), Message::Text);
        let written = timeout(shared.limits.write, writing.send(frame)).await;
        written.map_err(|_| FlowError::TooSlow)?.map_err(failed)?;
    }
    Ok(())
}

fn failed(error: Error) -> FlowError {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => FlowError::Closed,
        Error::Io(error) => FlowError::from_io(&error, ""),
        Error::Capacity(_) => FlowError::Unframed,
        other => FlowError::WebSocket(other.to_string()),
    }
}
