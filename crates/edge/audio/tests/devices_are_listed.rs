//! Headsets are listed by name, monitors and other programs' streams are not, and a machine without sound
//! gives an empty list at once.

mod rig;

use std::time::{Duration, Instant};

use sidetone_lab::headset::SoundRig;
use sidetone_lab::process::output_of;

#[test]
fn both_halves_of_every_headset_are_listed() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        let mut busy = rig::Probe::start(&rig, &["run", "--from", "default", "--to", "default"]);
        busy.expect_all(&["capture opened", "playback opened"]);
        let lines = rig::device_lines(&rig);
        let wanted = [
            format!("input\t{}\tHeadset A Microphone\t-", rig::id(&rig, "hs_a_mic")),
            format!("input\t{}\tLaptop Microphone\tdefault", rig::id(&rig, "laptop_mic")),
            format!("output\t{}\tHeadset A\t-", rig::id(&rig, "hs_a")),
            format!("output\t{}\tLaptop\tdefault", rig::id(&rig, "laptop")),
        ];
        for line in &wanted {
            assert!(lines.contains(line), "{line:?} is not in {lines:#?}");
        }
        // The hidden feeds are sinks of the rig; nothing else may be there.
        let others = lines.iter().filter(|line| line.contains('\t') && !wanted.contains(line));
        assert!(others.clone().all(|line| line.contains("(feed)")), "{:#?}", others.collect::<Vec<_>>());
        rig.unplug("hs_a").expect("unplugged");
        assert!(!rig::device_lines(&rig).iter().any(|line| line.contains("Headset A")));
    });
}

#[test]
fn a_machine_without_sound_has_an_empty_list_at_once() {
    let rig = SoundRig::pulse().expect("a rig");
    let empty = tempfile::tempdir().expect("a folder");
    let mut command = rig.command(env!("CARGO_BIN_EXE_sound-probe"));
    command.arg("devices").envs([
        ("XDG_RUNTIME_DIR", empty.path()),
        ("PIPEWIRE_RUNTIME_DIR", empty.path()),
        ("PULSE_RUNTIME_PATH", empty.path()),
    ]);
    command.env("PULSE_SERVER", format!("unix:{}/none", empty.path().display()));
    let start = Instant::now();
    let printed = output_of(&mut command).expect("the probe lists");
    assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    assert_eq!(printed.lines().count(), 1, "only the time: {printed}");
}
