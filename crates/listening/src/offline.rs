//! Every network, recording and seed in virtual time. One line of JSON for each sound that is to be scored.

use crate::session::{self, Arrival};
use crate::{bound, sender};
use clap::Args;
use serde_json::json;
use sidetone_lab::ears::{self, Recording};
use sidetone_lab::impair::{Impairment, Network};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What speech is scored at: wideband PESQ (ITU-T P.862.2).
const SCORED_RATE: u32 = 16_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The networks: clean, loss5, loss10, loss20, burst, jitter, jitter-ordered.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<Network>,
    /// How many seeds, from 1 on.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Recordings, each with `--lead-in` seconds that are heard and not scored.
    #[arg(long, required = true, num_args = 1..)]
    speech: Vec<PathBuf>,
    #[arg(long, default_value_t = 3.0)]
    lead_in: f64,
    /// What redundancy is made for; without it, what the network loses.
    #[arg(long)]
    expected_loss: Option<u8>,
    /// Where sounds go.
    #[arg(long)]
    folder: PathBuf,
}

/// One recording, as it is said, and what of it is scored.
struct Speech {
    name: String,
    said: Recording,
    scored: Recording,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&arguments.folder)?;
    for file in &arguments.speech {
        let speech = Speech::load(file, arguments.lead_in)?;
        let reference = arguments.folder.join(format!("{}.wav", speech.name));
        speech.scored.save(&reference)?;
        for network in &arguments.rows {
            let expected = arguments.expected_loss.unwrap_or(network.loss_percent());
            let sent = sender::packets(&speech.said, expected)?;
            for seed in 1..=arguments.seeds {
                let arrived = Arrived::through(*network, seed, &sent);
                let phase = Duration::from_millis(1 + seed * 3 % 10);
                let heard = [("sidetone-cli", arrived.heard(phase)?), ("bound", arrived.bound()?)];
                for (who, heard) in heard {
                    let file = arguments.folder.join(format!("{network}.{seed}.{}.{who}.wav", speech.name));
                    speech.cut_from(&heard).save(&file)?;
                    let line = json!({
                        "row": network.to_string(), "seed": seed, "speech": speech.name, "who": who,
                        "reference": reference, "degraded": file,
                    });
                    println!("{line}");
                }
            }
        }
    }
    Ok(())
}

impl Speech {
    fn load(file: &Path, lead_in: f64) -> Result<Self, Box<dyn Error>> {
        let said = Recording::load(file)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let from = (lead_in * f64::from(said.rate)) as usize;
        let samples = said.samples.get(from..).filter(|it| !it.is_empty());
        let samples = samples.ok_or_else(|| format!("{name} is shorter than the lead-in"))?.to_vec();
        let scored = Recording { samples, rate: said.rate }.at_rate(SCORED_RATE);
        Ok(Self { name, said, scored })
    }

    /// What is to be compared with [`Self::scored`].
    fn cut_from(&self, heard: &Recording) -> Recording {
        ears::cut(&self.scored, &heard.at_rate(SCORED_RATE))
    }
}

/// What came through a network.
struct Arrived<'a> {
    packets: Vec<Option<&'a [u8]>>,
    /// In the order of arrival.
    arrivals: Vec<Arrival<'a>>,
}

impl<'a> Arrived<'a> {
    fn through(network: Network, seed: u64, sent: &'a [Vec<u8>]) -> Self {
        let mut impairment = Impairment::new(network, seed);
        let mut packets = Vec::with_capacity(sent.len());
        let mut arrivals = Vec::with_capacity(sent.len());
        for (place, payload) in sent.iter().enumerate() {
            let at = impairment.arrival(sender::leaves(place));
            packets.push(at.map(|_| payload.as_slice()));
            arrivals.extend(at.map(|at| Arrival { at, place, payload }));
        }
        arrivals.sort_by_key(|it| it.at);
        Self { packets, arrivals }
    }

    fn heard(&self, phase: Duration) -> Result<Recording, String> {
        session::listen(&self.arrivals, phase)
    }

    fn bound(&self) -> opus::Result<Recording> {
        bound::decode(&self.packets)
    }
}
