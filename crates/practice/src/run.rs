//! The event loop of the exchange: the one place where sockets, timers, wishes and reports meet. It drives the
//! [`Engine`] and carries out what comes of it; it decides nothing.

use crate::engine::{Engine, Input, Output};
use crate::exchange::Wish;
use crate::happening::Happening;
use crate::media::{Media, Order, Report};
use sidetone_net::{Received, Receiver, RtpPorts, Transports};
use sidetone_sip::api::CallKey;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Apart from those that phones take by themselves.
const RTP_PORTS: RangeInclusive<u16> = 10_000..=16_383;
/// After the calls were ended: for the answers, so that no phone is left with a call that is none.
const FAREWELL: Duration = Duration::from_millis(300);

/// What is waited for.
pub(crate) struct Inlets {
    pub(crate) wishes: mpsc::Receiver<Wish>,
    pub(crate) received: Receiver,
    pub(crate) reports: mpsc::Receiver<Report>,
}

/// The exchange at work.
pub(crate) struct Run {
    pub(crate) engine: Engine,
    pub(crate) transports: Transports,
    pub(crate) media: Media,
    pub(crate) recordings: Option<PathBuf>,
    pub(crate) happenings: broadcast::Sender<Happening>,
}

impl Run {
    /// Runs until it is stopped, or until nobody holds the exchange any more.
    pub(crate) async fn run(mut self, mut inlets: Inlets) {
        let mut stopping: Option<(Instant, Option<oneshot::Sender<()>>)> = None;
        loop {
            let stop_at = stopping.as_ref().map(|(at, _)| *at);
            let due = self.engine.poll_timeout().into_iter().chain(stop_at).min();
            tokio::select! {
                Some(received) = inlets.received.recv() => self.on_received(&received),
                Some((call, what)) = inlets.reports.recv() => self.tell(Input::Heard { call, what }),
                wish = inlets.wishes.recv(), if stopping.is_none() => match wish {
                    Some(Wish::Play(script)) => self.tell(Input::Play(script)),
                    Some(Wish::RushHour) => self.tell(Input::RushHour),
                    Some(Wish::Stop(reply)) => stopping = Some((self.shut_down(), Some(reply))),
                    None => stopping = Some((self.shut_down(), None)),
                },
                () = until(due) => self.engine.handle_timeout(Instant::now()),
            }
            self.carry_out();
            if stop_at.is_some_and(|at| at <= Instant::now()) {
                break;
            }
        }
        // The recordings are whole before anybody is told.
        drop(self);
        if let Some((_, Some(reply))) = stopping {
            let _ = reply.send(());
        }
    }

    fn shut_down(&mut self) -> Instant {
        let now = Instant::now();
        self.engine.shut_down(now);
        now + FAREWELL
    }

    fn on_received(&mut self, received: &Received) {
        match received {
            Received::Message { flow, bytes } => self.tell(Input::Received { flow: *flow, message: bytes }),
            Received::FlowFailed { flow, .. } => self.tell(Input::FlowFailed { flow: *flow }),
        }
    }

    fn tell(&mut self, input: Input<'_>) {
        self.engine.handle_input(Instant::now(), input);
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.transports.send(transmit),
                Output::Open { call, local, name } => {
                    let sockets = self.open(call, local, &name);
                    self.tell(Input::Opened { call, sockets });
                }
                Output::Media(call, order) => self.media.tell(Order::Call(call, order)),
                // Nobody needs to listen.
                Output::Happened(happening) => drop(self.happenings.send(happening)),
            }
        }
    }

    fn open(&self, call: CallKey, local: IpAddr, name: &str) -> Option<(SocketAddr, u16)> {
        let pair = RtpPorts::bind(local, RTP_PORTS)
            .inspect_err(|error| tracing::warn!(%error, "a customer gets no sockets"))
            .ok()?;
        let (rtp, rtcp) = (pair.rtp.local_addr().ok()?, pair.rtcp.local_addr().ok()?);
        let file = self.recordings.as_ref().map(|folder| folder.join(format!("{name}.wav")));
        self.media.tell(Order::Open(call, pair, file));
        Some((rtp, rtcp.port()))
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
