//! What the network brings: messages, paths that failed, and that it is another one.

use super::{Run, unix_millis};
use crate::engine::{BadCertificate, Input};
use sidetone_desk::Update;
use sidetone_desk::view::{CertificateProblem, UnixMillis};
use sidetone_net::{FlowError, NetworkChange, Received};
use std::time::Instant;

impl Run {
    pub(super) fn on_received(&mut self, received: Received) {
        let now = Instant::now();
        let taken = match &received {
            Received::Message { flow, bytes } => {
                self.engine.handle_input(now, Input::Received { flow: *flow, message: bytes })
            }
            Received::FlowFailed { flow, why } => {
                tracing::info!(transport = ?flow.transport, ?why, "a path failed");
                let certificate = certificate(why);
                self.engine.handle_input(now, Input::FlowFailed { flow: *flow, certificate })
            }
        };
        debug_assert!(taken.is_ok(), "only commands are refused");
    }

    pub(super) fn on_network(&mut self, change: &NetworkChange) {
        tracing::info!(gone = change.gone.len(), new = change.new.len(), slept = ?change.slept, "the network changed");
        self.transports.end_stranded();
        self.fixed.servers.forget();
        if change.slept.is_some() {
            self.update(Update::WallClock(UnixMillis(unix_millis())));
        }
        self.tell(Input::NetworkChanged);
    }
}

/// What of a failure an agent can do something about.
fn certificate(why: &FlowError) -> Option<BadCertificate> {
    use sidetone_net::CertificateProblem as P;
    let FlowError::Certificate(problem) = why else { return None };
    let named = |problem, detail: &str| (problem, detail.to_owned());
    let (problem, detail) = match problem {
        P::Expired { .. } => named(CertificateProblem::Expired, "has expired"),
        P::NotYetValid { .. } => named(CertificateProblem::NotYetValid, "is not valid yet"),
        P::WrongName { names, .. } if names.is_empty() => {
            named(CertificateProblem::WrongName, "is for another name")
        }
        P::WrongName { names, .. } => (CertificateProblem::WrongName, format!("is for {}", names.join(", "))),
        P::UnknownAuthority => {
            named(CertificateProblem::UnknownAuthority, "was signed by no authority that is trusted here")
        }
        P::Revoked => named(CertificateProblem::Revoked, "was revoked"),
        P::OursMissing => named(CertificateProblem::OursRefused, "is of no use: it wants one of ours"),
        P::OursRefused => named(CertificateProblem::OursRefused, "is of no use: it does not take ours"),
        P::NotForServers => named(CertificateProblem::Other, "is not for servers"),
        P::Other(detail) => (CertificateProblem::Other, format!("is no good: {detail}")),
    };
    Some(BadCertificate { problem, detail })
}
