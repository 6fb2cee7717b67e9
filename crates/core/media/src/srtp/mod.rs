//! SRTP and SRTCP (RFC 3711) in the suites of RFC 4568, 6188 and 7714: one [`Outbound`] and one [`Inbound`] for each key.
//!
//! Packets that were not made with the key, or came before, are an error. Nothing is remembered of a packet before it is
//! known to be authentic, so that strangers cannot fill the memory; and no packet allocates. Packets that are
//! authenticated but not encrypted are refused: we never agree to such. Keys are not derived anew on the way
//! (key derivation rate 0).

mod inbound;
mod keys;
mod outbound;
mod suite;
#[cfg(test)]
mod tests;
mod transform;
mod window;

pub(crate) use inbound::{Inbound, Mki};
pub use keys::MasterKey;
pub(crate) use outbound::Outbound;
pub use suite::Suite;

/// Why a packet could not be protected or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// It is no packet of this kind.
    #[error("malformed packet")]
    Malformed,
    /// It was made with another key, or changed on its way.
    #[error("packet is not authentic")]
    NotAuthentic,
    /// It came before, or is too old to know.
    #[error("packet came before")]
    Replayed,
    /// The key has protected all it may (RFC 3711 section 9.2).
    #[error("key is used up")]
    UsedUp,
}

/// What of an RTP packet stays readable.
#[derive(Debug, Clone, Copy)]
struct Header {
    ssrc: u32,
    sequence: u16,
    /// With contributing sources and extension.
    length: usize,
}

impl Header {
    fn read(packet: &[u8]) -> Result<Header, Error> {
        let (first, _) = packet.split_first_chunk::<12>().ok_or(Error::Malformed)?;
        if first[0] >> 6 != 2 {
            return Err(Error::Malformed);
        }
        let mut length = 12 + 4 * usize::from(first[0] & 0x0F);
        if first[0] & 0x10 != 0 {
            let words = packet.get(length + 2..length + 4).ok_or(Error::Malformed)?;
            length += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        if packet.len() < length {
            return Err(Error::Malformed);
        }
        Ok(Header {
            ssrc: u32::from_be_bytes([first[8], first[9], first[10], first[11]]),
            sequence: u16::from_be_bytes([first[2], first[3]]),
            length,
        })
    }
}

/// The sender of an RTCP packet.
fn rtcp_ssrc(packet: &[u8]) -> Result<u32, Error> {
    let (first, _) = packet.split_first_chunk::<8>().ok_or(Error::Malformed)?;
    if first[0] >> 6 != 2 {
        return Err(Error::Malformed);
    }
    Ok(u32::from_be_bytes([first[4], first[5], first[6], first[7]]))
}
