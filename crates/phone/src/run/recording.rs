//! Recordings: begun beside the event loop, and what becomes of them.

use super::Run;
use super::errand::Errand;
use crate::happening::What;
use crate::media::Order;
use sidetone_desk::view::TroubleKind;
use sidetone_desk::{LegId, Update};
use sidetone_store::{RecordingEvent, RecordingTrouble};

impl Run {
    pub(super) fn begin_recording(&mut self, leg: LegId) {
        let (errands, number) = (self.errands.clone(), self.engine.number(leg));
        let begun = self.fixed.recordings.begin(rand::random(), move |event| {
            // A phone that is gone wants nothing any more.
            let _ = errands.blocking_send(Errand::Recording(number, event));
        });
        match begun {
            Ok(recording) => self.media.tell(Order::Record(leg, recording)),
            Err(_) => self.on_recording(number, RecordingEvent::Failed(RecordingTrouble::Disk)),
        }
    }

    /// What became of the recording of the call with this number, which may be over by now.
    pub(super) fn on_recording(&mut self, number: Option<u32>, event: RecordingEvent) {
        let what = match event {
            RecordingEvent::Begun => What::Recording,
            RecordingEvent::Ended(file) => What::Recorded { file },
            RecordingEvent::Lost(blocks) => {
                let detail = format!("the disk is too slow: {} ms of the recording are silence", blocks * 10);
                What::Error { detail, tracking: None }
            }
            RecordingEvent::Failed(trouble) => {
                let detail = format!("the call is not recorded: {trouble}");
                self.update(Update::Trouble(TroubleKind::Other { detail: detail.clone() }));
                What::Error { detail, tracking: None }
            }
        };
        self.happened(number, what);
    }

    /// Mends what a crash left behind, beside everything else.
    pub(super) fn mend_recordings(&self) {
        let (errands, recordings) = (self.errands.clone(), self.fixed.recordings.clone());
        tokio::task::spawn_blocking(move || match recordings.mend() {
            Ok(0) => {}
            Ok(count) => {
                let _ = errands.blocking_send(Errand::Mended(count));
            }
            Err(error) => tracing::warn!(%error, "the folder of recordings cannot be read"),
        });
    }
}
