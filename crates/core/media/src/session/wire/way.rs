//! ICE in a session's wire: where datagrams really come from, who may be listened to, and which way packets go. With ICE
//! agreed nothing is latched: only who passed a check is heard, and media goes the way that the checks chose.

use super::{Peer, Wire, guard::Guard, latch::Standing};
use crate::{
    ice::{Ice, Route, Setup, Taken, Via},
    sdp::Plan,
    session::{Channel, Event, Output, Transmit},
};
use bytes::Bytes;
use std::{net::SocketAddr, time::Instant};

impl Wire {
    /// Looks for what we may be reached at, from these sockets. Whatever was found from others is forgotten.
    pub(in crate::session) fn gather(&mut self, now: Instant, setup: &Setup, seed: [u8; 32]) {
        let mut ice = Ice::new(now, setup, seed);
        if self.ice.as_ref().is_some_and(|ice| ice.route() == Route::Checked) {
            ice.insist();
        }
        self.ice = Some(ice);
        self.look_for_ways(now);
    }

    /// Gives back what servers hold for us. Nothing passes any more.
    pub(in crate::session) fn close(&mut self, now: Instant) {
        if let Some(ice) = &mut self.ice {
            ice.close(now);
        }
        self.hand_over();
        self.ice = None;
        self.guard = Guard::Shut;
        self.held.clear();
    }

    pub(super) fn agree_on_ways(&mut self, now: Instant, plan: &Plan) {
        if let Some(ice) = &mut self.ice {
            ice.apply(now, plan.ice.as_ref(), (plan.remote_rtp, plan.remote_rtcp), plan.rtcp_mux);
        }
        self.hand_over();
    }

    pub(super) fn look_for_ways(&mut self, now: Instant) {
        if let Some(ice) = &mut self.ice {
            ice.handle_timeout(now);
        }
        self.hand_over();
    }

    /// What came without what carried it; `None` where it was for ICE.
    pub(super) fn past_ice<'a>(
        &mut self,
        now: Instant,
        by: (Channel, Via),
        source: SocketAddr,
        bytes: &'a [u8],
    ) -> Option<(SocketAddr, &'a [u8])> {
        let Some(ice) = &mut self.ice else {
            // Further sockets are of those that were found with others.
            return (by.1 == Via::Own).then_some((source, bytes));
        };
        match ice.receive(now, by, source, bytes) {
            Taken::Media { source, packet } => Some((source, packet)),
            Taken::Ours => {
                self.hand_over();
                None
            }
        }
    }

    /// What came over this connection: for which component, and from where; `None` where it was its end.
    pub(in crate::session) fn line(
        &mut self,
        now: Instant,
        line: usize,
        bytes: &[u8],
    ) -> Option<(Channel, SocketAddr)> {
        let ice = self.ice.as_mut()?;
        if bytes.is_empty() {
            ice.lose(now, line);
            self.hand_over();
            return None;
        }
        ice.line(line)
    }

    /// Whether ICE is agreed on, and no way works.
    pub(in crate::session) fn is_pathless(&self) -> bool {
        self.ice.as_ref().is_some_and(Ice::is_pathless)
    }

    pub(super) fn admits(&self, peer: &Peer, now: Instant, channel: Channel, source: SocketAddr) -> bool {
        match self.ice.as_ref().map(|ice| (ice, ice.route())) {
            Some((ice, Route::Checked)) => ice.admits(channel, source),
            Some((_, Route::Stated | Route::Relayed)) | None => peer.latch(channel).admits(source, now),
        }
    }

    /// Whether something that is sent would go.
    pub(super) fn has_way(&self, channel: Channel) -> bool {
        match self.ice.as_ref().map(|ice| (ice.route(), ice)) {
            Some((Route::Checked, ice)) => ice.is_open(channel),
            Some((Route::Stated | Route::Relayed, _)) | None => true,
        }
    }

    /// Who that is, as far as addresses tell.
    pub(super) fn standing(&self, channel: Channel, source: SocketAddr) -> Standing {
        match (self.ice.as_ref().map(Ice::route), &self.peer) {
            (Some(Route::Checked), _) => Standing::Stated,
            (Some(Route::Stated | Route::Relayed) | None, Some(peer)) => peer.latch(channel).standing(source),
            (Some(Route::Stated | Route::Relayed) | None, None) => Standing::Stranger,
        }
    }

    /// To `stated`, or to where ICE has it go.
    pub(super) fn by_its_way(
        &mut self,
        channel: Channel,
        stated: SocketAddr,
        packet: Bytes,
    ) -> Option<Transmit> {
        match self.ice.as_mut().map(|ice| (ice.route(), ice)) {
            Some((Route::Checked | Route::Relayed, ice)) => ice.send(channel, stated, packet),
            Some((Route::Stated, _)) | None => {
                Some(Transmit { to: stated, channel, via: Via::Own, payload: packet })
            }
        }
    }

    fn hand_over(&mut self) {
        let Some(ice) = &mut self.ice else { return };
        while let Some(transmit) = ice.poll_transmit() {
            self.outputs.push_back(Output::Transmit(transmit));
        }
        while let Some(news) = ice.poll_news() {
            self.outputs.push_back(Output::Event(Event::Path(news)));
        }
    }
}
