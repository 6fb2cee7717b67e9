//! The SIP side of the network: UDP sockets and TCP listeners on the same port, and every connection there is (RFC 3261
//! section 18).
//!
//! A [`Flow`]'s local address is always concrete (never `0.0.0.0`) with the bound port, over TCP, TLS and WSS too, where
//! a connection of ours leaves from another port: so a flow made by [`Transports::flow_to`] equals the flow of what
//! comes back on it.

use crate::{
    Error,
    bind::{self, Pair},
    failure::FlowError,
    line::MediaDialer,
    locals::Locals,
    names::{Expected, Lookups},
    received::{Events, Received, Receiver},
    setup::{Limits, Listen, Setup},
    stream::{self, Shared},
    table::Table,
    tls, trace, udp, watch,
};
use sidetone_sip::api::{Flow, Found, LookupError, Question, Transmit, Transport};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The path of a WebSocket where none is configured.
const WEB_SOCKET_PATH: &str = "/ws";

/// The bound sockets. Dropping it closes everything.
#[derive(Debug)]
pub struct Transports {
    local: SocketAddr,
    locals: Locals,
    udp: Vec<udp::Sender>,
    shared: Arc<Shared>,
    lookups: Arc<Lookups>,
    tasks: Vec<JoinHandle<()>>,
}

impl Transports {
    /// Binds UDP and TCP on `local`; port 0 picks one that is free for both. Within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Bind`] when either is taken.
    pub async fn bind(local: SocketAddr) -> Result<(Transports, Receiver), Error> {
        Self::open(Setup { listen: Listen::At(local), ..Setup::default() }).await
    }

    /// As [`Transports::bind`], with limits of one's own.
    ///
    /// # Errors
    /// [`Error::Bind`] when either is taken.
    pub async fn bind_with(local: SocketAddr, limits: Limits) -> Result<(Transports, Receiver), Error> {
        Self::open(Setup { listen: Listen::At(local), limits, ..Setup::default() }).await
    }

    /// Binds everything as `setup` says. Within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Bind`] when a port is taken, [`Error::Pem`] when a file of certificates is none.
    pub async fn open(setup: Setup) -> Result<(Transports, Receiver), Error> {
        let tls = tls::Client::new(&setup.tls)?;
        let (first, second) = bind::bind(setup.listen)?;
        let local = first.local;
        let pairs: Vec<Pair> = std::iter::once(first).chain(second).collect();
        let locals = Locals::new(pairs.iter().map(|pair| pair.local));
        let (events, receiver) = Events::new(setup.limits.received);
        let (events, expected) = (Arc::new(events), Arc::<Expected>::default());
        let lookups = Arc::new(Lookups::new(&setup.names, locals, Arc::clone(&expected)));
        let shared = Arc::new(Shared {
            limits: setup.limits,
            events,
            table: Table::default(),
            tls,
            expected,
            web_socket_path: setup.web_socket_path.unwrap_or_else(|| WEB_SOCKET_PATH.to_owned()),
        });
        let mut transports =
            Transports { local, locals, udp: Vec::new(), shared, lookups, tasks: Vec::new() };
        for pair in pairs {
            transports.serve(pair)?;
        }
        Ok((transports, receiver))
    }

    fn serve(&mut self, Pair { local, udp, tcp }: Pair) -> Result<(), Error> {
        let bound = |source| Error::Bind { address: local, source };
        let listener = TcpListener::from_std(tcp).map_err(bound)?;
        let (sender, receive) = udp::open(udp, local, Arc::clone(&self.shared.events)).map_err(bound)?;
        self.udp.push(sender);
        self.tasks.push(tokio::spawn(receive));
        self.tasks.push(tokio::spawn(stream::accept(Arc::clone(&self.shared), listener, local)));
        Ok(())
    }

    /// What is bound, IPv4's where both families are: perhaps a wildcard address, never port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Our address on the way to `remote`: the bound one, or for a wildcard what the routes say now.
    ///
    /// # Errors
    /// [`Error::Route`] when there is no way there.
    pub fn local_for(&self, remote: SocketAddr) -> Result<IpAddr, Error> {
        self.locals.facing(remote).map(|local| local.ip())
    }

    /// The flow to `remote`. Connects nothing.
    ///
    /// # Errors
    /// [`Error::Route`] when there is no way there.
    pub fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Result<Flow, Error> {
        self.locals.flow_to(transport, remote)
    }

    /// Answers a question about names, after some seconds at most. By TLS and WSS the certificate of whoever is at the end of
    /// a path that it finds must be the question's domain's: each domain at an address has a path of its own, and a
    /// connection of its own. The path of [`Transports::flow_to`] is the first one that was found.
    pub fn look_up(
        &self,
        question: Question,
    ) -> impl Future<Output = Result<Found, LookupError>> + Send + 'static {
        let lookups = Arc::clone(&self.lookups);
        async move { lookups.look_up(question).await }
    }

    /// Sends, without waiting. What goes wrong comes back as [`Received::FlowFailed`] with the same flow. Over TCP, TLS
    /// and WSS the connection to the flow's remote address is used, and made where there is none.
    pub fn send(&self, transmit: Transmit) {
        let Transmit { flow, payload } = transmit;
        trace::message(trace::Direction::Out, flow.transport, &payload);
        match flow.transport {
            Transport::Udp => match self.udp.iter().find(|udp| udp.reaches(flow.remote)) {
                Some(udp) => udp.send(flow, &payload),
                None => self.shared.events.report(Received::FlowFailed { flow, why: FlowError::Unreachable }),
            },
            Transport::Tcp | Transport::Tls | Transport::Wss => stream::send(&self.shared, flow, payload),
        }
    }

    /// Makes connections to servers that relay media.
    pub fn media_dialer(&self) -> MediaDialer {
        MediaDialer::new(Arc::clone(&self.shared))
    }

    /// Drops the connection of this flow, where there is one: what is sent by it next opens another. Nothing is told.
    pub fn close(&self, flow: Flow) {
        let (line, _) = self.shared.expected.of(&flow);
        self.shared.table.close((&flow, line));
    }

    /// From now on these addresses, and no others, are favoured: strangers neither keep their messages waiting nor take
    /// their connections' places. For the accounts' servers.
    pub fn favour(&self, addresses: impl IntoIterator<Item = IpAddr>) {
        self.shared.events.favour(addresses.into_iter().collect());
    }

    /// To be called when the network has [changed](crate::watch): ends the connections whose address here is gone, each
    /// with a [`Received::FlowFailed`], which otherwise would be noticed after minutes. Sockets stay: a wildcard's serves
    /// every address, and one bound to an address serves it again when it is back.
    pub fn end_stranded(&self) {
        let Some(ours) = watch::addresses() else { return };
        for flow in self.shared.table.end(|flow| !ours.contains(&flow.local.ip())) {
            self.shared.events.report(Received::FlowFailed { flow, why: FlowError::AddressGone });
        }
    }

    /// How many connections there are now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.table.len()
    }
}

impl Drop for Transports {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.shared.table.end(|_| true);
    }
}
