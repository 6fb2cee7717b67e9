//! The RFCs' own packets, packets between two of us, and packets of people who mean no good.

mod between_us;
mod model;
mod vectors;

use super::*;
use bytes::BytesMut;

/// Bytes written as hexadecimal, with spaces where one likes.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A packet of this stream.
fn rtp(ssrc: u32, sequence: u16) -> BytesMut {
    let mut packet = BytesMut::from(&[0x80, 0x60][..]);
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 160]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0x55; 40]);
    packet
}
