//! What can happen to a desk, as proptest makes it up.

use proptest::prelude::*;
use sidetone_desk::EndCause;
use sidetone_desk::view::TroubleKind;

/// What happens. A `usize` picks one of the contacts on screen.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Offer { direct: bool },
    Accept(usize),
    Decline(usize),
    Dial,
    RingsThere(usize),
    Connected(usize),
    Hold(usize),
    Resume(usize),
    HoldAnswered { pick: usize, on: bool, done: bool },
    End(usize),
    Ended(usize, EndCause),
    Reason(usize),
    Submit(usize),
    Extend(usize),
    SetState(bool),
    AnswerRona(bool),
    SignIn,
    SignOut,
    SignedOut,
    Server(bool),
    Pass(u64),
}

fn cause() -> impl Strategy<Value = EndCause> {
    prop_oneof![
        Just(EndCause::Local),
        Just(EndCause::Party),
        Just(EndCause::Abandoned),
        Just(EndCause::AnsweredElsewhere),
        Just(EndCause::Rescinded),
        Just(EndCause::Failed(TroubleKind::Busy)),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let pick = 0..6_usize;
    prop_oneof![
        8 => any::<bool>().prop_map(|direct| Step::Offer { direct }),
        8 => pick.clone().prop_map(Step::Accept),
        1 => pick.clone().prop_map(Step::Decline),
        2 => Just(Step::Dial),
        2 => pick.clone().prop_map(Step::RingsThere),
        8 => pick.clone().prop_map(Step::Connected),
        3 => pick.clone().prop_map(Step::Hold),
        3 => pick.clone().prop_map(Step::Resume),
        6 => (pick.clone(), any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(pick, on, done)| Step::HoldAnswered { pick, on, done }),
        3 => pick.clone().prop_map(Step::End),
        3 => (pick.clone(), cause()).prop_map(|(pick, cause)| Step::Ended(pick, cause)),
        2 => pick.clone().prop_map(Step::Reason),
        4 => pick.clone().prop_map(Step::Submit),
        1 => pick.prop_map(Step::Extend),
        4 => prop::bool::weighted(0.7).prop_map(Step::SetState),
        2 => prop::bool::weighted(0.7).prop_map(Step::AnswerRona),
        2 => Just(Step::SignIn),
        1 => Just(Step::SignOut),
        1 => Just(Step::SignedOut),
        1 => any::<bool>().prop_map(Step::Server),
        4 => (1..12_u64).prop_map(Step::Pass),
    ]
}
