//! What is looked for: a host with what is known of port and transport, and whether the way there must be secure.

use crate::{
    api::{Server, Transport},
    message::Uri,
};

/// The most of a name (RFC 1035 section 3.1).
const MAX_NAME: usize = 255;

/// What is looked for (RFC 3263 section 4: the TARGET).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) transport: Option<Transport>,
    pub(super) secure: bool,
}

impl Place {
    /// Of a `sip:` or `sips:` URI. `None`: it is none, or asks for what there is not.
    pub(crate) fn of_uri(uri: &Uri) -> Option<Self> {
        let host_port = uri.host_port()?;
        let params = uri.params();
        let secure = uri.scheme() == "sips";
        let named = match params.get("transport").map(str::to_ascii_lowercase).as_deref() {
            None => None,
            Some("udp") => Some(Transport::Udp),
            Some("tcp") => Some(Transport::Tcp),
            Some("tls") => Some(Transport::Tls),
            Some("ws" | "wss") => Some(Transport::Wss),
            Some(_) => return None,
        };
        let transport = match (named, secure) {
            (Some(Transport::Udp), true) => return None,
            (Some(Transport::Tcp), true) => Some(Transport::Tls),
            (named, _) => named,
        };
        let host = params.get("maddr").filter(|maddr| !maddr.is_empty()).map(str::to_owned);
        Place::new(host.unwrap_or(host_port.host), host_port.port, transport, secure)
    }

    /// Of a server's name; of one that is known already, its address, so that our own is found anew.
    pub(crate) fn of_server(server: &Server) -> Option<Self> {
        match server {
            Server::At(path) => {
                let (ip, port) = (path.remote.ip().to_string(), path.remote.port());
                Place::new(ip, Some(port), Some(path.transport), false)
            }
            Server::Named { host, port, transport } => Place::new(host.clone(), *port, *transport, false),
        }
    }

    fn new(host: String, port: Option<u16>, transport: Option<Transport>, secure: bool) -> Option<Self> {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_owned();
        let port = port.filter(|port| *port != 0);
        let fits = !host.is_empty() && host.len() <= MAX_NAME;
        fits.then_some(Place { host, port, transport, secure })
    }

    /// What carries it, where that is said.
    pub(crate) fn transport(&self) -> Option<Transport> {
        self.transport
    }

    pub(super) fn is_numeric(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok()
    }

    /// What carries it where no record says so (RFC 3263 section 4.1).
    pub(super) fn default_transport(&self) -> Transport {
        let plain = if self.secure { Transport::Tls } else { Transport::Udp };
        self.transport.unwrap_or(plain)
    }
}
