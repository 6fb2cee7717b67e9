//! What the stories are played with: programs with their logs, free ports, speech.

mod baresip;
mod ports;
mod program;
mod sidetone;
mod sipp;

pub(crate) use baresip::Baresip;
pub(crate) use program::Program;
pub(crate) use sidetone::Sidetone;
pub(crate) use sipp::Sipp;

use sidetone_lab::ears::{self, Recording};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long anything may take that takes no time on an idle machine.
pub(crate) const SOON: Duration = Duration::from_secs(15);

/// So many packets each way carry enough speech to tell one sentence from another: four seconds and more, above the half of every sentence.
pub(crate) const PACKETS_OF_SPEECH: u64 = 220;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// One of the sentences in `assets/speech`.
pub(crate) fn speech(name: &str) -> PathBuf {
    root().join("assets/speech").join(name).with_extension("wav")
}

/// Fails unless `heard` carries the words of `spoken` and those of `other` are not what the ears say too.
pub(crate) fn assert_heard(who: &str, spoken: &Path, other: &Path, heard: &Path) {
    let said = Recording::load(spoken).unwrap();
    let heard = Recording::load(heard).unwrap_or_else(|error| panic!("{who} recorded nothing: {error}"));
    let found = ears::correlate(&said, &heard);
    let wrong = ears::correlate(&Recording::load(other).unwrap(), &heard);
    assert!(
        ears::carries_words(&said, &heard) && wrong.score < found.score,
        "{who} did not hear {spoken:?}: {found:?}, against {wrong:?} for the other sentence; \
         {:.0} dBFS, {} samples",
        heard.level_dbfs(),
        heard.samples.len()
    );
}
