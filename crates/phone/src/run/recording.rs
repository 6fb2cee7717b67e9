//! Recordings: begun beside the event loop, and what becomes of them.

use super::Run;
use super::errand::Errand;
use crate::happening::What;
use crate::media::Order;
use sidetone_desk::view::RecordingProblem;
use sidetone_desk::{LegId, RecordingNews, Update};
use sidetone_store::{RecordingEvent, RecordingTrouble};

impl Run {
    pub(super) fn begin_recording(&mut self, leg: LegId) {
        let of = (leg, self.engine.number(leg));
        let Some(recordings) = &self.fixed.recordings else {
            let detail = "the call is not recorded: no folder is named for data or recordings".to_owned();
            self.happened(of.1, What::Error { detail, tracking: None });
            let news = RecordingNews::Failed(RecordingProblem::Folder);
            return self.update(Update::Recording { leg, news });
        };
        let errands = self.errands.clone();
        let begun = recordings.begin(rand::random(), move |event| {
            // A phone that is gone wants nothing any more.
            let _ = errands.blocking_send(Errand::Recording(of, event));
        });
        match begun {
            Ok(recording) => self.media.tell(Order::Record(leg, recording)),
            Err(_) => self.on_recording(of, RecordingEvent::Failed(RecordingTrouble::Disk)),
        }
    }

    /// What became of the recording of a leg, whose call may be over by now.
    pub(super) fn on_recording(&mut self, (leg, number): (LegId, Option<u32>), event: RecordingEvent) {
        let (what, news) = match event {
            RecordingEvent::Begun => (What::Recording, RecordingNews::Begun),
            RecordingEvent::Ended(file) => (What::Recorded { file }, RecordingNews::Ended),
            RecordingEvent::Lost(blocks) => {
                let detail = format!("the disk is too slow: {} ms of the recording are silence", blocks * 10);
                (What::Error { detail, tracking: None }, RecordingNews::Gap)
            }
            RecordingEvent::Failed(trouble) => {
                let detail = format!("the call is not recorded: {trouble}");
                (What::Error { detail, tracking: None }, RecordingNews::Failed(problem(trouble)))
            }
        };
        self.happened(number, what);
        self.update(Update::Recording { leg, news });
    }

    /// The media thread hands nothing on any more, or does again: not before is it shown.
    pub(super) fn on_recording_paused(&mut self, leg: LegId, paused: bool) {
        let news = if paused { RecordingNews::Paused } else { RecordingNews::Resumed };
        self.happened(self.engine.number(leg), What::RecordingPaused { paused });
        self.update(Update::Recording { leg, news });
    }

    pub(super) fn on_mended(&mut self, recordings: usize) {
        self.happened(None, What::Mended { recordings });
        self.update(Update::RecordingsMended(u32::try_from(recordings).unwrap_or(u32::MAX)));
    }

    /// Mends what a crash left behind, beside everything else.
    pub(super) fn mend_recordings(&self) {
        let Some(recordings) = self.fixed.recordings.clone() else { return };
        let errands = self.errands.clone();
        tokio::task::spawn_blocking(move || match recordings.mend() {
            Ok(0) => {}
            Ok(count) => {
                let _ = errands.blocking_send(Errand::Mended(count));
            }
            Err(error) => tracing::warn!(%error, "the folder of recordings cannot be read"),
        });
    }
}

fn problem(trouble: RecordingTrouble) -> RecordingProblem {
    match trouble {
        RecordingTrouble::Folder => RecordingProblem::Folder,
        RecordingTrouble::Full => RecordingProblem::Full,
        RecordingTrouble::Disk => RecordingProblem::Disk,
    }
}
