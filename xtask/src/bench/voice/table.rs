//! Scores by network and by whose ear, and their table.

use super::aims;
use crate::bench::figures::Range;
use crate::console::{self, Trouble};
use serde_json::{Value, json};
use sidetone_lab::impair::Network;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The best that can be made of the same packets.
const BOUND: &str = "bound";
/// Ours.
const OURS: &str = "sidetone";

/// Every score of a run.
#[derive(Debug, Default)]
pub(super) struct Scores {
    networks: Vec<Network>,
    values: BTreeMap<(Network, String), Vec<f64>>,
    /// As they were told, for whoever wants to know more.
    lines: Vec<Value>,
}

impl Scores {
    /// Takes what `score.py` told of a network. A line without a score was no sound, and counts for nothing.
    pub(super) fn add(&mut self, network: Network, scored: &str) {
        if !self.networks.contains(&network) {
            self.networks.push(network);
        }
        for line in scored.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            if let (Some(who), Some(score)) = (line["who"].as_str(), line["score"].as_f64()) {
                self.values.entry((network, who.to_owned())).or_default().push(score);
            }
            self.lines.push(line);
        }
    }

    fn of(&self, network: Network, who: &str) -> Option<Range> {
        self.values.get(&(network, who.to_owned())).and_then(|values| Range::of(values))
    }

    /// Ours first, the bound last.
    fn ears(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = self.values.keys().map(|(_, who)| who.as_str()).collect();
        let mut ears: Vec<&str> = all.into_iter().collect();
        ears.sort_by_key(|who| (*who == BOUND, *who != OURS));
        ears
    }

    /// One network in a line.
    pub(super) fn row(&self, network: Network) -> String {
        let ranges = self.ears().into_iter().filter_map(|who| Some((who, self.of(network, who)?)));
        let told = ranges.map(|(who, range)| format!("{who} {range}")).collect::<Vec<_>>();
        format!("{:<14} {}", network.to_string(), told.join(", "))
    }

    /// The table, ready to be put into a document, and what it says about our aims.
    pub(super) fn print(&self) {
        console::step("PESQ, wideband: least - median - most");
        self.table().iter().for_each(|line| console::say(line));
        console::step("aims, by medians");
        for network in &self.networks {
            self.verdicts(*network).iter().for_each(|line| console::note(line));
        }
    }

    fn table(&self) -> Vec<String> {
        let ears = self.ears();
        let row = |first: &str, cells: Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| format!(" {cell:<18} |")).collect();
            format!("| {first:<36} |{}", cells.concat())
        };
        let mut lines = vec![row("", ears.iter().map(|who| (*who).to_owned()).collect())];
        lines.push(row("---", vec!["---".to_owned(); ears.len()]));
        for network in &self.networks {
            let shown = |who: &&str| self.of(*network, who).map_or("-".to_owned(), |range| range.to_string());
            lines.push(row(&title(*network), ears.iter().map(shown).collect()));
        }
        lines
    }

    fn verdicts(&self, network: Network) -> Vec<String> {
        let Some(ours) = self.of(network, OURS).map(|range| range.median) else { return Vec::new() };
        let bound = self.of(network, BOUND).map(|range| range.median);
        let below = aims::below_bound(network).zip(bound).map(|(aim, bound)| (bound - aim, "near the bound"));
        let least = aims::least(network).map(|aim| (aim, "at least"));
        let told = [least, below].into_iter().flatten().map(|(aim, what)| {
            let word = if ours >= aim { "met" } else { "MISSED" };
            format!("{:<14} {what:<15} {word:<7} ({ours:.2}, aim {aim:.2})", network.to_string())
        });
        told.collect()
    }

    /// Every score with its recording and seed.
    pub(super) fn save(&self, file: &Path) -> Result<(), Trouble> {
        let text = json!({ "command": "bench voice", "scores": self.lines }).to_string();
        fs::write(file, text)?;
        console::note(&format!("every score: {}", file.display()));
        Ok(())
    }
}

/// What a network is called in the table.
fn title(network: Network) -> String {
    match network {
        Network::Clean => "no loss".to_owned(),
        Network::Loss(percent) => format!("{percent} % random loss"),
        Network::Burst => "10 % in bursts of 4".to_owned(),
        Network::Jitter => "0 to 60 ms jitter, overtaking".to_owned(),
        Network::OrderedJitter => "0 to 60 ms jitter, in order".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(who: &str, score: f64) -> String {
        json!({"who": who, "score": score, "row": "loss10", "seed": 1}).to_string() + "\n"
    }

    #[test]
    fn scores_become_medians_and_verdicts() {
        let mut scores = Scores::default();
        let network = Network::Loss(10);
        let lines = ["bound", "sidetone"].map(|who| told(who, 3.4) + &told(who, 3.6) + &told(who, 3.5));
        scores.add(network, &(lines.concat() + "{\"who\":\"sidetone\"}\nnonsense\n"));
        assert_eq!(scores.ears(), ["sidetone", "bound"]);
        assert!(scores.row(network).ends_with("sidetone 3.40 - 3.50 - 3.60, bound 3.40 - 3.50 - 3.60"));
        assert!(scores.verdicts(network).iter().all(|line| line.contains("met")));
        scores.add(network, &["bound", "bound", "bound", "bound"].map(|who| told(who, 4.0)).concat());
        assert!(scores.verdicts(network)[1].contains("MISSED"), "{:?}", scores.verdicts(network));
    }
}
