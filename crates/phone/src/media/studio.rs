//! The studio: a greeting on its way from the microphone, without a call, and what the agent listens to alone (CALL-15).
//! It takes what a call would take, processed as for a call: a greeting sounds as its agent does.

use super::private::Private;
use super::{Play, Report};
use crate::engine::Ears;
use sidetone_media::pcm::{BLOCK_SAMPLES, Block};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// The studio.
#[derive(Default)]
pub(super) struct Studio {
    dictation: Dictation,
    listening: Private,
    /// Not told yet.
    heard: bool,
}

/// What is spoken.
#[derive(Default)]
enum Dictation {
    #[default]
    Idle,
    /// It has room for as much as there may be.
    Running(Vec<f32>),
    /// Not told yet.
    Done(Vec<f32>),
}

impl Studio {
    /// Writes down what is spoken, until `room` is full.
    pub(super) fn dictate(&mut self, room: Vec<f32>) {
        self.dictation = Dictation::Running(room);
    }

    /// That was it.
    pub(super) fn stop_dictating(&mut self) {
        self.dictation = match std::mem::take(&mut self.dictation) {
            Dictation::Running(spoken) | Dictation::Done(spoken) => Dictation::Done(spoken),
            Dictation::Idle => Dictation::Idle,
        };
    }

    /// Plays this to the agent alone.
    pub(super) fn listen(&mut self, clip: Vec<f32>) {
        let whole = OnceLock::new();
        // It was made a line ago.
        let _ = whole.set(clip);
        self.listening.play(Play { clip: Arc::new(whole), ears: Ears::Agent });
    }

    /// Enough of it.
    pub(super) fn stop_listening(&mut self) {
        self.listening.stop();
    }

    pub(super) fn wants_microphone(&self) -> bool {
        matches!(self.dictation, Dictation::Running(_))
    }

    pub(super) fn wants_speaker(&self) -> bool {
        self.listening.is_playing()
    }

    /// Whether there is nothing to do, and nothing left to tell.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.dictation, Dictation::Idle) && !self.listening.is_playing() && !self.heard
    }

    /// The agent's next 10 ms.
    pub(super) fn capture(&mut self, block: &Block) {
        let Dictation::Running(spoken) = &mut self.dictation else { return };
        spoken.extend_from_slice(block);
        if spoken.capacity() - spoken.len() < BLOCK_SAMPLES {
            self.stop_dictating();
        }
    }

    /// Adds the next 10 ms for the agent.
    pub(super) fn play(&mut self, mix: &mut Block) {
        self.listening.whisper(mix);
    }

    /// Tells what is over; whether anything was.
    pub(super) fn settle(&mut self, report: &mpsc::Sender<Report>) -> bool {
        let mut told = false;
        if let Dictation::Done(_) = &self.dictation
            && let Ok(place) = report.try_reserve()
            && let Dictation::Done(spoken) = std::mem::take(&mut self.dictation)
        {
            place.send(Report::Dictated(spoken));
            told = true;
        }
        self.heard |= self.listening.ended().is_some();
        if self.heard && report.try_send(Report::Listened).is_ok() {
            self.heard = false;
            told = true;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_media::pcm::SILENCE;

    fn told(studio: &mut Studio) -> Vec<Report> {
        let (report, mut reports) = mpsc::channel(8);
        studio.settle(&report);
        std::iter::from_fn(|| reports.try_recv().ok()).collect()
    }

    #[test]
    fn call_15_a_greeting_is_spoken_without_a_call_and_ends_where_its_room_does() {
        let mut studio = Studio::default();
        studio.dictate(Vec::with_capacity(3 * BLOCK_SAMPLES));
        assert!(studio.wants_microphone() && !studio.wants_speaker());
        for _ in 0..5 {
            studio.capture(&[0.25; BLOCK_SAMPLES]);
        }
        assert!(!studio.wants_microphone());
        let reports = told(&mut studio);
        let [Report::Dictated(spoken)] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!(*spoken, vec![0.25; 3 * BLOCK_SAMPLES]);
        assert!(studio.is_idle() && told(&mut studio).is_empty(), "once");
    }

    #[test]
    fn call_15_what_was_spoken_is_listened_to_and_stopped() {
        let mut studio = Studio::default();
        studio.listen(vec![0.5; 10 * BLOCK_SAMPLES]);
        let mut heard = SILENCE;
        studio.play(&mut heard);
        assert_eq!(heard[0], 0.5);
        studio.stop_listening();
        assert!(matches!(told(&mut studio).as_slice(), [Report::Listened]));
        heard = SILENCE;
        studio.play(&mut heard);
        assert!(heard == SILENCE && studio.is_idle());
    }
}
