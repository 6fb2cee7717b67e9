//! The times of RFC 3261 (section 17, table 4) and RFC 6026, and the reasons a user agent wants to be woken for.

use std::time::{Duration, Instant};

/// An estimate of the round-trip time.
pub(crate) const T1: Duration = Duration::from_millis(500);
/// The longest pause between retransmissions of a non-INVITE request or an INVITE response.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// The longest a message stays in the network.
pub(crate) const T4: Duration = Duration::from_secs(5);
/// Timers B, F, H, J, L and M.
pub(crate) const T1_64: Duration = Duration::from_secs(32);

/// Why a deadline is there (RFC 3261 table 4 for the letters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// INVITE request retransmission.
    A,
    /// INVITE without any answer.
    B,
    /// Repeated failures of an INVITE are acknowledged until then.
    D,
    /// Non-INVITE request retransmission.
    E,
    /// Non-INVITE without a final answer.
    F,
    /// INVITE response retransmission.
    G,
    /// Failure response without an ACK.
    H,
    /// Repeated ACKs are absorbed until then.
    I,
    /// Repeated requests are answered until then.
    J,
    /// Repeated responses are absorbed until then.
    K,
    /// Repeated INVITEs are absorbed until then, after a 2xx (RFC 6026).
    L,
    /// Repeated 2xx are passed on until then (RFC 6026).
    M,
    /// A call that rings here is given up (RFC 3261 section 13.3.1).
    Ring,
    /// A 200 is sent again until its ACK comes (RFC 3261 section 13.3.1.4).
    Answer,
    /// A provisional response is sent again until its PRACK comes (RFC 3262 section 3).
    Reliable,
    /// A session is refreshed, or ends without a refresh (RFC 4028 section 10).
    Session,
    /// Their change of the call waits for our side for too long.
    Unanswered,
    /// A change of the call is tried again after a glare (RFC 3261 section 14.1).
    Glare,
    /// A transfer of ours is given up, or a REFER of theirs (RFC 3515).
    Refer,
    /// A subscription is made or renewed, or its NOTIFY did not come (RFC 6665, timer N).
    Subscription,
    /// A publication is made or renewed (RFC 3903).
    Publication,
    /// A registration is renewed, or tried again.
    Registration,
    /// A path is kept alive, or its sign of life is missing (RFC 5626 section 4.4).
    KeepAlive,
    /// A binding at our registrar runs out.
    Binding,
}

/// A retransmission that is due, and the pause before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resend {
    pub(crate) at: Instant,
    pause: Duration,
}

impl Resend {
    /// The first one, T1 from now.
    pub(crate) fn first(now: Instant) -> Self {
        Resend { at: now + T1, pause: T1 }
    }

    /// The next one: twice the pause.
    pub(crate) fn doubled(self, now: Instant) -> Self {
        let pause = self.pause * 2;
        Resend { at: now + pause, pause }
    }

    /// The next one: twice the pause, never more than T2.
    pub(crate) fn doubled_to_t2(self, now: Instant) -> Self {
        let pause = (self.pause * 2).min(T2);
        Resend { at: now + pause, pause }
    }

    /// Every T2 from now on.
    pub(crate) fn slow(now: Instant) -> Self {
        Resend { at: now + T2, pause: T2 }
    }
}
