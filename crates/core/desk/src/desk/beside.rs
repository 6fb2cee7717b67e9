//! Beside the talk: recording with its pause, which ends by itself (CALL-8), and greetings (CALL-15).

use super::Desk;
use crate::beside::{Greeting, Recording};
use crate::clock::Moment;
use crate::config::RecordingStart;
use crate::error::Error;
use crate::input::{LegId, RecordingNews};
use crate::output::{Output, Recorder};
use crate::pii::Pii;
use crate::rules::{self, permit};
use crate::view::{ContactId, Direction, NoticeKind, TroubleKind};

impl Desk {
    /// What begins with a call by itself, once the two hear each other.
    pub(super) fn begin_beside(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(id) else { return };
        let greets = contact.about.direction == Direction::Inbound;
        self.record_by_itself(id);
        if let Some(name) = self.greeting.clone().filter(|_| greets) {
            self.greet(id, name);
        }
    }

    /// Where the admin wants every call recorded.
    pub(super) fn record_by_itself(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(id) else { return };
        if self.config.recording.start == RecordingStart::Always && contact.beside.recording == Recording::Off
        {
            self.set_recorder(id, Recording::Starting, Recorder::Begin);
        }
    }

    /// Begins a recording, or ends it.
    pub(super) fn want_recording(&mut self, id: ContactId, on: bool) -> Result<(), Error> {
        permit(rules::record(self, self.find(id)?, on))?;
        let (state, wish) =
            if on { (Recording::Starting, Recorder::Begin) } else { (Recording::Ending, Recorder::End) };
        self.set_recorder(id, state, wish);
        Ok(())
    }

    /// The agent wants a pause, or its end.
    pub(super) fn want_pause(&mut self, id: ContactId, on: bool) -> Result<(), Error> {
        permit(rules::pause_recording(self, self.find(id)?))?;
        self.pause_recording(id, on);
        Ok(())
    }

    /// The agent wants a greeting to be played, or (`None`) to be ended.
    pub(super) fn want_greeting(&mut self, id: ContactId, name: Option<String>) -> Result<(), Error> {
        let contact = self.find(id)?;
        match name {
            Some(name) => {
                permit(rules::greet(contact))?;
                self.greet(id, Pii::new(name));
            }
            None => {
                permit(rules::stop_greeting(contact))?;
                self.stop_greeting(id);
            }
        }
        Ok(())
    }

    /// Asks for a pause, or for its end.
    pub(super) fn pause_recording(&mut self, id: ContactId, on: bool) {
        let Some(contact) = self.contacts.get(id) else { return };
        match (contact.beside.recording, on) {
            (Recording::Running { since }, true) => {
                self.set_recorder(id, Recording::Pausing { since }, Recorder::Pause);
            }
            (Recording::Paused { since, paused, until }, false) => {
                self.set_recorder(id, Recording::Resuming { since, paused, until }, Recorder::Resume);
            }
            (
                Recording::Off
                | Recording::Starting
                | Recording::Running { .. }
                | Recording::Pausing { .. }
                | Recording::Paused { .. }
                | Recording::Resuming { .. }
                | Recording::Ending,
                _,
            ) => {}
        }
    }

    fn set_recorder(&mut self, id: ContactId, state: Recording, wish: Recorder) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.beside.recording = state;
        self.outputs.extend(contact.leg.map(|leg| Output::Record { leg, wish }));
    }

    /// The phone's word about a recording; one that was begun by somebody else is shown, too.
    pub(super) fn recording(&mut self, now: Moment, leg: LegId, news: RecordingNews) {
        let resumes = now.after(self.config.recording.resume_after);
        let Some(contact) = self.contacts.by_leg(leg) else { return };
        let recording = &mut contact.beside.recording;
        let trouble = match (news, *recording) {
            (RecordingNews::Begun, Recording::Off | Recording::Starting) => {
                *recording = Recording::Running { since: now };
                None
            }
            // In the pause of before a crash, that is known before the file is there.
            (RecordingNews::Paused, Recording::Off | Recording::Starting) => {
                *recording = Recording::Paused { since: now, paused: now, until: resumes };
                None
            }
            (RecordingNews::Paused, Recording::Running { since } | Recording::Pausing { since }) => {
                *recording = Recording::Paused { since, paused: now, until: resumes };
                None
            }
            (
                RecordingNews::Resumed,
                Recording::Pausing { since }
                | Recording::Paused { since, .. }
                | Recording::Resuming { since, .. },
            ) => {
                *recording = Recording::Running { since };
                None
            }
            (RecordingNews::Ended, _) => {
                *recording = Recording::Off;
                None
            }
            (RecordingNews::Failed(problem), _) => {
                // Said once: where it is off already, nobody waits for it.
                let was_on = std::mem::take(recording) != Recording::Off;
                was_on.then_some(TroubleKind::NotRecorded { problem })
            }
            // Said once: a disk that is too slow is so again and again.
            (RecordingNews::Gap, _) => {
                let said = self.alerts.failed(&TroubleKind::RecordingGap);
                (!said).then_some(TroubleKind::RecordingGap)
            }
            (RecordingNews::Begun | RecordingNews::Paused | RecordingNews::Resumed, _) => None,
        };
        if let Some(kind) = trouble {
            let trouble = self.trouble(kind);
            self.alerts.notice(now, NoticeKind::Failed { trouble });
        }
    }

    /// Plays a greeting to both.
    fn greet(&mut self, id: ContactId, name: Pii<String>) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.beside.greeting = Greeting::Playing(name.clone());
        self.outputs.extend(contact.leg.map(|leg| Output::Greet { leg, name }));
    }

    /// Ends the greeting that is played.
    fn stop_greeting(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.beside.greeting = Greeting::Stopping;
        self.outputs.extend(contact.leg.map(Output::StopGreeting));
    }

    /// A greeting is over, or could not be played.
    pub(super) fn greeting_over(&mut self, now: Moment, leg: LegId, played: bool) {
        let Some(contact) = self.contacts.by_leg(leg) else { return };
        let was = std::mem::take(&mut contact.beside.greeting);
        if !played && was != Greeting::Silent {
            let trouble = self.trouble(TroubleKind::NotPlayed);
            self.alerts.notice(now, NoticeKind::Failed { trouble });
        }
    }
}
