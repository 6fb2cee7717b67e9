//! Sockets for a call's media, and whom to ask what they may be reached at (ICE).

use super::Run;
use super::errand::Errand;
use crate::engine::{IceMode, Input, Towards, Way};
use crate::media::{Devices, Order};
use crate::options::Ice;
use sidetone_desk::LegId;
use sidetone_desk::view::TroubleKind;
use sidetone_media::ice::{Secret, Servers, TurnServer};
use sidetone_media::quality::Link;
use sidetone_net::RtpPorts;
use sidetone_sip::api::Flow;
use sidetone_store::Keychain;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Names and passwords that take longer are done without.
const PATIENCE: Duration = Duration::from_secs(1);
/// The port of STUN and TURN (RFC 8489 section 8.1).
const PORT: u16 = 3478;

/// What is to be opened.
struct Wanted {
    local: IpAddr,
    via: Option<Flow>,
    gathers: bool,
    devices: Devices,
}

impl Run {
    pub(super) fn open(&mut self, leg: LegId, to: Towards, gathers: bool) {
        let (local, via) = match &to {
            Towards::Here(local) => (*local, None),
            Towards::Server(flow) => (flow.local.ip(), None),
            Towards::Again(flow) => {
                let local = self.transports.local_for(flow.remote);
                (local.unwrap_or_else(|_| flow.local.ip()), None)
            }
            Towards::Path(flow) => (flow.local.ip(), Some(*flow)),
        };
        // A call of theirs for which there is something to gather only rings yet.
        let rings = gathers && matches!(to, Towards::Here(_));
        let devices = if rings { Devices::Later } else { Devices::Wanted };
        self.bind(leg, &Wanted { local, via, gathers, devices });
    }

    fn bind(&mut self, leg: LegId, wanted: &Wanted) {
        let ports = self.fixed.rtp_ports.clone();
        let pair = RtpPorts::bind(wanted.local, ports).map_err(|error| error.to_string());
        let way = pair.and_then(|pair| {
            let rtp = pair.rtp.local_addr().map_err(|error| error.to_string())?;
            let rtcp_port = pair.rtcp.local_addr().map_err(|error| error.to_string())?.port();
            let wireless = sidetone_net::is_wireless(wanted.local);
            let link = if wireless { Link::Wireless } else { Link::Other };
            self.media.tell(Order::Open(leg, (pair, link), wanted.devices));
            let gathers = wanted.gathers;
            if gathers {
                self.gather(leg);
            }
            Ok(Way { rtp, rtcp_port, via: wanted.via, gathers, candidates: None })
        });
        self.tell(Input::Opened { leg, way: way.map_err(|detail| TroubleKind::Other { detail }) });
    }

    /// Finds the servers, then lets the media thread ask them.
    fn gather(&self, leg: LegId) {
        let (ice, keychain, since) = (self.fixed.ice.clone(), self.fixed.keychain.clone(), Instant::now());
        let relay_only = ice.mode == IceMode::RelayOnly;
        self.send_for(async move {
            let servers = tokio::time::timeout(PATIENCE, servers(&ice, keychain)).await;
            let nobody = || Servers { relay_only, ..Servers::default() };
            Errand::Servers(leg, servers.unwrap_or_else(|_| nobody()), since)
        });
    }
}

async fn servers(ice: &Ice, keychain: Keychain) -> Servers {
    let mut found = Servers { relay_only: ice.mode == IceMode::RelayOnly, ..Servers::default() };
    for server in &ice.stun {
        found.stun.extend(sidetone_net::addresses(&server.host, server.port.unwrap_or(PORT)).await);
    }
    for relay in &ice.turn {
        let Some(password) = password(relay, keychain.clone()).await else {
            tracing::warn!("a relay is left out: the keychain has no password for it");
            continue;
        };
        let addresses = sidetone_net::addresses(&relay.server.host, relay.server.port.unwrap_or(PORT)).await;
        found.turn.extend(addresses.into_iter().map(|address| TurnServer {
            address,
            user: Secret::new(&relay.user),
            password: password.clone(),
        }));
    }
    found
}

async fn password(relay: &crate::options::Relay, keychain: Keychain) -> Option<Secret> {
    if let Some(password) = &relay.password {
        return Some(Secret::new(password.reveal()));
    }
    let key = format!("turn:{}@{}", relay.user, relay.server.host);
    let kept = tokio::task::spawn_blocking(move || keychain.get(&key)).await.ok()?.ok()?;
    Some(Secret::new(kept.reveal()))
}
