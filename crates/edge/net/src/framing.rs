//! Cuts a stream into messages (RFC 3261 section 18.3) and keep-alives (RFC 5626 section 4.4.1).

use bytes::{Buf, Bytes, BytesMut};
use std::io;

/// The largest message: headers and body.
const LARGEST: usize = 256 * 1024;

/// What a stream is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// One whole message.
    Message(Bytes),
    /// A keep-alive: wants one line end back.
    Ping,
}

/// Bytes that are not a message yet.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    buffer: BytesMut,
}

impl Cutter {
    /// More bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a message has begun and is not whole.
    pub(crate) fn is_within_message(&self) -> bool {
        self.buffer.iter().any(|byte| !byte.is_ascii_whitespace())
    }

    /// The next piece, when it is whole.
    pub(crate) fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        if self.buffer.starts_with(b"\r\n\r\n") {
            self.buffer.advance(4);
            return Ok(Some(Piece::Ping));
        }
        if self.buffer.is_empty() || b"\r\n\r\n".starts_with(&self.buffer) {
            return Ok(None);
        }
        if self.buffer.starts_with(b"\r\n") {
            self.buffer.advance(2);
            return self.next_piece();
        }
        let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if self.buffer.len() > LARGEST { Err(garbage()) } else { Ok(None) };
        };
        let total = end + 4 + content_length(self.buffer.get(..end).unwrap_or_default())?;
        if total > LARGEST {
            return Err(garbage());
        }
        Ok((self.buffer.len() >= total).then(|| Piece::Message(self.buffer.split_to(total).freeze())))
    }
}

fn garbage() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    if !first.windows(4).any(|four| four == b"SIP/") {
        return Err(garbage());
    }
    for line in lines {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let name = halves.next().unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l") {
            let value = halves.next().unwrap_or_default().trim_ascii();
            let value = str::from_utf8(value).map_err(|_| garbage())?;
            return value.parse().map_err(|_| garbage());
        }
    }
    Err(garbage())
}
