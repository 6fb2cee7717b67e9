//! A headset that is pulled out is an event, never a hang or an end: silence flows on.

mod rig;

use std::time::{Duration, Instant};

use sidetone_lab::headset::SoundRig;

#[test]
fn pulling_the_headset_out_is_told_for_both_halves() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let (microphone, speaker) = (rig::id(&rig, "hs_a_mic"), rig::id(&rig, "hs_a"));
        let words = ["run", "--from", &microphone, "--to", &speaker, "--seconds", "5"];
        let mut probe = rig::Probe::start(&rig, &words);
        probe.expect("status");
        let pulled = Instant::now();
        rig.unplug("hs_a").expect("unplugged");
        probe.expect_all(&["capture stopped Lost", "playback stopped Lost"]);
        println!("{:?}: told after {} ms", rig.daemon(), pulled.elapsed().as_millis());
        assert!(pulled.elapsed() < Duration::from_secs(2), "told after {:?}", pulled.elapsed());
        // Blocks flow on: a hundred a second, of silence.
        let blocks = |line: String| {
            line.split(['=', ' '])
                .nth(2)
                .and_then(|number| number.parse::<i64>().ok())
                .expect("a number of blocks")
        };
        probe.expect("status");
        let before = blocks(probe.expect("status"));
        let after = blocks(probe.expect("status"));
        assert!((80..=120).contains(&(after - before)), "{} blocks in a second", after - before);
        probe.expect("closed");
        assert!(probe.ended());
    });
}

#[test]
fn without_any_device_silence_flows_and_the_trouble_is_told() {
    let rig = SoundRig::pulse().expect("a rig");
    let mut command = rig.command(env!("CARGO_BIN_EXE_sound-probe"));
    command.env("SIDETONE_SOUND", "none");
    command.args(["run", "--from", "default", "--to", "default", "--ring", "default", "--seconds", "1.5"]);
    let mut probe = rig::Probe::spawn(command);
    let status = probe.expect("status");
    assert!(status.starts_with("status blocks=9") || status.starts_with("status blocks=10"), "{status}");
    for who in ["capture", "playback", "ringer"] {
        let told = format!("{who} stopped NoDevice");
        assert!(probe.said().contains(&told), "{told:?} is not in {:#?}", probe.said());
    }
    probe.expect("closed in 0 ms");
    assert!(probe.ended());
}

#[test]
fn a_daemon_that_dies_is_told() {
    rig::on_both(|rig| {
        let daemon = rig.daemon();
        let mut probe =
            rig::Probe::start(&rig, &["run", "--from", "default", "--to", "default", "--seconds", "2.5"]);
        probe.expect("status");
        drop(rig);
        probe.expect_all(&["capture stopped", "playback stopped"]);
        probe.expect("closed");
        assert!(probe.ended(), "{daemon:?}");
    });
}
