//! Whole phones in real time, taking turns on the same virtual headsets: a turn is one call. A turn in which the machine
//! was not quiet is taken again, and said so when it stays like that.

use super::Arguments;
use super::far::{Codec, Far, survivors};
use super::programme::{Programme, decoded};
use super::python::Python;
use super::quiet::{Mood, Watch};
use super::row::{Cost, Row};
use super::table::{BOUND, Scores};
use crate::bench::call::{self, CALLEE};
use crate::bench::figures::Figures;
use crate::bench::parts;
use crate::bench::phone::{Make, Phone};
use crate::console::{self, Trouble};
use sidetone_lab::ears::Recording;
use sidetone_lab::headset::SoundRig;
use sidetone_lab::impair::Network;
use std::path::PathBuf;
use std::time::Duration;

const SEEDS: u64 = 3;
/// How often a turn is taken at most.
const TRIES: u32 = 3;
/// What is still under way when the last packet has gone, or the last word is said.
const TAIL: Duration = Duration::from_secs(1);
/// Over how many seconds of a call the processor's time is taken.
const COST_SECONDS: u32 = 15;

/// Everything that turns are taken with.
struct Bench<'a> {
    rig: SoundRig,
    python: &'a Python,
    programmes: Vec<Programme>,
    expected_loss: Option<u8>,
}

pub(super) fn run(
    arguments: &Arguments,
    python: &Python,
    speech: &[PathBuf],
    scores: &mut Scores,
) -> Result<(), Trouble> {
    let (rig, programmes) = (crate::bench::rig()?, Programme::all(speech)?);
    let bench = Bench { rig, python, programmes, expected_loss: arguments.expected_loss };
    let rows = arguments.rows();
    let seeds = arguments.seeds.unwrap_or(SEEDS);
    for (number, row) in rows.iter().enumerate() {
        console::step(&format!("row {} of {}: {row}", number + 1, rows.len()));
        let makes = arguments.makes(*row);
        for seed in 1..=seeds {
            match row {
                Row::Heard(network) => bench.heard((*network, seed), &makes, scores)?,
                Row::Wire(codec) => bench.wire((*codec, seed), &makes, scores)?,
                Row::Cost(_) => bench.cost(&makes, scores)?,
            }
        }
    }
    Ok(())
}

impl Bench<'_> {
    fn programme(&self, seed: u64) -> Result<&Programme, Trouble> {
        let number = seed as usize % self.programmes.len().max(1);
        self.programmes.get(number).ok_or_else(|| Trouble::new("there is nothing to say"))
    }

    /// The same packets for every phone, and for the bound.
    fn heard(
        &self,
        (network, seed): (Network, u64),
        makes: &[Make],
        scores: &mut Scores,
    ) -> Result<(), Trouble> {
        let programme = self.programme(seed)?;
        let stream = programme.packets(self.expected_loss.unwrap_or(network.loss_percent()))?;
        let name = format!("{network}.{seed}");
        let bound = decoded(&survivors(&stream, network, seed), Codec::Opus.word())?;
        let row = Row::Heard(network);
        scores.add_scored(row, &self.python.score(&programme.lines(&bound, &name, BOUND)?)?);
        for make in makes {
            let turn = || self.hear(*make, |far| far.send(&stream, (network, seed)));
            if let Some(heard) = again_until_quiet((row, seed, *make), scores, turn) {
                let lines = programme.lines(&heard, &name, make.name())?;
                self.tell((row, seed, *make), &lines, scores)?;
            }
        }
        Ok(())
    }

    /// One call in which the far end speaks.
    fn hear(
        &self,
        make: Make,
        speak: impl Fn(&Far) -> Result<Duration, Trouble>,
    ) -> Result<(Recording, Mood), Trouble> {
        let phone = Phone::answering(&self.rig, make, CALLEE)?;
        let far = Far::call(phone.port(), Codec::Opus)?;
        phone.wait_until_connected()?;
        let ear = self.rig.record(CALLEE)?;
        let watch = Watch::start();
        let latest = speak(&far)?;
        std::thread::sleep(TAIL);
        let mood = watch.stop();
        let heard = ear.stop()?;
        far.hang_up()?;
        Ok((heard, Mood { latest: mood.latest.max(latest), ..mood }))
    }

    fn wire(&self, (codec, seed): (Codec, u64), makes: &[Make], scores: &mut Scores) -> Result<(), Trouble> {
        let programme = self.programme(seed)?;
        let row = Row::Wire(codec);
        for make in makes {
            let turn = || self.speak(*make, codec, programme);
            if let Some(sent) = again_until_quiet((row, seed, *make), scores, turn) {
                let lines = programme.lines(&sent, &format!("{row}.{seed}"), make.name())?;
                self.tell((row, seed, *make), &lines, scores)?;
            }
        }
        Ok(())
    }

    /// One call in which the phone's owner speaks.
    fn speak(&self, make: Make, codec: Codec, programme: &Programme) -> Result<(Recording, Mood), Trouble> {
        let phone = Phone::answering(&self.rig, make, CALLEE)?;
        let far = Far::call(phone.port(), codec)?;
        phone.wait_until_connected()?;
        let watch = Watch::start();
        let _speaking = self.rig.speak(CALLEE, &programme.file)?;
        let stream = far.listen(Duration::from_secs_f64(programme.seconds) + TAIL)?;
        let mood = watch.stop();
        far.hang_up()?;
        Ok((decoded(&stream, codec.word())?, mood))
    }

    fn cost(&self, makes: &[Make], scores: &mut Scores) -> Result<(), Trouble> {
        let voice = parts::voice(COST_SECONDS)?;
        for make in makes {
            let turn = || {
                let (watch, mut figures) = (Watch::start(), Figures::default());
                let measured = call::measure(&self.rig, *make, (&voice, COST_SECONDS), &mut figures);
                // A sentence that was not found takes its delay away, and not what was measured before.
                match measured {
                    Err(trouble) if !figures.has(*make) => return Err(trouble),
                    Err(trouble) => console::note(&format!("no delay, since {trouble}")),
                    Ok(()) => {}
                }
                Ok((figures, watch.stop()))
            };
            let row = Row::Cost(Cost::Delay);
            let Some(figures) = again_until_quiet((row, 0, *make), scores, turn) else { continue };
            for cost in Cost::ALL {
                let values = figures.all(cost.figure(), *make);
                values.iter().for_each(|value| scores.add(Row::Cost(cost), make.name(), *value));
            }
        }
        Ok(())
    }

    fn tell(
        &self,
        (row, seed, make): (Row, u64, Make),
        lines: &str,
        scores: &mut Scores,
    ) -> Result<(), Trouble> {
        let told = scores.add_scored(row, &self.python.score(lines)?);
        let told: Vec<String> = told.iter().map(|score| format!("{score:.2}")).collect();
        console::note(&format!("{row}, seed {seed}, {}: {}", make.name(), told.join(" and ")));
        Ok(())
    }
}

/// Takes a turn until the machine was quiet, or three times. `None` when every one failed; a last one that was disturbed
/// counts, and is said.
fn again_until_quiet<T>(
    (row, seed, make): (Row, u64, Make),
    scores: &mut Scores,
    turn: impl Fn() -> Result<(T, Mood), Trouble>,
) -> Option<T> {
    let mut last = None;
    for _ in 0..TRIES {
        match turn() {
            Ok((result, mood)) if mood.quiet() => return Some(result),
            Ok((result, mood)) => {
                console::note(&format!("{row}, seed {seed}, {}: not quiet ({mood})", make.name()));
                last = Some(result);
            }
            Err(trouble) => console::note(&format!("{row}, seed {seed}, {}: {trouble}", make.name())),
        }
    }
    scores.disturbed(format!("{row}, seed {seed}, {}", make.name()));
    last
}
