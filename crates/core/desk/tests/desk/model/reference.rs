//! The model: calls as a list, seconds as numbers. It shares no code with the desk.

use super::{ACCEPT, LONGEST, WRAP_UP};
use sidetone_desk::view::StateLabel;
use sidetone_desk::{EndCause, LegId, Outcome, WrapUpState};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Phase {
    Ringing { till: u64 },
    Answering,
    Dialing,
    RingingThere,
    Talking,
    Pausing,
    Held,
    Resuming,
    WrapUp { began: u64, till: u64 },
}

impl Phase {
    pub(super) fn transit(self) -> bool {
        matches!(self, Self::Answering | Self::Dialing | Self::RingingThere)
    }
    pub(super) fn talks(self) -> bool {
        matches!(self, Self::Talking | Self::Pausing | Self::Held | Self::Resuming)
    }
    pub(super) fn live(self) -> bool {
        self.transit() || self.talks()
    }
    pub(super) fn rings(self) -> bool {
        matches!(self, Self::Ringing { .. })
    }
    pub(super) fn wraps(self) -> bool {
        matches!(self, Self::WrapUp { .. })
    }
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: u32,
    pub(super) leg: LegId,
    pub(super) direct: bool,
    pub(super) phase: Phase,
    pub(super) reason: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Want {
    Nobody,
    Available,
    Idle,
    Rona { asked: bool },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Session {
    Out,
    In,
    Leaving,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) direct_while_idle: bool,
    pub(super) rona_on_decline: bool,
    pub(super) now: u64,
    pub(super) session: Session,
    pub(super) server_lost: bool,
    pub(super) want: Want,
    pub(super) next: Option<bool>,
    pub(super) calls: Vec<Call>,
    pub(super) last_id: u32,
    pub(super) last_outgoing: u32,
    pub(super) outcomes: BTreeMap<u32, Outcome>,
    pub(super) wrapped: BTreeMap<u32, WrapUpState>,
}

impl Model {
    pub(super) fn new(direct_while_idle: bool, rona_on_decline: bool) -> Self {
        Self {
            direct_while_idle,
            rona_on_decline,
            now: 0,
            session: Session::Out,
            server_lost: false,
            want: Want::Nobody,
            next: None,
            calls: Vec::new(),
            last_id: 0,
            last_outgoing: 0,
            outcomes: BTreeMap::new(),
            wrapped: BTreeMap::new(),
        }
    }

    pub(super) fn any(&self, is: fn(Phase) -> bool) -> bool {
        self.calls.iter().any(|call| is(call.phase))
    }

    pub(super) fn call(&mut self, id: u32) -> &mut Call {
        self.calls.iter_mut().find(|call| call.id == id).expect("a picked call")
    }

    pub(super) fn outcome(&mut self, id: u32, outcome: Outcome) {
        assert_eq!(self.outcomes.insert(id, outcome), None, "exactly one outcome");
    }

    pub(super) fn gone(&mut self, id: u32, outcome: Outcome) {
        self.outcome(id, outcome);
        self.calls.retain(|call| call.id != id);
    }

    pub(super) fn begin(&mut self, leg: LegId, direct: bool, phase: Phase) {
        self.last_id += 1;
        self.calls.push(Call { id: self.last_id, leg, direct, phase, reason: false });
    }

    pub(super) fn park(&mut self) {
        for call in &mut self.calls {
            if matches!(call.phase, Phase::Talking | Phase::Resuming) {
                call.phase = Phase::Pausing;
            }
        }
    }

    pub(super) fn offer(&mut self, leg: LegId, direct: bool) {
        let ready = self.want == Want::Available || (direct && self.direct_while_idle);
        let free = if self.any(Phase::live) {
            direct
        } else {
            !self.any(Phase::wraps) || (direct && self.direct_while_idle)
        };
        if self.session == Session::In && ready && free {
            self.begin(leg, direct, Phase::Ringing { till: self.now + ACCEPT });
        } else if direct {
            self.last_id += 1;
            self.outcome(self.last_id, Outcome::Refused);
        }
    }

    /// A queue offer that was not taken.
    pub(super) fn not_taken(&mut self, id: u32, outcome: Outcome) {
        let rona = !self.call(id).direct && (outcome == Outcome::Missed || self.rona_on_decline);
        self.gone(id, outcome);
        if rona {
            self.want = Want::Rona { asked: true };
        }
    }

    pub(super) fn over(&mut self, id: u32, cause: &EndCause) {
        let phase = self.call(id).phase;
        let failed = matches!(cause, EndCause::Failed(_));
        match phase {
            Phase::Ringing { .. } | Phase::Answering => {
                let outcome = match cause {
                    EndCause::Local => Outcome::Declined,
                    EndCause::Party | EndCause::Abandoned => Outcome::Abandoned,
                    EndCause::AnsweredElsewhere => Outcome::AnsweredElsewhere,
                    EndCause::Rescinded => Outcome::Rescinded,
                    EndCause::Failed(_) => Outcome::Failed,
                };
                self.gone(id, outcome);
            }
            Phase::Dialing | Phase::RingingThere => {
                let ours = matches!(cause, EndCause::Local | EndCause::Rescinded);
                self.gone(id, if ours && !failed { Outcome::Cancelled } else { Outcome::Failed });
            }
            Phase::WrapUp { .. } => {}
            Phase::Talking | Phase::Pausing | Phase::Held | Phase::Resuming => {
                let now = self.now;
                self.call(id).phase = Phase::WrapUp { began: now, till: now + WRAP_UP };
            }
        }
    }

    pub(super) fn done(&mut self, id: u32, state: WrapUpState) {
        assert_eq!(self.wrapped.insert(id, state), None, "exactly one wrap-up");
        self.calls.retain(|call| call.id != id);
    }

    pub(super) fn choose(&mut self, available: bool) {
        if self.any(Phase::live) || self.any(Phase::wraps) {
            let changes = match self.want {
                Want::Available => !available,
                Want::Idle | Want::Rona { .. } => available,
                Want::Nobody => true,
            };
            self.next = changes.then_some(available);
        } else {
            self.want = if available { Want::Available } else { Want::Idle };
        }
    }

    pub(super) fn settle(&mut self) {
        if !self.any(Phase::live)
            && !self.any(Phase::wraps)
            && let Some(available) = self.next.take()
        {
            self.want = if available { Want::Available } else { Want::Idle };
        }
        let busy = self.any(Phase::live) || self.any(Phase::wraps);
        let (signed_in, available) = (self.session == Session::In, self.want == Want::Available);
        let given_back =
            |call: &Call| call.phase.rings() && (!signed_in || (!call.direct && (busy || !available)));
        let ids: Vec<u32> = self.calls.iter().filter(|call| given_back(call)).map(|call| call.id).collect();
        ids.into_iter().for_each(|id| self.gone(id, Outcome::Rescinded));
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += 1;
            let now = self.now;
            let due = |call: &&Call| match call.phase {
                Phase::Ringing { till } | Phase::WrapUp { till, .. } => till <= now,
                _ => false,
            };
            while let Some(Call { id, phase, .. }) = self.calls.iter().find(due).cloned() {
                if phase.rings() {
                    self.not_taken(id, Outcome::Missed);
                } else {
                    self.done(id, WrapUpState::Expired);
                }
                self.settle();
            }
        }
    }

    pub(super) fn label(&self) -> StateLabel {
        if self.any(Phase::live) {
            return StateLabel::Engaged;
        }
        match self.want {
            Want::Nobody => StateLabel::SignedOut,
            _ if self.any(Phase::rings) => StateLabel::Offered,
            _ if self.any(Phase::wraps) => StateLabel::WrapUp,
            Want::Available => StateLabel::Available,
            Want::Idle => StateLabel::Idle { code: None },
            Want::Rona { .. } => StateLabel::Rona,
        }
    }

    pub(super) fn can_dial(&self) -> bool {
        let queue_rings = self.calls.iter().any(|call| call.phase.rings() && !call.direct);
        self.session == Session::In && !self.server_lost && !self.any(Phase::transit) && !queue_rings
    }

    pub(super) fn can_change(&self) -> bool {
        self.session == Session::In && (self.any(Phase::live) || !self.any(Phase::rings))
    }

    pub(super) fn can_leave(&self) -> bool {
        self.session == Session::In && self.calls.is_empty()
    }

    /// Which of accept, decline, hold, resume, end, submit, extend works.
    pub(super) fn buttons(&self, call: &Call) -> [bool; 7] {
        let transit = self.any(Phase::transit);
        let phase = call.phase;
        let extendable = matches!(phase, Phase::WrapUp { began, till } if till < began + LONGEST);
        [
            phase.rings() && !transit,
            phase.rings(),
            phase == Phase::Talking,
            phase == Phase::Held && !transit,
            phase.live() && phase != Phase::Held,
            phase.wraps() && call.reason,
            extendable,
        ]
    }
}
