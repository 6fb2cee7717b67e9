//! A headset that is pulled out in the middle of a sentence falls silent, and not one sample of the call is heard on
//! any other device: not on the laptop's speaker, which is the default, and not on another headset.

mod rig;

use std::time::Instant;

const SILENT_DBFS: f32 = -90.0;

#[test]
fn the_rest_of_a_sentence_is_heard_nowhere() {
    rig::on_both(|mut rig| {
        rig.plug("hs_a", "Headset A").expect("plugged");
        rig.plug("hs_b", "Headset B").expect("plugged");
        let chosen = rig.record("hs_a").expect("recording");
        let mut others = Vec::new();
        for name in ["laptop", "hs_b"] {
            others.push((name, rig.record(name).expect("recording")));
            others.push((name, rig.record_feed(name).expect("recording")));
        }
        let said = format!("loop:{}", rig::speech("agent-greeting.wav").display());
        let device = rig::id(&rig, "hs_a");
        let mut probe = rig::Probe::start(&rig, &["run", "--from", &said, "--to", &device]);
        probe.expect("playback opened Headset A");
        assert!(chosen.wait_until(rig::PATIENCE, |so_far| so_far.peak_dbfs() > -30.0), "nothing is heard");
        drop(chosen);
        let pulled = Instant::now();
        rig.unplug("hs_a").expect("unplugged");
        probe.expect("playback stopped Lost");
        println!("{:?}: told after {} ms", rig.daemon(), pulled.elapsed().as_millis());
        // The call goes on for another two seconds.
        probe.expect("status");
        probe.expect("status");
        for (name, recorder) in others {
            let heard = recorder.stop().expect("stopped");
            assert!(heard.samples.len() > 96_000, "{name} was recorded for {} samples", heard.samples.len());
            assert!(heard.peak_dbfs() < SILENT_DBFS, "heard on {name}: {} dBFS", heard.peak_dbfs());
        }
    });
}
