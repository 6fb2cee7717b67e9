//! Sockets for a call's media, and whom to ask what they may be reached at (ICE).

use super::Run;
use super::errand::Errand;
use crate::engine::{Input, Towards, Way};
use crate::media::{Devices, Help, Order};
use sidetone_desk::LegId;
use sidetone_desk::view::TroubleKind;
use sidetone_media::ice::News;
use sidetone_media::quality::Link;
use sidetone_net::RtpPorts;
use sidetone_sip::api::Flow;
use std::net::{IpAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

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
                self.gather(leg, wanted.local);
            }
            Ok(Way { rtp, rtcp_port, via: wanted.via, gathers, candidates: None })
        });
        self.tell(Input::Opened { leg, way: way.map_err(|detail| TroubleKind::Other { detail }) });
    }

    /// Finds who helps, then lets the media thread ask them.
    fn gather(&self, leg: LegId, local: IpAddr) {
        let (ports, since) = (self.fixed.rtp_ports.clone(), Instant::now());
        let helpers = Arc::clone(&self.fixed.servers).helpers(self.transports.media_dialer());
        let further = if self.fixed.servers.relays_only() { Vec::new() } else { further(local, &ports) };
        self.send_for(async move {
            let (servers, lines) = helpers.await;
            Errand::Help(leg, Help { servers, further, lines }, since)
        });
    }

    /// What the media thread has to say of ways.
    pub(super) fn on_path(&mut self, leg: LegId, news: News) {
        if let News::Server { address, answers } = news {
            self.fixed.servers.heed(address, answers);
        }
        self.tell(Input::Path { leg, news });
    }
}

/// A socket for RTP at each other address of this machine that has a free port.
fn further(local: IpAddr, ports: &RangeInclusive<u16>) -> Vec<UdpSocket> {
    let addresses = sidetone_net::further_addresses(local).into_iter();
    addresses.filter_map(|ip| Some(RtpPorts::bind(ip, ports.clone()).ok()?.rtp)).collect()
}
