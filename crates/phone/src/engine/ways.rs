//! Ways for media (ICE): sockets are opened, and what they may be reached at is gathered, before anything is offered.
//!
//! For a call of ours that is when it is dialled; the INVITE follows within two seconds. For one of theirs it is when the
//! agent's phone rings, so that nothing is left to be waited for when it is taken. Without ICE on our side, or in their
//! offer, sockets are opened when they are needed, and nothing is waited for at all.

use super::leg::{Change, Hold, MediaOrder, Stage};
use super::{Engine, Output};
use crate::happening::What;
use bytes::Bytes;
use sidetone_desk::LegId;
use sidetone_desk::view::TroubleKind;
use sidetone_media::ice::{self, Candidate, Kind, News};
use sidetone_media::session::Channel;
use sidetone_media::{Negotiation, sdp};
use sidetone_sip::api::Flow;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// Which way a leg's media goes.
#[derive(Clone)]
pub enum Towards {
    /// Where its INVITE came from: our address on that way.
    Here(IpAddr),
    /// To the account's server.
    Server(Flow),
    /// Where a call of before went.
    Again(Flow),
    /// Straight to its target.
    Path(Flow),
}

impl std::fmt::Debug for Towards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Towards::Here(_) => "Here",
            Towards::Server(_) => "Server",
            Towards::Again(_) => "Again",
            Towards::Path(_) => "Path",
        })
    }
}

/// Sockets for one call's media, and the path for its signalling where it was asked for.
#[derive(Debug, Clone)]
pub struct Way {
    /// Where our RTP is reached.
    pub rtp: SocketAddr,
    /// The port where our RTCP is reached.
    pub rtcp_port: u16,
    /// The path to the target; `None`: the account's server.
    pub via: Option<Flow>,
    /// What else they may be reached at is being looked for: [`Input::Path`](super::Input::Path) says it.
    pub gathers: bool,
    /// What they may be reached at, where that was looked for.
    pub candidates: Option<Vec<Candidate>>,
}

impl Way {
    /// Sockets as they are.
    pub const fn plain(rtp: SocketAddr, rtcp_port: u16) -> Way {
        Way { rtp, rtcp_port, via: None, gathers: false, candidates: None }
    }
}

/// With whom ways are looked for (ICE).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IceMode {
    /// With nobody.
    Never,
    /// With those who offer it: some send no sound to who does not answer in kind.
    #[default]
    Answer,
    /// It is offered, too.
    Offer,
    /// The same, and nothing goes another way than by relays, with whomever.
    RelayOnly,
}

/// What is being opened.
#[derive(Debug, Default)]
pub(super) struct Ways {
    mode: IceMode,
    open: BTreeMap<LegId, Opening>,
}

impl Ways {
    pub(super) fn new(mode: IceMode) -> Ways {
        Ways { mode, open: BTreeMap::new() }
    }

    /// Whether ways are looked for before this offer of theirs is answered; `None`: the offer will be ours.
    fn looks_for_answer(&self, offer: Option<&Bytes>) -> bool {
        match self.mode {
            IceMode::Never => false,
            IceMode::Answer => offer.is_some_and(|offer| sdp::speaks_ice(offer)),
            IceMode::Offer => offer.is_none_or(|offer| sdp::speaks_ice(offer)),
            IceMode::RelayOnly => true,
        }
    }

    /// Whether they are before we offer. `spoken`: whether the call speaks ICE; `None`: it only begins.
    const fn looks_for_offer(&self, spoken: Option<bool>) -> bool {
        match (self.mode, spoken) {
            (IceMode::Never, _) | (IceMode::Answer, None) => false,
            (IceMode::Answer | IceMode::Offer, Some(spoken)) => spoken,
            (IceMode::Offer, None) | (IceMode::RelayOnly, _) => true,
        }
    }
}

/// How far the sockets of a leg are.
#[derive(Debug)]
enum Opening {
    /// They were asked for while it rings.
    Asked,
    /// They are there; what they may be reached at is looked for.
    Gathering(Way),
    /// All is there, and the agent has not taken the call yet.
    Ready(Way),
}

impl Engine {
    /// Opens sockets, for an offer that may speak ICE.
    pub(super) fn open(&mut self, leg: LegId, to: Towards) {
        let Self { legs, paths, .. } = self;
        let spoken = legs.get(leg).and_then(|leg| leg.negotiation.as_ref()).map(Negotiation::speaks_ice);
        let gathers = paths.ways.looks_for_offer(spoken);
        self.outputs.push_back(Output::Open { leg, to, gathers });
    }

    /// A call rings: where it will speak ICE, its sockets are opened now.
    pub(super) fn prepare(&mut self, leg: LegId, local: IpAddr, offer: Option<&Bytes>) {
        if self.paths.ways.looks_for_answer(offer) {
            let Self { legs, paths, .. } = self;
            paths.ways.open.retain(|leg, _| legs.number(*leg).is_some());
            self.ask_for_sockets(leg, local);
        }
    }

    /// It rings on, and our address is another one.
    pub(super) fn prepare_anew(&mut self, leg: LegId, local: IpAddr) {
        if self.paths.ways.open.contains_key(&leg) {
            self.ask_for_sockets(leg, local);
        }
    }

    fn ask_for_sockets(&mut self, leg: LegId, local: IpAddr) {
        self.outputs.push_back(Output::Open { leg, to: Towards::Here(local), gathers: true });
        self.paths.ways.open.insert(leg, Opening::Asked);
    }

    /// The agent took it: the sockets are opened now, unless they were when it began to ring.
    pub(super) fn open_to_answer(&mut self, now: Instant, leg: LegId, local: IpAddr) {
        match self.paths.ways.open.remove(&leg) {
            Some(Opening::Ready(way)) => self.opened(now, leg, Ok(way)),
            Some(waiting @ (Opening::Asked | Opening::Gathering(_))) => {
                self.paths.ways.open.insert(leg, waiting);
            }
            None => {
                let (to, gathers) = (Towards::Here(local), self.paths.ways.mode == IceMode::RelayOnly);
                self.outputs.push_back(Output::Open { leg, to, gathers });
            }
        }
    }

    /// It was not taken.
    pub(super) fn close_prepared(&mut self, leg: LegId) {
        if self.paths.ways.open.remove(&leg).is_some() {
            self.media(leg, MediaOrder::Close);
        }
    }

    /// The sockets are there, or they are not.
    pub(super) fn sockets_opened(&mut self, now: Instant, leg: LegId, way: Result<Way, TroubleKind>) {
        let rings = self.legs.get(leg).is_some_and(|leg| matches!(leg.stage, Stage::Offered { .. }));
        match way {
            Ok(way) if way.gathers && self.legs.number(leg).is_some() => {
                self.paths.ways.open.insert(leg, Opening::Gathering(way));
            }
            Ok(way) if rings => drop(self.paths.ways.open.insert(leg, Opening::Ready(way))),
            // There may be some when it is taken.
            Err(_) if rings => drop(self.paths.ways.open.remove(&leg)),
            way => {
                self.paths.ways.open.remove(&leg);
                self.opened(now, leg, way);
            }
        }
    }

    /// What looking for a way brought.
    pub(super) fn on_path_news(&mut self, now: Instant, leg: LegId, news: News) {
        match news {
            News::Gathered(candidates) => {
                let Some(Opening::Gathering(way)) = self.paths.ways.open.get(&leg) else { return };
                if !are_of(way, &candidates) {
                    return;
                }
                let way = reached_at(way.clone(), candidates);
                self.paths.ways.open.remove(&leg);
                let rings = self.legs.get(leg).is_some_and(|leg| matches!(leg.stage, Stage::Offered { .. }));
                match way {
                    Ok(way) if rings => drop(self.paths.ways.open.insert(leg, Opening::Ready(way))),
                    way => self.opened(now, leg, way),
                }
            }
            News::Found { ways, round_trip } => {
                if let Some(way) = ways.iter().find(|way| way.channel == Channel::Rtp) {
                    let (local, remote) = (way.local_kind.name(), way.remote_kind.name());
                    let round_trip_ms = round_trip.map(|time| time.as_secs_f32() * 1_000.0);
                    self.say(leg, What::Path { local, remote, round_trip_ms });
                }
                let Some(state) = self.legs.get(leg) else { return };
                let tells = state.negotiation.as_mut().is_some_and(|negotiation| negotiation.found(ways));
                match (tells, &state.stage) {
                    (true, Stage::Up(Hold::Settled { .. })) => self.offer_again(now, leg, Change::Way),
                    (true, _) => state.owes = state.owes.or(Some(Change::Way)),
                    (false, _) => {}
                }
            }
            // For whoever asks the servers: the event loop.
            News::Server { .. } => {}
            News::Lost => self.say(leg, What::PathLost),
        }
    }
}

/// Whether they were gathered from these sockets, and not from those that it had before.
fn are_of(way: &Way, candidates: &[Candidate]) -> bool {
    let mut hosts =
        candidates.iter().filter(|it| it.kind == Kind::Host && it.component == Channel::Rtp).peekable();
    hosts.peek().is_none() || hosts.any(|host| host.address == way.rtp)
}

/// The way with what was gathered: its addresses are what a description names as default.
fn reached_at(way: Way, candidates: Vec<Candidate>) -> Result<Way, TroubleKind> {
    let Some(default) = ice::default_candidate(&candidates) else {
        return Err(TroubleKind::NoRelay);
    };
    let rtcp = candidates.iter().find(|it| it.component == Channel::Rtcp && it.kind == default.kind);
    let rtcp_port = rtcp.map_or(way.rtcp_port, |candidate| candidate.address.port());
    Ok(Way { rtp: default.address, rtcp_port, candidates: Some(candidates), ..way })
}
