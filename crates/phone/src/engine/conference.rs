//! What a script asks of the sound of calls: a conference by local mixing (CONF-1, CONF-2), and what is played to one
//! side or the other (CALL-14, CALL-15), recording. The desk is told who is in company and what is recorded, and no more.

use super::leg::{MediaOrder, Stage};
use super::{Engine, Output};
use crate::control::CallSound;
use sidetone_desk::{self as desk, LegId, Pii, Recorder, Update};
use std::time::Instant;

impl Engine {
    /// Carries out what is asked of a call's sound.
    pub(super) fn sound(
        &mut self,
        now: Instant,
        number: Option<u32>,
        wish: CallSound,
    ) -> Result<(), desk::Error> {
        let leg = self.legs.numbered(number).ok_or(desk::Error::NoSuchContact)?;
        match wish {
            CallSound::Join => self.join(now, leg),
            CallSound::Leave => {
                self.media(leg, MediaOrder::Join(false));
                self.tell_desk(now, Update::Joined { leg, on: false });
            }
            CallSound::Mute(on) => self.media(leg, MediaOrder::Mute(on)),
            CallSound::Heard(on) => self.media(leg, MediaOrder::Heard(on)),
            CallSound::Hears(on) => self.media(leg, MediaOrder::Hears(on)),
            CallSound::Tone(signal, on) => self.media(leg, MediaOrder::Tone(signal, on)),
            CallSound::Play(file, ears) => {
                self.outputs.push_back(Output::Play { leg, file: Pii::new(file), ears });
            }
            // A second file beside the first, and out of a pause, is nobody's wish.
            CallSound::Record if self.desk.has_recording(leg) => return Err(desk::Error::Impossible),
            CallSound::Record => self.recorder(leg, Recorder::Begin),
            CallSound::PauseRecording(true) => self.recorder(leg, Recorder::Pause),
            CallSound::PauseRecording(false) => self.recorder(leg, Recorder::Resume),
            CallSound::StopRecording => self.recorder(leg, Recorder::End),
            CallSound::StopPlaying => self.media(leg, MediaOrder::StopPlaying),
        }
        Ok(())
    }

    /// Something about a leg's recording.
    pub(super) fn recorder(&mut self, leg: LegId, wish: Recorder) {
        match wish {
            Recorder::Begin => self.outputs.push_back(Output::Record(leg)),
            Recorder::Pause => self.media(leg, MediaOrder::PauseRecording(true)),
            Recorder::Resume => self.media(leg, MediaOrder::PauseRecording(false)),
            Recorder::End => self.media(leg, MediaOrder::StopRecording),
        }
    }

    /// Everybody who is there hears everybody else.
    pub(super) fn merge(&mut self, now: Instant) {
        self.legs.ids().into_iter().for_each(|leg| self.join(now, leg));
    }

    /// Everybody waits.
    pub(super) fn hold_all(&mut self, now: Instant) {
        self.legs.ids().into_iter().for_each(|leg| self.hold(now, leg, true));
    }

    /// Takes a leg into the conference, off hold where it is on it.
    fn join(&mut self, now: Instant, leg: LegId) {
        self.media(leg, MediaOrder::Join(true));
        self.tell_desk(now, Update::Joined { leg, on: true });
        let held = self.legs.get(leg).is_some_and(|leg| match &leg.stage {
            Stage::Up(hold) => hold.wanted(),
            _ => false,
        });
        if held {
            self.hold(now, leg, false);
        }
    }
}
