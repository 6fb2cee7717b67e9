//! Their way in: opens what they send, once each.

use super::{
    Error, Header,
    keys::MasterKey,
    rtcp_ssrc,
    suite::Suite,
    transform::{ENCRYPTED, Place, Transform},
    window::{Window, nearest},
};
use std::collections::VecDeque;

/// A call has one stream of theirs, and another after a transfer; who has more loses the oldest.
const MOST_STREAMS: usize = 4;

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
    streams: VecDeque<Stream>,
}

struct Stream {
    ssrc: u32,
    rtp: Seen,
    rtcp: Option<Window>,
}

/// What is known of a stream's RTP.
#[derive(Clone, Copy)]
enum Seen {
    Nothing,
    /// With the former key, up to this index.
    Before(u64),
    Packets(Window),
}

impl Inbound {
    /// With this key. `None` where it is not one of the suite.
    pub(crate) fn new(suite: Suite, key: &MasterKey, mki: Mki) -> Option<Inbound> {
        let (rtp, rtcp) = (Transform::rtp(suite, key)?, Transform::rtcp(suite, key)?);
        Some(Inbound { rtp, rtcp, mki, streams: VecDeque::with_capacity(MOST_STREAMS) })
    }

    /// Their rollover counters go on with another key (RFC 3711 section 3.3.1), unless they begin anew.
    pub(crate) fn go_on_from(&mut self, former: &Inbound) {
        self.streams = (former.streams.iter())
            .map(|stream| {
                let rtp = match stream.rtp {
                    Seen::Packets(window) => Seen::Before(window.highest()),
                    other @ (Seen::Nothing | Seen::Before(_)) => other,
                };
                Stream { ssrc: stream.ssrc, rtp, rtcp: None }
            })
            .collect();
    }

    /// Opens an RTP packet into `into`, which afterwards holds it as it was before it was protected.
    pub(crate) fn rtp(&mut self, packet: &[u8], into: &mut Vec<u8>) -> Result<(), Error> {
        let header = Header::read(packet)?;
        self.without_mki(packet, self.rtp.behind_mki(), into)?;
        let (ssrc, sequence) = (header.ssrc, header.sequence);
        let at = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        let seen = at.and_then(|at| self.streams.get(at)).map_or(Seen::Nothing, |stream| stream.rtp);
        let (index, end) = match seen {
            Seen::Packets(window) => {
                let index = nearest(window.highest(), sequence).ok_or(Error::Replayed)?;
                if !window.admits(index) {
                    return Err(Error::Replayed);
                }
                (index, self.rtp.open_rtp(Place { ssrc, index }, header.length, into)?)
            }
            Seen::Nothing => self.meet(None, header, into)?,
            Seen::Before(highest) => self.meet(nearest(highest, sequence), header, into)?,
        };
        into.truncate(end);
        let stream = self.stream(ssrc);
        match &mut stream.rtp {
            Seen::Packets(window) => window.saw(index),
            unseen => *unseen = Seen::Packets(Window::new(index)),
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

    /// The first packet of a stream: how often its sequence numbers rolled over is tried out. `likely` comes first.
    fn meet(&self, likely: Option<u64>, header: Header, packet: &mut [u8]) -> Result<(u64, usize), Error> {
        let sequence = u64::from(header.sequence);
        let guesses = (0..MOST_ROLLOVERS).map(|roc| roc << 16 | sequence);
        for index in likely.into_iter().chain(guesses) {
            match self.rtp.open_rtp(Place { ssrc: header.ssrc, index }, header.length, packet) {
                Ok(end) => return Ok((index, end)),
                Err(Error::NotAuthentic) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::NotAuthentic)
    }

    /// The stream of somebody who is authentic.
    fn stream(&mut self, ssrc: u32) -> &mut Stream {
        let at = match self.streams.iter().position(|stream| stream.ssrc == ssrc) {
            Some(at) => at,
            None => {
                if self.streams.len() >= MOST_STREAMS {
                    self.streams.pop_front();
                }
                self.streams.push_back(Stream { ssrc, rtp: Seen::Nothing, rtcp: None });
                self.streams.len() - 1
            }
        };
        &mut self.streams[at]
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
