//! A stream of bytes, TCP's or TLS's, cut into messages (RFC 3261 section 18.3).

use super::{Due, Queue, Shared};
use crate::{
    failure::FlowError,
    received::Received,
    table::Seat,
    trace::{self, Direction},
};
use bytes::Bytes;
use sidetone_sip::message::Frame;
use std::{io, pin::pin, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    time::{timeout, timeout_at},
};

/// The answer to a keep-alive (RFC 5626 section 4.4.1).
pub(super) const PONG: Bytes = Bytes::from_static(b"\r\n");
/// One read. A crowd of strangers must not cost more than they send.
const CHUNK: usize = 4 * 1024;
/// For what came before the other side closed, once nothing can be written any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Both halves until the first of them ends.
pub(super) async fn run<S: AsyncRead + AsyncWrite>(
    shared: &Shared,
    seat: Seat,
    stream: S,
    (due, queue): (Due, Queue),
) -> FlowError {
    let (reading, writing) = tokio::io::split(stream);
    let (pongs, messages) = queue;
    let mut read = pin!(read(shared, seat, (reading, due), pongs));
    let ended = tokio::select! {
        ended = &mut read => ended,
        ended = write(shared, writing, messages) => match ended {
            // They closed, and may have said why: TLS alerts come after the handshake, too.
            Err(FlowError::Closed) => timeout(LAST_WORDS, read).await.unwrap_or(Err(FlowError::Closed)),
            ended => ended,
        },
    };
    ended.err().unwrap_or(FlowError::Closed)
}

/// Reads until the peer closes, breaks the rules, or is silent for too long.
async fn read(
    shared: &Shared,
    seat: Seat,
    (mut reading, mut due): (impl AsyncRead + Unpin, Due),
    pongs: mpsc::Sender<Bytes>,
) -> Result<(), FlowError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = timeout_at(due.at, reading.read(&mut chunk)).await.map_err(|_| FlowError::Silent)?;
        let length = read.map_err(|error| failed(&error))?;
        if length == 0 {
            return Ok(());
        }
        let began = due.framer.is_within_message();
        due.framer.push(chunk.get(..length).unwrap_or_default());
        let mut whole = false;
        while let Some(frame) = due.framer.next_frame().map_err(|_| FlowError::Unframed)? {
            let bytes = match frame {
                Frame::Ping => {
                    // Full: the peer reads nothing, and a pong more would not help it.
                    let _ = pongs.try_send(PONG);
                    continue;
                }
                Frame::Pong => PONG,
                Frame::Message(bytes) => {
                    if !whole {
                        shared.table.introduce(seat);
                    }
                    whole = true;
                    trace::message(Direction::In, seat.flow.transport, &bytes);
                    bytes
                }
            };
            // Waiting here lets TCP slow the peer down.
            let sent = shared.events.send(Received::Message { flow: seat.flow, bytes }).await;
            sent.map_err(|_| FlowError::Closed)?;
        }
        due.renew(&shared.limits, began, whole);
    }
}

/// Writes what is queued.
async fn write(
    shared: &Shared,
    mut writing: impl AsyncWrite + Unpin,
    mut messages: mpsc::Receiver<Bytes>,
) -> Result<(), FlowError> {
    while let Some(bytes) = messages.recv().await {
        let written = timeout(shared.limits.write, async {
            writing.write_all(&bytes).await?;
            writing.flush().await
        });
        written.await.map_err(|_| FlowError::TooSlow)?.map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// After the handshake a certificate can be wrong only in their eyes, and then it has no name.
fn failed(error: &io::Error) -> FlowError {
    FlowError::from_io(error, "")
}
