//! The two layers of the agent's state. **Availability** is what the agent wants, **activity** is what is so; the word
//! on the screen is made of both, and every change of it has a cause.
//!
//! Losing the server or a sound device changes no availability: a banner says what is wrong, and running and new calls
//! still connect. Only the agent, a supervisor, signing in or out, and a missed offer do.

use crate::clock::Moment;
use crate::input::Party;
use crate::pii::Pii;
use crate::view::{CauseView, ChoiceView, CodeId, StateLabel};

/// What the agent wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Availability {
    /// Nobody is there.
    SignedOut,
    /// No queue offers, by choice.
    Idle(Option<CodeId>),
    /// No queue offers, since one was missed; the dialog about it, until it is answered (OFFER-3).
    Rona(Option<MissedOffer>),
    /// Ready for offers.
    Available,
}

/// The offer that the RONA dialog is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MissedOffer {
    pub(crate) party: Pii<Party>,
    pub(crate) queue: Option<String>,
}

/// What is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Nothing goes on.
    Waiting,
    /// An offer is on screen.
    Reserved,
    /// A contact is live.
    Engaged,
    /// A contact waits to be wrapped up.
    WrapUp,
}

/// The agent's state.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) availability: Availability,
    /// What the agent chose to be after what goes on now (STATE-3).
    pub(crate) next: Option<(ChoiceView, CauseView)>,
    /// A state from before the desk stopped, for the next sign-in.
    pub(crate) restored: Option<ChoiceView>,
    label: StateLabel,
    since: Moment,
    cause: CauseView,
    /// What makes the next change of the word so.
    pending_cause: CauseView,
    saved: Option<ChoiceView>,
}

impl Agent {
    /// Nobody, since `now`.
    pub(crate) fn new(now: Moment) -> Self {
        let (availability, label) = (Availability::SignedOut, StateLabel::SignedOut);
        let (cause, pending_cause) = (CauseView::Agent, CauseView::Contact);
        Self {
            availability,
            next: None,
            restored: None,
            label,
            since: now,
            cause,
            pending_cause,
            saved: None,
        }
    }

    /// Becomes what was chosen. The dialog about a missed offer, if any, is answered by that.
    pub(crate) fn become_chosen(&mut self, choice: &ChoiceView) {
        self.availability = match choice {
            ChoiceView::Available => Availability::Available,
            ChoiceView::Idle { code } => Availability::Idle(code.clone()),
        };
    }

    /// What would be chosen to stay as it is; for the next start. `None` while nobody is signed in.
    pub(crate) fn choice(&self) -> Option<ChoiceView> {
        match &self.availability {
            Availability::SignedOut => None,
            Availability::Idle(code) => Some(ChoiceView::Idle { code: code.clone() }),
            Availability::Rona(_) => Some(ChoiceView::Idle { code: None }),
            Availability::Available => Some(ChoiceView::Available),
        }
    }

    /// Whether an availability was chosen at all.
    pub(crate) fn is_present(&self) -> bool {
        self.availability != Availability::SignedOut
    }

    /// Whether the agent is ready for queue offers.
    pub(crate) fn is_available(&self) -> bool {
        self.availability == Availability::Available
    }

    /// Says who or what makes the state so, in case its word changes by what is being done now.
    pub(crate) fn because(&mut self, cause: CauseView) {
        self.pending_cause = cause;
    }

    /// Words the state anew, and forgets the cause.
    pub(crate) fn settle(&mut self, now: Moment, activity: Activity) {
        let cause = std::mem::replace(&mut self.pending_cause, CauseView::Contact);
        let label = self.word(activity);
        if label != self.label {
            (self.label, self.since, self.cause) = (label, now, cause);
        }
    }

    /// What is to be kept for the next start, where that changed since the last time.
    pub(crate) fn unsaved(&mut self) -> Option<Option<ChoiceView>> {
        let choice = self.choice();
        (choice != self.saved).then(|| {
            self.saved = choice.clone();
            choice
        })
    }

    /// The word, since when, and who made it so.
    pub(crate) fn shown(&self) -> (&StateLabel, Moment, &CauseView) {
        (&self.label, self.since, &self.cause)
    }

    fn word(&self, activity: Activity) -> StateLabel {
        match (activity, &self.availability) {
            (Activity::Engaged, _) => StateLabel::Engaged,
            (_, Availability::SignedOut) => StateLabel::SignedOut,
            (Activity::Reserved, _) => StateLabel::Offered,
            (Activity::WrapUp, _) => StateLabel::WrapUp,
            (Activity::Waiting, Availability::Idle(code)) => StateLabel::Idle { code: code.clone() },
            (Activity::Waiting, Availability::Rona(_)) => StateLabel::Rona,
            (Activity::Waiting, Availability::Available) => StateLabel::Available,
        }
    }
}
