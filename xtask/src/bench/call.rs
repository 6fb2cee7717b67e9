//! A call between two phones of one make over virtual headsets: what it takes of the machine, and how long a word is
//! under way from the caller's mouth to the callee's ear.

use super::figures::{Figure, Figures};
use super::parts::Voice;
use super::phone::{Make, Phone};
use super::usage::{self, Memory};
use crate::console::{self, Trouble};
use sidetone_lab::ears::{self, Recording};
use sidetone_lab::headset::{SoundRig, microphone};
use sidetone_lab::process::Child;
use sidetone_lab::recorder::Recorder;
use std::time::{Duration, Instant};

/// Who speaks when delay is measured.
pub(super) const CALLER: &str = "caller";
/// Whose phone is measured, and who listens.
pub(super) const CALLEE: &str = "callee";

/// Buffers and clocks have settled after so long.
const SETTLING: Duration = Duration::from_secs(3);
/// How long a sentence may be under way.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// Sentences in one call.
const SENTENCES: u32 = 2;
/// How often a sentence is said at most.
const TRIES: u32 = 4;
/// Below this the words were not found, and so no delay.
const FOUND: f32 = 0.6;

/// One call of `make`, talked in for `seconds`.
pub(super) fn measure(
    rig: &SoundRig,
    make: Make,
    (voice, seconds): (&Voice, u32),
    figures: &mut Figures,
) -> Result<(), Trouble> {
    let callee = Phone::answering(rig, make, CALLEE)?;
    let caller = Phone::calling(rig, make, CALLER, callee.port())?;
    caller.wait_until_connected()?;
    callee.wait_until_connected()?;
    let talking = [rig.speak(CALLER, &voice.talk_file)?, rig.speak(CALLEE, &voice.talk_file)?];
    std::thread::sleep(SETTLING);
    let (began, before) = (Instant::now(), usage::processor_seconds(callee.id())?);
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let used = usage::processor_seconds(callee.id())? - before;
    let percent = used / began.elapsed().as_secs_f64() * 100.0;
    let memory = Memory::of(callee.id())?;
    drop(talking);
    figures.add(Figure::Processor, make, percent);
    figures.in_call(make, memory);
    let mut told = Vec::new();
    for _ in 0..SENTENCES {
        let delay_ms = delay(rig, voice)?;
        figures.add(Figure::Delay, make, delay_ms);
        told.push(format!("{delay_ms:.0} ms"));
    }
    console::note(&format!(
        "call {:.1} MB, {percent:.1} % of a core, mouth to ear {}",
        memory.resident_mb,
        told.join(" and ")
    ));
    Ok(())
}

/// The same without a phone: recorded from the caller's microphone and played to the callee's speaker at once.
pub(super) fn rig_alone(rig: &SoundRig, voice: &Voice) -> Result<f64, Trouble> {
    let sound = "--raw --format=s16le --rate=48000 --channels=1 --latency-msec=10";
    let (from, to) = (microphone(CALLER), CALLEE);
    // The player comes first: what is recorded before it is there would wait in the pipe for ever.
    let copy = format!("(sleep 1; exec parec --device={from} {sound}) | pacat --device={to} {sound}");
    let _copying = Child::start(rig.command("sh").args(["-c", &copy]))?;
    std::thread::sleep(SETTLING);
    let delay_ms = delay(rig, voice)?;
    console::note(&format!("mouth to ear {delay_ms:.0} ms"));
    Ok(delay_ms)
}

/// A sentence of the caller, from the mouth to the callee's ear, in ms. On a machine that stalls, recordings get holes:
/// then it is said again.
fn delay(rig: &SoundRig, voice: &Voice) -> Result<f64, Trouble> {
    for _ in 1..TRIES {
        match delay_once(rig, voice) {
            Ok(delay_ms) => return Ok(delay_ms),
            Err(trouble) => console::note(&format!("once more, since {trouble}")),
        }
    }
    delay_once(rig, voice)
}

fn delay_once(rig: &SoundRig, voice: &Voice) -> Result<f64, Trouble> {
    let (mouth, ear) = (rig.record_feed(CALLER)?, rig.record(CALLEE)?);
    let mut speaking = rig.speak(CALLER, &voice.sentence_file)?;
    let length = voice.sentence.samples.len() as f64 / f64::from(voice.sentence.rate);
    if speaking.wait(Duration::from_secs_f64(length) + 5 * UNDER_WAY)?.is_none() {
        return Err(Trouble::new("the sentence does not end"));
    }
    std::thread::sleep(UNDER_WAY);
    let said = moment(&voice.sentence, mouth, "the caller's mouth")?;
    let heard = moment(&voice.sentence, ear, "the callee's ear")?;
    Ok((heard - said) * 1000.0)
}

/// When `sentence` begins in what was recorded, in seconds of this machine's clock.
fn moment(sentence: &Recording, recorder: Recorder, place: &str) -> Result<f64, Trouble> {
    let started = recorder.started();
    let heard = recorder.stop()?;
    let found = ears::correlate(sentence, &heard);
    if found.score < FOUND {
        return Err(Trouble::new(format!("the sentence is not to be heard at {place}: {found:?}")));
    }
    Ok(since_epoch(started) + found.delay_ms / 1000.0)
}

/// Seconds since some moment that is the same for all of a run.
fn since_epoch(moment: Instant) -> f64 {
    static EPOCH: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let epoch = *EPOCH.get_or_init(|| moment);
    match moment.checked_duration_since(epoch) {
        Some(later) => later.as_secs_f64(),
        None => -epoch.duration_since(moment).as_secs_f64(),
    }
}
