//! Keeping a flow alive, and noticing that it is not (RFC 5626 sections 3.5 and 4.4): a double line end over streams,
//! a STUN binding request over UDP. A server that never answered either is taken for one that does not speak it: from
//! then on it gets line ends, which hold a NAT's binding open, and nobody waits for an answer.

use crate::{
    api::{Flow, Transport},
    outbox::Outbox,
    stun::{self, Stun, Transaction},
    tokens::Tokens,
    transaction::Timer,
};
use bytes::Bytes;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The longest pauses (section 4.4.1), where no Flow-Timer says otherwise.
const STREAM: Duration = Duration::from_secs(120);
const DATAGRAMS: Duration = Duration::from_secs(29);
/// How long an answer is waited for (section 4.4.1).
const PATIENCE: Duration = Duration::from_secs(10);
/// What a Flow-Timer may say, in seconds.
const FLOW_TIMER: std::ops::RangeInclusive<u32> = 10..=3600;

const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";

/// Whether the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// It did not say yet.
    Unknown,
    /// It does: silence means that the flow is dead.
    Answers,
    /// It does not: silence means nothing.
    Silent,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Resting { at: Instant },
    Asked { sent: Transaction, resend: Option<(Instant, Duration)>, give_up: Instant },
}

/// What silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// The first question had no answer: either it does not speak this, or it is not there. A REGISTER tells.
    Doubtful,
    /// It used to answer.
    Dead,
}

/// The flow of a registration.
pub(super) struct Alive {
    path: Flow,
    bound: Option<Duration>,
    speech: Speech,
    state: State,
    /// Where it last saw us.
    mapped: Option<SocketAddr>,
}

/// What a registrar says about it (section 4.2.1).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    /// It keeps to RFC 5626, and so answers.
    pub(super) outbound: bool,
    /// Flow-Timer, in seconds.
    pub(super) flow_timer: Option<u32>,
}

impl Alive {
    /// A registration went well; `before`: what is known of the path by now.
    pub(super) fn new(
        now: Instant,
        path: Flow,
        terms: Terms,
        tokens: &mut Tokens,
        before: Option<Alive>,
    ) -> Self {
        let same = before.filter(|before| before.path == path);
        let bound = terms.flow_timer.map(|seconds| {
            let seconds = seconds.clamp(*FLOW_TIMER.start(), *FLOW_TIMER.end());
            Duration::from_secs(seconds.into())
        });
        let speech = match (&same, terms.outbound) {
            (_, true) => Speech::Answers,
            (Some(same), false) => same.speech,
            (None, false) => Speech::Unknown,
        };
        let mapped = same.and_then(|same| same.mapped);
        let mut alive = Alive { path, bound, speech, state: State::Resting { at: now }, mapped };
        alive.rest(now, tokens);
        alive
    }

    pub(super) fn path(&self) -> Flow {
        self.path
    }

    fn rest(&mut self, now: Instant, tokens: &mut Tokens) {
        let pause = match (self.bound, self.path.transport) {
            (Some(bound), _) => tokens.share(bound, 80, 100),
            (None, Transport::Udp) => tokens.share(DATAGRAMS, 83, 100),
            (None, Transport::Tcp | Transport::Tls | Transport::Wss) => tokens.share(STREAM, 80, 100),
        };
        self.state = State::Resting { at: now + pause };
    }

    pub(super) fn deadline(&self) -> (Instant, Timer) {
        let at = match self.state {
            State::Resting { at } => at,
            State::Asked { resend, give_up, .. } => resend.map_or(give_up, |(at, _)| at.min(give_up)),
        };
        (at, Timer::KeepAlive)
    }

    pub(super) fn on_timeout(&mut self, now: Instant, out: &mut Outbox, tokens: &mut Tokens) -> Verdict {
        match self.state {
            State::Resting { at } if at <= now => self.ask(now, out, tokens),
            State::Asked { give_up, .. } if give_up <= now => return self.on_silence(now, tokens),
            State::Asked { sent, resend: Some((at, pause)), give_up } if at <= now => {
                out.send(self.path, stun::request(sent));
                let next = (self.speech == Speech::Answers).then_some((now + pause * 2, pause * 2));
                self.state = State::Asked { sent, resend: next, give_up };
            }
            State::Resting { .. } | State::Asked { .. } => {}
        }
        Verdict::Fine
    }

    fn ask(&mut self, now: Instant, out: &mut Outbox, tokens: &mut Tokens) {
        let sent = tokens.nonce();
        let (bytes, resend) = match (self.path.transport, self.speech) {
            (Transport::Udp, Speech::Unknown | Speech::Answers) => {
                let pause = Duration::from_millis(500);
                (stun::request(sent), Some((now + pause, pause)))
            }
            (Transport::Udp, Speech::Silent) | (Transport::Tcp | Transport::Tls | Transport::Wss, _) => {
                (Bytes::from_static(PING), None)
            }
        };
        out.send(self.path, bytes);
        match self.speech {
            Speech::Silent => self.rest(now, tokens),
            Speech::Unknown | Speech::Answers => {
                self.state = State::Asked { sent, resend, give_up: now + PATIENCE };
            }
        }
    }

    fn on_silence(&mut self, now: Instant, tokens: &mut Tokens) -> Verdict {
        self.rest(now, tokens);
        match self.speech {
            Speech::Unknown => {
                self.speech = Speech::Silent;
                Verdict::Doubtful
            }
            Speech::Answers => Verdict::Dead,
            Speech::Silent => Verdict::Fine,
        }
    }

    /// Something came by this path that is no SIP. Where it sees us now, if that is somewhere else than before.
    pub(super) fn on_received(
        &mut self,
        now: Instant,
        path: Flow,
        bytes: &[u8],
        tokens: &mut Tokens,
    ) -> Option<SocketAddr> {
        if path.transport != self.path.transport || path.remote != self.path.remote {
            return None;
        }
        let seen = match (self.path.transport, self.state) {
            (Transport::Udp, State::Asked { sent, .. }) => match stun::read(bytes)? {
                Stun::Success(answered, seen) if answered == sent => Some(seen),
                Stun::Failure(answered) if answered == sent => None,
                Stun::Request(_) | Stun::Success(..) | Stun::Failure(_) => return None,
            },
            (Transport::Udp, State::Resting { .. }) => return None,
            (Transport::Tcp | Transport::Tls | Transport::Wss, _) if bytes == PONG => None,
            (Transport::Tcp | Transport::Tls | Transport::Wss, _) => return None,
        };
        self.speech = Speech::Answers;
        if matches!(self.state, State::Asked { .. }) {
            self.rest(now, tokens);
        }
        let before = self.mapped;
        self.mapped = seen.or(before);
        seen.filter(|seen| before.is_some_and(|before| before != *seen))
    }
}
