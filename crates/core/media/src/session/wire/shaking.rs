//! Protected with keys that DTLS gives (RFC 5763): a handshake on each channel, and the packets that its keys protect.
//! Nothing passes before.

use super::{
    Kind,
    association::{Association, Step},
    keyed::Keyed,
};
use crate::{
    sdp::Handshake,
    session::{Channel, InputError, KeyTrouble},
};
use bytes::{Bytes, BytesMut};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Without keys after so long there will be none.
const PATIENCE: Duration = Duration::from_secs(15);

/// What was agreed, and how far it is.
#[derive(Debug)]
pub(super) struct Shaking {
    agreed: Handshake,
    until: Instant,
    rtp: End,
    /// Where RTCP has a channel of its own.
    rtcp: Option<End>,
}

/// One channel.
#[derive(Debug)]
struct End {
    association: Association,
    stage: Stage,
    /// Where the last datagram came from that brought the handshake forward.
    source: Option<SocketAddr>,
}

#[derive(Debug)]
enum Stage {
    Agreeing,
    Keyed(Box<Keyed>),
    /// Never again.
    Failed,
}

impl Shaking {
    /// `None` where our certificate is no good.
    pub(super) fn new(now: Instant, agreed: &Handshake, rtcp_mux: bool) -> Option<Shaking> {
        let end = || {
            let association = Association::new(now, agreed)?;
            Some(End { association, stage: Stage::Agreeing, source: None })
        };
        let rtcp = if rtcp_mux { None } else { Some(end()?) };
        Some(Shaking { agreed: agreed.clone(), until: now + PATIENCE, rtp: end()?, rtcp })
    }

    /// Whether it is about this.
    pub(super) fn is(&self, agreed: &Handshake, rtcp_mux: bool) -> bool {
        self.agreed == *agreed && self.rtcp.is_none() == rtcp_mux
    }

    /// Takes a datagram of theirs. What comes out is said of RTP alone: without RTCP a call goes on.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        channel: Channel,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Option<Result<(), KeyTrouble>> {
        let end = self.end(channel)?;
        if let Stage::Failed = end.stage {
            return None;
        }
        let outcome = match end.association.receive(now, bytes) {
            Ok(Step::None) => return None,
            Ok(Step::Forward) => {
                end.source = Some(source);
                return None;
            }
            Ok(Step::Keys(keys)) => Keyed::new(&keys).ok_or(KeyTrouble::NoAgreement),
            Err(why) => Err(why),
        };
        end.source = Some(source);
        let outcome = match outcome {
            Ok(keyed) => {
                end.stage = Stage::Keyed(Box::new(keyed));
                Ok(())
            }
            Err(why) => {
                end.stage = Stage::Failed;
                Err(why)
            }
        };
        (channel == Channel::Rtp).then_some(outcome)
    }

    /// Does what is due; says so where there will be no keys for sound.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<KeyTrouble> {
        let over = now >= self.until;
        let failed = over && matches!(self.rtp.stage, Stage::Agreeing);
        for end in std::iter::once(&mut self.rtp).chain(&mut self.rtcp) {
            match end.stage {
                Stage::Agreeing if over => end.stage = Stage::Failed,
                Stage::Agreeing => end.association.handle_timeout(now),
                Stage::Keyed(_) | Stage::Failed => {}
            }
        }
        failed.then_some(KeyTrouble::NoAgreement)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = |end: &End| match end.stage {
            Stage::Agreeing => {
                Some(end.association.poll_timeout().map_or(self.until, |at| at.min(self.until)))
            }
            Stage::Keyed(_) | Stage::Failed => None,
        };
        due(&self.rtp).into_iter().chain(self.rtcp.as_ref().and_then(due)).min()
    }

    /// What the handshakes have to send, and to whom where that is known from theirs.
    pub(super) fn poll_transmit(&mut self) -> Option<(Channel, Option<SocketAddr>, BytesMut)> {
        for channel in [Channel::Rtp, Channel::Rtcp] {
            let Some(end) = self.end(channel) else { continue };
            if let Some(packet) = end.association.poll_transmit() {
                return Some((channel, end.source, packet));
            }
        }
        None
    }

    pub(super) fn open(&mut self, channel: Channel, kind: Kind, packet: &[u8]) -> Result<&[u8], InputError> {
        match self.end(channel).map(|end| &mut end.stage) {
            Some(Stage::Keyed(keyed)) => keyed.open(kind, packet),
            Some(Stage::Agreeing | Stage::Failed) | None => Err(InputError::NotAuthentic),
        }
    }

    pub(super) fn seal(&mut self, channel: Channel, kind: Kind, packet: &[u8]) -> Option<Bytes> {
        match &mut self.end(channel)?.stage {
            Stage::Keyed(keyed) => keyed.seal(kind, packet),
            Stage::Agreeing | Stage::Failed => None,
        }
    }

    const fn end(&mut self, channel: Channel) -> Option<&mut End> {
        match channel {
            Channel::Rtp => Some(&mut self.rtp),
            Channel::Rtcp => self.rtcp.as_mut(),
        }
    }
}
