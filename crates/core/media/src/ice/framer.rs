//! TURN over a stream, cut into messages: STUN messages by their length, channel data by theirs and with padding
//! (RFC 8656 section 12.5). What is neither, or is longer than any datagram that we would take, is the end of the stream.

/// Longer than any packet that we agree to, with every header.
const LONGEST: usize = 4_096;

/// Bytes that came and are not taken yet: less than two messages of them.
#[derive(Debug, Default)]
pub struct Framer {
    bytes: Vec<u8>,
    taken: usize,
}

/// The stream is none of TURN's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stream of TURN messages")]
pub struct NotTurn;

impl Framer {
    /// Takes what came. To be followed by [`next_frame`](Self::next_frame) until `None`: what is left then is less than a message.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, without its padding.
    ///
    /// # Errors
    /// Nothing that follows can be read.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, NotTurn> {
        let left = self.bytes.get(self.taken..).unwrap_or_default();
        let &[first, second, third, fourth, ..] = left else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([third, fourth]));
        let (message, padded) = match first >> 6 {
            0 => (length + 20, length + 20),
            1 if u16::from_be_bytes([first, second]) < 0x5000 => (length + 4, length.next_multiple_of(4) + 4),
            _ => return Err(NotTurn),
        };
        if padded > LONGEST {
            return Err(NotTurn);
        }
        if left.len() < padded {
            return Ok(None);
        }
        let start = self.taken;
        self.taken += padded;
        Ok(self.bytes.get(start..start + message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Binding request, channel data of five bytes with three of padding, and channel data of none.
    fn stream() -> Vec<u8> {
        let mut stream = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        stream.extend([0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0]);
        stream.extend([0x4f, 0xff, 0, 0]);
        stream
    }

    #[test]
    fn however_a_stream_is_cut_its_messages_are_the_same() {
        for size in 1..=stream().len() {
            let (mut framer, mut lengths) = (Framer::default(), Vec::new());
            for chunk in stream().chunks(size) {
                framer.push(chunk);
                while let Some(frame) = framer.next_frame().unwrap() {
                    lengths.push(frame.len());
                }
            }
            assert_eq!(lengths, [20, 9, 4], "by {size} bytes");
        }
    }

    #[test]
    fn what_is_not_turn_ends_it() {
        for bytes in [[0x80, 0, 0, 0], [0x50, 0, 0, 0], [0, 1, 0xff, 0xff], [0x40, 0, 0xff, 0xfc]] {
            let mut framer = Framer::default();
            framer.push(&bytes);
            assert_eq!(framer.next_frame(), Err(NotTurn), "{bytes:?}");
        }
    }
}
