//! Our media in virtual time, beside the best that can be made of the same packets.

use super::python::Python;
use super::row::Row;
use super::table::Scores;
use super::{Arguments, folder, speech};
use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::impair::Network;
use sidetone_lab::process;
use std::path::PathBuf;
use std::process::Command;

const SEEDS: u64 = 5;

pub(super) fn run(
    arguments: &Arguments,
    python: &Python,
    speech: &[PathBuf],
    scores: &mut Scores,
) -> Result<(), Trouble> {
    let seeds = arguments.seeds.unwrap_or(SEEDS);
    console::step(&format!("in virtual time: {} recordings, {seeds} seeds", speech.len()));
    for row in arguments.rows() {
        let Row::Heard(network) = row else {
            return Err(Trouble::new(format!("{row} takes whole phones: not with --virtual")));
        };
        scores.add_scored(row, &python.score(&heard((network, seeds), arguments.expected_loss, speech)?)?);
        console::note(&scores.line(row));
    }
    Ok(())
}

/// What is heard: a line of JSON for each sound.
fn heard(
    (network, seeds): (Network, u64),
    expected: Option<u8>,
    speech: &[PathBuf],
) -> Result<String, Trouble> {
    let mut command = Command::new(run::built("sidetone-listening"));
    command.args(["offline", "--rows", &network.to_string(), "--seeds", &seeds.to_string()]);
    command.args(["--lead-in", &speech::LEAD_IN_SECONDS.to_string()]);
    if let Some(percent) = expected {
        command.args(["--expected-loss", &percent.to_string()]);
    }
    command.arg("--folder").arg(folder().join("heard")).arg("--speech").args(speech);
    Ok(process::output_of(&mut command)?)
}
