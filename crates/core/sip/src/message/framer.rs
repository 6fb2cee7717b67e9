//! Messages out of a stream (RFC 3261 sections 7.5 and 18.3), and the keep-alives between them (RFC 5626 section 3.5.1).
//! Owns no socket. Every byte is looked at once, however it arrives, and never more is kept than one message and what
//! was pushed last.

use super::parse::{MAX_MESSAGE, body_length, head_end};
use bytes::{Buf, Bytes, BytesMut};
use std::fmt;

/// What a stream brings.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, for [`parse`](super::parse).
    Message(Bytes),
    /// Two line ends: answer with one, `\r\n`.
    Ping,
    /// One line end: the answer to our ping.
    Pong,
}

/// Says how long a message is: what is in it is private.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Self::Ping => f.write_str("Ping"),
            Self::Pong => f.write_str("Pong"),
        }
    }
}

/// Why a stream can't be cut any further. The connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramerError {
    /// The head has no end within [`MAX_MESSAGE`], or the message would be longer.
    #[error("message too large")]
    TooLarge,
    /// Not SIP, or a Content-Length that is no number: nobody knows where the next message begins.
    #[error("stream can't be framed")]
    Unframed,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Between messages; perhaps the first half of a ping has come.
    Between { half_ping: bool },
    /// In a head, searched up to here.
    Head { searched: usize },
    /// In a message of this length.
    Body { length: usize },
    /// Nothing more comes of it.
    Failed(FramerError),
}

/// Which end of the connection is ours. Only the end that opened it pings (RFC 5626 section 4.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Opened,
    Accepted,
}

/// Cuts a stream into messages. After every [`push`](Self::push), call [`next_frame`](Self::next_frame) to `Ok(None)`.
pub struct Framer {
    end: End,
    state: State,
    buffer: BytesMut,
}

impl Framer {
    /// For a connection that we opened: a single line end is the answer to our ping.
    pub fn opened() -> Self {
        Self::new(End::Opened)
    }

    /// For a connection that we accepted: two line ends are a ping, even when they come one by one.
    pub fn accepted() -> Self {
        Self::new(End::Accepted)
    }

    fn new(end: End) -> Self {
        Self { end, state: State::Between { half_ping: false }, buffer: BytesMut::new() }
    }

    /// Takes what was read. After an error it is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        match self.state {
            State::Failed(_) => {}
            State::Between { .. } | State::Head { .. } | State::Body { .. } => {
                self.buffer.extend_from_slice(bytes)
            }
        }
    }

    /// Whether a message has begun and is not whole: a peer that stops here is to be timed out.
    pub fn is_within_message(&self) -> bool {
        matches!(self.state, State::Head { .. } | State::Body { .. })
    }

    /// The next frame; `None` until more is pushed. An error stays.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FramerError> {
        loop {
            match self.state {
                State::Between { half_ping } => match self.between(half_ping) {
                    Step::Go => {}
                    Step::Wait => return Ok(None),
                    Step::Give(frame) => return Ok(Some(frame)),
                },
                State::Head { searched } => match head_end(&self.buffer, searched) {
                    Some(end) if end <= MAX_MESSAGE => {
                        if let Some(frame) = self.end_of_head(end) {
                            return Ok(Some(frame));
                        }
                    }
                    Some(_) => self.fail(FramerError::TooLarge),
                    None if self.buffer.len() > MAX_MESSAGE => self.fail(FramerError::TooLarge),
                    None => {
                        // The last three bytes can be the beginning of the end.
                        self.state = State::Head { searched: self.buffer.len().saturating_sub(3) };
                        return Ok(None);
                    }
                },
                State::Body { length } if self.buffer.len() >= length => return Ok(Some(self.take(length))),
                State::Body { .. } => return Ok(None),
                State::Failed(error) => return Err(error),
            }
        }
    }

    /// Line ends before a message are no part of it.
    fn between(&mut self, half_ping: bool) -> Step {
        match (&self.buffer[..], self.end) {
            ([], _) | ([b'\r'], _) => Step::Wait,
            ([b'\r', b'\n', b'\r'], End::Accepted) if !half_ping => Step::Wait,
            ([b'\r', b'\n', b'\r', b'\n', ..], _) if !half_ping => self.skip(4, false, Some(Frame::Ping)),
            ([b'\r', b'\n', ..], End::Opened) => self.skip(2, false, Some(Frame::Pong)),
            ([b'\r', b'\n', ..], End::Accepted) if half_ping => self.skip(2, false, Some(Frame::Ping)),
            ([b'\r', b'\n', ..], End::Accepted) => self.skip(2, true, None),
            ([b'\r' | b'\n', ..], _) => self.skip(1, false, None),
            _ => {
                self.state = State::Head { searched: 0 };
                Step::Go
            }
        }
    }

    fn skip(&mut self, count: usize, half_ping: bool, frame: Option<Frame>) -> Step {
        self.buffer.advance(count);
        self.state = State::Between { half_ping };
        frame.map_or(Step::Go, Step::Give)
    }

    /// Where the length can't be told, the head alone is given out, so that it can be answered; then comes the error.
    fn end_of_head(&mut self, end: usize) -> Option<Frame> {
        let error = match body_length(&self.buffer[..end]) {
            Some(body) if body <= MAX_MESSAGE - end => {
                self.state = State::Body { length: end + body };
                return None;
            }
            Some(_) => FramerError::TooLarge,
            None => FramerError::Unframed,
        };
        let head = self.take(end);
        self.fail(error);
        Some(head)
    }

    fn take(&mut self, length: usize) -> Frame {
        let message = Bytes::copy_from_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        self.state = State::Between { half_ping: false };
        Frame::Message(message)
    }

    fn fail(&mut self, error: FramerError) {
        self.buffer = BytesMut::new();
        self.state = State::Failed(error);
    }
}

/// Says what it waits for.
impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framer({:?}, {} bytes)", self.state, self.buffer.len())
    }
}

enum Step {
    Go,
    Wait,
    Give(Frame),
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nX: 1\r\nl: 4\r\n\r\nbody";

    fn frames(framer: &mut Framer) -> Vec<Frame> {
        std::iter::from_fn(|| framer.next_frame().unwrap()).collect()
    }

    fn message(bytes: &'static [u8]) -> Frame {
        Frame::Message(Bytes::from_static(bytes))
    }

    #[test]
    fn it_is_the_same_however_it_arrives() {
        let stream =
            [b"\r\n\r\n".as_slice(), OPTIONS, b"\r\n", OPTIONS, OPTIONS, b"\r\n\r\n\r\n\r\n"].concat();
        let wanted =
            [Frame::Ping, message(OPTIONS), message(OPTIONS), message(OPTIONS), Frame::Ping, Frame::Ping];
        for size in 1..=stream.len() {
            let mut framer = Framer::accepted();
            let mut got = Vec::new();
            for piece in stream.chunks(size) {
                framer.push(piece);
                got.extend(frames(&mut framer));
            }
            assert_eq!(got, wanted, "in pieces of {size}");
        }
    }

    #[test]
    fn the_end_that_pings_is_answered() {
        let mut framer = Framer::opened();
        framer.push(b"\r");
        assert_eq!(frames(&mut framer), []);
        framer.push(b"\n");
        assert_eq!(frames(&mut framer), [Frame::Pong]);
        framer.push(b"\r\n");
        assert_eq!(frames(&mut framer), [Frame::Pong]);
        framer.push(b"\r\n\r\n");
        assert_eq!(frames(&mut framer), [Frame::Ping]);
    }

    #[test]
    fn without_content_length_there_is_no_body() {
        let mut framer = Framer::opened();
        framer.push(b"OPTIONS sip:a@b SIP/2.0\nX: 1\n\nOPTIONS sip:a@b SIP/2.0\r\n\r\n");
        let heads: [&[u8]; 2] = [b"OPTIONS sip:a@b SIP/2.0\nX: 1\n\n", b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"];
        assert_eq!(frames(&mut framer), heads.map(message));
    }

    #[test]
    fn a_broken_length_gives_the_head_out_and_ends_the_stream() {
        for (head, error) in [
            (b"OPTIONS sip:a@b SIP/2.0\r\nl: -1\r\n\r\n".as_slice(), FramerError::Unframed),
            (b"OPTIONS sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\n", FramerError::Unframed),
            (b"OPTIONS sip:a@b SIP/2.0\r\nl: 65536\r\n\r\n", FramerError::TooLarge),
            (b"OPTIONS sip:a@b SIP/2.0\r\nl: 99999999999999999999999\r\n\r\n", FramerError::TooLarge),
            (b"GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", FramerError::Unframed),
        ] {
            let mut framer = Framer::accepted();
            framer.push(head);
            framer.push(OPTIONS);
            assert_eq!(framer.next_frame(), Ok(Some(message(head))));
            assert_eq!(framer.next_frame(), Err(error));
            framer.push(OPTIONS);
            assert_eq!(framer.next_frame(), Err(error));
        }
    }

    /// A quadratic search would look at two thousand million bytes here.
    #[test]
    fn an_endless_head_ends_byte_by_byte_and_quickly() {
        let mut framer = Framer::accepted();
        let mut pushed = 0;
        while framer.next_frame() == Ok(None) {
            framer.push(b"a");
            pushed += 1;
        }
        assert_eq!(framer.next_frame(), Err(FramerError::TooLarge));
        assert_eq!(pushed, MAX_MESSAGE + 1);
        assert!(framer.buffer.is_empty());
    }
}
