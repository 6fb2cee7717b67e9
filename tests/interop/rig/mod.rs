//! What the stories are played with: programs with their logs, free ports, speech.

mod bare;
mod baresip;
mod coturn;
mod far;
mod golden;
pub(crate) mod grammar;
mod kamailio;
#[path = "../../../crates/edge/net/tests/common/namespace.rs"]
mod namespace;
mod ports;
mod program;
mod rtpengine;
mod sidetone;
mod sipp;

pub(crate) use bare::{ACCOUNT, Bare};
pub(crate) use baresip::Baresip;
pub(crate) use coturn::{By, Coturn};
pub(crate) use far::Far;
pub(crate) use golden::assert_golden;
pub(crate) use kamailio::{Besides, Certificate, Kamailio, Manner, PASSWORD, aor};
pub(crate) use namespace::{inside_a_namespace, ip};
pub(crate) use program::Program;
pub(crate) use rtpengine::Rtpengine;
pub(crate) use sidetone::{Setup, Sidetone};
pub(crate) use sipp::Sipp;

use serde_json::Value;
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

/// A phone of this user at this server, registered, which speaks this sentence.
pub(crate) fn phone_at(server: &Kamailio, user: &str, sentence: &str, words: &[&str]) -> Sidetone {
    registered(account_at(server, user, sentence, words))
}

/// A phone of this user, not started yet.
pub(crate) fn account_at(server: &Kamailio, user: &str, sentence: &str, words: &[&str]) -> Setup {
    Sidetone::at(&aor(user))
        .args(["--server", &server.address()])
        .env("SIDETONE_TEST_PASSWORD", PASSWORD)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD"])
        .args(words.iter().copied())
        .speaking(&speech(sentence))
}

/// Starts it, and waits until the server knows it.
pub(crate) fn registered(setup: Setup) -> Sidetone {
    let mut phone = setup.start();
    phone.event("registered");
    phone
}

/// Fails unless `heard` carries the words of `spoken`, and clearly not those of `other`.
pub(crate) fn assert_heard(who: &str, spoken: &Path, other: &Path, heard: &Path) {
    let heard = Recording::load(heard).unwrap_or_else(|error| panic!("{who} recorded nothing: {error}"));
    let [found, wrong] = [spoken, other].map(|it| score(&Recording::load(it).unwrap(), &heard));
    assert!(
        found >= 0.6 && wrong < found - 0.2,
        "{who} did not hear {spoken:?}: {found:.2}, against {wrong:.2} for the other sentence; \
         {:.0} dBFS, {} samples",
        heard.level_dbfs(),
        heard.samples.len()
    );
}

/// How much of the first three seconds of `spoken` is in `heard`, 0 to 1. Each half is sought for by itself: where other
/// programs keep the machine busy, the jitter buffer stretches speech by a tenth of a second and more.
fn score(spoken: &Recording, heard: &Recording) -> f32 {
    let halves = spoken.samples.chunks_exact(spoken.rate as usize * 3 / 2).take(2);
    let piece = |samples: &[f32]| Recording { samples: samples.to_vec(), rate: spoken.rate };
    halves.map(|half| ears::correlate(&piece(half), heard).score / 2.0).sum()
}

/// Fails when more was lost than a busy machine is late for: nothing gets lost on loopback.
pub(crate) fn assert_nearly_nothing_lost(quality: &Value) {
    assert!(quality["loss_percent"].as_f64().is_some_and(|percent| percent < 3.0), "{quality}");
}
