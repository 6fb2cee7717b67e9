//! The desk itself: takes inputs, keeps deadlines, gives out what is to be done. What is done for each input is in the
//! files below; here is what holds for all of them.

mod beside;
mod calls;
mod commands;
mod offers;
mod restored;
mod updates;
mod wrap_up;

use crate::alerts::Alerts;
use crate::availability::{Activity, Agent};
use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::contact::{Contact, Phase, Role};
use crate::contacts::Contacts;
use crate::error::Error;
use crate::history::{Outcome, WrapUpState};
use crate::input::{Input, LegId};
use crate::output::{Output, Ring, Timer};
use crate::pii::Pii;
use crate::session::Session;
use crate::show;
use crate::trouble::Tracker;
use crate::view::{ContactId, DeskView, TroubleKind, TroubleView, UnixMillis};
use std::collections::VecDeque;
use std::time::Instant;

/// The agent desk.
///
/// Drain [`poll_output`](Self::poll_output) and ask [`poll_timeout`](Self::poll_timeout) anew after every `handle_*`.
#[derive(Debug)]
pub struct Desk {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) session: Session,
    pub(crate) agent: Agent,
    pub(crate) contacts: Contacts,
    pub(crate) selected: Option<ContactId>,
    pub(crate) alerts: Alerts,
    /// Whether the agent speaks just now, as the microphone has it.
    pub(crate) speaking: bool,
    /// What callers hear when they are answered.
    greeting: Option<Pii<String>>,
    tracker: Tracker,
    outputs: VecDeque<Output>,
    ringing: Option<Ring>,
    /// What was last said to have changed; `None` before the first word.
    shown: Option<Box<DeskView>>,
}

impl Desk {
    /// A desk where nobody is signed in. `anchor` is one point in time in both clocks; the same `seed` gives the same
    /// tracking and row ids.
    pub fn new(config: Config, anchor: (Instant, UnixMillis), seed: [u8; 32]) -> Self {
        let clock = Clock::new(anchor);
        let agent = Agent::new(clock.moment(anchor.0));
        Self {
            config,
            clock,
            session: Session::Out { trouble: None },
            agent,
            contacts: Contacts::default(),
            selected: None,
            alerts: Alerts::default(),
            speaking: false,
            greeting: None,
            tracker: Tracker::new(seed),
            outputs: VecDeque::new(),
            ringing: None,
            shown: None,
        }
    }

    /// Takes one input in, after what was due before it.
    ///
    /// # Errors
    /// An update is never refused. A command that cannot be done now changes nothing and says why.
    pub fn handle_input(&mut self, now: Instant, input: Input) -> Result<(), Error> {
        let now = self.clock.moment(now);
        self.do_what_is_due(now);
        let result = match input {
            Input::Command(command) => self.obey(now, command),
            Input::Update(update) => {
                self.believe(now, update);
                Ok(())
            }
        };
        self.settle(now);
        self.present();
        result
    }

    /// Does what is due at `now`. Too early, it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock.moment(now);
        self.do_what_is_due(now);
        self.present();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next, and what for.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let (deadline, timer) = self.next_timer()?;
        Some((self.clock.instant(deadline)?, timer))
    }

    /// The next thing to be done; drain it to `None` after every `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What the screen shows.
    pub fn view(&self) -> DeskView {
        show::desk(self)
    }

    /// The contact that a leg belongs to.
    pub fn contact_of(&self, leg: LegId) -> Option<ContactId> {
        self.contacts.iter().find(|contact| contact.leg == Some(leg)).map(|contact| contact.id)
    }

    fn next_timer(&self) -> Option<(Moment, Timer)> {
        let timer = |id, phase: &Phase| match phase {
            Phase::Ringing { deadline, take_at: Some(at) } if at < deadline => Some(Timer::AutoAnswer(id)),
            Phase::Ringing { .. } => Some(Timer::Accept(id)),
            Phase::WrapUp { .. } => Some(Timer::WrapUp(id)),
            Phase::Assigning
            | Phase::Answering
            | Phase::Dialing
            | Phase::RingingThere
            | Phase::Talking { .. } => None,
        };
        let due = self.contacts.iter().filter_map(|c| Some((c.deadline()?, timer(c.id, &c.phase)?)));
        let recording = |c: &Contact| Some((c.beside.recording.deadline()?, Timer::ResumeRecording(c.id)));
        let due = due.chain(self.contacts.iter().filter_map(recording));
        due.min_by_key(|(deadline, _)| *deadline)
    }

    /// One at a time: what the first brings about may undo the next.
    fn do_what_is_due(&mut self, now: Moment) {
        while let Some((deadline, timer)) = self.next_timer() {
            if deadline > now {
                break;
            }
            match timer {
                Timer::Accept(id) => self.miss(now, id),
                Timer::AutoAnswer(id) => self.take_by_itself(now, id),
                Timer::WrapUp(id) => self.expire_wrap_up(now, id),
                Timer::ResumeRecording(id) => self.pause_recording(id, false),
            }
            self.settle(now);
        }
    }

    /// Brings everything in line that follows from what is so now.
    fn settle(&mut self, now: Moment) {
        self.apply_next_state();
        self.give_back_offers(now);
        self.agent.settle(now, self.contacts.activity());
        if let Some(choice) = self.agent.unsaved() {
            self.outputs.push_back(Output::SaveState(choice));
        }
        self.settle_selection();
    }

    /// The state that was picked holds from the end of contact and wrap-up on (STATE-3).
    fn apply_next_state(&mut self) {
        match self.contacts.activity() {
            Activity::Engaged | Activity::WrapUp => return,
            // A direct offer may ring on while a wrap-up waits.
            Activity::Reserved if self.contacts.any(Role::Wrapping) => return,
            Activity::Reserved | Activity::Waiting => {}
        }
        if let Some((choice, cause)) = self.agent.next.take() {
            self.agent.become_chosen(&choice);
            self.agent.because(cause);
        }
    }

    /// A panel whose contact is gone gives way: to the call the agent talks in, else one on hold, else a wrap-up.
    fn settle_selection(&mut self) {
        if self.selected.is_some_and(|id| self.contacts.get(id).is_some()) {
            return;
        }
        let order = [Role::Active, Role::InTransit, Role::Parked, Role::Wrapping];
        self.selected = order.into_iter().find_map(|role| self.contacts.with_role(role).first().copied());
    }

    /// Rings or not, and says so if the view is another one.
    fn present(&mut self) {
        let rings = self.contacts.iter().any(|contact| matches!(contact.phase, Phase::Ringing { .. }));
        let ring = if self.contacts.any_live() { Ring::CallWaiting } else { Ring::Full };
        let ringing = rings.then_some(ring);
        if ringing != self.ringing {
            let stop = self.ringing.map(|_| Output::StopRinging);
            self.outputs.extend(stop.into_iter().chain(ringing.map(Output::StartRinging)));
            self.ringing = ringing;
        }
        let view = self.view();
        if self.shown.as_deref() != Some(&view) {
            self.shown = Some(Box::new(view));
            self.outputs.push_back(Output::ViewChanged);
        }
    }

    /// A trouble as the agent reads it; it goes into the log too.
    fn trouble(&mut self, what: TroubleKind) -> TroubleView {
        self.tracker.trouble(what, &mut self.outputs)
    }

    /// Gives the contact's row to the history.
    fn record(&mut self, id: ContactId, outcome: Outcome, state: WrapUpState) {
        if let Some(contact) = self.contacts.get(id) {
            let row = contact.record(&self.clock, outcome, state);
            self.outputs.push_back(Output::RecordHistory(Box::new(row)));
        }
    }

    /// Ends a contact that was never connected: its row, and nothing else, remains.
    fn close(&mut self, now: Moment, id: ContactId, outcome: Outcome) {
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.stamps.ended = Some(now);
        }
        self.record(id, outcome, WrapUpState::NotDue);
        self.contacts.remove(id);
    }
}
