//! One contact as the window shows it.

use super::party;
use crate::beside::{Greeting, Recording};
use crate::contact::{Contact, Ended, Hold, Phase, Role};
use crate::desk::Desk;
use crate::input::Variable;
use crate::rules;
use crate::view::{
    ConnectionView, ContactView, EndedView, PhaseView, RecordingView, VariableView, WrapUpView,
};

/// One contact.
pub(super) fn contact(desk: &Desk, contact: &Contact) -> ContactView {
    let wall = |moment| desk.clock.wall(moment);
    ContactView {
        id: contact.id,
        line: contact.line,
        direction: contact.about.direction.clone(),
        party: party(&desk.config, &contact.about.party),
        queue: contact.about.queue.clone(),
        dnis: contact.about.dnis.clone(),
        variables: variables(desk, contact),
        phase: phase(desk, contact),
        since: wall(contact.since),
        connection: connection(desk, contact),
        muted: contact.muted,
        quality: contact.quality.clone(),
        actions: rules::actions(desk, contact),
        wrap_up: contact.has_form().then(|| wrap_up(desk, contact)),
    }
}

fn connection(desk: &Desk, contact: &Contact) -> Option<ConnectionView> {
    let since = desk.clock.wall(contact.stamps.connected?);
    let greeting = match &contact.beside.greeting {
        Greeting::Playing(name) => Some(name.reveal().clone()),
        Greeting::Silent | Greeting::Stopping => None,
    };
    Some(ConnectionView { since, privacy: contact.privacy, recording: recording(desk, contact), greeting })
}

fn recording(desk: &Desk, contact: &Contact) -> RecordingView {
    let wall = |moment| desk.clock.wall(moment);
    match contact.beside.recording {
        Recording::Off | Recording::Starting | Recording::Ending => RecordingView::Off,
        Recording::Running { since } | Recording::Pausing { since } => {
            RecordingView::On { since: wall(since) }
        }
        Recording::Paused { paused, until, .. } | Recording::Resuming { paused, until, .. } => {
            RecordingView::Paused { since: wall(paused), resumes: wall(until) }
        }
    }
}

/// In the admin's order; on offer no secure ones, and not more than the admin wants (OFFER-1).
fn variables(desk: &Desk, contact: &Contact) -> Vec<VariableView> {
    let offered = match contact.role() {
        Role::Offered => true,
        Role::InTransit | Role::Active | Role::Parked | Role::Wrapping => false,
    };
    let most = if offered { desk.config.offer_variables } else { usize::MAX };
    let mut shown: Vec<&Variable> =
        contact.about.variables.iter().filter(|v| !(offered && v.secure)).collect();
    shown.sort_by_key(|variable| variable.order);
    let view = |v: &Variable| VariableView { label: v.label.clone(), value: v.value.reveal().clone() };
    shown.into_iter().take(most).map(view).collect()
}

fn phase(desk: &Desk, contact: &Contact) -> PhaseView {
    let wall = |moment| desk.clock.wall(moment);
    match &contact.phase {
        Phase::Assigning => PhaseView::Connecting,
        Phase::Ringing { deadline, .. } => PhaseView::Ringing { deadline: wall(*deadline) },
        Phase::Answering => PhaseView::Answering,
        Phase::Dialing => PhaseView::Dialing,
        Phase::RingingThere => PhaseView::RingingThere,
        Phase::Talking { ours: Hold::Off, held_by_them: false } => PhaseView::Connected,
        Phase::Talking { ours, held_by_them } => {
            PhaseView::OnHold { by_us: *ours != Hold::Off, by_them: *held_by_them }
        }
        Phase::WrapUp { deadline, ended: how, .. } => {
            PhaseView::WrapUp { deadline: deadline.map(wall), ended: ended(how) }
        }
    }
}

fn ended(ended: &Ended) -> EndedView {
    match ended {
        Ended::ByAgent => EndedView::ByAgent,
        Ended::ByParty => EndedView::ByParty,
        Ended::Failed(trouble) => EndedView::Failed { trouble: trouble.clone() },
    }
}

fn wrap_up(desk: &Desk, contact: &Contact) -> WrapUpView {
    WrapUpView {
        reason: contact.form.reason.clone(),
        notes: contact.form.notes.reveal().clone(),
        mandatory: rules::reason_mandatory(desk),
        saved: contact.form.saved == contact.form.version,
    }
}
