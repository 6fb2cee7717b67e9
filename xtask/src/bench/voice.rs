//! `cargo xtask bench voice`: how speech sounds that came over a bad network, by wideband PESQ (ITU-T P.862.2).
//!
//! `--virtual` takes our media alone, in virtual time, beside the best that can be made of the same packets: the same
//! figures on every machine, however busy.

mod aims;
mod python;
mod speech;
mod table;

use crate::console::{self, Trouble};
use crate::{run, setup};
use clap::Args;
use python::Python;
use sidetone_lab::impair::Network;
use sidetone_lab::process;
use std::path::{Path, PathBuf};
use table::Scores;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Our media alone, in virtual time, beside the best that can be made of the same packets.
    #[arg(long = "virtual", required = true)]
    in_virtual_time: bool,
    /// Only these: clean, loss5, loss10, loss20 (any number does), burst, jitter, jitter-ordered.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<Network>,
    /// How many seeds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The loss that the sender makes redundancy for, in percent. Without it, what the network loses, as a receiver
    /// would report.
    #[arg(long, value_parser = clap::value_parser!(u8).range(..=100))]
    expected_loss: Option<u8>,
}

impl Arguments {
    fn rows(&self) -> Vec<Network> {
        if self.rows.is_empty() { Network::ALL.to_vec() } else { self.rows.clone() }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    setup::ensure(setup::Purpose::Listen)?;
    let folder = folder();
    let python = Python::ensure(&folder)?;
    let speech = speech::ensure(&python, &folder)?;
    build()?;
    console::step(&format!("in virtual time: {} recordings, {} seeds", speech.len(), arguments.seeds));
    let mut scores = Scores::default();
    for network in arguments.rows() {
        scores.add(network, &python.score(&offline(arguments, network, &speech)?)?);
        console::note(&scores.row(network));
    }
    scores.print();
    scores.save(&folder.join("virtual.json"))
}

/// Where everything of these tests is kept.
fn folder() -> PathBuf {
    run::target().join("voice")
}

fn build() -> Result<(), Trouble> {
    console::step("the listening tests' own program");
    run::all_of(&mut run::cargo(&["build", "--package", "sidetone-listening"]))
}

/// What is heard, in virtual time: a line of JSON for each sound.
fn offline(arguments: &Arguments, network: Network, speech: &[PathBuf]) -> Result<String, Trouble> {
    let mut command = std::process::Command::new(run::built("sidetone-listening"));
    command.args(["offline", "--rows", &network.to_string(), "--seeds", &arguments.seeds.to_string()]);
    command.args(["--lead-in", &speech::LEAD_IN_SECONDS.to_string()]);
    if let Some(percent) = arguments.expected_loss {
        command.args(["--expected-loss", &percent.to_string()]);
    }
    command.arg("--folder").arg(folder().join("heard"));
    command.arg("--speech").args(speech.iter().map(Path::new));
    Ok(process::output_of(&mut command)?)
}
