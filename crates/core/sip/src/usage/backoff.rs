//! When what failed is tried again: at growing intervals, spread so that several hundred do not come back at once, and
//! never where trying again can't help.

use crate::{api::Failure, message::Response, stack::Stack};
use std::time::Duration;

/// The first pause; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(300);
/// The longest Retry-After that is believed.
const MOST: Duration = Duration::from_secs(24 * 3600);

/// Failures in a row.
#[derive(Default)]
pub(crate) struct Backoff(u32);

impl Backoff {
    /// The pause after one more failure: never shorter than what the other side wants, up to a quarter longer or shorter
    /// than the others'.
    pub(crate) fn next(&mut self, stack: &mut Stack, wanted: Option<Duration>) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.0.min(8)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX / 2);
        let spread = stack.tokens.pause(ms - ms / 4, ms + ms / 4);
        match wanted.map(|wanted| wanted.min(MOST)) {
            Some(wanted) if wanted > spread => wanted + stack.tokens.pause(0, 2_000),
            Some(_) | None => spread,
        }
    }

    /// Whether nothing failed lately.
    pub(crate) fn is_fresh(&self) -> bool {
        self.0 == 0
    }

    /// It went well.
    pub(crate) fn reset(&mut self) {
        self.0 = 0;
    }
}

/// Why a final response of 300 or more is a failure.
pub(crate) fn failure_of(response: &Response) -> Failure {
    Failure::Status { code: response.code, reason: response.reason.clone() }
}

/// Whether trying again, outside of any dialog, may help.
pub(crate) fn may_pass(why: &Failure) -> bool {
    match why {
        Failure::Status { code, .. } => {
            matches!(code, 408 | 412 | 430 | 480..=482 | 486 | 487 | 491 | 500 | 502..=504)
        }
        Failure::Credentials => false,
        Failure::Timeout | Failure::Transport | Failure::Protocol | Failure::NoSuchName => true,
    }
}
