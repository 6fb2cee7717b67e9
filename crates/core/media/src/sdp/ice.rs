//! ICE in offers and answers (RFC 8839): what theirs says of it, what ours says, and what is agreed by both.
//!
//! Spoken where both sides do. Whose default address is none of their candidates has a middle-box that changed it and
//! knows no ICE (section 4.2.5): told by `ice-mismatch`, and answered without.

use super::read::Stream;
use crate::{
    ice::{Candidate, Credentials, Kind, Role, Secret, Terms, Way},
    session::Channel,
};
use rand::{SeedableRng, rngs::StdRng};
use sdp_types::{Attribute, Connection, Media, Session};
use std::net::{IpAddr, SocketAddr};

/// The most candidates of theirs that are looked at.
const MOST_CANDIDATES: usize = 32;

/// What their description says of ICE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Theirs {
    credentials: Credentials,
    /// They answer checks and make none.
    lite: bool,
    candidates: Vec<Candidate>,
}

/// Reads it; `None`: they speak no ICE, or found that something between us does not.
pub(super) fn read(session: &Session, media: &Media) -> Option<Theirs> {
    if media.has_attribute("ice-mismatch") {
        return None;
    }
    // RFC 8839 section 5.4.
    let ufrag = value(session, media, "ice-ufrag").filter(|text| (4..=256).contains(&text.len()))?;
    let pwd = value(session, media, "ice-pwd").filter(|text| (22..=256).contains(&text.len()))?;
    let lines = media.attributes.iter().filter(|attribute| attribute.attribute == "candidate");
    let candidates = lines.filter_map(|line| Candidate::read(line.value.as_deref()?));
    Some(Theirs {
        credentials: Credentials { ufrag: ufrag.to_owned(), pwd: Secret::new(pwd) },
        lite: session.has_attribute("ice-lite"),
        candidates: candidates.take(MOST_CANDIDATES).collect(),
    })
}

/// Whether some stream of a description speaks ICE. Bytes that are no description speak nothing.
pub fn speaks_ice(sdp: &[u8]) -> bool {
    super::read::read(sdp).is_ok_and(|streams| streams.iter().any(|stream| stream.ice.is_some()))
}

/// The stream's own, or all streams'.
fn value<'a>(session: &'a Session, media: &'a Media, name: &'a str) -> Option<&'a str> {
    let own = media.get_first_attribute_value(name).flatten();
    own.or_else(|| session.get_first_attribute_value(name).flatten())
}

/// Our side of it in one call.
#[derive(Debug)]
pub(super) struct Ours {
    /// `None`: we speak no ICE.
    candidates: Option<Vec<Candidate>>,
    credentials: Credentials,
    /// Theirs, as agreed last: others are a restart.
    theirs: Option<Credentials>,
    /// Once it is known it stays for the call (RFC 8445 section 6.1.1).
    role: Option<Role>,
    /// RTCP needs no way of its own.
    multiplexed: bool,
    ways: Vec<Way>,
    rng: StdRng,
}

impl Ours {
    pub(super) fn new(candidates: Option<Vec<Candidate>>, seed: [u8; 32]) -> Ours {
        let mut rng = StdRng::from_seed(seed);
        let credentials = Credentials::random(&mut rng);
        let (theirs, role, multiplexed, ways) = (None, None, false, Vec::new());
        Ours { candidates, credentials, theirs, role, multiplexed, ways, rng }
    }

    /// Our addresses are others: the next offer restarts (RFC 8839 section 4.4.1.1.1).
    pub(super) fn restart(&mut self, candidates: Option<Vec<Candidate>>) {
        self.candidates = candidates;
        self.renew();
    }

    /// These ways were found, by the terms that hold.
    pub(super) fn found(&mut self, ways: Vec<Way>) {
        self.ways = ways;
    }

    /// Whether the other side should be told: we chose, and what our last description named as default is not what was
    /// chosen (RFC 8839 section 4.4.1.2).
    pub(super) fn should_tell(&self, default: SocketAddr) -> bool {
        self.role == Some(Role::Controlling) && self.way(Channel::Rtp).is_some_and(|way| way.local != default)
    }

    /// Whether it was agreed.
    pub(super) const fn is_agreed(&self) -> bool {
        self.theirs.is_some()
    }

    /// What is agreed about the stream; `None`: no ICE. `offered`: their description answers ours.
    pub(super) fn agree(&mut self, theirs: &Stream, offered: bool) -> Option<Terms> {
        let Some(Theirs { credentials, lite, candidates }) = self.spoken(theirs) else {
            self.theirs = None;
            self.ways.clear();
            return None;
        };
        let restarts = self.theirs.as_ref().is_some_and(|known| known != credentials);
        if restarts && !offered {
            self.renew();
        }
        self.theirs = Some(credentials.clone());
        self.multiplexed = theirs.rtcp_mux;
        // Who is lite never chooses, whatever was before (RFC 8445 section 6.1.1).
        let role = match self.role {
            Some(role) if !lite => role,
            Some(_) | None if offered || *lite => Role::Controlling,
            Some(_) | None => Role::Controlled,
        };
        self.role = Some(role);
        Some(Terms {
            local: self.credentials.clone(),
            remote: credentials.clone(),
            candidates: candidates.clone(),
            role,
        })
    }

    /// Where our next offer says that we are: what was chosen, or this.
    pub(super) fn place(&self, default: SocketAddr) -> SocketAddr {
        let chosen = self.way(Channel::Rtp).filter(|_| self.candidates.is_some());
        chosen.map_or(default, |way| way.local)
    }

    /// Where our answer to theirs will say that we are. After a restart nothing is chosen yet.
    pub(super) fn answers_from(&self, theirs: &Stream, default: SocketAddr) -> SocketAddr {
        let goes_on = self.spoken(theirs).map(|it| &it.credentials) == self.theirs.as_ref();
        if goes_on { self.place(default) } else { default }
    }

    /// What they say of it, where both speak it.
    fn spoken<'a>(&self, theirs: &'a Stream) -> Option<&'a Theirs> {
        theirs.ice.as_ref().filter(|_| self.candidates.is_some() && !is_mismatch(theirs))
    }

    /// Adds what an offer of ours says.
    pub(super) fn describe(&self, media: &mut Media) {
        let Some(candidates) = &self.candidates else { return };
        media.add_attribute_with_value("ice-ufrag", &self.credentials.ufrag);
        media.add_attribute_with_value("ice-pwd", self.credentials.pwd.reveal());
        media.add_attribute_with_value("ice-options", "ice2");
        let named = candidates.iter().filter(|it| !self.multiplexed || it.component == Channel::Rtp);
        named.for_each(|candidate| media.add_attribute_with_value("candidate", candidate));
        let Some(way) = self.way(Channel::Rtp) else { return };
        // What was chosen is the default from now on, and the controlling side names both ends of it.
        media.port = way.local.port();
        media.connections = vec![Connection::from_ip_addr(way.local.ip())];
        if !candidates.iter().any(|candidate| candidate.address == way.local) {
            let host = candidates.iter().find(|it| it.kind == Kind::Host && it.component == Channel::Rtp);
            let related = Some(host.map_or(SocketAddr::from(([0, 0, 0, 0], 9)), |host| host.address));
            let reflexive = Candidate::ours(way.local_kind, Channel::Rtp, way.local, (0, 63));
            media.add_attribute_with_value("candidate", Candidate { related, ..reflexive });
        }
        if let Some(way) = self.way(Channel::Rtcp) {
            let (ip, port) = (way.local.ip(), way.local.port());
            let family = if ip.is_ipv4() { 4 } else { 6 };
            media.attributes.retain(|attribute| attribute.attribute != "rtcp");
            media.add_attribute_with_value("rtcp", format!("{port} IN IP{family} {ip}"));
        }
        if self.role == Some(Role::Controlling) {
            let remote = |way: &Way| {
                let component = crate::ice::component_number(way.channel);
                format!("{component} {} {}", way.remote.ip(), way.remote.port())
            };
            let all: Vec<String> = self.ways.iter().map(remote).collect();
            media.add_attribute_with_value("remote-candidates", all.join(" "));
        }
    }

    /// Adds what our answer to theirs says, after [`agree`](Self::agree).
    pub(super) fn describe_answer(&self, theirs: &Stream, media: &mut Media) {
        if self.theirs.is_some() {
            self.describe(media);
        } else if theirs.ice.is_some() && self.candidates.is_some() {
            media.attributes.push(Attribute::new("ice-mismatch"));
        }
    }

    fn way(&self, component: Channel) -> Option<&Way> {
        self.ways.iter().find(|way| way.channel == component)
    }

    fn renew(&mut self) {
        self.credentials = Credentials::random(&mut self.rng);
        self.ways.clear();
    }
}

/// RFC 8839 section 4.2.5; a held stream has no address to compare.
fn is_mismatch(theirs: &Stream) -> bool {
    let (Some(ice), Some(ip)) = (&theirs.ice, theirs.address) else { return false };
    let stated = |ip: IpAddr, port: u16| SocketAddr::new(ip.to_canonical(), port);
    let default = stated(ip, theirs.port);
    let named = ice.candidates.iter().any(|it| it.component == Channel::Rtp && it.address == default);
    !named && !ip.is_unspecified()
}
