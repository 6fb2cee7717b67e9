//! Our way out: protects what we send.

use super::{
    Error, Header,
    keys::MasterKey,
    rtcp_ssrc,
    suite::Suite,
    transform::{MOST_ADDED, Place, Transform},
};
use bytes::BytesMut;

/// The last index of RTP (RFC 3711 section 9.2).
const LAST_RTP: u64 = (1 << 48) - 1;
/// The last index of RTCP.
const LAST_RTCP: u32 = (1 << 31) - 1;

/// What we send with one key. No index is used twice, whatever is asked for: two packets with one index are open to
/// whoever reads both (RFC 3711 section 9.1, RFC 7714 section 8.1).
pub(crate) struct Outbound {
    rtp: Transform,
    rtcp: Transform,
    /// Our stream and its highest index. There is one for each key.
    stream: Option<(u32, u64)>,
    rtcp_index: u32,
}

impl Outbound {
    /// With this key, from the beginning: rollover counter and index of RTCP are 0. `None` where it is not one of the
    /// suite.
    pub(crate) fn new(suite: Suite, key: &MasterKey) -> Option<Outbound> {
        let (rtp, rtcp) = (Transform::rtp(suite, key)?, Transform::rtcp(suite, key)?);
        Some(Outbound { rtp, rtcp, stream: None, rtcp_index: 0 })
    }

    /// Rollover counter and index of RTCP go on with another key (RFC 3711 sections 3.3.1 and 3.4).
    pub(crate) fn go_on_from(&mut self, former: &Outbound) {
        self.stream = match (self.stream, former.stream) {
            (Some((ssrc, own)), Some((other, index))) if ssrc == other => Some((ssrc, own.max(index))),
            (own, former) => own.or(former),
        };
        self.rtcp_index = self.rtcp_index.max(former.rtcp_index);
    }

    /// As if so much had been sent already.
    #[cfg(test)]
    pub(crate) fn at(self, ssrc: u32, index: u64, rtcp_index: u32) -> Outbound {
        Outbound { stream: Some((ssrc, index)), rtcp_index, ..self }
    }

    /// Room to be kept behind a packet.
    pub(crate) const fn room() -> usize {
        MOST_ADDED
    }

    /// Protects an RTP packet in place. Its index is the next one that ends with its sequence number: ours come in order,
    /// but while nothing is protected they pass unseen.
    ///
    /// # Errors
    /// Nothing is said of the packet then. [`Error::UsedUp`]: the key can protect no more, or not this stream.
    pub(crate) fn rtp(&mut self, packet: &mut BytesMut) -> Result<(), Error> {
        let header = Header::read(packet)?;
        let index = match self.stream {
            None => header.sequence.into(),
            Some((ssrc, highest)) if ssrc == header.ssrc => behind(highest, header.sequence),
            Some(_) => return Err(Error::UsedUp),
        };
        if index > LAST_RTP {
            return Err(Error::UsedUp);
        }
        self.stream = Some((header.ssrc, index));
        self.rtp.seal_rtp(Place { ssrc: header.ssrc, index }, header.length, packet)
    }

    /// Protects an RTCP packet in place.
    ///
    /// # Errors
    /// Nothing is said of the packet then.
    pub(crate) fn rtcp(&mut self, packet: &mut BytesMut) -> Result<(), Error> {
        let ssrc = rtcp_ssrc(packet)?;
        if self.rtcp_index >= LAST_RTCP {
            return Err(Error::UsedUp);
        }
        self.rtcp_index += 1;
        self.rtcp.seal_rtcp(Place { ssrc, index: self.rtcp_index.into() }, packet)
    }
}

/// The first index behind this one that ends with this sequence number.
const fn behind(highest: u64, sequence: u16) -> u64 {
    let round = highest >> 16;
    let round = if sequence > highest as u16 { round } else { round + 1 };
    round << 16 | sequence as u64
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound(_)")
    }
}
