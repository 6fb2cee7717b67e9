//! The names of a virtual network: a table, and whether anybody answers at all.

use sidetone_sip::api::{Flow, Found, LookupError, Naptr, Question, Srv};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

/// What an endpoint can find out about names. Names are in lower case.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// NAPTR records of domains.
    pub naptr: BTreeMap<String, Vec<Naptr>>,
    /// SRV records of services.
    pub srv: BTreeMap<String, Vec<Srv>>,
    /// A and AAAA records of hosts.
    pub hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Our own addresses: the one of the same family is the local one of a path. None: there is no way anywhere.
    pub locals: Vec<SocketAddr>,
    /// Nobody answers questions about names; addresses need no answer.
    pub away: bool,
    /// Every question so far, as text: `NAPTR example.org`, `SRV _sip._udp.example.org`, `UDP host:5060`.
    pub asked: Vec<String>,
}

impl Names {
    /// At this address, in a world where no name leads anywhere.
    pub fn at(local: SocketAddr) -> Self {
        Names { locals: vec![local], ..Names::default() }
    }

    /// Gives a host an address.
    pub fn host(mut self, name: &str, ip: IpAddr) -> Self {
        self.hosts.entry(name.to_owned()).or_default().push(ip);
        self
    }

    /// Gives a service a host: priority and weight, then port and name.
    pub fn service(mut self, name: &str, order: (u16, u16), at: (u16, &str)) -> Self {
        let ((priority, weight), (port, target)) = (order, at);
        let srv = Srv { priority, weight, port, target: target.to_owned() };
        self.srv.entry(name.to_owned()).or_default().push(srv);
        self
    }

    /// Gives a domain a NAPTR record.
    pub fn pointer(mut self, domain: &str, order: (u16, u16), service: &str, replacement: &str) -> Self {
        let naptr = Naptr {
            order: order.0,
            preference: order.1,
            flags: "s".to_owned(),
            service: service.to_owned(),
            replacement: replacement.to_owned(),
        };
        self.naptr.entry(domain.to_owned()).or_default().push(naptr);
        self
    }

    pub(crate) fn answer(&mut self, question: &Question) -> Result<Found, LookupError> {
        self.asked.push(match question {
            Question::Naptr(name) => format!("NAPTR {name}"),
            Question::Srv(name) => format!("SRV {name}"),
            Question::Paths { host, port, transport, .. } => format!("{} {host}:{port}", transport.in_via()),
        });
        match question {
            Question::Naptr(name) => self.record(&self.naptr, name).map(Found::Naptr),
            Question::Srv(name) => self.record(&self.srv, name).map(Found::Srv),
            Question::Paths { host, port, transport, .. } => {
                let numeric = host.trim_matches(['[', ']']).parse().ok();
                let ips: Vec<IpAddr> = match numeric {
                    Some(ip) => vec![ip],
                    None => self.record(&self.hosts, host)?,
                };
                let path = |ip: &IpAddr| {
                    let local = self.locals.iter().find(|local| local.is_ipv4() == ip.is_ipv4())?;
                    let remote = SocketAddr::new(*ip, *port);
                    Some(Flow { transport: *transport, local: *local, remote })
                };
                let paths: Vec<Flow> = ips.iter().filter_map(path).collect();
                if paths.is_empty() { Err(LookupError::Unavailable) } else { Ok(Found::Paths(paths)) }
            }
        }
    }

    fn record<T: Clone>(&self, table: &BTreeMap<String, Vec<T>>, name: &str) -> Result<Vec<T>, LookupError> {
        if self.away {
            return Err(LookupError::Unavailable);
        }
        table.get(&name.to_ascii_lowercase()).cloned().ok_or(LookupError::NoSuchName)
    }
}
