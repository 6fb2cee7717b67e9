//! The stream we send: one SSRC and one row of sequence numbers and timestamps for the whole call, whatever the codec.
//!
//! RFC 3550 section 5.1; the marker begins a talkspurt (RFC 3551 section 4.1).

use bytes::{Bytes, BytesMut};
use rand::RngExt;
use rtp_rs::{RtpPacketBuilder, Seq};

/// Room for a few packets: it is used again once who sends has let go of them.
const ROOM: usize = 4_096;

/// What goes into one packet besides its payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) payload_type: u8,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
}

/// Our stream.
#[derive(Debug)]
pub(crate) struct Sender {
    ssrc: u32,
    sequence: u16,
    packets: u64,
    octets: u64,
    room: BytesMut,
}

impl Sender {
    pub(crate) fn new(rng: &mut impl rand::Rng) -> Sender {
        let room = BytesMut::with_capacity(ROOM);
        // In the lower half: whoever misses the first packets knows of no end that was passed (RFC 4568 section 6.4).
        let sequence = rng.random::<u16>() >> 1;
        Sender { ssrc: rng.random(), sequence, packets: 0, octets: 0, room }
    }

    /// Who we are.
    pub(crate) const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets sent.
    pub(crate) const fn packets(&self) -> u64 {
        self.packets
    }

    /// Bytes of payload sent.
    pub(crate) const fn octets(&self) -> u64 {
        self.octets
    }

    /// The next packet.
    pub(crate) fn packet(&mut self, header: Header, payload: &[u8]) -> Option<Bytes> {
        let packet = RtpPacketBuilder::new()
            .payload_type(header.payload_type)
            .marked(header.marker)
            .sequence(Seq::from(self.sequence))
            .timestamp(header.timestamp)
            .ssrc(self.ssrc)
            .payload(payload);
        self.room.resize(packet.target_length(), 0);
        packet.build_into(&mut self.room).ok()?;
        self.sequence = self.sequence.wrapping_add(1);
        self.packets += 1;
        self.octets += payload.len() as u64;
        Some(self.room.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn a_stream_begins_in_the_lower_half_of_its_sequence_numbers() {
        let firsts: Vec<u16> =
            (0..200).map(|seed| Sender::new(&mut StdRng::from_seed([seed; 32])).sequence).collect();
        assert!(firsts.iter().all(|first| *first < 1 << 15), "{firsts:?}");
        assert!(firsts.iter().any(|first| *first > 1 << 14), "{firsts:?}");
    }
}
