//! What can be done now, and if not, why not. The buttons and the commands ask the same rules, so that a button that
//! looks ready is.

use crate::beside::{Greeting, Recording};
use crate::config::RecordingStart;
use crate::contact::{Contact, Hold, Phase, Role};
use crate::desk::Desk;
use crate::error::Error;
use crate::session::Session;
use crate::view::{ActionView, ActionsView, Direction, Why};
use std::cmp::Ordering;

const fn blocked(why: Why) -> ActionView {
    ActionView::Blocked { why }
}

/// Lets a command through only where its button is ready.
pub(crate) fn permit(action: ActionView) -> Result<(), Error> {
    match action {
        ActionView::Ready => Ok(()),
        ActionView::Busy => Err(Error::Busy),
        ActionView::Blocked { why } => Err(Error::Blocked { why }),
        ActionView::Absent => Err(Error::Impossible),
    }
}

/// Everything that can be done with a contact.
pub(crate) fn actions(desk: &Desk, contact: &Contact) -> ActionsView {
    ActionsView {
        accept: accept(desk, contact),
        decline: decline(contact),
        hold: hold(contact),
        resume: resume(desk, contact),
        mute: mute(contact),
        keypad: keypad(contact),
        record: recorder(desk, contact),
        pause_recording: pause_recording(desk, contact),
        greet: greeter(contact),
        end: end(contact),
        submit_wrap_up: submit(desk, contact),
        extend_wrap_up: extend(desk, contact),
    }
}

/// Whether an offer can be taken. One call is set up at a time.
pub(crate) fn accept(desk: &Desk, contact: &Contact) -> ActionView {
    match contact.phase {
        Phase::Ringing { .. } if desk.contacts.any(Role::InTransit) => blocked(Why::AnotherInProgress),
        Phase::Ringing { .. } => ActionView::Ready,
        Phase::Assigning | Phase::Answering => ActionView::Busy,
        Phase::Dialing | Phase::RingingThere | Phase::Talking { .. } | Phase::WrapUp { .. } => {
            ActionView::Absent
        }
    }
}

/// Whether an offer can be given back.
pub(crate) fn decline(contact: &Contact) -> ActionView {
    match contact.role() {
        Role::Offered => ActionView::Ready,
        Role::InTransit | Role::Active | Role::Parked | Role::Wrapping => ActionView::Absent,
    }
}

/// Whether it can be held. On hold, *Resume* stands in its place.
pub(crate) fn hold(contact: &Contact) -> ActionView {
    match (contact.role(), contact.our_hold()) {
        (Role::InTransit, _) => blocked(Why::NotConnected),
        (_, Some(Hold::Off)) => ActionView::Ready,
        (_, Some(Hold::Pausing | Hold::On | Hold::Resuming) | None) => ActionView::Absent,
    }
}

/// Whether it can be resumed.
pub(crate) fn resume(desk: &Desk, contact: &Contact) -> ActionView {
    match contact.our_hold() {
        Some(Hold::On) if desk.contacts.any(Role::InTransit) => blocked(Why::AnotherInProgress),
        Some(Hold::On) => ActionView::Ready,
        Some(Hold::Pausing | Hold::Resuming) => ActionView::Busy,
        Some(Hold::Off) | None => ActionView::Absent,
    }
}

/// Whether the agent can be muted in it; on hold too, for what comes after.
pub(crate) fn mute(contact: &Contact) -> ActionView {
    match contact.role() {
        Role::Active | Role::Parked => ActionView::Ready,
        Role::InTransit => blocked(Why::NotConnected),
        Role::Offered | Role::Wrapping => ActionView::Absent,
    }
}

/// Whether keys can be sent.
pub(crate) fn keypad(contact: &Contact) -> ActionView {
    match (contact.role(), contact.our_hold()) {
        (Role::InTransit, _) => blocked(Why::NotConnected),
        (_, Some(Hold::Off)) => ActionView::Ready,
        (_, Some(Hold::Pausing | Hold::On | Hold::Resuming)) => blocked(Why::OnHold),
        (_, None) => ActionView::Absent,
    }
}

/// The button that begins a recording, or ends it.
fn recorder(desk: &Desk, contact: &Contact) -> ActionView {
    match contact.beside.recording {
        Recording::Off => record(desk, contact, true),
        Recording::Starting
        | Recording::Running { .. }
        | Recording::Pausing { .. }
        | Recording::Paused { .. }
        | Recording::Resuming { .. }
        | Recording::Ending => record(desk, contact, false),
    }
}

/// Whether a recording can be begun, or ended: by hand only where the admin lets the agent.
pub(crate) fn record(desk: &Desk, contact: &Contact, on: bool) -> ActionView {
    let by_hand = desk.config.recording.start == RecordingStart::ByHand;
    match (contact.role(), contact.beside.recording) {
        (Role::Offered | Role::InTransit | Role::Wrapping, _) => ActionView::Absent,
        (Role::Active | Role::Parked, _) if !by_hand => ActionView::Absent,
        (_, Recording::Starting | Recording::Ending) => ActionView::Busy,
        (_, Recording::Off) => {
            if on {
                alone(desk, contact)
            } else {
                ActionView::Absent
            }
        }
        (
            _,
            Recording::Running { .. }
            | Recording::Pausing { .. }
            | Recording::Paused { .. }
            | Recording::Resuming { .. },
        ) => {
            if on {
                ActionView::Absent
            } else {
                ActionView::Ready
            }
        }
    }
}

/// Whether the recording can be paused, or gone on with: not while others are there (CALL-8).
pub(crate) fn pause_recording(desk: &Desk, contact: &Contact) -> ActionView {
    match contact.beside.recording {
        Recording::Off | Recording::Starting | Recording::Ending => ActionView::Absent,
        Recording::Pausing { .. } | Recording::Resuming { .. } => ActionView::Busy,
        Recording::Running { .. } | Recording::Paused { .. } => alone(desk, contact),
    }
}

/// Ready while nobody but the two is in it.
fn alone(desk: &Desk, contact: &Contact) -> ActionView {
    if contact.beside.joined {
        blocked(Why::InConference)
    } else if consults(desk, contact) {
        blocked(Why::InConsult)
    } else {
        ActionView::Ready
    }
}

/// Whether the agent called somebody while this call goes on, or made this call during another.
fn consults(desk: &Desk, contact: &Contact) -> bool {
    let goes_on = |other: &&Contact| match other.role() {
        Role::InTransit | Role::Active | Role::Parked => true,
        Role::Offered | Role::Wrapping => false,
    };
    let ours = |other: &Contact| other.about.direction == Direction::Outbound;
    desk.contacts.iter().filter(goes_on).any(|other| match other.id.cmp(&contact.id) {
        Ordering::Less => ours(contact),
        Ordering::Equal => false,
        Ordering::Greater => ours(other),
    })
}

/// The button that plays a greeting, or stops it.
fn greeter(contact: &Contact) -> ActionView {
    match contact.beside.greeting {
        Greeting::Silent => greet(contact),
        Greeting::Playing(_) | Greeting::Stopping => stop_greeting(contact),
    }
}

/// Whether a greeting can be played: one at a time, to somebody who hears it.
pub(crate) fn greet(contact: &Contact) -> ActionView {
    match (contact.role(), contact.our_hold()) {
        (Role::InTransit, _) => blocked(Why::NotConnected),
        (_, Some(Hold::Off)) => match contact.beside.greeting {
            Greeting::Silent => ActionView::Ready,
            Greeting::Playing(_) | Greeting::Stopping => ActionView::Busy,
        },
        (_, Some(Hold::Pausing | Hold::On | Hold::Resuming)) => blocked(Why::OnHold),
        (_, None) => ActionView::Absent,
    }
}

/// Whether there is a greeting to be stopped.
pub(crate) fn stop_greeting(contact: &Contact) -> ActionView {
    match contact.beside.greeting {
        Greeting::Silent => ActionView::Absent,
        Greeting::Playing(_) => ActionView::Ready,
        Greeting::Stopping => ActionView::Busy,
    }
}

/// Whether it can be ended: not on hold (CALL-2). While the other side has not answered yet it can, so that a hold that
/// nobody answers does not trap the agent in the call.
pub(crate) fn end(contact: &Contact) -> ActionView {
    match (contact.role(), contact.our_hold()) {
        (Role::InTransit, _) | (_, Some(Hold::Off | Hold::Pausing | Hold::Resuming)) => ActionView::Ready,
        (_, Some(Hold::On)) => blocked(Why::OnHold),
        (_, None) => ActionView::Absent,
    }
}

/// Whether the wrap-up can be submitted: not while a mandatory reason is missing (WRAPUP-2).
pub(crate) fn submit(desk: &Desk, contact: &Contact) -> ActionView {
    match contact.role() {
        Role::Wrapping if reason_mandatory(desk) && contact.form.reason.is_none() => {
            blocked(Why::ReasonMissing)
        }
        Role::Wrapping => ActionView::Ready,
        Role::Offered | Role::InTransit | Role::Active | Role::Parked => ActionView::Absent,
    }
}

/// Whether the wrap-up can be extended: up to the longest time the admin allows.
pub(crate) fn extend(desk: &Desk, contact: &Contact) -> ActionView {
    let rules = &desk.config.wrap_up;
    match (&contact.phase, rules.extend_by) {
        (Phase::WrapUp { began, deadline: Some(deadline), .. }, Some(_)) => {
            if *deadline < began.after(rules.longest) { ActionView::Ready } else { blocked(Why::NotAllowed) }
        }
        (Phase::WrapUp { deadline: None, .. }, _) | (_, _) => ActionView::Absent,
    }
}

/// Whether a reason must be chosen: where the admin says so, and there is one to choose.
pub(crate) fn reason_mandatory(desk: &Desk) -> bool {
    desk.config.wrap_up.mandatory && !desk.config.wrap_up.reasons.is_empty()
}

/// Whether a call can be made. A queue offer wants an answer first; one call is set up at a time.
pub(crate) fn dial(desk: &Desk) -> ActionView {
    let queue_offer = |c: &Contact| c.role() == Role::Offered && !c.about.direct;
    if !desk.session.is_in() {
        blocked(Why::NotSignedIn)
    } else if desk.alerts.registration_lost() {
        blocked(Why::RegistrationLost)
    } else if desk.contacts.any(Role::InTransit) {
        blocked(Why::AnotherInProgress)
    } else if desk.contacts.iter().any(queue_offer) {
        blocked(Why::OfferOnScreen)
    } else {
        ActionView::Ready
    }
}

/// Whether the state can be changed: during a contact that picks the one after it (STATE-3).
pub(crate) fn change_state(desk: &Desk) -> ActionView {
    if !desk.session.is_in() {
        blocked(Why::NotSignedIn)
    } else if desk.contacts.any(Role::Offered) && !desk.contacts.any_live() {
        blocked(Why::OfferOnScreen)
    } else {
        ActionView::Ready
    }
}

/// Whether the agent can leave, and what is in the way (SESSION-8).
pub(crate) fn sign_out(desk: &Desk) -> ActionView {
    match desk.session {
        Session::Out { .. } | Session::SigningIn(_) => blocked(Why::NotSignedIn),
        Session::SigningOut(_) => ActionView::Busy,
        Session::In(_) if desk.contacts.any_live() => blocked(Why::ContactActive),
        Session::In(_) if desk.contacts.any(Role::Wrapping) => blocked(Why::WrapUpPending),
        Session::In(_) if desk.contacts.any(Role::Offered) => blocked(Why::OfferOnScreen),
        Session::In(_) => ActionView::Ready,
    }
}
