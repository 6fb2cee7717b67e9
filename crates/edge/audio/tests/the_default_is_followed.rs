//! Who takes the default device is taken along when the system's default changes, and is told.

mod rig;

use sidetone_lab::headset::SoundRig;
use sidetone_lab::process::output_of;

#[test]
fn a_call_on_the_default_moves_with_it() {
    let mut rig = SoundRig::pulse().expect("a rig");
    rig.plug("hs_a", "Headset A").expect("plugged");
    let (before, after) = (rig.record("laptop").expect("recording"), rig.record("hs_a").expect("recording"));
    let said = format!("loop:{}", rig::speech("agent-greeting.wav").display());
    let mut playing = rig::Probe::start(&rig, &["run", "--from", &said, "--to", "default"]);
    let mut listening = rig::Probe::start(&rig, &["run", "--from", "default"]);
    assert_eq!(playing.expect("playback opened"), "playback opened Laptop");
    assert_eq!(listening.expect("capture opened"), "capture opened Laptop Microphone");
    let loud = |so_far: &sidetone_lab::ears::Recording| so_far.peak_dbfs() > -30.0;
    assert!(before.wait_until(rig::PATIENCE, loud), "nothing is heard on the laptop");
    assert!(!loud(&after.so_far()), "the headset is not the default yet");
    for (what, name) in [("set-default-sink", "hs_a"), ("set-default-source", "hs_a_mic")] {
        output_of(rig.command("pactl").args([what, name])).expect("a new default");
    }
    playing.expect("playback moved");
    listening.expect("capture moved");
    assert!(after.wait_until(rig::PATIENCE, loud), "nothing is heard on the headset");
}
