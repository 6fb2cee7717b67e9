//! Builds [`DeskView`] from the desk: order, masking and words' raw material. Decides nothing that lasts.

mod contact;
mod party;

use crate::availability::{Availability, MissedOffer};
use crate::contact::Role;
use crate::desk::Desk;
use crate::rules;
use crate::session::Session;
use crate::view::{DeskView, DialogView, SessionView, StateView};

pub use party::{masked, party};

/// Everything the window needs.
pub(crate) fn desk(desk: &Desk) -> DeskView {
    DeskView {
        session: session(desk),
        state: state(desk),
        banners: desk.alerts.banners(&desk.clock, desk.contacts.any_live()),
        contacts: desk.contacts.iter().map(|c| contact::contact(desk, c)).collect(),
        popovers: desk.contacts.with_role(Role::Offered),
        selected: desk.selected,
        speaks_muted: desk.speaking.then(|| desk.contacts.muted()).flatten(),
        dialog: dialog(desk),
        notices: desk.alerts.notices(&desk.clock),
        dial: rules::dial(desk),
        wrap_up_reasons: desk.config.wrap_up.reasons.clone(),
        idle_codes: desk.config.idle_codes.clone(),
    }
}

fn session(desk: &Desk) -> SessionView {
    match &desk.session {
        Session::Out { trouble } => SessionView::SignedOut { trouble: trouble.clone() },
        Session::SigningIn(account) => {
            SessionView::SigningIn { account: account.name.clone(), practice: account.practice }
        }
        Session::In(account) | Session::SigningOut(account) => SessionView::SignedIn {
            account: account.name.clone(),
            practice: account.practice,
            sign_out: rules::sign_out(desk),
        },
    }
}

fn state(desk: &Desk) -> StateView {
    let (label, since, cause) = desk.agent.shown();
    StateView {
        label: label.clone(),
        since: desk.clock.wall(since),
        cause: cause.clone(),
        next: desk.agent.next.as_ref().map(|(choice, _)| choice.clone()),
        change: rules::change_state(desk),
    }
}

fn dialog(desk: &Desk) -> Option<DialogView> {
    match &desk.agent.availability {
        Availability::Rona(Some(MissedOffer { party: who, queue })) => {
            Some(DialogView::Rona { party: party(&desk.config, who), queue: queue.clone() })
        }
        Availability::Rona(None)
        | Availability::SignedOut
        | Availability::Idle(_)
        | Availability::Available => None,
    }
}
