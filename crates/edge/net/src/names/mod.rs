//! The names of the network (RFC 3263): asks what it is told to ask, and makes paths of the answers. What to ask, and in
//! which order to try, is `core/sip`'s.

mod addresses;
mod expected;
mod records;

pub use addresses::local_for;
pub(crate) use expected::{Expected, Line};

use crate::{locals::Locals, setup::Names};
use records::Records;
use sidetone_sip::api::{Flow, Found, LookupError, Question};
use std::{sync::Arc, time::Duration};

/// In all, whoever is asked however often.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever knows names.
#[derive(Debug)]
pub(crate) struct Lookups {
    records: Records,
    locals: Locals,
    expected: Arc<Expected>,
}

impl Lookups {
    pub(crate) fn new(names: &Names, locals: Locals, expected: Arc<Expected>) -> Lookups {
        Lookups { records: Records::new(names.server), locals, expected }
    }

    /// Answers, in [`PATIENCE`].
    pub(crate) async fn look_up(&self, question: Question) -> Result<Found, LookupError> {
        let answered = tokio::time::timeout(PATIENCE, self.ask(question)).await;
        answered.unwrap_or(Err(LookupError::Unavailable))
    }

    async fn ask(&self, question: Question) -> Result<Found, LookupError> {
        match question {
            Question::Naptr(domain) => self.records.naptr(&domain).await.map(Found::Naptr),
            Question::Srv(service) => self.records.srv(&service).await.map(Found::Srv),
            Question::Paths { host, port, transport, domain } => {
                let addresses = match addresses::literal(&host) {
                    Some(address) => vec![address],
                    None if self.records.has_own_server() => self.records.addresses(&host).await?,
                    None => addresses::by_system(&host).await?,
                };
                let remotes = addresses.into_iter().map(|mut address| {
                    address.set_port(port);
                    address
                });
                // What has no way there is no path.
                let paths = remotes.filter_map(|remote| self.locals.flow_to(transport, remote).ok());
                let paths: Vec<Flow> = paths.map(|path| self.expected.expect(path, &domain)).collect();
                Ok(Found::Paths(paths))
            }
        }
    }
}
