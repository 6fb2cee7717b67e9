//! Two callers and the agent in a conference that the agent's phone mixes (CONF-1, CONF-2): each speaks a tone of its own,
//! and each hears the others' and not its own.

use crate::rig::{Baresip, Setup, Sidetone};
use sidetone_lab::ears::Recording;
use sidetone_store::GreetingFolder;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

const AGENT: f64 = 500.0;
const BOB: f64 = 870.0;
const CAROL: f64 = 1_310.0;
/// A second of speech.
const PACKETS: u64 = 50;

/// A phone without encryption: the processor is for the mixing.
fn plain(user: &str) -> Setup {
    Sidetone::direct(user).args(["--encrypt", "never"])
}

/// A minute of a tone.
fn tone(folder: &Path, hertz: f64) -> PathBuf {
    let file = folder.join(format!("{hertz}.wav"));
    let step = TAU * hertz / 48_000.0;
    let samples = (0..60 * 48_000).map(|n| (0.1 * (step * f64::from(n)).sin()) as f32).collect();
    Recording { samples, rate: 48_000 }.save(&file).unwrap();
    file
}

/// How loud a tone is in what was heard, in dBFS, by tenths of a second.
fn loudness(heard: &Recording, hertz: f64) -> Vec<f64> {
    let step = TAU * hertz / f64::from(heard.rate);
    let loudness = |part: &[f32]| {
        let (re, im) = part.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
            let (sin, cos) = (step * n as f64).sin_cos();
            (re + f64::from(*sample) * cos, im + f64::from(*sample) * sin)
        });
        20.0 * (2.0 * f64::hypot(re, im) / part.len() as f64).max(1e-6).log10()
    };
    heard.samples.chunks_exact(heard.rate as usize / 10).map(loudness).collect()
}

fn loudest(heard: &Recording, hertz: f64) -> f64 {
    loudness(heard, hertz).into_iter().fold(-120.0, f64::max)
}

/// In the middle of the last two seconds: codecs and a busy machine make single tenths of tones something else.
fn at_last(heard: &Recording, hertz: f64) -> f64 {
    let mut last = loudness(heard, hertz);
    let mut last = last.split_off(last.len().saturating_sub(20));
    last.sort_by(f64::total_cmp);
    last.get(last.len() / 2).copied().unwrap_or(-120.0)
}

fn assert_hears(who: &str, file: &Path, others: [f64; 2], own: f64) {
    let heard = Recording::load(file).unwrap();
    let [one, other, own] = [others[0], others[1], own].map(|hertz| at_last(&heard, hertz));
    assert!(one > -36.0 && other > -36.0, "{who} hears the others at {one:.0} and {other:.0} dBFS");
    assert!(own < -40.0, "{who} hears themselves at {own:.0} dBFS");
}

fn far_dbfs(phone: &mut Sidetone, is_it: impl Fn(f64) -> bool) {
    phone.event_that("quality", |event| event["far_dbfs"].as_f64().is_some_and(&is_it));
}

/// The agent takes a second call; the first one waits.
fn take_another(agent: &mut Sidetone) {
    agent.event("incoming");
    agent.tell("answer");
    agent.event("held");
    agent.talk(1);
}

#[test]
fn conf_1_three_hear_each_other_and_not_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let speaking = |user, hertz| plain(user).speaking(&tone(folder.path(), hertz));
    let mut agent = speaking("agent", AGENT).args(["--auto-answer", "--control"]).start();
    let target = format!("sip:agent@{}", agent.address());
    let mut bob = speaking("bob", BOB).args(["--call", &target]).start();
    bob.event("connected");
    agent.event("connected");
    let mut carol = Baresip::start("opus", &tone(folder.path(), CAROL));
    carol.tell("dial", &target);
    take_another(&mut agent);
    agent.tell("merge");
    agent.event("resumed");
    let before = bob.talk(1)["packets_received"].as_u64().unwrap();
    bob.talk(before + 4 * PACKETS);
    for phone in [&mut agent, &mut bob] {
        phone.interrupt();
        assert_eq!(phone.ends(), Some(0));
    }
    assert_hears("the agent", &agent.heard(), [BOB, CAROL], AGENT);
    assert_hears("bob", &bob.heard(), [AGENT, CAROL], BOB);
    assert_hears("carol", &carol.heard(), [AGENT, BOB], CAROL);
}

#[test]
fn conf_2_one_is_deafened_one_is_silenced_and_all_are_held() {
    let folder = tempfile::tempdir().unwrap();
    let silent = |user| plain(user).args(["--mic", "none"]);
    let mut agent = silent("agent").args(["--auto-answer", "--control"]).start();
    let target = format!("sip:agent@{}", agent.address());
    let mut bob = silent("bob").args(["--call", &target]).start();
    agent.event("connected");
    let speaking = plain("carol").speaking(&tone(folder.path(), CAROL));
    let mut carol = speaking.args(["--call", &target]).start();
    take_another(&mut agent);
    agent.tell("merge");
    let (loud, quiet) = (|dbfs: f64| dbfs > -35.0, |dbfs: f64| dbfs < -60.0);
    far_dbfs(&mut bob, loud);
    for (words, back) in [("deafen 1", "undeafen 1"), ("silence 2", "hear 2"), ("leave 2", "join 2")] {
        agent.tell(words);
        far_dbfs(&mut bob, quiet);
        agent.tell(back);
        far_dbfs(&mut bob, loud);
    }
    agent.tell("hold-all");
    agent.event("held");
    agent.event("held");
    far_dbfs(&mut bob, quiet);
    agent.tell("merge");
    far_dbfs(&mut bob, loud);
    agent.tell("hangup 2");
    carol.event("ended");
    far_dbfs(&mut bob, quiet);
    assert_eq!(bob.count("ended"), 0);
}

#[test]
fn call_14_a_whisper_is_the_agents_alone_and_call_15_a_greeting_is_for_both() {
    let folder = tempfile::tempdir().unwrap();
    let clip = |name: &str, hertz: f64| {
        let file = tone(folder.path(), hertz);
        let mut short = Recording::load(&file).unwrap();
        short.samples.truncate(48_000);
        let file = folder.path().join(name);
        short.save(&file).unwrap();
        file
    };
    let (whisper, greeting) = (clip("whisper.wav", BOB), clip("greeting.wav", CAROL));
    let mut agent = plain("agent").args(["--mic", "none", "--auto-answer", "--control"]).start();
    let target = format!("sip:agent@{}", agent.address());
    let mut bob = plain("bob").args(["--mic", "none", "--call", &target]).start();
    agent.event("connected");
    bob.talk(PACKETS);
    agent.tell(&format!("whisper {}", whisper.display()));
    assert_eq!(agent.event("played")["stopped"], false);
    agent.tell(&format!("greet {}", greeting.display()));
    assert_eq!(agent.event("played")["stopped"], false);
    agent.tell(&format!("greet {}", folder.path().join("none.wav").display()));
    agent.event("error");
    agent.tell(&format!("greet {}", folder.path().join(format!("{CAROL}.wav")).display()));
    bob.skip_to_now();
    far_dbfs(&mut bob, |dbfs| dbfs > -35.0);
    far_dbfs(&mut bob, |dbfs| dbfs > -35.0);
    agent.tell("stop");
    assert_eq!(agent.event("played")["stopped"], true);
    for phone in [&mut agent, &mut bob] {
        phone.interrupt();
        assert_eq!(phone.ends(), Some(0));
    }
    let [agent, bob] = [agent.heard(), bob.heard()].map(|file| Recording::load(&file).unwrap());
    assert!(loudest(&agent, BOB) > -30.0 && loudest(&agent, CAROL) > -30.0);
    assert!(loudest(&bob, CAROL) > -30.0, "the greeting at {:.0} dBFS", loudest(&bob, CAROL));
    assert!(loudest(&bob, BOB) < -60.0, "the whisper at {:.0} dBFS", loudest(&bob, BOB));
}

#[test]
fn offer_7_a_call_is_taken_after_a_whisper_that_the_caller_does_not_hear() {
    let folder = tempfile::tempdir().unwrap();
    // Beside the file that names it.
    let place = folder.path().join("sidetone");
    let mut whisper = Recording::load(&tone(folder.path(), BOB)).unwrap();
    whisper.samples.truncate(48_000);
    assert!(GreetingFolder::new(place.clone()).keep("whisper", &whisper.samples).unwrap());
    std::fs::write(place.join("config.toml"), "[auto_answer]\nwhisper = \"whisper.opus\"\n").unwrap();
    let agent = plain("agent").env("XDG_CONFIG_HOME", &folder.path().to_string_lossy());
    let mut agent = agent.args(["--mic", "none", "--process", "none", "--auto-answer"]).start();
    let target = format!("sip:agent@{}", agent.address());
    let mut caller = plain("caller").args(["--mic", "none", "--call", &target]).start();
    caller.event("ringing");
    assert_eq!(agent.event("played")["stopped"], false);
    agent.event("connected");
    caller.event("connected");
    caller.talk(PACKETS);
    for phone in [&mut agent, &mut caller] {
        phone.interrupt();
        assert_eq!(phone.ends(), Some(0));
    }
    let [agent, caller] = [&agent, &caller].map(|phone| Recording::load(&phone.heard()).unwrap());
    let [agent, caller] = [&agent, &caller].map(|heard| loudest(heard, BOB));
    assert!(
        agent > -30.0 && caller < -60.0,
        "the agent hears it at {agent:.0} dBFS, the caller at {caller:.0}"
    );
}
