//! What looking for a way (ICE) is in a story: sockets that say later what they may be reached at.

use super::Story;
use bytes::Bytes;
use sidetone_desk::LegId;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, StateLabel};
use sidetone_media::ice::{Candidate, Kind, News};
use sidetone_media::session::Channel;
use sidetone_media::{Direction, Negotiation};
use sidetone_phone::engine::{IceMode, Input};
use sidetone_sip::api::{CallKey, Event};
use std::net::SocketAddr;

impl Story {
    /// An agent who is Available, and whose phone speaks ICE.
    pub(crate) fn that_looks_for_ways() -> Self {
        Self::that_looks(IceMode::Offer)
    }

    /// The same, with those whom this says.
    pub(crate) fn that_looks(mode: IceMode) -> Self {
        let mut story = Self::made_with(|config| config.ice = mode);
        story.sign_in("secret");
        story.until("signed in", |story| story.view().state.label != StateLabel::SignedOut);
        story.command(Command::SetState { to: ChoiceView::Available });
        story
    }

    /// A customer's offer that speaks ICE.
    pub(crate) fn offer_with_ice() -> (Negotiation, Bytes) {
        let address = "10.0.0.2:30000".parse().unwrap();
        let candidates = Some(vec![candidate(Kind::Host, address)]);
        let config = sidetone_media::sdp::Config { candidates, ..sidetone_media::sdp::Config::new(address) };
        let mut negotiation = Negotiation::new(config, [77; 32]);
        let offer = negotiation.offer(Direction::SendRecv);
        (negotiation, offer)
    }

    /// Whose ways are looked for.
    pub(crate) fn gathering(&self) -> Vec<LegId> {
        self.desk().gathering.clone()
    }

    /// The leg whose ways are looked for knows now what it may be reached at.
    pub(crate) fn gathered(&mut self) {
        let leg = self.at_desk(|_, desk| desk.gathering.pop().unwrap());
        let host = candidate(Kind::Host, self.desk().newest_rtp());
        let outside = candidate(Kind::ServerReflexive, "203.0.113.7:41000".parse().unwrap());
        self.path(leg, News::Gathered(vec![host, outside]));
    }

    /// The same, where nothing but this relayed address may be told.
    pub(crate) fn gathered_by_relay(&mut self, address: &str) {
        let leg = self.at_desk(|_, desk| desk.gathering.pop().unwrap());
        self.path(leg, News::Gathered(vec![candidate(Kind::Relayed, address.parse().unwrap())]));
    }

    /// What the media thread says about a leg's ways.
    pub(crate) fn path(&mut self, leg: LegId, news: News) {
        self.at_desk(|now, desk| desk.handle(now, Input::Path { leg, news }).unwrap());
    }

    /// What a customer was answered with.
    pub(crate) fn answered_with(&self, call: CallKey) -> Option<String> {
        self.server_events().find_map(|event| match event {
            Event::Answered { call: answered, sdp } if *answered == call => {
                Some(String::from_utf8_lossy(sdp).into_owned())
            }
            _ => None,
        })
    }
}

fn candidate(kind: Kind, address: SocketAddr) -> Candidate {
    let priority = if kind == Kind::Host { 2_130_706_431 } else { 1_694_498_815 };
    let foundation = kind.name().to_owned();
    Candidate { foundation, component: Channel::Rtp, priority, address, kind, related: None }
}
