//! Who is reached by which number when the agent dials.

use std::time::Duration;

/// What becomes of a dialled number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Rings for so long, then answers by this script.
    Somebody { script: &'static str, ring: Duration },
    /// Rings for so long, and nobody answers.
    Nobody { ring: Duration },
    /// This status code, at once.
    Refused { code: u16 },
}

const SHORT_RING: Duration = Duration::from_secs(2);
const LONG_RING: Duration = Duration::from_secs(30);

/// Looks a number up.
pub(super) fn look_up(user: &str) -> Reached {
    match user.to_ascii_lowercase().as_str() {
        "600" | "echo" => Reached::Somebody { script: "answers-echo", ring: Duration::from_millis(500) },
        "601" => Reached::Refused { code: 486 },
        "602" => Reached::Nobody { ring: LONG_RING },
        "603" | "0000" => Reached::Refused { code: 404 },
        _ => Reached::Somebody { script: "answers-colleague", ring: SHORT_RING },
    }
}
