//! `cargo xtask bench voice`: how speech sounds that came over a bad network, by wideband PESQ (ITU-T P.862.2), how what is
//! spoken leaves, and what a call costs.
//!
//! With `--virtual` it takes our media alone, in virtual time, beside the best that can be made of the same packets: the
//! same figures on every machine, however busy. Otherwise it takes whole phones on virtual headsets, in real time.

mod aims;
mod calls;
mod far;
mod offline;
mod programme;
mod python;
mod quiet;
mod row;
pub(super) mod speech;
mod table;

use crate::bench::phone::Make;
use crate::console::{self, Trouble};
use crate::{run, setup};
use clap::{Args, ValueEnum};
pub(super) use python::Python;
use row::Row;
use std::path::PathBuf;
use std::time::Instant;
use table::Scores;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Our media alone, in virtual time, beside the best that can be made of the same packets.
    #[arg(long = "virtual", conflicts_with = "against")]
    in_virtual_time: bool,
    /// Another phone takes turns with ours.
    #[arg(long, value_enum)]
    against: Option<Rival>,
    /// Only these: clean, loss5, loss10, loss20 (any number does), burst, jitter, jitter-ordered; and but for --virtual
    /// wire-opus, wire-pcmu, call.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<Row>,
    /// How many seeds; without it 5 in virtual time, 3 in real time.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// The loss that the sender makes redundancy for, in percent. Without it, what the network loses, as a receiver
    /// would report.
    #[arg(long, value_parser = clap::value_parser!(u8).range(..=100))]
    expected_loss: Option<u8>,
    /// What is built already will do.
    #[arg(long)]
    no_build: bool,
}

/// Who can be compared with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rival {
    Baresip,
}

impl Arguments {
    fn rows(&self) -> Vec<Row> {
        match (self.rows.as_slice(), self.in_virtual_time) {
            ([], true) => Row::networks(),
            ([], false) => Row::all(),
            (rows, _) => rows.to_vec(),
        }
    }

    /// Who has a turn in this row. Processing only touches what is spoken, and what a call costs.
    fn makes(&self, row: Row) -> Vec<Make> {
        let processing = (!matches!(row, Row::Heard(_))).then_some(Make::Processing);
        let rival = self.against.map(|Rival::Baresip| Make::Baresip);
        [Some(Make::Sidetone), processing, rival].into_iter().flatten().collect()
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    setup::ensure(setup::Purpose::Listen)?;
    let folder = folder();
    let python = Python::ensure(&folder)?;
    let speech = speech::ensure(&python, &folder)?;
    if !arguments.no_build {
        console::step("the listening tests' own program");
        run::all_of(&mut run::cargo(&["build", "--package", "sidetone-listening"]))?;
        if !arguments.in_virtual_time {
            crate::bench::build()?;
        }
    }
    let began = Instant::now();
    let mut scores = Scores::default();
    if arguments.in_virtual_time {
        offline::run(arguments, &python, &speech, &mut scores)?;
    } else {
        calls::run(arguments, &python, &speech, &mut scores)?;
    }
    console::note(&format!("it took {} s", began.elapsed().as_secs()));
    scores.print();
    scores.save(&folder, if arguments.in_virtual_time { "virtual" } else { "calls" })
}

/// Where everything of these tests is kept.
pub(super) fn folder() -> PathBuf {
    run::target().join("voice")
}
