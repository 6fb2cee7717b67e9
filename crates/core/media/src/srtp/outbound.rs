//! Our way out: protects what we send.

use super::{
    Error, Header,
    keys::MasterKey,
    rtcp_ssrc,
    suite::Suite,
    transform::{MOST_ADDED, Place, Transform},
    window::nearest,
};
use bytes::BytesMut;

/// The last index of RTP (RFC 3711 section 9.2).
const LAST_RTP: u64 = (1 << 48) - 1;
/// The last index of RTCP.
const LAST_RTCP: u32 = (1 << 31) - 1;

/// What we send with one key.
pub(crate) struct Outbound {
    rtp: Transform,
    rtcp: Transform,
    /// Our stream and its highest index; the next stream begins with a rollover counter of 0.
    stream: Option<(u32, u64)>,
    rtcp_index: u32,
}

impl Outbound {
    /// With this key. `None` where it is not one of the suite.
    pub(crate) fn new(suite: Suite, key: &MasterKey) -> Option<Outbound> {
        let (rtp, rtcp) = (Transform::rtp(suite, key)?, Transform::rtcp(suite, key)?);
        Some(Outbound { rtp, rtcp, stream: None, rtcp_index: 0 })
    }

    /// The rollover counter goes on with another key (RFC 3711 section 3.3.1).
    pub(crate) const fn go_on_from(&mut self, former: &Outbound) {
        self.stream = former.stream;
    }

    /// Room to be kept behind a packet.
    pub(crate) const fn room() -> usize {
        MOST_ADDED
    }

    /// Protects an RTP packet in place.
    pub(crate) fn rtp(&mut self, packet: &mut BytesMut) -> Result<(), Error> {
        let header = Header::read(packet)?;
        let index = match self.stream {
            Some((ssrc, highest)) if ssrc == header.ssrc => {
                nearest(highest, header.sequence).ok_or(Error::Malformed)?
            }
            _ => header.sequence.into(),
        };
        if index > LAST_RTP {
            return Err(Error::UsedUp);
        }
        self.rtp.seal_rtp(Place { ssrc: header.ssrc, index }, header.length, packet)?;
        let highest = match self.stream {
            Some((ssrc, highest)) if ssrc == header.ssrc => highest.max(index),
            _ => index,
        };
        self.stream = Some((header.ssrc, highest));
        Ok(())
    }

    /// Protects an RTCP packet in place.
    pub(crate) fn rtcp(&mut self, packet: &mut BytesMut) -> Result<(), Error> {
        let ssrc = rtcp_ssrc(packet)?;
        if self.rtcp_index >= LAST_RTCP {
            return Err(Error::UsedUp);
        }
        self.rtcp_index += 1;
        self.rtcp.seal_rtcp(Place { ssrc, index: self.rtcp_index.into() }, packet)
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound(_)")
    }
}
