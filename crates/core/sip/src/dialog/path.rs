//! Where a request in a dialog goes. Names are not looked up here: where the next hop is one, the request takes the
//! path the dialog came by, which is what an outbound proxy and a NAT want anyway.

use crate::{api::Flow, message::Uri};
use std::net::SocketAddr;

/// How the requests of a dialog leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To their next hop, beginning by the path that its messages come by.
    Known(Flow),
    /// By this path, whatever their next hop is: the server that was it is gone, and this one stands in for it. Servers
    /// that share their work take each other's Route for their own.
    StandIn(Flow),
}

impl Way {
    /// Where they begin.
    pub(crate) fn path(self) -> Flow {
        match self {
            Way::Known(flow) | Way::StandIn(flow) => flow,
        }
    }

    /// The path to this next hop.
    pub(super) fn to(self, hop: &Uri) -> Flow {
        match self {
            Way::Known(flow) => next_hop(flow, hop),
            Way::StandIn(flow) => flow,
        }
    }
}

/// The path to the next hop, beginning where the dialog's messages come by. A connection to the same host is used
/// again, whatever its port: a caller behind a NAT can be reached by nothing else (RFC 5923).
pub(crate) fn next_hop(known: Flow, hop: &Uri) -> Flow {
    let Some(host_port) = hop.host_port() else { return known };
    let Some(ip) = host_port.ip() else { return known };
    let fits = ip.is_ipv4() == known.local.is_ipv4() && !ip.is_unspecified() && !ip.is_multicast();
    if !fits || (known.transport.is_reliable() && ip == known.remote.ip()) {
        return known;
    }
    let port = host_port.port.filter(|port| *port != 0).unwrap_or(known.transport.default_port());
    Flow { remote: SocketAddr::new(ip, port), ..known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Transport;

    fn hop(transport: Transport, uri: &str) -> String {
        let known = Flow {
            transport,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.9:40000".parse().unwrap(),
        };
        next_hop(known, &Uri::parse(uri).unwrap()).remote.to_string()
    }

    #[test]
    fn addresses_are_followed_and_names_are_not() {
        assert_eq!(hop(Transport::Udp, "sip:a@192.0.2.7"), "192.0.2.7:5060");
        assert_eq!(hop(Transport::Udp, "sip:a@192.0.2.9:5070"), "192.0.2.9:5070");
        assert_eq!(hop(Transport::Udp, "sip:a@example.org"), "192.0.2.9:40000");
        assert_eq!(hop(Transport::Udp, "sip:a@[2001:db8::1]"), "192.0.2.9:40000");
        assert_eq!(hop(Transport::Udp, "sip:a@0.0.0.0"), "192.0.2.9:40000");
        assert_eq!(hop(Transport::Tcp, "sip:a@192.0.2.9:5070"), "192.0.2.9:40000");
        assert_eq!(hop(Transport::Tcp, "sip:a@192.0.2.7"), "192.0.2.7:5060");
        assert_eq!(hop(Transport::Tls, "sip:a@192.0.2.7"), "192.0.2.7:5061");
    }
}
