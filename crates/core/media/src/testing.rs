//! For tests of this crate: a first moment.

use std::time::Instant;

/// Where virtual time begins. The one place where the clock is read, since an `Instant` comes from nowhere else.
#[allow(clippy::disallowed_methods)]
pub(crate) fn start() -> Instant {
    Instant::now()
}
