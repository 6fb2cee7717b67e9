//! What the agent wants: each wish asks the rule behind its button, then does it.

use super::Desk;
use crate::availability::{Activity, Availability};
use crate::clock::Moment;
use crate::command::Command;
use crate::contact::{Contact, Role};
use crate::error::Error;
use crate::history::WrapUpState;
use crate::output::Output;
use crate::rules::{self, permit};
use crate::session::Session;
use crate::view::{CauseView, ChoiceView, ContactId, Why};

impl Desk {
    /// Does what the agent wants, or says why not.
    pub(super) fn obey(&mut self, now: Moment, command: Command) -> Result<(), Error> {
        match command {
            Command::SetState { to } => return self.set_state(to),
            Command::Select { contact } => {
                self.find(contact)?;
                self.selected = Some(contact);
            }
            Command::Accept { contact } => {
                permit(rules::accept(self, self.find(contact)?))?;
                self.accept(now, contact, false);
            }
            Command::Decline { contact } => {
                permit(rules::decline(self.find(contact)?))?;
                self.decline(now, contact);
            }
            Command::Dial { target } if target.trim().is_empty() => {
                return Err(Error::Blocked { why: Why::EnterNumber });
            }
            Command::Dial { target } => {
                permit(rules::dial(self))?;
                return self.dial(now, &target);
            }
            Command::Hold { contact } => {
                permit(rules::hold(self.find(contact)?))?;
                self.hold(now, contact);
            }
            Command::Resume { contact } => {
                permit(rules::resume(self, self.find(contact)?))?;
                self.resume(now, contact);
            }
            Command::Mute { contact, on } => {
                permit(rules::mute(self.find(contact)?))?;
                self.mute(contact, on);
            }
            Command::Key { contact, key } => {
                permit(rules::keypad(self.find(contact)?))?;
                return self.press(contact, key);
            }
            Command::Record { contact, on } => return self.want_recording(contact, on),
            Command::PauseRecording { contact, on } => return self.want_pause(contact, on),
            Command::Greet { contact, name } => return self.want_greeting(contact, Some(name)),
            Command::StopGreeting { contact } => return self.want_greeting(contact, None),
            Command::End { contact } => {
                permit(rules::end(self.find(contact)?))?;
                self.end(now, contact);
            }
            Command::ChooseReason { contact, reason } => return self.choose_reason(contact, reason),
            Command::WriteNotes { contact, notes } => return self.write_notes(contact, notes),
            Command::SubmitWrapUp { contact } => {
                permit(rules::submit(self, self.find(contact)?))?;
                self.finish_wrap_up(contact, WrapUpState::Submitted);
            }
            Command::ExtendWrapUp { contact } => {
                permit(rules::extend(self, self.find(contact)?))?;
                self.extend_wrap_up(contact);
            }
            Command::AnswerRona { go_available } => return self.answer_rona(go_available),
            Command::Dismiss { notice } => self.alerts.dismiss(notice),
            Command::SignOut => {
                permit(rules::sign_out(self))?;
                self.sign_out();
            }
        }
        Ok(())
    }

    pub(super) fn find(&self, id: ContactId) -> Result<&Contact, Error> {
        self.contacts.get(id).ok_or(Error::NoSuchContact)
    }

    fn set_state(&mut self, to: ChoiceView) -> Result<(), Error> {
        permit(rules::change_state(self))?;
        let known = match &to {
            ChoiceView::Available | ChoiceView::Idle { code: None } => true,
            ChoiceView::Idle { code: Some(code) } => self.config.idle_codes.iter().any(|c| c.id == *code),
        };
        if !known {
            return Err(Error::NoSuchCode);
        }
        self.choose_state(to, CauseView::Agent);
        Ok(())
    }

    /// Now, or after the contact and its wrap-up (STATE-3).
    pub(super) fn choose_state(&mut self, to: ChoiceView, cause: CauseView) {
        let later = match self.contacts.activity() {
            Activity::Engaged | Activity::WrapUp => true,
            Activity::Reserved => self.contacts.any(Role::Wrapping),
            Activity::Waiting => false,
        };
        if later {
            let changes = self.agent.choice().as_ref() != Some(&to);
            self.agent.next = changes.then_some((to, cause));
        } else {
            self.agent.become_chosen(&to);
            self.agent.because(cause);
        }
    }

    fn answer_rona(&mut self, go_available: bool) -> Result<(), Error> {
        match &self.agent.availability {
            Availability::Rona(Some(_)) => {}
            Availability::Rona(None)
            | Availability::SignedOut
            | Availability::Idle(_)
            | Availability::Available => return Err(Error::NoSuchDialog),
        }
        self.agent.availability = Availability::Rona(None);
        if go_available {
            self.choose_state(ChoiceView::Available, CauseView::Agent);
        }
        Ok(())
    }

    fn sign_out(&mut self) {
        if let Session::In(account) = &self.session {
            self.session = Session::SigningOut(account.clone());
            self.outputs.push_back(Output::SignOut);
        }
    }
}
