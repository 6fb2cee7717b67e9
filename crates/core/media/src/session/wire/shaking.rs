//! Protected with keys that DTLS gives (RFC 5763): a handshake on each channel, and the packets that its keys protect.
//! Nothing passes before.

use super::{
    Kind,
    keyed::Keyed,
    latch::Standing,
    partners::{Outcome, Partner, Partners},
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
/// What began so lately need not begin anew.
const FRESH: Duration = Duration::from_secs(1);

/// What was agreed, and how far it is.
#[derive(Debug)]
pub(super) struct Shaking {
    agreed: Handshake,
    until: Instant,
    rtp: Stage,
    /// Where RTCP has a channel of its own.
    rtcp: Option<Stage>,
}

/// How far it is on one channel.
#[derive(Debug)]
enum Stage {
    Agreeing(Box<Partners>),
    /// The partner may not know yet that it is over.
    Keyed(Box<Keyed>, Box<Partner>),
    /// Until somebody says once more that it is agreed on.
    Failed,
}

impl Shaking {
    /// `None` where our certificate is no good.
    pub(super) fn new(now: Instant, agreed: &Handshake, rtcp_mux: bool) -> Option<Shaking> {
        let begin = || Some(Stage::Agreeing(Box::new(Partners::new(now, agreed)?)));
        let rtcp = if rtcp_mux { None } else { Some(begin()?) };
        Some(Shaking { agreed: agreed.clone(), until: now + PATIENCE, rtp: begin()?, rtcp })
    }

    /// Whether it is about this.
    pub(super) fn is(&self, agreed: &Handshake, rtcp_mux: bool) -> bool {
        self.agreed == *agreed && self.rtcp.is_none() == rtcp_mux
    }

    /// It is agreed on once more. Who was there early (a 183) may have gone, or listens only now that the call is taken:
    /// what got nowhere begins anew.
    pub(super) fn renew(&mut self, now: Instant) {
        self.put_off(now);
        for stage in std::iter::once(&mut self.rtp).chain(&mut self.rtcp) {
            let is_stuck = match stage {
                Stage::Agreeing(partners) => !partners.is_under_way() && now >= partners.begun() + FRESH,
                Stage::Failed => true,
                Stage::Keyed(..) => false,
            };
            if is_stuck && let Some(partners) = Partners::new(now, &self.agreed) {
                *stage = Stage::Agreeing(Box::new(partners));
            }
        }
    }

    /// Patience begins now: before, nobody could have come.
    pub(super) fn put_off(&mut self, now: Instant) {
        self.until = now + PATIENCE;
    }

    /// Takes a datagram of theirs. What comes out is said of RTP alone: without RTCP a call goes on.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        channel: Channel,
        from: (SocketAddr, Standing),
        bytes: &[u8],
    ) -> Option<Result<(), KeyTrouble>> {
        let stage = self.stage(channel)?;
        let outcome = match stage {
            Stage::Agreeing(partners) => partners.receive(now, from, bytes),
            Stage::Keyed(_, partner) => {
                partner.hear_again(now, from, bytes);
                return None;
            }
            Stage::Failed => return None,
        };
        let outcome = match outcome {
            Outcome::Nothing => return None,
            Outcome::Keys(keys) => Keyed::new(&keys).ok_or(KeyTrouble::NoAgreement),
            Outcome::Trouble(why) => Err(why),
        };
        let before = std::mem::replace(stage, Stage::Failed);
        let said = match (outcome, before) {
            (Ok(keyed), Stage::Agreeing(partners)) => {
                *stage = Stage::Keyed(Box::new(keyed), Box::new(partners.into_stated()));
                Ok(())
            }
            (Ok(_), Stage::Keyed(..) | Stage::Failed) => Err(KeyTrouble::NoAgreement),
            (Err(why), _) => Err(why),
        };
        (channel == Channel::Rtp).then_some(said)
    }

    /// Does what is due; says so where there will be no keys for sound.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<KeyTrouble> {
        let is_over = now >= self.until;
        let mut of_rtp = None;
        for (stage, is_rtp) in
            std::iter::once((&mut self.rtp, true)).chain(self.rtcp.as_mut().zip(Some(false)))
        {
            let Stage::Agreeing(partners) = stage else { continue };
            if let Some(trouble) = partners.handle_timeout(now).or(is_over.then(|| partners.verdict())) {
                *stage = Stage::Failed;
                of_rtp = of_rtp.or(is_rtp.then_some(trouble));
            }
        }
        of_rtp
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = |stage: &Stage| match stage {
            Stage::Agreeing(partners) => {
                Some(partners.poll_timeout().map_or(self.until, |at| at.min(self.until)))
            }
            Stage::Keyed(..) | Stage::Failed => None,
        };
        due(&self.rtp).into_iter().chain(self.rtcp.as_ref().and_then(due)).min()
    }

    /// What the handshakes have to send, and to whom where that is known from theirs.
    pub(super) fn poll_transmit(&mut self) -> Option<(Channel, Option<SocketAddr>, BytesMut)> {
        [Channel::Rtp, Channel::Rtcp].into_iter().find_map(|channel| {
            let (to, packet) = match self.stage(channel)? {
                Stage::Agreeing(partners) => partners.poll_transmit()?,
                Stage::Keyed(_, partner) => (partner.source, partner.association.poll_transmit()?),
                Stage::Failed => return None,
            };
            Some((channel, to, packet))
        })
    }

    pub(super) fn open(&mut self, channel: Channel, kind: Kind, packet: &[u8]) -> Result<&[u8], InputError> {
        match self.stage(channel) {
            Some(Stage::Keyed(keyed, _)) => keyed.open(kind, packet),
            Some(Stage::Agreeing(_) | Stage::Failed) | None => Err(InputError::NotAuthentic),
        }
    }

    pub(super) fn seal(&mut self, channel: Channel, kind: Kind, packet: &[u8]) -> Option<Bytes> {
        match self.stage(channel)? {
            Stage::Keyed(keyed, _) => keyed.seal(kind, packet),
            Stage::Agreeing(_) | Stage::Failed => None,
        }
    }

    const fn stage(&mut self, channel: Channel) -> Option<&mut Stage> {
        match channel {
            Channel::Rtp => Some(&mut self.rtp),
            Channel::Rtcp => self.rtcp.as_mut(),
        }
    }
}
