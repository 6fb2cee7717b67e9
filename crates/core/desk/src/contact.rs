//! One contact's life: offered or dialled, connected, wrapped up, gone.
//!
//! ```text
//! Assigning -> Ringing -> Answering -+-> Talking <-> (held) -> WrapUp -> gone
//!              Dialing -> RingingThere -+
//! ```
//! A contact that never was connected has no wrap-up, but where the admin wants one after unanswered calls of ours.

use crate::beside::Beside;
use crate::clock::{Clock, Moment};
use crate::history::{EndedBy, HistoryRow, Outcome, RowId, Times, WrapUpRecord, WrapUpState};
use crate::input::{LegId, Party, Variable};
use crate::pii::Pii;
use crate::view::{CodeId, ContactId, Direction, Privacy, QualityView, SoundSummary, TroubleView};

/// One contact.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    pub(crate) row: RowId,
    /// The call, while there is one.
    pub(crate) leg: Option<LegId>,
    pub(crate) line: u8,
    pub(crate) about: About,
    pub(crate) phase: Phase,
    /// When the phase began.
    pub(crate) since: Moment,
    pub(crate) stamps: Stamps,
    pub(crate) muted: bool,
    pub(crate) quality: Option<QualityView>,
    pub(crate) privacy: Privacy,
    /// How it has sounded from its beginning.
    pub(crate) sounded: Option<SoundSummary>,
    pub(crate) beside: Beside,
    pub(crate) form: Form,
}

/// Who it is, and how they came here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    pub(crate) direction: Direction,
    pub(crate) direct: bool,
    pub(crate) party: Pii<Party>,
    pub(crate) queue: Option<String>,
    pub(crate) dnis: Option<String>,
    pub(crate) variables: Vec<Variable>,
}

/// When things happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamps {
    pub(crate) started: Moment,
    pub(crate) connected: Option<Moment>,
    pub(crate) ended: Option<Moment>,
}

/// What goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase {
    /// Being assigned to this agent.
    Assigning,
    /// Rings here until the deadline. Where it asks for it, it is taken by itself before.
    Ringing { deadline: Moment, take_at: Option<Moment> },
    /// Accepted, not through yet.
    Answering,
    /// We call.
    Dialing,
    /// We call, and it rings there.
    RingingThere,
    /// Connected.
    Talking { ours: Hold, held_by_them: bool },
    /// Over, not wrapped up yet. It began at `began`, extensions don't move that.
    WrapUp { began: Moment, deadline: Option<Moment>, ended: Ended },
}

/// Our side of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The parties hear each other.
    Off,
    /// Silent here already; the other side is being told.
    Pausing,
    /// On hold.
    On,
    /// The other side is being asked to go on.
    Resuming,
}

/// How a contact ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    /// The agent ended it.
    ByAgent,
    /// The other side ended it.
    ByParty,
    /// It broke, or never came about.
    Failed(TroubleView),
}

/// What the agent fills in. Every change counts the version up; `saved` is the last version known to be on disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) reason: Option<CodeId>,
    pub(crate) notes: Pii<String>,
    pub(crate) version: u32,
    pub(crate) saved: u32,
}

/// What a contact's phase means for the agent's activity and for other contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// On offer.
    Offered,
    /// A call being set up, ours or an accepted one. Only one at a time.
    InTransit,
    /// The agent talks in it, or is about to again. Only one at a time.
    Active,
    /// On hold.
    Parked,
    /// Waits to be wrapped up.
    Wrapping,
}

impl Contact {
    /// What it means for the rest of the desk.
    pub(crate) fn role(&self) -> Role {
        match self.phase {
            Phase::Assigning | Phase::Ringing { .. } => Role::Offered,
            Phase::Answering | Phase::Dialing | Phase::RingingThere => Role::InTransit,
            Phase::Talking { ours: Hold::Off | Hold::Resuming, .. } => Role::Active,
            Phase::Talking { ours: Hold::Pausing | Hold::On, .. } => Role::Parked,
            Phase::WrapUp { .. } => Role::Wrapping,
        }
    }

    /// Goes into another phase.
    pub(crate) fn enter(&mut self, now: Moment, phase: Phase) {
        (self.phase, self.since) = (phase, now);
    }

    /// Changes the two sides of a hold; nothing where the parties are not connected. The phase's timer starts anew
    /// when it becomes a hold, or is none any more.
    pub(crate) fn set_hold(&mut self, now: Moment, to: Hold, by_them: Option<bool>) {
        if let Phase::Talking { ours, held_by_them } = &mut self.phase {
            let before = *ours != Hold::Off || *held_by_them;
            *ours = to;
            *held_by_them = by_them.unwrap_or(*held_by_them);
            if before != (*ours != Hold::Off || *held_by_them) {
                self.since = now;
            }
        }
    }

    /// Our side of the hold, where the parties are connected.
    pub(crate) fn our_hold(&self) -> Option<Hold> {
        match self.phase {
            Phase::Talking { ours, .. } => Some(ours),
            Phase::Assigning
            | Phase::Ringing { .. }
            | Phase::Answering
            | Phase::Dialing
            | Phase::RingingThere
            | Phase::WrapUp { .. } => None,
        }
    }

    /// When something happens to it by itself.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        match self.phase {
            Phase::Ringing { deadline, take_at } => Some(take_at.map_or(deadline, |at| at.min(deadline))),
            Phase::WrapUp { deadline, .. } => deadline,
            Phase::Assigning
            | Phase::Answering
            | Phase::Dialing
            | Phase::RingingThere
            | Phase::Talking { .. } => None,
        }
    }

    /// Whether reason and notes can be filled in.
    pub(crate) fn has_form(&self) -> bool {
        match self.role() {
            Role::Active | Role::Parked | Role::Wrapping => true,
            Role::Offered | Role::InTransit => false,
        }
    }

    /// The history's row about it.
    pub(crate) fn record(&self, clock: &Clock, outcome: Outcome, state: WrapUpState) -> HistoryRow {
        let wall = |moment: Moment| clock.wall(moment);
        HistoryRow {
            id: self.row.clone(),
            contact: self.id,
            direction: self.about.direction.clone(),
            party: self.about.party.clone(),
            queue: self.about.queue.clone(),
            dnis: self.about.dnis.clone(),
            times: Times {
                started: wall(self.stamps.started),
                connected: self.stamps.connected.map(wall),
                ended: self.stamps.ended.map(wall),
            },
            outcome,
            ended_by: self.ended_by(),
            sounded: self.sounded.clone(),
            wrap_up: WrapUpRecord { state, reason: self.form.reason.clone(), notes: self.form.notes.clone() },
        }
    }

    fn ended_by(&self) -> Option<EndedBy> {
        self.stamps.connected?;
        match &self.phase {
            Phase::WrapUp { ended: Ended::ByAgent, .. } => Some(EndedBy::Agent),
            Phase::WrapUp { ended: Ended::ByParty, .. } => Some(EndedBy::Party),
            Phase::WrapUp { ended: Ended::Failed(_), .. } => Some(EndedBy::Failure),
            Phase::Assigning
            | Phase::Ringing { .. }
            | Phase::Answering
            | Phase::Dialing
            | Phase::RingingThere
            | Phase::Talking { .. } => None,
        }
    }
}
