//! Calls reported to a collector at their end (RFC 6035): who was in them by the dialog, how they were by the media.

use super::Engine;
use super::Output;
use super::leg::Leg;
use super::session::WORK;
use crate::happening::What;
use sidetone_desk::view::UnixMillis;
use sidetone_media::quality::{Summary, report};
use sidetone_sip::api::{self as sip, Failure, ReportKey, SavedCall};
use sidetone_sip::message::{HostPort, NameAddr, Uri};
use std::time::Instant;

/// Whom calls are reported to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// For example `sip:collector@example.org`.
    pub uri: String,
    /// Whether it learns whom the agent spoke to; else only at which domain.
    pub parties: bool,
}

/// What there is to reporting.
pub(super) struct Reporting {
    collector: Option<Collector>,
    /// One point in time in both clocks.
    anchor: (Instant, UnixMillis),
    count: u32,
}

impl Reporting {
    pub(super) const fn new(collector: Option<Collector>, anchor: (Instant, UnixMillis)) -> Reporting {
        Reporting { collector, anchor, count: 0 }
    }

    /// Seconds since 1970.
    fn unix_s(&self, now: Instant) -> i64 {
        let (since, UnixMillis(ms)) = self.anchor;
        ms / 1_000 + i64::try_from(now.saturating_duration_since(since).as_secs()).unwrap_or_default()
    }
}

impl Engine {
    /// Tells the collector, where there is one and the call was up.
    pub(super) fn report(&mut self, now: Instant, leg: &Leg, summary: &Summary) {
        let Some(collector) = &self.reporting.collector else { return };
        let ended_s = self.reporting.unix_s(now);
        let body =
            self.dialog_of(leg.call).and_then(|dialog| write(collector, dialog, leg, (summary, ended_s)));
        let (Some(body), uri) = (body, collector.uri.clone()) else { return };
        self.reporting.count += 1;
        let report = ReportKey(self.reporting.count);
        let command = sip::Command::Report { report, account: WORK, collector: uri, body: body.into() };
        self.command_agent(now, command);
    }

    pub(super) fn on_reported(&mut self, outcome: &Result<(), Failure>) {
        let code = outcome.as_ref().err().and_then(super::trouble::code);
        self.outputs.push_back(Output::Happened(None, What::Reported { taken: outcome.is_ok(), code }));
    }
}

fn write(
    collector: &Collector,
    dialog: &SavedCall,
    leg: &Leg,
    (summary, ended_s): (&Summary, i64),
) -> Option<String> {
    let (local, remote) = (NameAddr::parse(&dialog.local).ok()?, NameAddr::parse(&dialog.remote).ok()?);
    // Whom they called may be a queue; who is here is the account.
    let us = Uri::parse(&dialog.account).unwrap_or_else(|_| local.uri.clone());
    let named = if collector.parties { remote.uri.to_string() } else { unnamed(&remote.uri) };
    let signalling = report::Signalling {
        call_id: &dialog.call_id,
        tags: (local.tag()?, remote.tag().unwrap_or_default()),
        local: us.as_str(),
        remote: &named,
        domains: (&domain(&us), &domain(&remote.uri)),
        ours: dialog.ours,
        address: leg.negotiation.as_ref()?.config().rtp,
        ended_s,
    };
    report::session(&signalling, summary)
}

/// Where somebody is, and not who (RFC 3323 section 4.1.1.3).
fn unnamed(uri: &Uri) -> String {
    format!("sip:anonymous@{}", domain(uri))
}

/// Numbers by themselves are at home nowhere.
fn domain(uri: &Uri) -> String {
    uri.host_port()
        .map_or_else(|| "anonymous.invalid".to_owned(), |at| HostPort { port: None, ..at }.to_string())
}
