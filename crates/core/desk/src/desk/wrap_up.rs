//! Wrap-up: reason and notes, kept as they are typed, and the ways it ends (WRAPUP-1 to 3).
//!
//! At zero it ends by itself and is saved as it stands, a mandatory reason missing or not: otherwise an agent who
//! walked away would block the desk for ever, and nobody would see why. The row says that it expired.

use super::Desk;
use crate::beside::Beside;
use crate::clock::Moment;
use crate::contact::{About, Contact, Ended, Form, Phase, Stamps};
use crate::error::Error;
use crate::history::{EndedBy, HistoryRow, Outcome, WrapUpState};
use crate::output::Output;
use crate::pii::Pii;
use crate::show;
use crate::view::{CauseView, CodeId, ContactId, NoticeKind, TroubleKind};

/// More than this nobody types.
const LONGEST_NOTES: usize = 65_536;

impl Desk {
    /// The call is over: what remains is to be written down.
    pub(super) fn begin_wrap_up(&mut self, now: Moment, id: ContactId, ended: Ended) {
        let deadline = self.config.wrap_up.timeout.map(|timeout| now.after(timeout));
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.stamps.ended = Some(now);
        contact.muted = false;
        contact.quality = None;
        contact.beside = Beside::default();
        contact.enter(now, Phase::WrapUp { began: now, deadline, ended });
        let outcome = outcome(contact);
        self.record(id, outcome, WrapUpState::Pending);
    }

    /// The agent chooses a reason, or none again.
    pub(super) fn choose_reason(&mut self, id: ContactId, reason: Option<CodeId>) -> Result<(), Error> {
        if !reason.as_ref().is_none_or(|reason| self.config.wrap_up.reasons.iter().any(|r| r.id == *reason)) {
            return Err(Error::NoSuchCode);
        }
        self.fill_in(id, |form| std::mem::replace(&mut form.reason, reason.clone()) != reason)
    }

    /// The agent types.
    pub(super) fn write_notes(&mut self, id: ContactId, notes: String) -> Result<(), Error> {
        if notes.len() > LONGEST_NOTES {
            return Err(self.bad_entry("notes", "tooLong"));
        }
        let notes = Pii::new(notes);
        self.fill_in(id, |form| std::mem::replace(&mut form.notes, notes.clone()) != notes)
    }

    /// Saves what changed as it is typed (WRAPUP-3).
    fn fill_in(&mut self, id: ContactId, change: impl FnOnce(&mut Form) -> bool) -> Result<(), Error> {
        let contact = self.contacts.get_mut(id).ok_or(Error::NoSuchContact)?;
        if !contact.has_form() {
            return Err(Error::Impossible);
        }
        if change(&mut contact.form) {
            contact.form.version += 1;
            let Form { reason, notes, version, .. } = contact.form.clone();
            let (row, contact) = (contact.row.clone(), contact.id);
            self.outputs.push_back(Output::SaveDraft { row, contact, version, reason, notes });
        }
        Ok(())
    }

    /// A draft is on disk. An older version's word does not cover what was typed since.
    pub(super) fn draft_saved(&mut self, id: ContactId, version: u32) {
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.form.saved = contact.form.saved.max(version.min(contact.form.version));
        }
    }

    /// More time, up to the longest that the admin allows.
    pub(super) fn extend_wrap_up(&mut self, id: ContactId) {
        let (by, longest) = (self.config.wrap_up.extend_by, self.config.wrap_up.longest);
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if let (Phase::WrapUp { began, deadline: Some(deadline), .. }, Some(by)) = (&mut contact.phase, by) {
            *deadline = deadline.after(by).min(began.after(longest));
        }
    }

    /// Done with the contact.
    pub(super) fn finish_wrap_up(&mut self, id: ContactId, state: WrapUpState) {
        if let Some(contact) = self.contacts.get(id) {
            let outcome = outcome(contact);
            self.record(id, outcome, state);
            self.contacts.remove(id);
        }
    }

    /// Time ran out: saved as it stands.
    pub(super) fn expire_wrap_up(&mut self, now: Moment, id: ContactId) {
        if let Some(contact) = self.contacts.get(id) {
            let party = show::party(&self.config, &contact.about.party);
            self.alerts.notice(now, NoticeKind::WrapUpExpired { party });
        }
        self.finish_wrap_up(id, WrapUpState::Expired);
        self.agent.because(CauseView::Timer);
    }

    /// A wrap-up that the desk was stopped in. It waits without a timer: perhaps the agent is only starting the day.
    pub(super) fn restore_wrap_up(&mut self, now: Moment, row: HistoryRow) {
        if row.wrap_up.state != WrapUpState::Pending
            || self.contacts.iter().any(|contact| contact.row == row.id)
        {
            return;
        }
        let ended = match row.ended_by {
            Some(EndedBy::Agent) => Ended::ByAgent,
            Some(EndedBy::Party) => Ended::ByParty,
            Some(EndedBy::Failure) | None => {
                let detail = "the desk stopped during the call".to_owned();
                Ended::Failed(self.trouble(TroubleKind::Other { detail }))
            }
        };
        let recall = |wall| self.clock.recall(wall);
        let stamps = Stamps {
            started: recall(row.times.started),
            connected: row.times.connected.map(recall),
            ended: row.times.ended.map(recall),
        };
        let HistoryRow { id, direction, party, queue, dnis, wrap_up, .. } = row;
        let about = About { direction, direct: queue.is_none(), party, queue, dnis, variables: Vec::new() };
        let phase = Phase::WrapUp { began: now, deadline: None, ended };
        let contact = self.contacts.begin(now, id, None, about, phase);
        contact.since = stamps.ended.unwrap_or(now);
        contact.stamps = stamps;
        contact.form = Form { reason: wrap_up.reason, notes: wrap_up.notes, ..Form::default() };
        // Versions count from 1 again: the row now holds the draft of the run before, which must not outrank them.
        let (id, outcome) = (contact.id, outcome(contact));
        self.record(id, outcome, WrapUpState::Pending);
    }
}

/// What became of a contact that is wrapped up.
fn outcome(contact: &Contact) -> Outcome {
    match (&contact.phase, contact.stamps.connected) {
        (_, Some(_)) => Outcome::Connected,
        (Phase::WrapUp { ended: Ended::ByAgent, .. }, None) => Outcome::Cancelled,
        (_, None) => Outcome::Failed,
    }
}
