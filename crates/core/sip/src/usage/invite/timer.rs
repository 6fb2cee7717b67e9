//! Session timers (RFC 4028): what is asked for, what both sides agree on, when this side refreshes, and when a session
//! that nobody refreshed is over. A side that asked and met nobody who knows them refreshes alone (section 7.2).

use super::Context;
use crate::{
    message::{Headers, Refresher, Request, Response, SessionExpires, name},
    transaction::ServerId,
};
use std::time::{Duration, Instant};

/// The shortest session that is taken (section 5: never below).
pub(super) const MIN_SE: Duration = Duration::from_secs(90);

/// The longest Min-SE that is followed: more is no session timer any more.
const MAX_FLOOR: Duration = Duration::from_secs(24 * 3600);

/// A session's timer.
#[derive(Clone)]
pub(super) struct SessionTimer {
    /// What our side asks for by itself.
    wish: Option<Duration>,
    /// The largest Min-SE met.
    floor: Duration,
    state: State,
}

/// Who refreshes, from when on.
#[derive(Clone, Copy)]
enum State {
    /// Nobody: the call is not up yet.
    NotYet,
    /// Nobody: none was agreed on.
    Off,
    /// We do, next at `next`.
    Refreshing { interval: Duration, since: Instant, next: Instant, whose: Wish },
    /// They do.
    Watching { interval: Duration, since: Instant },
}

/// Whose wish the refreshes are.
#[derive(Clone, Copy)]
enum Wish {
    /// Both sides': without them the session is over.
    Agreed,
    /// Ours alone (section 7.2): they know no timer, and any answer shows that they are there.
    Ours,
}

/// What a deadline means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// Refresh.
    Refresh,
    /// Nobody refreshed in time: the session is over (section 10).
    Over,
}

impl SessionTimer {
    /// Not running yet. Zero: none is asked for.
    pub(super) fn new(session_expires: Duration) -> Self {
        let wish = (!session_expires.is_zero()).then(|| session_expires.max(MIN_SE));
        SessionTimer { wish, floor: MIN_SE, state: State::NotYet }
    }

    /// Whether the call is up, so that every change of it settles the timer anew.
    pub(super) fn is_started(&self) -> bool {
        !matches!(self.state, State::NotYet)
    }

    /// The call is up.
    pub(super) fn start(&mut self) {
        self.state = State::Off;
    }

    /// The call is of before a crash, and had a timer of this interval: what it is now will be seen.
    pub(super) fn resume(&mut self, now: Instant, interval: Option<Duration>) {
        self.state = match interval {
            Some(interval) => State::Refreshing {
                interval: interval.max(MIN_SE),
                since: now,
                next: now + interval / 2,
                whose: Wish::Agreed,
            },
            None => State::Off,
        };
    }

    /// After which time without a refresh the session is over.
    pub(super) fn interval(&self) -> Option<Duration> {
        match self.state {
            State::NotYet | State::Off => None,
            State::Refreshing { interval, .. } | State::Watching { interval, .. } => Some(interval),
        }
    }

    /// Asks for a timer in an INVITE outside of any dialog (section 7.1): who refreshes is left to the callee.
    pub(super) fn ask_first(&self, headers: &mut Headers) {
        if let Some(interval) = self.wish {
            self.write(headers, SessionExpires { interval: interval.max(self.floor), refresher: None });
        }
    }

    /// Asks for the same timer again in a re-INVITE or UPDATE, roles as they are (section 7.4).
    pub(super) fn ask(&self, headers: &mut Headers) {
        let (interval, refresher) = match self.state {
            State::NotYet | State::Off => return,
            State::Refreshing { interval, .. } => (interval, Refresher::Uac),
            State::Watching { interval, .. } => (interval, Refresher::Uas),
        };
        let interval = interval.max(self.floor);
        self.write(headers, SessionExpires { interval, refresher: Some(refresher) });
    }

    fn write(&self, headers: &mut Headers, asked: SessionExpires) {
        headers.set(name::SESSION_EXPIRES, asked.to_string());
        if self.floor > MIN_SE {
            headers.set(name::MIN_SE, self.floor.as_secs().to_string());
        }
    }

    /// A 422 said so (section 7.3). `false`: there is no sense in asking again.
    pub(super) fn raise(&mut self, response: &Response) -> bool {
        match response.headers.min_se() {
            Some(floor) if floor > self.floor && floor <= MAX_FLOOR => {
                self.floor = floor;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Our request was answered with 2xx: what that says is so from now on (section 7.2).
    pub(super) fn settle_as_uac(&mut self, now: Instant, answer: &Headers) {
        let said = answer.session_expires();
        let refreshing = |interval: Duration| State::Refreshing {
            interval,
            since: now,
            next: now + interval / 2,
            whose: Wish::Agreed,
        };
        self.state = match (said, self.wish) {
            (Some(SessionExpires { interval, refresher: Some(Refresher::Uas) }), _) => {
                State::Watching { interval: interval.max(MIN_SE), since: now }
            }
            (Some(SessionExpires { interval, refresher: Some(Refresher::Uac) | None }), _) => {
                refreshing(interval.max(MIN_SE))
            }
            (None, Some(wish)) => {
                let interval = wish.max(self.floor);
                State::Refreshing { interval, since: now, next: now + interval / 2, whose: Wish::Ours }
            }
            (None, None) => State::Off,
        };
    }

    /// Their request is answered with 2xx: decides, and writes what is decided (section 9).
    pub(super) fn settle_as_uas(&mut self, now: Instant, request: &Headers, answer: &mut Headers) {
        let knows = request.has_token(name::SUPPORTED, "timer") || request.has_token(name::REQUIRE, "timer");
        let asked = request.session_expires();
        let floor = request.min_se().unwrap_or(MIN_SE).clamp(MIN_SE, MAX_FLOOR);
        let interval = match (asked, self.wish) {
            (Some(asked), Some(wish)) => asked.interval.min(wish.max(floor)).max(MIN_SE),
            (Some(asked), None) => asked.interval.max(MIN_SE),
            (None, Some(wish)) => wish.max(floor),
            (None, None) => return self.state = State::Off,
        };
        let refresher = match asked.map(|asked| asked.refresher) {
            Some(Some(Refresher::Uas)) | None => Refresher::Uas,
            Some(Some(Refresher::Uac) | None) if knows => Refresher::Uac,
            Some(Some(Refresher::Uac) | None) => Refresher::Uas,
        };
        self.state = match refresher {
            Refresher::Uac => State::Watching { interval, since: now },
            Refresher::Uas => {
                State::Refreshing { interval, since: now, next: now + interval / 2, whose: Wish::Agreed }
            }
        };
        let decided = SessionExpires { interval, refresher: Some(refresher) };
        answer.set(name::SESSION_EXPIRES, decided.to_string());
        if refresher == Refresher::Uac {
            answer.push(name::REQUIRE, "timer");
        }
    }

    /// A refresh is under way: the next one is not due before this one failed.
    pub(super) fn note_refreshing(&mut self) {
        let end = self.end();
        if let (State::Refreshing { next, .. }, Some(end)) = (&mut self.state, end) {
            *next = end;
        }
    }

    /// A refresh failed: tried again when half of what is left is over.
    /// `heard`: they said so themselves, which is a sign of life and all that a timer of our own asks for.
    pub(super) fn note_failed(&mut self, now: Instant, heard: bool) {
        let end = self.end();
        if let (State::Refreshing { interval, since, next, whose: Wish::Ours }, true) =
            (&mut self.state, heard)
        {
            (*since, *next) = (now, now + *interval / 2);
            return;
        }
        if let (State::Refreshing { next, .. }, Some(end)) = (&mut self.state, end) {
            let left = end.saturating_duration_since(now);
            *next = if left > Duration::from_secs(2) { now + left / 2 } else { end };
        }
    }

    /// When the session is over without a refresh (section 10).
    fn end(&self) -> Option<Instant> {
        match self.state {
            State::NotYet | State::Off => None,
            State::Refreshing { interval, since, .. } | State::Watching { interval, since } => {
                Some(since + interval - (interval / 3).min(Duration::from_secs(32)))
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Refreshing { next, .. } => self.end().map(|end| end.min(next)),
            State::NotYet | State::Off | State::Watching { .. } => self.end(),
        }
    }

    pub(super) fn due(&self, now: Instant) -> Due {
        match self.state {
            State::NotYet | State::Off => Due::Nothing,
            State::Refreshing { .. } | State::Watching { .. } if self.end().is_some_and(|end| end <= now) => {
                Due::Over
            }
            State::Refreshing { next, .. } if next <= now => Due::Refresh,
            State::Refreshing { .. } | State::Watching { .. } => Due::Nothing,
        }
    }
}

/// Answers 422 where a session shorter than we take is asked for, and whoever asks understands that (section 9).
/// `true`: it was refused.
pub(super) fn refuse_brief(context: &mut Context<'_>, id: ServerId, request: &Request) -> bool {
    let headers = &request.headers;
    let knows = headers.has_token(name::SUPPORTED, "timer") || headers.has_token(name::REQUIRE, "timer");
    let brief = headers.session_expires().is_some_and(|asked| asked.interval < MIN_SE);
    if !(knows && brief) {
        return false;
    }
    let mut response = Response::to(request, 422).with_to_tag(&context.stack.tokens.tag());
    response.headers.push(name::MIN_SE, MIN_SE.as_secs().to_string());
    context.stack.respond(context.now, id, response);
    true
}
