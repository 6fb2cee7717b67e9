//! Reports to a collector (RFC 6035): a PUBLISH that leaves no state behind. What is not taken is not sent again: a
//! collector that refuses, or that is not there, costs one request a call.

use crate::{
    api::{AccountKey, Event, Failure, Flow, ReportKey},
    message::{Method, Request, Uri, name},
    stack::{Owner, Stack},
    transaction::Answer,
    usage::{challenge, once::Once},
};
use bytes::Bytes;
use std::time::Instant;

/// The package (section 4.1), and its one type (section 5).
const EVENT: &str = "vq-rtcpxr";
const CONTENT_TYPE: &str = "application/vq-rtcpxr";

/// Reports that wait for an answer.
#[derive(Default)]
pub(crate) struct Reports(Once<ReportKey>);

impl Reports {
    /// Sends one. A key that still waits for its answer is left alone.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        (key, account): (ReportKey, AccountKey),
        (collector, body): (&str, Bytes),
    ) {
        if self.0.awaits(key) {
            return;
        }
        let made = make(stack, account, collector, body);
        let sent = made.and_then(|request| self.0.send(now, stack, (key, Owner::Report(key)), request));
        if let Err(why) = sent {
            stack.say(Event::Reported { report: key, outcome: Err(why) });
        }
    }

    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        key: ReportKey,
        answer: &Answer<Owner>,
    ) {
        if let Some(outcome) = self.0.on_answer(now, stack, key, answer) {
            stack.say(Event::Reported { report: key, outcome });
        }
    }

    pub(crate) fn on_lost(&mut self, stack: &mut Stack, key: ReportKey, why: Failure) {
        if let Some(outcome) = self.0.on_lost(key, why) {
            stack.say(Event::Reported { report: key, outcome });
        }
    }
}

/// Without Expires, as in the RFC's own examples: there is nothing that could run out.
fn make(
    stack: &mut Stack,
    account: AccountKey,
    collector: &str,
    body: Bytes,
) -> Result<(Request, Flow), Failure> {
    let target = Uri::parse(collector).map_err(|_| Failure::Protocol)?;
    let (mut request, flow) = stack.outside(account, Method::Publish, &target).ok_or(Failure::Transport)?;
    request.headers.push(name::EVENT, EVENT);
    request.set_body(CONTENT_TYPE, body);
    challenge::foresee(stack, &mut request, flow);
    Ok((request, flow))
}
