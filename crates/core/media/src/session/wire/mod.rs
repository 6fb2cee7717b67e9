//! Between a session and its sockets: who is listened to, where ours goes, and which datagram is what (RFC 7983).
//!
//! Whom we hear is decided here and nowhere else; what a packet says is for those behind it.

mod association;
mod early;
mod guard;
mod hands;
mod keyed;
mod latch;
mod partners;
mod records;
mod shaking;
mod way;

use super::{Channel, InputError, Output, Transmit};
use crate::{
    ice::{Ice, Via},
    sdp::Plan,
};
use bytes::Bytes;
use early::Early;
use guard::Guard;
use hands::Held;
use keyed::Keyed;
use latch::Latch;
use std::{collections::VecDeque, net::SocketAddr, time::Instant};

/// What a datagram is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rtp,
    Rtcp,
}

/// A datagram that may be listened to.
pub(super) struct Received<'a> {
    pub(super) kind: Kind,
    /// Where it comes from, past any relay.
    pub(super) source: SocketAddr,
    /// The packet as it was before anybody protected it.
    pub(super) packet: &'a [u8],
}

/// Where the other side is, by what was agreed and what was seen.
#[derive(Debug)]
struct Peer {
    rtp: Latch,
    rtcp: Latch,
    rtcp_mux: bool,
}

/// The wire of one session.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// `None` before anything was agreed.
    peer: Option<Peer>,
    guard: Guard,
    /// The keys of descriptions, while none is in use.
    known: Option<Box<Keyed>>,
    early: Early,
    /// What handshakes sent and what no way is open for yet.
    held: VecDeque<Held>,
    /// Where a way is looked for.
    ice: Option<Ice>,
    /// What the wire itself sends and tells.
    outputs: VecDeque<Output>,
}

impl Wire {
    /// Starts, or goes on by a new plan.
    pub(super) fn apply(&mut self, now: Instant, plan: &Plan) {
        match &mut self.peer {
            Some(peer) => {
                peer.rtp.state(plan.remote_rtp);
                peer.rtcp.state(plan.remote_rtcp);
                peer.rtcp_mux = plan.rtcp_mux;
            }
            None => {
                let (rtp, rtcp) = (Latch::new(plan.remote_rtp), Latch::new(plan.remote_rtcp));
                self.peer = Some(Peer { rtp, rtcp, rtcp_mux: plan.rtcp_mux });
            }
        }
        self.held.clear();
        self.guard.apply(now, &plan.protection, plan.rtcp_mux, &mut self.known);
        self.agree_on_ways(now, plan);
        self.reach_out();
        self.catch_up(now);
    }

    /// Takes a datagram; `None` where it was for the wire itself.
    ///
    /// # Errors
    /// It is of no use, and is dropped.
    pub(super) fn receive<'a>(
        &'a mut self,
        now: Instant,
        (channel, via): (Channel, Via),
        source: SocketAddr,
        bytes: &'a [u8],
    ) -> Result<Option<Received<'a>>, InputError> {
        let Some((source, bytes)) = self.past_ice(now, (channel, via), source, bytes) else {
            // It may have been what opened a way.
            self.reach_out();
            return Ok(None);
        };
        self.heed(now, channel, source, bytes)
    }

    /// Takes what came, past any relay.
    fn heed<'a>(
        &'a mut self,
        now: Instant,
        channel: Channel,
        source: SocketAddr,
        bytes: &'a [u8],
    ) -> Result<Option<Received<'a>>, InputError> {
        let Some(peer) = self.peer.as_ref() else {
            return if self.early.keep(now, channel, source, bytes) {
                Ok(None)
            } else {
                Err(InputError::NotRunning)
            };
        };
        if !self.admits(peer, now, channel, source) {
            return Err(InputError::Stranger);
        }
        if hands::is_handshake(bytes) {
            return self.shake(now, channel, source, bytes).map(|()| None);
        }
        let kind = match channel {
            Channel::Rtp if !is_rtcp(bytes) => Kind::Rtp,
            Channel::Rtp | Channel::Rtcp => Kind::Rtcp,
        };
        Ok(Some(Received { kind, source, packet: self.guard.open(channel, kind, bytes)? }))
    }

    /// What came from there on this channel was good: ours goes there from now on.
    pub(super) fn heard(&mut self, now: Instant, channel: Channel, source: SocketAddr) {
        if let Some(peer) = &mut self.peer {
            peer.latch_mut(channel).saw(source, now);
        }
    }

    /// Where their RTP comes from, as far as it is known.
    pub(super) fn their_rtp(&self) -> Option<SocketAddr> {
        self.peer.as_ref()?.rtp.target()
    }

    /// What the wire itself has to send and to tell, until `None`.
    pub(super) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.ice.as_ref().and_then(Ice::poll_timeout).into_iter().chain(self.shakes_at()).min()
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.look_for_ways(now);
        self.shake_on(now);
    }

    /// Where this packet goes, and as what; `None` where it can't be sent.
    pub(super) fn send(&mut self, kind: Kind, packet: Bytes) -> Option<Transmit> {
        let peer = self.peer.as_ref()?;
        let channel = match kind {
            Kind::Rtcp if !peer.rtcp_mux => Channel::Rtcp,
            Kind::Rtp | Kind::Rtcp => Channel::Rtp,
        };
        let to = peer.latch(channel).target()?;
        let payload = self.guard.seal(channel, kind, packet)?;
        self.by_its_way(channel, to, payload)
    }
}

impl Peer {
    const fn latch(&self, channel: Channel) -> &Latch {
        match channel {
            Channel::Rtp => &self.rtp,
            Channel::Rtcp => &self.rtcp,
        }
    }

    const fn latch_mut(&mut self, channel: Channel) -> &mut Latch {
        match channel {
            Channel::Rtp => &mut self.rtp,
            Channel::Rtcp => &mut self.rtcp,
        }
    }
}

/// RFC 5761 section 4: RTCP's packet types are told from RTP's payload types with their marker.
pub(super) fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|second| (192..=223).contains(second))
}
