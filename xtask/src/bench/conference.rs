//! `cargo xtask bench conference`: what one `sidetone-cli` takes of a processor while it mixes a conference of eight: its
//! own agent and seven others that speak Opus to it, all of them talking all the time. Nothing needs sound devices.

use super::figures::Range;
use super::parts::{self, Followed, Voice};
use super::usage::{self, Memory};
use crate::console::{self, Trouble};
use crate::run;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::process::{ChildStdin, Command};
use std::time::{Duration, Instant};

/// How long anybody may take to get through: a machine that others use gives eight phones little of itself.
const PATIENCE: Duration = Duration::from_secs(90);
/// Buffers and clocks have settled after so long.
const SETTLING: Duration = Duration::from_secs(3);
/// What a conference of eight may take, in percent of a core.
const AIM_PERCENT: f64 = 8.0;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Parties beside the agent.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=7))]
    parties: u32,
    /// Seconds in a turn.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Turns.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Record the first party's call meanwhile.
    #[arg(long)]
    record: bool,
    /// What is built already will do.
    #[arg(long)]
    no_build: bool,
    /// The phone; the release build by default.
    #[arg(long)]
    phone: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    if !arguments.no_build && arguments.phone.is_none() {
        super::build()?;
    }
    let voice = parts::voice((arguments.seconds + 3) * arguments.rounds + 60)?;
    let mut table = Table::start(arguments, &voice)?;
    for number in 1..=arguments.parties {
        table.seat(number, &voice)?;
    }
    table.merge(arguments)?;
    std::thread::sleep(SETTLING);
    let mut percents = Vec::new();
    for _ in 0..arguments.rounds {
        percents.push(table.percent(Duration::from_secs(arguments.seconds.into()))?);
    }
    let memory = Memory::of(table.agent.id())?;
    let Some(range) = Range::of(&percents) else { return Err(Trouble::new("nothing was measured")) };
    let met = if range.median <= AIM_PERCENT { "met" } else { "missed" };
    println!("| parties | processor, % of a core | resident, MB | aim |\n|---|---|---|---|");
    println!(
        "| {} | {:.1} - {:.1} - {:.1} | {:.1} | {AIM_PERCENT} %: {met} |",
        arguments.parties + 1,
        range.least,
        range.median,
        range.most,
        memory.resident_mb
    );
    Ok(())
}

/// The agent's phone, and those of the others.
struct Table {
    agent: Followed,
    commands: ChildStdin,
    program: PathBuf,
    port: u16,
    others: Vec<Followed>,
    _folder: tempfile::TempDir,
}

impl Table {
    fn start(arguments: &Arguments, voice: &Voice) -> Result<Self, Trouble> {
        let program = arguments.phone.clone().unwrap_or_else(|| run::target().join("release/sidetone-cli"));
        let (folder, port) = (tempfile::tempdir()?, super::phone::free_port()?);
        let mut command = phone(&program, voice);
        for place in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(place, folder.path());
        }
        command.args(["--control", "--local-port", &port.to_string()]);
        let (agent, commands) = Followed::start_listening(&mut command)?;
        let table = Self { agent, commands, program, port, others: Vec::new(), _folder: folder };
        table.hears(None, "listening")?;
        Ok(table)
    }

    fn seat(&mut self, number: u32, voice: &Voice) -> Result<(), Trouble> {
        let mut command = phone(&self.program, voice);
        command.args(["--call", &format!("sip:agent@127.0.0.1:{}", self.port)]);
        self.others.push(Followed::start(&mut command)?);
        self.hears(Some(number), "incoming")?;
        self.tell(&format!("answer {number}"))?;
        self.hears(Some(number), "connected")?;
        // One change at a time: the next one is called in when this one's predecessor waits.
        if number > 1 { self.hears(Some(number - 1), "held") } else { Ok(()) }
    }

    fn merge(&mut self, arguments: &Arguments) -> Result<(), Trouble> {
        self.tell("merge")?;
        for number in 1..arguments.parties {
            self.hears(Some(number), "resumed")?;
        }
        if arguments.record {
            self.tell("record 1")?;
            self.hears(Some(1), "recording")?;
        }
        Ok(())
    }

    fn percent(&self, time: Duration) -> Result<f64, Trouble> {
        let (began, before) = (Instant::now(), usage::processor_seconds(self.agent.id())?);
        std::thread::sleep(time);
        let used = usage::processor_seconds(self.agent.id())? - before;
        let percent = used / began.elapsed().as_secs_f64() * 100.0;
        console::note(&format!("{percent:.1} % of a core"));
        Ok(percent)
    }

    fn tell(&mut self, line: &str) -> Result<(), Trouble> {
        Ok(writeln!(self.commands, "{line}")?)
    }

    /// Waits for what the agent's phone says of a call, or of itself; what is missing is said with all that both ends told.
    fn hears(&self, number: Option<u32>, event: &str) -> Result<(), Trouble> {
        let call = number.map_or_else(String::new, |number| format!("\"call\":{number},"));
        if self.agent.says(&format!("{call}\"event\":\"{event}\""), PATIENCE) {
            return Ok(());
        }
        let dull = |line: &str| line.contains("\"event\":\"quality\"");
        let other = number.and_then(|number| self.others.get(number as usize - 1));
        let other =
            other.map(|other| format!("\nand party {}:\n{}", number.unwrap_or(0), other.text_but(dull)));
        let whose = number
            .map_or_else(|| "itself".to_owned(), |number| format!("party {number} of {}", self.others.len()));
        Err(Trouble::new(format!(
            "the agent's phone did not say \"{event}\" of {whose} within {} s; it said:\n{}{}",
            PATIENCE.as_secs(),
            self.agent.text_but(dull),
            other.unwrap_or_default()
        )))
    }
}

/// A phone that talks all the time, and plays to nobody. What is done to the agent's own voice is no part of mixing.
fn phone(program: &PathBuf, voice: &Voice) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--account", "sip:phone@127.0.0.1", "--speaker", "none", "--process", "none", "--mic"])
        .arg(&voice.talk_file);
    command
}
