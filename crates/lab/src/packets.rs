//! The payloads of one RTP stream as a file: what was sent, or what came.

use std::io::{self, Read};
use std::path::Path;

/// One packet: its place in the stream, counted in packets' lengths of time, and its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// 0 for the first, and the next one's is one more.
    pub place: u32,
    /// What is encoded.
    pub payload: Vec<u8>,
}

/// Writes them.
///
/// # Errors
/// When the file cannot be written, or a payload is longer than a UDP packet.
pub fn save(packets: &[Packet], file: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    for packet in packets {
        let length = u16::try_from(packet.payload.len()).map_err(io::Error::other)?;
        bytes.extend(packet.place.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(&packet.payload);
    }
    std::fs::write(file, bytes)
}

/// Reads them.
///
/// # Errors
/// When the file cannot be read, or ends within a packet.
pub fn load(file: &Path) -> io::Result<Vec<Packet>> {
    let bytes = std::fs::read(file)?;
    let mut rest = bytes.as_slice();
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (mut place, mut length) = ([0; 4], [0; 2]);
        rest.read_exact(&mut place)?;
        rest.read_exact(&mut length)?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        rest.read_exact(&mut payload)?;
        packets.push(Packet { place: u32::from_be_bytes(place), payload });
    }
    Ok(packets)
}

/// As they lie in time: `None` where one is missing. Of two with the same place the first counts.
#[must_use]
pub fn in_order(packets: &[Packet]) -> Vec<Option<&[u8]>> {
    /// Half an hour of 10 ms: what is further is no packet of this stream.
    const MOST: usize = 180_000;
    let mut places: Vec<Option<&[u8]>> = Vec::new();
    for packet in packets {
        let Some(place) = usize::try_from(packet.place).ok().filter(|place| *place < MOST) else { continue };
        if places.len() <= place {
            places.resize(place + 1, None);
        }
        if let Some(free @ None) = places.get_mut(place) {
            *free = Some(&packet.payload);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_lies_in_time() {
        let packet = |place, payload: &[u8]| Packet { place, payload: payload.to_vec() };
        let sent = [packet(2, b"cc"), packet(0, b"a"), packet(2, b"again"), packet(u32::MAX, b"far")];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("packets");
        save(&sent, &file).unwrap();
        assert_eq!(load(&file).unwrap(), sent);
        assert_eq!(in_order(&sent), [Some(b"a".as_slice()), None, Some(b"cc")]);
        std::fs::write(&file, [0, 0, 0, 0, 0, 9, 1]).unwrap();
        assert!(load(&file).is_err());
    }
}
