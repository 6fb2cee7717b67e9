//! The network as the user agent needs it: names looked up, paths to targets, and what a change of it means for the media
//! of running calls (CALL-12): new sockets at the new address, then a new offer. The stream itself goes on: SSRC and
//! codec stay.

use super::leg::{Change, Hold, Stage, direction};
use super::ways::{IceMode, Ways};
use super::{Engine, Output, Towards, Way, trouble};
use crate::happening::What;
use sidetone_desk::LegId;
use sidetone_desk::view::CertificateProblem;
use sidetone_sip::api::{self as sip, AccountKey, CallKey, Failure, Flow, LookupKey, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Instant;

/// A certificate that a path failed by.
#[derive(Debug, Clone)]
pub struct BadCertificate {
    /// For the agent.
    pub problem: CertificateProblem,
    /// For whoever listens to what happens: `has expired`, `is for elsewhere.example`.
    pub detail: String,
}

/// What is known of paths.
#[derive(Default)]
pub(super) struct Paths {
    /// Ways for media.
    pub(super) ways: Ways,
    /// Where the accounts' servers are.
    servers: BTreeMap<AccountKey, IpAddr>,
    /// Calls whose target is being looked up.
    asked: BTreeMap<LookupKey, LegId>,
    count: u32,
    /// What was wrong with the certificate of a path that failed, since a server took us last.
    pub(super) certificate: Option<BadCertificate>,
}

impl Paths {
    pub(super) fn new(ice: IceMode) -> Paths {
        Paths { ways: Ways::new(ice), ..Paths::default() }
    }
}

impl Engine {
    /// A server took our registration by this path; `None`: it does no more.
    pub(super) fn reached(&mut self, account: AccountKey, path: Option<Flow>) {
        let known: BTreeSet<IpAddr> = self.paths.servers.values().copied().collect();
        match path {
            Some(path) => {
                self.paths.certificate = None;
                self.paths.servers.insert(account, path.remote.ip());
            }
            None => drop(self.paths.servers.remove(&account)),
        }
        let now: BTreeSet<IpAddr> = self.paths.servers.values().copied().collect();
        if now != known {
            self.outputs.push_back(Output::Favour(now));
        }
    }

    /// Looks for the path to a call's target.
    pub(super) fn locate(&mut self, now: Instant, leg: LegId, uri: &str, transport: Option<Transport>) {
        self.paths.count += 1;
        let lookup = LookupKey(self.paths.count);
        self.paths.asked.insert(lookup, leg);
        let target = with_transport(uri, transport);
        self.command_agent(now, sip::Command::Locate { lookup, target });
    }

    pub(super) fn on_located(&mut self, now: Instant, lookup: LookupKey, paths: Result<Vec<Flow>, Failure>) {
        let Some(leg) = self.paths.asked.remove(&lookup) else { return };
        let Some(Stage::Opening { target, .. }) = self.legs.get(leg).map(|leg| &leg.stage) else { return };
        let host = host(target);
        match paths.map(|paths| paths.first().copied()) {
            Ok(Some(path)) => self.open(leg, Towards::Path(path)),
            Ok(None) => self.give_up(now, leg, trouble::of_failure(&Failure::NoSuchName, &host)),
            Err(why) => self.give_up(now, leg, trouble::of_failure(&why, &host)),
        }
    }

    /// A call goes by another path: its media follows.
    pub(super) fn on_path_changed(&mut self, now: Instant, call: CallKey, path: Flow) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        match &mut state.stage {
            Stage::Up(_) => self.open(leg, Towards::Server(path)),
            // Taken later: its sockets are opened where we are then, anew if there are some.
            Stage::Offered { local, .. } => {
                *local = path.local.ip();
                self.prepare_anew(leg, path.local.ip());
            }
            Stage::Answering { .. } | Stage::Whispering { .. } | Stage::Answered => {
                state.goes_by = Some(path)
            }
            Stage::Opening { .. }
            | Stage::Calling { .. }
            | Stage::Waking { .. }
            | Stage::Reopening(_)
            | Stage::Resuming(_) => {}
        }
        self.goes_by(now, leg, path.transport);
    }

    /// New sockets of a call that is up: offered at once, or after what is under way.
    pub(super) fn moved(&mut self, now: Instant, id: LegId, way: Way) {
        let Some(leg) = self.legs.get(id) else { return };
        if let Some(negotiation) = &mut leg.negotiation {
            negotiation.set_local(way.rtp, way.rtcp_port, way.candidates);
        }
        leg.owes = None;
        match &mut leg.stage {
            Stage::Up(Hold::Settled { .. }) => self.offer_again(now, id, Change::Path),
            Stage::Up(Hold::Asking { .. } | Hold::Changing { .. }) => leg.owes = Some(Change::Path),
            Stage::Offered { .. }
            | Stage::Answering { .. }
            | Stage::Whispering { .. }
            | Stage::Answered
            | Stage::Opening { .. }
            | Stage::Calling { .. }
            | Stage::Waking { .. }
            | Stage::Reopening(_)
            | Stage::Resuming(_) => {}
        }
    }

    /// Offers what was agreed anew.
    pub(super) fn offer_again(&mut self, now: Instant, id: LegId, change: Change) {
        let Some(leg) = self.legs.get(id) else { return };
        let (Stage::Up(hold), Some(negotiation)) = (&mut leg.stage, leg.negotiation.as_mut()) else { return };
        let Hold::Settled { ours } = *hold else { return };
        *hold = Hold::Changing { change, ours, next: None };
        let (call, sdp) = (leg.call, negotiation.offer(direction(ours)));
        self.command_agent(now, sip::Command::Offer { call, sdp });
    }

    /// The answer to that, good or bad: `None` is for a change of another kind.
    pub(super) fn changed(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get(id) else { return };
        let Stage::Up(Hold::Changing { change, ours, next }) = leg.stage else { return };
        leg.stage = Stage::Up(Hold::Settled { ours });
        // Whoever answers is there, whether they send or not.
        leg.heard = Some(now);
        if change == Change::Path {
            self.say(id, What::Moved);
        }
        self.follow_up(now, id, next);
    }
}

/// With the transport that is wished for, where the URI names none.
fn with_transport(uri: &str, transport: Option<Transport>) -> String {
    let named = uri.to_ascii_lowercase().contains(";transport=") || uri.starts_with("sips:");
    match transport {
        Some(transport) if !named => {
            let (before, headers) = uri.split_once('?').map_or((uri, ""), |(uri, headers)| (uri, headers));
            let headers = if headers.is_empty() { String::new() } else { format!("?{headers}") };
            format!("{before};transport={}{headers}", transport.in_uri())
        }
        Some(_) | None => uri.to_owned(),
    }
}

fn host(uri: &str) -> String {
    let host = uri.rsplit('@').next().unwrap_or_default();
    host.split([';', '?', '>']).next().unwrap_or_default().trim_start_matches("sip:").to_owned()
}
