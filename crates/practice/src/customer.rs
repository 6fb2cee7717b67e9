//! What a customer does in a call: goes through the steps of a [`Script`], one after the other. Pure: hears how loud it
//! is, is told what happens in the call, and says what to do.
//!
//! On hold a customer waits: the step that was under way begins anew when the agent is back.

use crate::ear::Ear;
use crate::script::{Script, Step};
use crate::speech::SpeechId;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a customer takes in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input {
    /// How loud the agent is now, in dB below full scale. Wanted at least ten times a second.
    Heard(f32),
    /// The sentence, or the beep, is over.
    Said,
    /// The agent pressed a key.
    Key,
    /// The agent put the customer on hold, or took them off.
    OnHold(bool),
    /// [`Action::Hold`] is done, or was refused.
    HoldSettled,
}

/// What a customer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Say this; [`Input::Said`] answers.
    Say(SpeechId),
    /// A short tone; [`Input::Said`] answers.
    Beep,
    /// Play back what is heard this much later, until [`Action::Hush`].
    Echo(Duration),
    /// Be quiet at once.
    Hush,
    /// Press these keys.
    Press(String),
    /// Put the agent on hold, or take them off; [`Input::HoldSettled`] answers.
    Hold(bool),
    /// Leave. Nothing comes after it.
    HangUp,
}

/// An agent who speaks this long without a pause is interrupted.
const LONGEST_TURN: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Doing {
    /// Waits for [`Input::Said`].
    Saying,
    /// Until the agent has paused; `until` moves once the agent speaks.
    Listening { ear: Ear, pause: Duration, until: Instant, spoken: bool },
    /// Until then.
    Waiting { until: Instant },
    /// Until the agent has pressed so many keys.
    Expecting { keys: u8, until: Instant },
    /// Plays back until then.
    Echoing { until: Instant },
    /// Asked to hold for so long.
    AskingHold { lasts: Duration },
    /// Has the agent on hold until then.
    Holding { until: Instant },
    /// Asked to go on.
    AskingResume,
    /// The agent holds: the step begins anew afterwards.
    Paused,
    /// Every step is done.
    Staying,
    /// Hung up.
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    No,
    Yes { patience_until: Option<Instant> },
}

/// One customer in a call.
#[derive(Debug)]
pub struct Customer {
    script: Arc<Script>,
    step: usize,
    doing: Doing,
    held: Held,
    /// Keys of the agent that no step has waited for yet: who knows what comes keys ahead.
    keyed: u8,
    actions: VecDeque<Action>,
}

impl Customer {
    /// The call begins.
    pub fn new(now: Instant, script: Arc<Script>) -> Self {
        let (doing, actions) = (Doing::Staying, VecDeque::new());
        let mut customer = Self { script, step: 0, doing, held: Held::No, keyed: 0, actions };
        customer.begin(now);
        customer
    }

    /// Takes something in.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Heard(dbfs) => self.hear(now, dbfs),
            Input::Said => {
                if matches!(self.doing, Doing::Saying) {
                    self.next(now);
                }
            }
            Input::Key => {
                self.keyed = self.keyed.saturating_add(1);
                self.count_keys(now);
            }
            Input::OnHold(true) => self.put_on_hold(now),
            Input::OnHold(false) => self.taken_off_hold(now),
            Input::HoldSettled => self.hold_settled(now),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.hold_patience_until().is_some_and(|until| until <= now) {
            return self.hang_up();
        }
        if self.step_until().is_none_or(|until| until > now) {
            return;
        }
        match self.doing {
            Doing::Holding { .. } => {
                self.doing = Doing::AskingResume;
                self.actions.push_back(Action::Hold(false));
            }
            Doing::Echoing { .. } => {
                self.actions.push_back(Action::Hush);
                self.next(now);
            }
            Doing::Listening { .. } | Doing::Waiting { .. } | Doing::Expecting { .. } => self.next(now),
            // These have no deadline.
            Doing::Saying
            | Doing::AskingHold { .. }
            | Doing::AskingResume
            | Doing::Paused
            | Doing::Staying
            | Doing::Gone => {}
        }
    }

    /// When [`Customer::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.step_until().into_iter().chain(self.hold_patience_until()).min()
    }

    /// What the customer does next, until `None`; after every `handle_*`.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Whether the agent holds.
    pub fn is_on_hold(&self) -> bool {
        self.held != Held::No
    }

    fn step_until(&self) -> Option<Instant> {
        match self.doing {
            Doing::Listening { until, .. }
            | Doing::Waiting { until }
            | Doing::Expecting { until, .. }
            | Doing::Echoing { until }
            | Doing::Holding { until } => Some(until),
            Doing::Saying
            | Doing::AskingHold { .. }
            | Doing::AskingResume
            | Doing::Paused
            | Doing::Staying
            | Doing::Gone => None,
        }
    }

    fn hold_patience_until(&self) -> Option<Instant> {
        match (self.held, &self.doing) {
            (Held::No, _) | (Held::Yes { .. }, Doing::Gone) => None,
            (Held::Yes { patience_until }, _) => patience_until,
        }
    }

    fn next(&mut self, now: Instant) {
        self.step += 1;
        self.begin(now);
    }

    /// Begins the current step; on hold, later.
    fn begin(&mut self, now: Instant) {
        let script = Arc::clone(&self.script);
        let Some(step) = script.steps.get(self.step) else {
            self.doing = Doing::Staying;
            return;
        };
        if self.held != Held::No {
            self.doing = Doing::Paused;
            return;
        }
        let (doing, action) = match step {
            Step::Say(speech) => (Doing::Saying, Some(Action::Say(*speech))),
            Step::Beep => (Doing::Saying, Some(Action::Beep)),
            Step::Listen(how) => {
                let (pause, until) = (how.pause, now + how.at_most);
                (Doing::Listening { ear: Ear::default(), pause, until, spoken: false }, None)
            }
            Step::Wait(time) => (Doing::Waiting { until: now + *time }, None),
            Step::Expect(what) => (Doing::Expecting { keys: what.keys, until: now + what.at_most }, None),
            Step::Echo(how) => (Doing::Echoing { until: now + how.lasts }, Some(Action::Echo(how.delay))),
            Step::Hold(time) => (Doing::AskingHold { lasts: *time }, Some(Action::Hold(true))),
            // Keys take their time: 100 ms each and as much between them.
            Step::Press(keys) => {
                let takes = Duration::from_millis(200) * u32::try_from(keys.len()).unwrap_or(u32::MAX);
                (Doing::Waiting { until: now + takes }, Some(Action::Press(keys.clone())))
            }
            Step::HangUp => return self.hang_up(),
        };
        self.doing = doing;
        self.actions.extend(action);
        self.count_keys(now);
    }

    fn hear(&mut self, now: Instant, dbfs: f32) {
        let Doing::Listening { ear, pause, until, spoken } = &mut self.doing else { return };
        ear.hear(now, dbfs);
        let Some(paused) = ear.pause(now) else { return };
        if !*spoken {
            *spoken = true;
            *until = now + LONGEST_TURN;
        }
        if paused >= *pause {
            self.next(now);
        }
    }

    fn hold_settled(&mut self, now: Instant) {
        match self.doing {
            Doing::AskingHold { lasts } => self.doing = Doing::Holding { until: now + lasts },
            Doing::AskingResume => self.next(now),
            // The answer to something that is over.
            Doing::Saying
            | Doing::Listening { .. }
            | Doing::Waiting { .. }
            | Doing::Expecting { .. }
            | Doing::Echoing { .. }
            | Doing::Holding { .. }
            | Doing::Paused
            | Doing::Staying
            | Doing::Gone => {}
        }
    }

    fn count_keys(&mut self, now: Instant) {
        let Doing::Expecting { keys, .. } = self.doing else { return };
        if let Some(left) = self.keyed.checked_sub(keys) {
            self.keyed = left;
            self.next(now);
        }
    }

    fn put_on_hold(&mut self, now: Instant) {
        if self.held != Held::No {
            return;
        }
        self.held = Held::Yes { patience_until: self.script.hold_patience.map(|patience| now + patience) };
        match self.doing {
            Doing::Saying | Doing::Echoing { .. } => {
                self.actions.push_back(Action::Hush);
                self.doing = Doing::Paused;
            }
            Doing::Listening { .. } | Doing::Expecting { .. } => self.doing = Doing::Paused,
            Doing::Waiting { .. }
            | Doing::AskingHold { .. }
            | Doing::Holding { .. }
            | Doing::AskingResume
            | Doing::Paused
            | Doing::Staying
            | Doing::Gone => {}
        }
    }

    fn taken_off_hold(&mut self, now: Instant) {
        self.held = Held::No;
        if matches!(self.doing, Doing::Paused) {
            self.begin(now);
        }
    }

    fn hang_up(&mut self) {
        self.doing = Doing::Gone;
        self.actions.push_back(Action::HangUp);
    }
}

#[cfg(test)]
#[path = "customer_tests.rs"]
mod tests;
