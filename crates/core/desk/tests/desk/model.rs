//! The desk against a small model of it: whatever agent, callers and platform do in whatever order, both say the same.

mod reference;
mod steps;

use crate::rig::{Rig, code, direct, offer};
use proptest::prelude::*;
use reference::{Call, Model, Phase, Session, Want};
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ActionView, ActionsView, ChoiceView, ContactId, PhaseView, SessionView, StateLabel, TroubleKind,
};
use sidetone_desk::{
    Config, DirectCalls, EndCause, Input, LegId, Outcome, Output, RowId, Update, WrapUpRules, WrapUpState,
};
use std::collections::BTreeMap;
use std::time::Duration;
use steps::{Step, step};

const ACCEPT: u64 = 5;
const WRAP_UP: u64 = 10;
const LONGEST: u64 = 25;

/// The desk and its model side by side.
struct Pair {
    rig: Rig,
    model: Model,
    incoming: u32,
    ringing: bool,
    rows: BTreeMap<u32, (RowId, Outcome)>,
    wrapped: BTreeMap<u32, WrapUpState>,
}

impl Pair {
    fn new(direct_while_idle: bool, rona_on_decline: bool) -> Self {
        let config = Config {
            accept_timeout: Duration::from_secs(ACCEPT),
            rona_on_decline,
            direct: DirectCalls { while_engaged: true, while_idle: direct_while_idle },
            wrap_up: WrapUpRules {
                reasons: vec![code("done")],
                mandatory: true,
                timeout: Some(Duration::from_secs(WRAP_UP)),
                extend_by: Some(Duration::from_secs(WRAP_UP)),
                longest: Duration::from_secs(LONGEST),
                after_unanswered: false,
            },
            after_sign_in: ChoiceView::Available,
            ..Config::default()
        };
        let model = Model::new(direct_while_idle, rona_on_decline);
        let (rows, wrapped) = (BTreeMap::new(), BTreeMap::new());
        Self { rig: Rig::signed_out(config), model, incoming: 0, ringing: false, rows, wrapped }
    }

    fn say(&mut self, update: Update) {
        let outputs = self.rig.say(update.clone());
        self.note(outputs);
        let before = self.rig.view();
        let again = self.rig.say(update);
        assert_eq!((self.rig.view(), again), (before, vec![]), "said twice is said once");
    }

    /// Wants something of the desk, and says whether it was done.
    fn want(&mut self, command: Command) -> bool {
        let before = self.rig.view();
        let done = self.rig.desk.handle_input(self.rig.now, Input::Command(command)).is_ok();
        assert!(done || self.rig.view() == before, "a refused command changes nothing");
        let outputs = self.rig.drain();
        self.note(outputs);
        done
    }

    fn note(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::StartRinging(_) => assert!(!std::mem::replace(&mut self.ringing, true)),
                Output::StopRinging => assert!(std::mem::replace(&mut self.ringing, false)),
                Output::RecordHistory(row) => {
                    let kept = self.rows.entry(row.contact.0).or_insert((row.id.clone(), row.outcome));
                    assert_eq!(kept, &(row.id, row.outcome), "one contact, one row, one outcome");
                    if matches!(row.wrap_up.state, WrapUpState::Submitted | WrapUpState::Expired) {
                        let before = self.wrapped.insert(row.contact.0, row.wrap_up.state);
                        assert_eq!(before, None, "one contact, one wrap-up");
                    }
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Offer { direct: to_agent } => {
                self.incoming += 1;
                let leg = self.incoming;
                self.say(Update::Offer(if to_agent { direct(leg) } else { offer(leg) }));
                self.model.offer(LegId::Incoming(leg), to_agent);
            }
            Step::Dial => {
                let allowed = self.model.can_dial();
                assert_eq!(self.want(Command::Dial { target: "100".into() }), allowed);
                if allowed {
                    self.model.park();
                    self.model.last_outgoing += 1;
                    let leg = LegId::Outgoing(self.model.last_outgoing);
                    self.model.begin(leg, true, Phase::Dialing);
                }
            }
            Step::Pass(seconds) => {
                let outputs = self.rig.seconds(seconds);
                self.note(outputs);
                self.model.pass(seconds);
            }
            Step::SetState(_) | Step::AnswerRona(_) => self.take_state(&step),
            Step::SignIn | Step::SignOut | Step::SignedOut | Step::Server(_) => self.take_session(&step),
            Step::Accept(pick)
            | Step::Decline(pick)
            | Step::RingsThere(pick)
            | Step::Connected(pick)
            | Step::Hold(pick)
            | Step::Resume(pick)
            | Step::HoldAnswered { pick, .. }
            | Step::End(pick)
            | Step::Ended(pick, _)
            | Step::Reason(pick)
            | Step::Submit(pick)
            | Step::Extend(pick) => {
                if let Some(at) = pick.checked_rem(self.model.calls.len()) {
                    let call = self.model.calls[at].clone();
                    if matches!(
                        step,
                        Step::RingsThere(_)
                            | Step::Connected(_)
                            | Step::HoldAnswered { .. }
                            | Step::Ended(..)
                    ) {
                        self.leg_says(&call, &step);
                    } else {
                        self.press(&call, &step);
                    }
                }
            }
        }
        self.model.settle();
        self.compare();
    }

    fn take_state(&mut self, step: &Step) {
        match *step {
            Step::SetState(available) => {
                let to = if available { ChoiceView::Available } else { ChoiceView::Idle { code: None } };
                let allowed = self.model.can_change();
                assert_eq!(self.want(Command::SetState { to }), allowed);
                if allowed {
                    self.model.choose(available);
                }
            }
            Step::AnswerRona(go_available) => {
                let allowed = self.model.want == Want::Rona { asked: true };
                assert_eq!(self.want(Command::AnswerRona { go_available }), allowed);
                if allowed {
                    self.model.want = Want::Rona { asked: false };
                    if go_available {
                        self.model.choose(true);
                    }
                }
            }
            _ => unreachable!("{step:?}"),
        }
    }

    fn take_session(&mut self, step: &Step) {
        match *step {
            Step::SignIn => {
                self.say(Update::SignedIn { account: "agent".into(), practice: true });
                if self.model.session != Session::Leaving {
                    self.model.session = Session::In;
                    self.model.server_lost = false;
                    if self.model.want == Want::Nobody {
                        self.model.want = Want::Available;
                    }
                }
            }
            Step::SignOut => {
                let allowed = self.model.can_leave();
                assert_eq!(self.want(Command::SignOut), allowed);
                if allowed {
                    self.model.session = Session::Leaving;
                }
            }
            Step::SignedOut => {
                self.say(Update::SignedOut);
                self.model.session = Session::Out;
                self.model.server_lost = false;
                self.model.want = Want::Nobody;
                self.model.next = None;
            }
            Step::Server(true) => {
                self.say(Update::RegistrationBack);
                self.model.server_lost = false;
            }
            Step::Server(false) => {
                self.say(Update::RegistrationLost(TroubleKind::Unreachable { server: "pbx".into() }));
                self.model.server_lost |= self.model.session == Session::In;
            }
            _ => unreachable!("{step:?}"),
        }
    }

    fn leg_says(&mut self, call: &Call, step: &Step) {
        let (id, leg, phase) = (call.id, call.leg, call.phase);
        match step {
            Step::RingsThere(_) => {
                self.say(Update::Ringing { leg });
                if phase == Phase::Dialing {
                    self.model.call(id).phase = Phase::RingingThere;
                }
            }
            Step::Connected(_) => {
                self.say(Update::Connected { leg });
                if phase.rings() || phase.transit() {
                    self.model.park();
                    self.model.call(id).phase = Phase::Talking;
                    self.model.outcome(id, Outcome::Connected);
                }
            }
            Step::HoldAnswered { on, done: true, .. } => {
                self.say(Update::HoldDone { leg, on: *on });
                match (phase, on) {
                    (Phase::Pausing, true) => self.model.call(id).phase = Phase::Held,
                    (Phase::Resuming, false) => self.model.call(id).phase = Phase::Talking,
                    _ => {}
                }
            }
            Step::HoldAnswered { on, done: false, .. } => {
                let trouble = TroubleKind::Refused { code: 488 };
                self.say(Update::HoldFailed { leg, on: *on, trouble });
                let other =
                    |phase: Phase| phase.transit() || matches!(phase, Phase::Talking | Phase::Resuming);
                let engaged = self.model.any(other);
                match (phase, on) {
                    (Phase::Pausing, true) if !engaged => self.model.call(id).phase = Phase::Resuming,
                    (Phase::Pausing, true) | (Phase::Resuming, false) => {
                        self.model.call(id).phase = Phase::Held;
                    }
                    _ => {}
                }
            }
            Step::Ended(_, cause) => {
                self.say(Update::Ended { leg, cause: cause.clone() });
                self.model.over(id, cause);
            }
            _ => unreachable!("{step:?}"),
        }
    }

    /// The agent presses a button; it works just when the model says so, and when it looked ready.
    fn press(&mut self, call: &Call, step: &Step) {
        let (id, contact) = (call.id, ContactId(call.id));
        let (command, button) = match step {
            Step::Accept(_) => (Command::Accept { contact }, 0),
            Step::Decline(_) => (Command::Decline { contact }, 1),
            Step::Hold(_) => (Command::Hold { contact }, 2),
            Step::Resume(_) => (Command::Resume { contact }, 3),
            Step::End(_) => (Command::End { contact }, 4),
            Step::Submit(_) => (Command::SubmitWrapUp { contact }, 5),
            Step::Extend(_) => (Command::ExtendWrapUp { contact }, 6),
            Step::Reason(_) => {
                let reason = Some(code("done").id);
                let allowed = call.phase.talks() || call.phase.wraps();
                assert_eq!(self.want(Command::ChooseReason { contact, reason }), allowed);
                self.model.call(id).reason |= allowed;
                return;
            }
            _ => unreachable!("{step:?}"),
        };
        let allowed = self.model.buttons(call)[button];
        assert_eq!(self.want(command), allowed, "{call:?}");
        if !allowed {
            return;
        }
        match step {
            Step::Accept(_) => {
                self.model.park();
                self.model.call(id).phase = Phase::Answering;
            }
            Step::Decline(_) => self.model.not_taken(id, Outcome::Declined),
            Step::Hold(_) => self.model.call(id).phase = Phase::Pausing,
            Step::Resume(_) => {
                self.model.park();
                self.model.call(id).phase = Phase::Resuming;
            }
            Step::End(_) => self.model.over(id, &EndCause::Local),
            Step::Submit(_) => self.model.done(id, WrapUpState::Submitted),
            _ => {
                let call = self.model.call(id);
                if let Phase::WrapUp { began, till } = &mut call.phase {
                    *till = (*till + WRAP_UP).min(*began + LONGEST);
                }
            }
        }
    }

    fn compare(&self) {
        let (view, model) = (self.rig.view(), &self.model);
        let shown: Vec<(u32, &str)> = view.contacts.iter().map(|c| (c.id.0, shown_as(&c.phase))).collect();
        let expected: Vec<(u32, &str)> = model.calls.iter().map(|c| (c.id, expected_as(c.phase))).collect();
        assert_eq!(shown, expected);
        for (contact, call) in view.contacts.iter().zip(&model.calls) {
            assert_eq!(ready(&contact.actions), model.buttons(call), "{call:?}");
            assert_eq!(contact.wrap_up.is_some(), call.phase.talks() || call.phase.wraps());
        }
        assert_eq!(view.state.label, model.label());
        assert_eq!(view.state.next.is_some(), model.next.is_some());
        assert_eq!(view.dial == ActionView::Ready, model.can_dial());
        assert_eq!(view.state.change == ActionView::Ready, model.can_change());
        let can_leave = matches!(view.session, SessionView::SignedIn { sign_out: ActionView::Ready, .. });
        assert_eq!(can_leave, model.can_leave());
        assert_eq!(view.dialog.is_some(), model.want == Want::Rona { asked: true });
        let popovers: Vec<u32> = model.calls.iter().filter(|c| c.phase.rings()).map(|c| c.id).collect();
        assert_eq!(view.popovers.iter().map(|id| id.0).collect::<Vec<_>>(), popovers);
        assert_eq!(self.ringing, !popovers.is_empty());
        let outcomes: BTreeMap<u32, Outcome> = self.rows.iter().map(|(id, row)| (*id, row.1)).collect();
        assert_eq!((&outcomes, &self.wrapped), (&model.outcomes, &model.wrapped));
        self.hold_true();
    }

    /// What must be so whatever the model says.
    fn hold_true(&self) {
        let view = self.rig.view();
        let count = |phase: &str| view.contacts.iter().filter(|c| shown_as(&c.phase) == phase).count();
        assert!(count("talking") <= 1, "one call at most has the agent");
        let setting_up = count("answering") + count("dialing") + count("ringing there");
        assert!(setting_up <= 1, "one call at most is being set up");
        let live = count("talking") + count("held") + setting_up;
        assert_eq!(view.state.label == StateLabel::Engaged, live > 0);
        let queue_rings = self.model.calls.iter().any(|call| call.phase.rings() && !call.direct);
        let free = live == 0 && count("wrap-up") == 0;
        assert!(
            !queue_rings || (free && self.model.want == Want::Available),
            "no queue offer while not free"
        );
        assert!(view.selected.is_none_or(|id| view.contacts.iter().any(|contact| contact.id == id)));
        let timed = count("ringing") + count("wrap-up") > 0;
        assert_eq!(self.rig.desk.poll_timeout().is_some(), timed);
        assert!(self.rig.desk.poll_timeout().is_none_or(|(due, _)| due > self.rig.now), "nothing is overdue");
        let mut lines: Vec<u8> = view.contacts.iter().map(|contact| contact.line).collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), view.contacts.len(), "no two on one line");
    }

    /// At the end of the day everything ends: every contact has one outcome, every connected one one wrap-up.
    fn finish(&mut self) {
        for call in self.model.calls.clone() {
            if call.phase.live() {
                self.take(Step::Pass(1));
                let at = self.model.calls.iter().position(|c| c.id == call.id).expect("a live call stays");
                self.take(Step::Ended(at, EndCause::Party));
            }
        }
        self.take(Step::Pass(LONGEST + ACCEPT));
        assert_eq!(self.rig.view().contacts, vec![]);
        assert!(
            (1..=self.model.last_id).all(|id| self.rows.contains_key(&id)),
            "every contact has an outcome"
        );
        let connected = self.rows.iter().filter(|(_, row)| row.1 == Outcome::Connected).map(|(id, _)| *id);
        assert!(connected.eq(self.wrapped.keys().copied()), "one wrap-up a connected contact, and no other");
    }
}

fn ready(actions: &ActionsView) -> [bool; 7] {
    let ActionsView { accept, decline, hold, resume, end, submit_wrap_up, extend_wrap_up, .. } = actions;
    [accept, decline, hold, resume, end, submit_wrap_up, extend_wrap_up].map(|a| *a == ActionView::Ready)
}

fn shown_as(phase: &PhaseView) -> &'static str {
    match phase {
        PhaseView::Connecting => "connecting",
        PhaseView::Ringing { .. } => "ringing",
        PhaseView::Answering => "answering",
        PhaseView::Dialing => "dialing",
        PhaseView::RingingThere => "ringing there",
        PhaseView::Connected => "talking",
        PhaseView::OnHold { .. } => "held",
        PhaseView::WrapUp { .. } => "wrap-up",
    }
}

fn expected_as(phase: Phase) -> &'static str {
    match phase {
        Phase::Ringing { .. } => "ringing",
        Phase::Answering => "answering",
        Phase::Dialing => "dialing",
        Phase::RingingThere => "ringing there",
        Phase::Talking => "talking",
        Phase::Pausing | Phase::Held | Phase::Resuming => "held",
        Phase::WrapUp { .. } => "wrap-up",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn state_3_desk_and_model_agree_whatever_happens(
        direct_while_idle in any::<bool>(),
        rona_on_decline in any::<bool>(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut pair = Pair::new(direct_while_idle, rona_on_decline);
        pair.take(Step::SignIn);
        steps.into_iter().for_each(|step| pair.take(step));
        pair.finish();
    }
}
