//! Sound goes from a headset's microphone through this room to a headset's speaker, and to no other.

mod rig;

use sidetone_lab::ears::{carries_words, correlate, missing_ms};

#[test]
fn a_file_is_played_on_the_chosen_speaker_only() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let (chosen, other) =
            (rig.record("hs_a").expect("recording"), rig.record("laptop").expect("recording"));
        let file = format!("file:{}", rig::speech("colleague-hello.wav").display());
        let device = rig::id(&rig, "hs_a");
        let mut probe = rig::Probe::start(&rig, &["run", "--from", &file, "--to", &device]);
        assert_eq!(probe.expect("playback opened"), "playback opened Headset A");
        let said = rig::spoken("colleague-hello.wav");
        let heard = rig::hears(&chosen, &said);
        let (chosen, other) = (chosen.stop().expect("stopped"), other.stop().expect("stopped"));
        assert!(
            heard && carries_words(&said, &chosen),
            "{:?}: {:#?}",
            correlate(&said, &chosen),
            probe.said()
        );
        assert!(missing_ms(&said, &chosen) <= 40, "{} ms missing", missing_ms(&said, &chosen));
        assert!(other.peak_dbfs() < -90.0, "the laptop played as well: {} dBFS", other.peak_dbfs());
        // Mono must reach both ears. To mix them for the recording PulseAudio takes the mean and PipeWire 0.7 of the
        // sum, 3 dB more; one ear alone would lose 6 dB and 3 dB.
        let loss = said.peak_dbfs() - chosen.peak_dbfs();
        assert!((-4.0..1.5).contains(&loss), "{loss} dB lost on the way");
    });
}

#[test]
fn the_microphone_is_captured_into_a_file() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("captured.wav");
        let (device, file) = (rig::id(&rig, "hs_a_mic"), format!("file:{}", path.display()));
        let mut probe = rig::Probe::start(&rig, &["run", "--from", &device, "--to", &file]);
        assert_eq!(probe.expect("capture opened"), "capture opened Headset A Microphone");
        let mut voice = rig.speak("hs_a", &rig::speech("customer-moment.wav")).expect("spoken");
        assert!(voice.wait(rig::PATIENCE).expect("waited").is_some());
        probe.expect("status");
        probe.expect("status");
        // Killed, not ended: the file must be readable all the same.
        drop(probe);
        let said = rig::spoken("customer-moment.wav");
        let captured = sidetone_lab::ears::Recording::load(&path).expect("a readable file");
        assert!(carries_words(&said, &captured), "{:?}", correlate(&said, &captured));
        assert!(missing_ms(&said, &captured) <= 40, "{} ms missing", missing_ms(&said, &captured));
    });
}

#[test]
fn both_ways_at_once_are_quick_and_whole() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let (microphone, speaker) = (rig::id(&rig, "hs_a_mic"), rig::id(&rig, "hs_a"));
        let mut probe = rig::Probe::start(&rig, &["run", "--from", &microphone, "--to", &speaker]);
        probe.expect("status");
        let (fed, played) =
            (rig.record_feed("hs_a").expect("recording"), rig.record("hs_a").expect("recording"));
        let mut voice = rig.speak("hs_a", &rig::speech("customer-hello.wav")).expect("spoken");
        assert!(voice.wait(rig::PATIENCE).expect("waited").is_some());
        let status = probe.expect("status");
        let said = rig::spoken("customer-hello.wav");
        assert!(rig::hears(&played, &said));
        let apart = played.started().saturating_duration_since(fed.started()).as_secs_f64()
            - fed.started().saturating_duration_since(played.started()).as_secs_f64();
        let (fed, played) = (fed.stop().expect("stopped"), played.stop().expect("stopped"));
        let (from, to) = (correlate(&said, &fed), correlate(&said, &played));
        let loop_ms = to.delay_ms - from.delay_ms + apart * 1000.0;
        println!("{:?}: microphone to speaker in {loop_ms:.0} ms; {status}", rig.daemon());
        assert!(carries_words(&said, &played), "{to:?}: {:#?}", probe.said());
        assert!(
            missing_ms(&fed, &played) <= 60,
            "{} ms missing: {:#?}",
            missing_ms(&fed, &played),
            probe.said()
        );
        assert!((0.0..150.0).contains(&loop_ms), "{loop_ms} ms: {:#?}", probe.said());
    });
}
