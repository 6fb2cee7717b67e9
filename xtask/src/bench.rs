//! `cargo xtask bench`: `sidetone-cli` beside baresip in one run, taking turns, so that both meet the same machine in
//! the same mood. It prints medians with their ranges and says which aims are met. It judges nothing else: figures
//! never make it fail, only a phone that does not work does.

mod aims;
mod call;
mod conference;
mod figures;
mod flood;
mod parts;
mod phone;
mod probe;
mod processing;
mod report;
mod usage;
mod voice;

use crate::console::{self, Trouble};
use crate::{run, setup};
use clap::{Args, Subcommand};
use figures::Figures;
use phone::Make;
use sidetone_lab::headset::SoundRig;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// How often each phone has its turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Over how many seconds of a call the processor's time is taken.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// What is built already will do.
    #[arg(long)]
    no_build: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Whether a registered phone bears a flood of strangers' calls and connections.
    Flood(flood::Arguments),
    /// What a conference of eight takes of a processor.
    Conference(conference::Arguments),
    /// How speech sounds that came over a bad network.
    Voice(voice::Arguments),
    /// What is done to the agent's voice in noise.
    Processing,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    match &arguments.what {
        Some(What::Flood(arguments)) => return flood::run(arguments),
        Some(What::Conference(arguments)) => return conference::run(arguments),
        Some(What::Voice(arguments)) => return voice::run(arguments),
        Some(What::Processing) => return processing::run(),
        None => {}
    }
    setup::ensure(setup::Purpose::Test)?;
    if !arguments.no_build {
        build()?;
    }
    let rig = rig()?;
    let voice = parts::voice(arguments.seconds)?;
    let mut figures = Figures::default();
    console::step("the rig alone: a microphone's sound copied to a speaker");
    for _ in 0..arguments.rounds {
        figures.rig(call::rig_alone(&rig, &voice)?);
    }
    for round in 1..=arguments.rounds {
        for make in Make::ALL {
            console::step(&format!("round {round} of {}: {}", arguments.rounds, make.name()));
            signalling(&rig, make, &mut figures)?;
            call::measure(&rig, make, (&voice, arguments.seconds), &mut figures)?;
        }
    }
    report::print(&figures);
    Ok(())
}

fn build() -> Result<(), Trouble> {
    console::step("sidetone-cli, as it is given to people");
    let words = ["build", "--release", "--package", "sidetone-phone", "--bin", "sidetone-cli"];
    run::all_of(&mut run::cargo(&words))
}

/// A headset for each side, and one for the rig alone.
fn rig() -> Result<SoundRig, Trouble> {
    let mut rig = SoundRig::pulse()?;
    for (name, title) in [(call::CALLER, "Caller"), (call::CALLEE, "Callee")] {
        rig.plug(name, title)?;
    }
    Ok(rig)
}

/// How quickly a phone that was left alone says that it rings, and that it is there.
fn signalling(rig: &SoundRig, make: Make, figures: &mut Figures) -> Result<(), Trouble> {
    let phone = phone::Phone::answering(rig, make, call::CALLEE)?;
    let idle = usage::Memory::of(phone.id())?;
    figures.idle(make, idle);
    let mut probe = probe::Probe::to(phone.port())?;
    // The first call finds caches cold; every phone has had one by the time somebody measures.
    probe.call()?;
    for _ in 0..CALLS {
        let answer = probe.call()?;
        figures.answer(make, answer);
    }
    console::note(&format!("idle {:.1} MB, {CALLS} calls answered", idle.resident_mb));
    Ok(())
}

/// Calls of the probe in one turn.
const CALLS: u32 = 10;
