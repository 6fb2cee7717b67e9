//! The server transaction's state machine (RFC 3261 sections 17.2.1 and 17.2.2, with the Accepted state of RFC 6026).
//! It knows times, status codes and the last response; paths belong to the [table](super::table).

use super::{
    client::Kind,
    timers::{Resend, T1_64, T4, Timer},
};
use bytes::Bytes;
use std::time::Instant;

/// Where a request of theirs stands.
enum State {
    /// No final response was given.
    Proceeding { last: Option<Bytes> },
    /// A 2xx was given to an INVITE. Its repetition is the call's business (RFC 3261 section 13.3.1.4).
    Accepted { until: Instant },
    /// A final response was given: an INVITE's is repeated until the ACK, another's when asked again.
    Completed { last: Bytes, resend: Option<Resend>, until: Instant },
    /// The ACK for a failed INVITE came.
    Confirmed { until: Instant },
    /// Done.
    Over,
}

/// What a deadline means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Send this response again.
    Resend(Bytes),
    /// The transaction is over. A failure response whose ACK never came (timer H) ends so, too: there is nobody to tell.
    Over,
}

/// One request of theirs.
pub(crate) struct Server {
    kind: Kind,
    reliable: bool,
    state: State,
}

impl Server {
    pub(crate) fn new(kind: Kind, reliable: bool) -> Self {
        Server { kind, reliable, state: State::Proceeding { last: None } }
    }

    /// The request came again: what it is answered with.
    pub(crate) fn on_repeat(&self) -> Option<Bytes> {
        match &self.state {
            State::Proceeding { last } => last.clone(),
            State::Completed { last, .. } => Some(last.clone()),
            State::Accepted { .. } | State::Confirmed { .. } | State::Over => None,
        }
    }

    /// A response with this status code is given. `false`: a final one was given before, this one must not be sent.
    pub(crate) fn respond(&mut self, now: Instant, code: u16, response: &Bytes) -> bool {
        let State::Proceeding { last } = &mut self.state else { return false };
        match (self.kind, code) {
            (_, 0..=199) => *last = Some(response.clone()),
            (Kind::Invite, 200..=299) => self.state = State::Accepted { until: now + T1_64 },
            (Kind::Invite, _) => {
                let resend = (!self.reliable).then(|| Resend::first(now));
                self.state = State::Completed { last: response.clone(), resend, until: now + T1_64 };
            }
            (Kind::Other, _) if self.reliable => self.state = State::Over,
            (Kind::Other, _) => {
                self.state = State::Completed { last: response.clone(), resend: None, until: now + T1_64 };
            }
        }
        true
    }

    /// The ACK for a failure response came.
    pub(crate) fn on_ack(&mut self, now: Instant) {
        if let (State::Completed { .. }, Kind::Invite) = (&self.state, self.kind) {
            self.state = if self.reliable { State::Over } else { State::Confirmed { until: now + T4 } };
        }
    }

    /// Whether a final response is still owed.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// Whether an INVITE was refused, and the caller does not know yet.
    pub(crate) fn wants_ack(&self) -> bool {
        self.kind == Kind::Invite && matches!(self.state, State::Completed { .. })
    }

    /// Whether a 2xx was given to an INVITE.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted { .. })
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The next deadline and its reason.
    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        match &self.state {
            State::Proceeding { .. } | State::Over => None,
            State::Accepted { until } => Some((*until, Timer::L)),
            State::Completed { resend: Some(resend), until, .. } if resend.at < *until => {
                Some((resend.at, Timer::G))
            }
            State::Completed { until, .. } if self.kind == Kind::Invite => Some((*until, Timer::H)),
            State::Completed { until, .. } => Some((*until, Timer::J)),
            State::Confirmed { until } => Some((*until, Timer::I)),
        }
    }

    /// It is `now`.
    pub(crate) fn on_timeout(&mut self, now: Instant) -> Due {
        match &mut self.state {
            State::Accepted { until } | State::Confirmed { until } | State::Completed { until, .. }
                if now >= *until =>
            {
                self.state = State::Over;
                Due::Over
            }
            State::Completed { last, resend: Some(resend), .. } if now >= resend.at => {
                *resend = resend.doubled_to_t2(now);
                Due::Resend(last.clone())
            }
            State::Proceeding { .. }
            | State::Accepted { .. }
            | State::Completed { .. }
            | State::Confirmed { .. }
            | State::Over => Due::Nothing,
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
mod tests {
    use super::*;

    #[test]
    fn a_failed_invite_is_repeated_until_its_ack() {
        let begin = Instant::now();
        let mut server = Server::new(Kind::Invite, false);
        let busy = Bytes::from_static(b"486");
        assert!(server.respond(begin, 486, &busy));
        let (at, timer) = server.deadline().unwrap();
        assert_eq!(timer, Timer::G);
        assert_eq!(server.on_timeout(at), Due::Resend(busy.clone()));
        assert_eq!(server.on_repeat(), Some(busy));
        server.on_ack(at);
        assert_eq!(server.deadline().map(|(_, timer)| timer), Some(Timer::I));
        assert_eq!(server.on_repeat(), None);
    }

    #[test]
    fn without_an_ack_timer_h_ends_it() {
        let begin = Instant::now();
        let mut server = Server::new(Kind::Invite, false);
        server.respond(begin, 486, &Bytes::from_static(b"486"));
        let mut repeats = 0;
        while let Some((at, _)) = server.deadline() {
            match server.on_timeout(at) {
                Due::Resend(_) => repeats += 1,
                Due::Over => assert_eq!(at - begin, T1_64),
                Due::Nothing => {}
            }
        }
        assert_eq!(repeats, 10);
    }

    #[test]
    fn a_second_final_response_is_refused() {
        let begin = Instant::now();
        let mut server = Server::new(Kind::Invite, false);
        assert!(server.respond(begin, 180, &Bytes::from_static(b"180")));
        assert!(server.respond(begin, 200, &Bytes::from_static(b"200")));
        assert!(!server.respond(begin, 487, &Bytes::from_static(b"487")));
    }

    #[test]
    fn over_a_stream_nothing_lingers() {
        let begin = Instant::now();
        let mut server = Server::new(Kind::Other, true);
        server.respond(begin, 200, &Bytes::from_static(b"200"));
        assert!(server.is_over());
    }
}
