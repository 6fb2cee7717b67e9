//! The ring is heard again and again on the ringer's device while a call plays on another; *Test speakers* is heard.

mod rig;

use sidetone_lab::ears::{Recording, carries_words, correlate};

fn loud_parts(sound: &Recording) -> usize {
    // The ring's attack rises out of half a second of rest.
    let frame = sound.rate as usize / 100;
    let loud: Vec<bool> =
        sound.samples.chunks(frame).map(|part| part.iter().any(|sample| sample.abs() > 0.2)).collect();
    (50..loud.len()).filter(|at| loud[*at] && !loud[at - 50..*at].contains(&true)).count()
}

#[test]
fn a_ring_loops_on_its_device_while_a_call_plays_on_another() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        rig.plug("ringer", "Desk speaker").expect("plugged");
        let (call, ring) = (rig.record("hs_a").expect("recording"), rig.record("ringer").expect("recording"));
        let file = format!("file:{}", rig::speech("colleague-hello.wav").display());
        let (speaker, ringer) = (rig::id(&rig, "hs_a"), rig::id(&rig, "ringer"));
        let mut probe =
            rig::Probe::start(&rig, &["run", "--from", &file, "--to", &speaker, "--ring", &ringer]);
        let said = rig::spoken("colleague-hello.wav");
        let whole = rig::hears(&call, &said);
        let looped = ring.wait_until(rig::PATIENCE, |so_far| loud_parts(so_far) >= 2);
        assert!(probe.said().contains(&"ringer opened Desk speaker".to_owned()), "{:#?}", probe.said());
        let (call, ring) = (call.stop().expect("stopped"), ring.stop().expect("stopped"));
        assert!(whole && carries_words(&said, &call), "{:?}", correlate(&said, &call));
        assert!(looped, "rang {} times, {} dBFS: {:#?}", loud_parts(&ring), ring.peak_dbfs(), probe.said());
        assert!(!carries_words(&said, &ring), "the call is heard on the ringer's device");
    });
}

#[test]
fn test_speakers_is_heard_to_its_end() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let recorder = rig.record("hs_a").expect("recording");
        let speaker = rig::id(&rig, "hs_a");
        let mut probe = rig::Probe::start(&rig, &["test", &speaker]);
        probe.expect("played");
        assert!(probe.ended());
        let heard = recorder.stop().expect("stopped");
        assert!(heard.peak_dbfs() > -20.0, "{} dBFS", heard.peak_dbfs());
    });
}
