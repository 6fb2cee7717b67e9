//! The client transaction's state machine (RFC 3261 sections 17.1.1 and 17.1.2, with the Accepted state of RFC 6026).
//! It knows times and status codes; bytes and paths belong to the [table](super::table).

use super::timers::{Resend, T1_64, T4, Timer};
use std::time::Instant;

/// Which of the two machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Invite,
    Other,
}

/// Where a request stands.
#[derive(Debug)]
enum State {
    /// Nothing came yet: *Calling* of an INVITE, *Trying* of the others.
    Waiting { resend: Option<Resend>, give_up: Instant },
    /// A provisional response came. An INVITE may ring for as long as it likes, until it is cancelled.
    Proceeding { resend: Option<Resend>, give_up: Option<Instant> },
    /// A 2xx came for an INVITE: later ones, from other legs too, are passed on.
    Accepted { until: Instant },
    /// A final response came: repeated ones are absorbed.
    Completed { until: Instant },
    /// Done.
    Over,
}

/// What a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The user of the transaction wants it.
    Pass,
    /// A failure of an INVITE: it is acknowledged, and the user wants it.
    PassAndAck,
    /// A repeated failure of an INVITE: it is acknowledged again.
    Ack,
    /// Known already.
    Absorb,
}

/// What a deadline means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Send the request again.
    Resend,
    /// No answer came in time: tell the user; the transaction is over.
    TimedOut,
    /// The transaction is over.
    Over,
}

/// One request of ours.
#[derive(Debug)]
pub(crate) struct Client {
    kind: Kind,
    reliable: bool,
    state: State,
}

impl Client {
    /// The request was just sent. `reliable`: the transport retransmits by itself.
    pub(crate) fn sent(now: Instant, kind: Kind, reliable: bool) -> Self {
        let resend = (!reliable).then(|| Resend::first(now));
        Client { kind, reliable, state: State::Waiting { resend, give_up: now + T1_64 } }
    }

    /// A response with this status code came.
    pub(crate) fn on_response(&mut self, now: Instant, code: u16) -> Heard {
        match (&self.state, self.kind, code) {
            (State::Over, _, _) => Heard::Absorb,
            (State::Waiting { .. } | State::Proceeding { .. }, _, 0..=199) => {
                self.proceed(now);
                Heard::Pass
            }
            (State::Waiting { .. } | State::Proceeding { .. }, Kind::Invite, 200..=299) => {
                self.state = State::Accepted { until: now + T1_64 };
                Heard::Pass
            }
            (State::Waiting { .. } | State::Proceeding { .. }, kind, _) => {
                self.complete(now);
                if kind == Kind::Invite { Heard::PassAndAck } else { Heard::Pass }
            }
            (State::Accepted { .. }, _, 200..=299) => Heard::Pass,
            (State::Completed { .. }, Kind::Invite, 300..) => Heard::Ack,
            (State::Accepted { .. } | State::Completed { .. }, _, _) => Heard::Absorb,
        }
    }

    fn proceed(&mut self, now: Instant) {
        self.state = match (&self.state, self.kind) {
            (State::Waiting { give_up, .. }, Kind::Other) => State::Proceeding {
                resend: (!self.reliable).then(|| Resend::slow(now)),
                give_up: Some(*give_up),
            },
            (State::Waiting { .. }, Kind::Invite) => State::Proceeding { resend: None, give_up: None },
            (
                State::Proceeding { .. } | State::Accepted { .. } | State::Completed { .. } | State::Over,
                _,
            ) => return,
        };
    }

    fn complete(&mut self, now: Instant) {
        let linger = match self.kind {
            Kind::Invite => T1_64,
            Kind::Other => T4,
        };
        self.state = if self.reliable { State::Over } else { State::Completed { until: now + linger } };
    }

    /// An INVITE was cancelled: its answer is waited for 64 * T1 and no longer (RFC 3261 section 9.1).
    pub(crate) fn limit(&mut self, until: Instant) {
        if let State::Proceeding { give_up, .. } = &mut self.state {
            let earlier = give_up.map_or(until, |known| known.min(until));
            *give_up = Some(earlier);
        }
    }

    /// Whether a provisional response came and no final one.
    pub(crate) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// Whether no response came at all.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The next deadline and its reason.
    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        let (resend_timer, end_timer) = match self.kind {
            Kind::Invite => (Timer::A, Timer::B),
            Kind::Other => (Timer::E, Timer::F),
        };
        match &self.state {
            State::Waiting { resend, give_up } => earlier(resend, Some(*give_up), resend_timer, end_timer),
            State::Proceeding { resend, give_up } => earlier(resend, *give_up, resend_timer, end_timer),
            State::Accepted { until } => Some((*until, Timer::M)),
            State::Completed { until } if self.kind == Kind::Invite => Some((*until, Timer::D)),
            State::Completed { until } => Some((*until, Timer::K)),
            State::Over => None,
        }
    }

    /// It is `now`.
    pub(crate) fn on_timeout(&mut self, now: Instant) -> Due {
        let kind = self.kind;
        match &mut self.state {
            State::Waiting { give_up, .. } if now >= *give_up => self.end(Due::TimedOut),
            State::Waiting { resend: Some(resend), .. } if now >= resend.at => {
                *resend = match kind {
                    Kind::Invite => resend.doubled(now),
                    Kind::Other => resend.doubled_to_t2(now),
                };
                Due::Resend
            }
            State::Proceeding { give_up: Some(give_up), .. } if now >= *give_up => self.end(Due::TimedOut),
            State::Proceeding { resend: Some(resend), .. } if now >= resend.at => {
                *resend = Resend::slow(now);
                Due::Resend
            }
            State::Accepted { until } | State::Completed { until } if now >= *until => self.end(Due::Over),
            State::Waiting { .. }
            | State::Proceeding { .. }
            | State::Accepted { .. }
            | State::Completed { .. }
            | State::Over => Due::Nothing,
        }
    }

    fn end(&mut self, due: Due) -> Due {
        self.state = State::Over;
        due
    }
}

fn earlier(
    resend: &Option<Resend>,
    end: Option<Instant>,
    resend_timer: Timer,
    end_timer: Timer,
) -> Option<(Instant, Timer)> {
    let resend = resend.map(|resend| (resend.at, resend_timer));
    resend.into_iter().chain(end.map(|at| (at, end_timer))).min()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
mod tests {
    use super::*;
    use std::time::Duration;

    fn start() -> Instant {
        Instant::now()
    }

    /// Seconds after the start at which the request was sent again, and the last thing that happened.
    fn run(mut client: Client, begin: Instant) -> (Vec<f32>, Due) {
        let mut sent = Vec::new();
        let mut last = Due::Nothing;
        while let Some((at, _)) = client.deadline() {
            last = client.on_timeout(at);
            if last == Due::Resend {
                sent.push((at - begin).as_secs_f32());
            }
        }
        (sent, last)
    }

    #[test]
    fn invite_doubles_its_pause_until_timer_b() {
        let begin = start();
        let (sent, last) = run(Client::sent(begin, Kind::Invite, false), begin);
        assert_eq!(sent, [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
        assert_eq!(last, Due::TimedOut);
    }

    #[test]
    fn other_requests_double_up_to_t2_until_timer_f() {
        let begin = start();
        let (sent, last) = run(Client::sent(begin, Kind::Other, false), begin);
        assert_eq!(sent, [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
        assert_eq!(last, Due::TimedOut);
    }

    #[test]
    fn a_stream_never_repeats() {
        let begin = start();
        assert_eq!(run(Client::sent(begin, Kind::Other, true), begin), (vec![], Due::TimedOut));
    }

    #[test]
    fn a_ringing_invite_waits_for_ever_until_cancelled() {
        let begin = start();
        let mut client = Client::sent(begin, Kind::Invite, false);
        assert_eq!(client.on_response(begin, 180), Heard::Pass);
        assert_eq!(client.deadline(), None);
        client.limit(begin + T1_64);
        assert_eq!(client.deadline(), Some((begin + Duration::from_secs(32), Timer::B)));
    }

    #[test]
    fn every_2xx_of_an_invite_is_passed_on() {
        let begin = start();
        let mut client = Client::sent(begin, Kind::Invite, false);
        assert_eq!(client.on_response(begin, 200), Heard::Pass);
        assert_eq!(client.on_response(begin, 200), Heard::Pass);
        assert_eq!(client.on_response(begin, 486), Heard::Absorb);
        assert_eq!(client.deadline().map(|(_, timer)| timer), Some(Timer::M));
    }

    #[test]
    fn a_failed_invite_is_acknowledged_each_time() {
        let begin = start();
        let mut client = Client::sent(begin, Kind::Invite, false);
        assert_eq!(client.on_response(begin, 486), Heard::PassAndAck);
        assert_eq!(client.on_response(begin, 486), Heard::Ack);
        assert_eq!(client.deadline().map(|(_, timer)| timer), Some(Timer::D));
    }
}
