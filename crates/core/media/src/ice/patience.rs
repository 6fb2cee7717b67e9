//! How long a server is waited for: as long as an offer may wait, unless that is in vain.
//!
//! A server that did not answer lately is asked all the same, but an offer does not wait long for it; and where one has told
//! what is wanted, another one can only tell it again.

use super::LONGEST_GATHERING;
use std::time::{Duration, Instant};

/// For a server that did not answer lately: so far away is none that is worth it.
const SHORT: Duration = Duration::from_millis(300);
/// For another one, once the first has answered.
const ANOTHER: Duration = Duration::from_millis(100);

/// How it stands with one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was asked. `doubtful`: it did not answer lately.
    Asked { doubtful: bool },
    /// It gave what was wanted, then.
    Gave(Instant),
    /// It will not.
    Refused,
}

/// Until when some of the servers that give the same are waited for; `None`: none is.
pub(super) fn waits_until(
    since: Instant,
    servers: impl Iterator<Item = Standing> + Clone,
) -> Option<Instant> {
    let first = servers.clone().filter_map(|server| match server {
        Standing::Gave(at) => Some(at + ANOTHER),
        Standing::Asked { .. } | Standing::Refused => None,
    });
    let enough = first.min();
    let most = servers.filter_map(|server| match server {
        Standing::Asked { doubtful } => Some(since + if doubtful { SHORT } else { LONGEST_GATHERING }),
        Standing::Gave(_) | Standing::Refused => None,
    });
    most.max().map(|most| enough.map_or(most, |enough| enough.min(most)))
}
