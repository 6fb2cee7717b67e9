//! Recordings that are played into calls: read from the disk beside the event loop, then handed to the media thread.

use super::Run;
use super::errand::Errand;
use crate::engine::{Ears, Input};
use crate::happening::What;
use crate::media::{Order, Play, PlayEnd};
use sidetone_desk::LegId;
use sidetone_media::pcm::SAMPLE_RATE;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Nobody listens to a longer announcement, and it is held in memory.
const LONGEST: Duration = Duration::from_secs(180);

impl Run {
    /// It is the media thread's at once, and sounds when it is read: so that what is stopped meanwhile never does.
    pub(super) fn play(&self, leg: LegId, file: PathBuf, ears: Ears) {
        let clip = Arc::new(OnceLock::new());
        self.media.tell(Order::Play(leg, Play { clip: Arc::clone(&clip), ears }));
        self.send_for(async move {
            let read = tokio::task::spawn_blocking(move || {
                let samples = read(&file);
                let trouble = samples.as_ref().err().cloned();
                // Nobody else fills it.
                let _ = clip.set(samples.unwrap_or_default());
                trouble
            });
            Errand::Clip(leg, read.await.unwrap_or_else(|_| Some("reading it broke".to_owned())))
        });
    }

    /// Plays the greeting by this name to both sides.
    pub(super) fn greet(&mut self, leg: LegId, name: &str) {
        match self.fixed.greetings.file(name) {
            Some(file) => self.play(leg, file, Ears::Both),
            None => self.on_clip(leg, Some("it has no name".to_owned())),
        }
    }

    pub(super) fn on_clip(&mut self, leg: LegId, trouble: Option<String>) {
        if let Some(detail) = trouble {
            let detail = format!("a recording cannot be played: {detail}");
            self.happened(self.engine.number(leg), What::Error { detail, tracking: None });
            self.tell(Input::Played { leg, played: false });
        }
    }

    pub(super) fn on_played(&mut self, leg: LegId, end: PlayEnd) {
        let stopped = match end {
            PlayEnd::Whole => false,
            PlayEnd::Stopped => true,
        };
        self.happened(self.engine.number(leg), What::Played { stopped });
        self.tell(Input::Played { leg, played: true });
    }
}

/// A file's samples. What is wrong with it is said without its path, which may have a name in it.
fn read(file: &Path) -> Result<Vec<f32>, String> {
    let is_wav = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
    if is_wav {
        return sidetone_audio::read_clip(file, LONGEST).map_err(|error| error.to_string());
    }
    let samples = usize::try_from(LONGEST.as_secs() * u64::from(SAMPLE_RATE)).unwrap_or_default();
    sidetone_store::read_recording(file, samples).map_err(|error| error.to_string())
}
