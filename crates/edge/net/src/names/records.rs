//! NAPTR and SRV records (RFC 3403, RFC 2782), which the system's resolver can't be asked for. Whom to ask is read from
//! the system anew every few seconds: a machine that changes networks changes its name servers. What they answered is
//! remembered until then, for as long as they allow.

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, Record, RecordType},
    },
    system_conf::read_system_conf,
};
use sidetone_sip::api::{LookupError, Naptr, Srv};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// For one try at one server.
const TRY: Duration = Duration::from_secs(2);
/// What the system says is believed for this long.
const FRESH: Duration = Duration::from_secs(2);
/// No domain has more servers.
const AT_MOST: usize = 64;

/// Whoever is asked.
pub(crate) struct Records {
    server: Option<SocketAddr>,
    current: Mutex<Option<Current>>,
}

/// A resolver, with what it remembers, and the servers that it asks.
struct Current {
    read: Instant,
    servers: Vec<(IpAddr, Vec<u16>)>,
    resolver: Arc<TokioResolver>,
}

impl Records {
    pub(crate) fn new(server: Option<SocketAddr>) -> Records {
        Records { server, current: Mutex::new(None) }
    }

    /// Whether the system is asked for nothing.
    pub(crate) fn has_own_server(&self) -> bool {
        self.server.is_some()
    }

    /// The NAPTR records of `domain`.
    pub(crate) async fn naptr(&self, domain: &str) -> Result<Vec<Naptr>, LookupError> {
        let (resolver, name) = (self.resolver()?, name(domain)?);
        let answer = resolver.lookup(name, RecordType::NAPTR).await;
        let records = found(answer.as_ref().map(|lookup| lookup.answers()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let records = records.iter().filter_map(|record| match &record.data {
            RData::NAPTR(naptr) => Some(Naptr {
                order: naptr.order,
                preference: naptr.preference,
                flags: text(&naptr.flags),
                service: text(&naptr.services),
                replacement: host(&naptr.replacement),
            }),
            _ => None,
        });
        Ok(records.take(AT_MOST).collect())
    }

    /// The SRV records of `service`.
    pub(crate) async fn srv(&self, service: &str) -> Result<Vec<Srv>, LookupError> {
        let (resolver, name) = (self.resolver()?, name(service)?);
        let answer = resolver.srv_lookup(name).await;
        let records = found(answer.as_ref().map(|lookup| lookup.answers()))?;
        let records = records.iter().filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(Srv {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                target: host(&srv.target),
            }),
            _ => None,
        });
        Ok(records.take(AT_MOST).collect())
    }

    /// The addresses of `host`, with port 0.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, LookupError> {
        let (resolver, name) = (self.resolver()?, name(host)?);
        let answer = resolver.lookup_ip(name).await;
        let records = found(answer.as_ref().map(|lookup| lookup.as_lookup().answers()))?;
        let addresses = records.iter().filter_map(|record| record.data.ip_addr());
        Ok(addresses.take(AT_MOST).map(|ip| SocketAddr::new(ip, 0)).collect())
    }

    fn resolver(&self) -> Result<Arc<TokioResolver>, LookupError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = &*current
            && (self.server.is_some() || current.read.elapsed() < FRESH)
        {
            return Ok(Arc::clone(&current.resolver));
        }
        let (config, options) = match self.server {
            Some(server) => only(server),
            None => read_system_conf().map_err(|error| {
                tracing::debug!(%error, "the system has no name servers");
                LookupError::Unavailable
            })?,
        };
        let (read, servers) = (Instant::now(), servers(&config));
        let resolver = match current.take() {
            Some(current) if current.servers == servers => current.resolver,
            Some(_) | None => Arc::new(build(config, options)?),
        };
        *current = Some(Current { read, servers, resolver: Arc::clone(&resolver) });
        Ok(resolver)
    }
}

fn servers(config: &ResolverConfig) -> Vec<(IpAddr, Vec<u16>)> {
    let ports = |server: &NameServerConfig| server.connections.iter().map(|to| to.port).collect();
    config.name_servers().iter().map(|server| (server.ip, ports(server))).collect()
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Records")
    }
}

fn only(server: SocketAddr) -> (ResolverConfig, ResolverOpts) {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    let mut options = ResolverOpts::default();
    options.use_hosts_file = ResolveHosts::Never;
    (ResolverConfig::from_name_servers(vec![server]), options)
}

fn build(config: ResolverConfig, mut options: ResolverOpts) -> Result<TokioResolver, LookupError> {
    options.timeout = TRY;
    options.attempts = 2;
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().map_err(|_| LookupError::Unavailable)
}

/// Fully qualified: what is searched for in other domains is not what was asked for.
fn name(text: &str) -> Result<Name, LookupError> {
    let mut name = Name::from_utf8(text).map_err(|_| LookupError::NoSuchName)?;
    name.set_fqdn(true);
    Ok(name)
}

/// Without the last dot, but for the root, which says that there is no such service (RFC 2782).
fn host(name: &Name) -> String {
    let text = name.to_ascii();
    if name.is_root() { text } else { text.trim_end_matches('.').to_owned() }
}

fn found<'a>(answer: Result<&'a [Record], &'a NetError>) -> Result<&'a [Record], LookupError> {
    match answer {
        Ok(records) => Ok(records),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
            // The name is there, such a record is not.
            ResponseCode::NoError => Ok(&[]),
            ResponseCode::NXDomain => Err(LookupError::NoSuchName),
            _ => Err(LookupError::Unavailable),
        },
        Err(error) => {
            tracing::debug!(kind = error.as_metrics_label(), "a name server was of no use");
            Err(LookupError::Unavailable)
        }
    }
}
