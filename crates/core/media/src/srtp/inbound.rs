//! Their way in: opens what they send, once each.

use super::{
    Error, Header,
    keys::MasterKey,
    rtcp_ssrc,
    suite::Suite,
    transform::{ENCRYPTED, Place, Transform},
    window::{Window, nearest},
};
/// So many streams of theirs are known at once; of the one that was heard longest ago nothing is known afterwards. A call
/// has one, and another after each transfer.
const MOST_STREAMS: usize = 64;

/// A stream that is met on its way may be so many times 65,536 packets old: 3 hours of speech at 20 ms.
const MOST_ROLLOVERS: u64 = 8;

/// The master key identifier that their packets carry (RFC 3711 section 3.1): it is taken off, and must be the agreed one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mki(pub(crate) Vec<u8>);

/// What they send with one key.
pub(crate) struct Inbound {
    rtp: Transform,
    rtcp: Transform,
    mki: Mki,
    /// Whose packet came last comes first.
    streams: Vec<Stream>,
}

#[derive(Clone, Copy)]
struct Stream {
    ssrc: u32,
    /// The packets of RTP that came with this key.
    rtp: Option<Window>,
    /// Where it was with another key, which it had meanwhile: there it may go on.
    meanwhile: Option<u64>,
    rtcp: Option<Window>,
}

impl Stream {
    const fn new(ssrc: u32) -> Stream {
        Stream { ssrc, rtp: None, meanwhile: None, rtcp: None }
    }

    /// The highest index of RTP, with whatever key.
    fn highest(&self) -> Option<u64> {
        self.rtp.map(Window::highest).max(self.meanwhile)
    }
}

impl Inbound {
    /// With this key. `None` where it is not one of the suite.
    pub(crate) fn new(suite: Suite, key: &MasterKey, mki: Mki) -> Option<Inbound> {
        let (rtp, rtcp) = (Transform::rtp(suite, key)?, Transform::rtcp(suite, key)?);
        Some(Inbound { rtp, rtcp, mki, streams: Vec::with_capacity(4) })
    }

    /// As if so much had come already, with another key.
    #[cfg(test)]
    pub(super) fn was_at(&mut self, ssrc: u32, index: u64) {
        self.stream(ssrc).meanwhile = Some(index);
    }

    /// Their packets carry this from now on.
    pub(crate) fn carry(&mut self, mki: Mki) {
        self.mki = mki;
    }

    /// Their rollover counters go on with another key (RFC 3711 section 3.3.1), unless they begin anew. What came with
    /// this key before is still known.
    pub(crate) fn go_on_from(&mut self, former: &Inbound) {
        for theirs in former.streams.iter().rev() {
            if let Some(highest) = theirs.highest() {
                let stream = self.stream(theirs.ssrc);
                stream.meanwhile = stream.meanwhile.max(Some(highest));
            }
        }
    }

    /// Opens an RTP packet into `into`, which afterwards holds it as it was before it was protected.
    pub(crate) fn rtp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), Error> {
        let header = Header::read(packet)?;
        self.without_mki(packet, self.rtp.behind_mki(), into)?;
        let known = self.streams.iter().find(|stream| stream.ssrc == header.ssrc).copied();
        let (index, end) = self.find(known.unwrap_or(Stream::new(header.ssrc)), header, into)?;
        into.truncate(end);
        let stream = self.stream(header.ssrc);
        // Where it was told where to go on; a late packet does not tell, one of another round began anew.
        stream.meanwhile = stream.meanwhile.filter(|highest| index < *highest && highest - index < 0x8000);
        match &mut stream.rtp {
            Some(window) => window.saw(index),
            none => *none = Some(Window::new(index)),
        }
        Ok(())
    }

    /// Opens an RTCP packet into `into`.
    pub(crate) fn rtcp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), Error> {
        let ssrc = rtcp_ssrc(packet)?;
        self.without_mki(packet, self.rtcp.behind_mki(), into)?;
        let at = self.rtcp.rtcp_word(into.len()).ok_or(Error::Malformed)?;
        let word = into.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Error::Malformed)?;
        let word = u32::from_be_bytes(*word);
        if word & ENCRYPTED == 0 {
            return Err(Error::NotAuthentic);
        }
        let index = u64::from(word & !ENCRYPTED);
        let seen = self.streams.iter().find(|stream| stream.ssrc == ssrc).and_then(|stream| stream.rtcp);
        if seen.is_some_and(|window| !window.admits(index)) {
            return Err(Error::Replayed);
        }
        let end = self.rtcp.open_rtcp(Place { ssrc, index }, into)?;
        into.truncate(end);
        match &mut self.stream(ssrc).rtcp {
            Some(window) => window.saw(index),
            none => *none = Some(Window::new(index)),
        }
        Ok(())
    }

    /// Opens a packet with the index that is its own. Of a stream that goes on it is the nearest one; of one that is met
    /// or comes back it is tried out how often its sequence numbers rolled over, the likely first.
    fn find(&self, stream: Stream, header: Header, packet: &mut [u8]) -> Result<(u64, usize), Error> {
        let near = |highest| nearest(highest, header.sequence);
        let (own, meanwhile) =
            (stream.rtp.map(Window::highest).and_then(near), stream.meanwhile.and_then(near));
        let goes_on = stream.rtp.is_some() && stream.meanwhile.is_none();
        let rollovers = if goes_on { 0 } else { MOST_ROLLOVERS };
        let guesses = (0..rollovers).map(|roc| roc << 16 | u64::from(header.sequence));
        let mut outcome = Err(Error::Replayed);
        for index in meanwhile.into_iter().chain(own).chain(guesses) {
            if stream.rtp.is_some_and(|window| !window.admits(index)) {
                continue;
            }
            outcome = self.rtp.open_rtp(Place { ssrc: header.ssrc, index }, header.length, packet);
            match outcome {
                Err(Error::NotAuthentic) => {}
                Ok(_) | Err(_) => return outcome.map(|end| (index, end)),
            }
        }
        outcome.map(|end| (0, end))
    }

    /// The stream of somebody who is authentic.
    fn stream(&mut self, ssrc: u32) -> &mut Stream {
        let at = match self.streams.iter().position(|stream| stream.ssrc == ssrc) {
            Some(at) => at,
            None => {
                self.streams.truncate(MOST_STREAMS - 1);
                self.streams.push(Stream::new(ssrc));
                self.streams.len() - 1
            }
        };
        self.streams[..=at].rotate_right(1);
        &mut self.streams[0]
    }

    /// Copies the packet without its MKI, behind which `behind` bytes come.
    fn without_mki(&self, packet: &[u8], behind: usize, into: &mut Vec<u8>) -> Result<(), Error> {
        into.clear();
        let mki = &self.mki.0;
        let (before, tail) = packet
            .len()
            .checked_sub(behind)
            .and_then(|at| packet.split_at_checked(at))
            .ok_or(Error::Malformed)?;
        let before = before.strip_suffix(mki.as_slice()).ok_or(Error::NotAuthentic)?;
        into.extend_from_slice(before);
        into.extend_from_slice(tail);
        Ok(())
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inbound(_)")
    }
}
