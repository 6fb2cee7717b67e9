//! Cuts the daemon's bytes into messages: a descriptor of 20 bytes, then what it announces. Memory is bounded, and a
//! message beyond the bound ends the connection.

use std::io::{self, Read};
use std::ops::Range;

use pulseaudio::protocol::{DESCRIPTOR_SIZE, read_descriptor};

use crate::event::Trouble;

/// Room to begin with: many fragments of a stream.
const ROOM: usize = 16 * 1024;
/// The longest message we take. Lists of devices are some kilobytes, fragments 2.
const LONGEST: usize = 1024 * 1024;

/// Bytes that arrived and were not taken yet.
#[derive(Debug)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

/// A whole message; its payload stays in the inbox until the next [`Inbox::fill`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The stream whose sound it is; the highest number for a command.
    pub(crate) channel: u32,
    payload: Range<usize>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; ROOM], start: 0, end: 0 }
    }

    /// The next whole message, if it is there. Fails when it is longer than any we want.
    pub(crate) fn take(&mut self) -> Result<Option<Frame>, Trouble> {
        let waiting = self.bytes.get(self.start..self.end).unwrap_or_default();
        let Some(mut head) = waiting.get(..DESCRIPTOR_SIZE) else { return Ok(None) };
        let descriptor = read_descriptor(&mut head).map_err(|_| Trouble::System)?;
        let length = usize::try_from(descriptor.length).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(Trouble::System);
        }
        let from = self.start + DESCRIPTOR_SIZE;
        if from + length > self.end {
            return Ok(None);
        }
        self.start = from + length;
        Ok(Some(Frame { channel: descriptor.channel, payload: from..from + length }))
    }

    pub(crate) fn payload(&self, frame: &Frame) -> &[u8] {
        self.bytes.get(frame.payload.clone()).unwrap_or_default()
    }

    /// Reads once. Gives how many bytes came: 0 at the end of the connection.
    pub(crate) fn fill(&mut self, from: &mut impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            let larger = (2 * self.bytes.len()).min(LONGEST + DESCRIPTOR_SIZE);
            self.bytes.resize(larger, 0);
        }
        let read = from.read(self.bytes.get_mut(self.end..).unwrap_or_default())?;
        self.end += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: u32, length: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = [length.to_be_bytes(), channel.to_be_bytes()].concat();
        bytes.extend([0; 12]);
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn messages_are_whole_however_the_bytes_arrive() {
        let long = vec![7_u8; 3 * ROOM];
        let stream = [message(1, 3, b"abc"), message(2, 3 * ROOM as u32, &long), message(3, 0, b"")].concat();
        for piece in [1, 19, 1_000, stream.len()] {
            let (mut inbox, mut got) = (Inbox::new(), Vec::new());
            for mut part in stream.chunks(piece) {
                while !part.is_empty() {
                    assert!(inbox.fill(&mut part).expect("bytes") > 0);
                    while let Some(frame) = inbox.take().expect("short enough") {
                        got.push((frame.channel, inbox.payload(&frame).to_vec()));
                    }
                }
            }
            assert_eq!(got, [(1, b"abc".to_vec()), (2, long.clone()), (3, Vec::new())], "{piece} bytes");
        }
    }

    #[test]
    fn an_endless_message_is_refused_before_it_is_stored() {
        let mut inbox = Inbox::new();
        let announced = message(1, u32::MAX, b"");
        inbox.fill(&mut announced.as_slice()).expect("bytes");
        assert_eq!(inbox.take(), Err(Trouble::System));
        assert_eq!(inbox.bytes.len(), ROOM);
    }
}
