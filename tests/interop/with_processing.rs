//! AUDIO-7, CALL-4: a call with everything done to sound that is done by default, and stages switched in the middle of a sentence:
//! the words get through both ways, before and after, and nothing is cut out.

use crate::rig::{Baresip, PACKETS_OF_SPEECH, Sidetone, assert_heard, assert_nearly_nothing_lost, speech};
use sidetone_lab::ears::{self, Recording};
use std::path::{Path, PathBuf};

#[test]
fn call_4_noise_removal_is_switched_in_a_call_and_no_word_is_cut() {
    let (customer, agent) = (speech("customer-echo"), speech("agent-greeting"));
    let folder = tempfile::tempdir().unwrap();
    let theirs = said(2, &["customer-echo"], 20, folder.path());
    let ours = said(10, &["agent-greeting", "agent-help"], 2, folder.path());
    let mut baresip = Baresip::start("opus", &theirs);
    let mut phone = Sidetone::direct("bob")
        .args(["--control", "--call", &baresip.uri("udp")])
        .arg("--mic")
        .arg(&ours)
        .start();
    baresip.event("CALL_INCOMING");
    baresip.tell("accept", "");
    phone.event("connected");
    for (packets, switch) in [
        (220, "process removal-heard on"),
        (330, "process removal-heard off"),
        (660, "process removal-sent off"),
        (880, "process removal-sent on"),
        (1_000, "process gain off"),
    ] {
        phone.talk(packets);
        phone.tell(switch);
    }
    let quality = phone.talk(1_250);
    assert_nearly_nothing_lost(&quality);
    phone.interrupt();
    baresip.event("CALL_CLOSED");
    assert_eq!(phone.ends(), Some(0));
    let heard = [phone.heard(), baresip.heard()];
    assert_heard("sidetone", &customer, &agent, &heard[0]);
    assert_heard("baresip", &agent, &customer, &heard[1]);
    let help = speech("agent-help");
    for (who, spoken, heard) in
        [("sidetone", &customer, &heard[0]), ("baresip", &agent, &heard[1]), ("baresip", &help, &heard[1])]
    {
        let (spoken, heard) = (Recording::load(spoken).unwrap(), Recording::load(heard).unwrap());
        let missing_ms = ears::missing_ms(&spoken, &heard);
        // On a busy machine the jitter buffer moves speech by a tenth of a second and more.
        assert!(missing_ms <= 250, "{who} misses {missing_ms} ms of speech in one stretch");
    }
}

/// These sentences one after the other, with so much silence around them: nobody speaks before the call is up, nor while the other
/// one does. baresip says a file once.
fn said(before_s: usize, sentences: &[&str], after_s: usize, folder: &Path) -> PathBuf {
    let said: Vec<Recording> = sentences.iter().map(|it| Recording::load(&speech(it)).unwrap()).collect();
    let rate = said[0].rate;
    let mut samples = vec![0.0; before_s * rate as usize];
    samples.extend(said.iter().flat_map(|said| said.samples.iter()));
    samples.extend(vec![0.0; after_s * rate as usize]);
    let file = folder.join(sentences[0]).with_extension("wav");
    Recording { samples, rate }.save(&file).unwrap();
    file
}

#[test]
fn the_agent_hears_their_own_voice_as_wanted_but_not_while_muted() {
    for muted in [false, true] {
        let words = speech("agent-greeting");
        let mut silent = Sidetone::direct("ann").args(["--auto-answer", "--mic", "none"]).start();
        let silent_at = format!("sip:ann@{}", silent.address());
        let mut phone = Sidetone::direct("bob").args(["--control"]).speaking(&words).start();
        phone.tell("sidetone 50");
        phone.tell(&format!("call {silent_at}"));
        phone.event("connected");
        if muted {
            phone.tell("mute");
        }
        phone.talk(PACKETS_OF_SPEECH);
        phone.interrupt();
        silent.event("ended");
        assert_eq!(phone.ends(), Some(0));
        let [spoken, heard] = [&words, &phone.heard()].map(|file| Recording::load(file).unwrap());
        // What was said before the mute was there counts for nothing: whole sentences do.
        let found = ears::correlate(&spoken, &heard).score;
        assert_eq!(found > 0.6, !muted, "muted: {muted}, and {found} of the agent's own words are heard");
    }
}
