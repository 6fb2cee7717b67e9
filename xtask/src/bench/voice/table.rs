//! Every score and figure by row and by phone, and their table.

use super::aims;
use super::row::Row;
use crate::bench::figures::Range;
use crate::bench::phone::Make;
use crate::console::{self, Trouble};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The best that can be made of the same packets.
pub(super) const BOUND: &str = "bound";

/// Everything that was measured in a run.
#[derive(Debug, Default)]
pub(super) struct Scores {
    values: BTreeMap<(Row, String), Vec<f64>>,
    /// Scores as they were told, for whoever wants to know more.
    told: Vec<Value>,
    disturbed: Vec<String>,
}

impl Scores {
    /// Takes what `score.py` told, and gives the scores. A line without one was no sound, and counts for nothing.
    pub(super) fn add_scored(&mut self, row: Row, scored: &str) -> Vec<f64> {
        let mut scores = Vec::new();
        for line in scored.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            if let (Some(who), Some(score)) = (line["who"].as_str(), line["score"].as_f64()) {
                self.add(row, who, score);
                scores.push(score);
            }
            self.told.push(line);
        }
        scores
    }

    pub(super) fn add(&mut self, row: Row, who: &str, value: f64) {
        self.values.entry((row, who.to_owned())).or_default().push(value);
    }

    /// A turn that was never quiet.
    pub(super) fn disturbed(&mut self, turn: String) {
        self.disturbed.push(turn);
    }

    fn of(&self, row: Row, who: &str) -> Option<Range> {
        self.values.get(&(row, who.to_owned())).and_then(|values| Range::of(values))
    }

    fn rows(&self) -> BTreeSet<Row> {
        self.values.keys().map(|(row, _)| *row).collect()
    }

    /// Ours first, the bound last.
    fn ears(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = self.values.keys().map(|(_, who)| who.as_str()).collect();
        let mut ears: Vec<&str> = all.into_iter().collect();
        ears.sort_by_key(|who| (*who == BOUND, *who != Make::Sidetone.name()));
        ears
    }

    /// One row in words.
    pub(super) fn line(&self, row: Row) -> String {
        let ranges = self.ears().into_iter().filter_map(|who| Some((who, self.of(row, who)?)));
        let told = ranges.map(|(who, range)| format!("{who} {range}")).collect::<Vec<_>>();
        format!("{:<14} {}", row.to_string(), told.join(", "))
    }

    /// The table, and what it says about our aims.
    pub(super) fn print(&self) {
        console::step("least - median - most; words by wideband PESQ");
        self.table().iter().for_each(|line| console::say(line));
        console::step("aims, by medians");
        self.rows().into_iter().flat_map(|row| self.verdicts(row)).for_each(|line| console::note(&line));
        if !self.disturbed.is_empty() {
            console::step("turns in which the machine was not quiet: don't trust them");
            self.disturbed.iter().for_each(|turn| console::note(turn));
        }
    }

    /// Markdown, ready to be put into a document.
    fn table(&self) -> Vec<String> {
        let ears = self.ears();
        let row = |first: &str, cells: Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| format!(" {cell:<24} |")).collect();
            format!("| {first:<36} |{}", cells.concat())
        };
        let mut lines = vec![row("", ears.iter().map(|who| (*who).to_owned()).collect())];
        lines.push(row("---", vec!["---".to_owned(); ears.len()]));
        for which in self.rows() {
            let shown = |who: &&str| self.of(which, who).map_or("-".to_owned(), |range| range.to_string());
            lines.push(row(&which.title(), ears.iter().map(shown).collect()));
        }
        lines
    }

    fn verdicts(&self, row: Row) -> Vec<String> {
        let makes = [Make::Sidetone, Make::Processing];
        makes.into_iter().flat_map(|make| self.verdicts_on(row, make)).collect()
    }

    fn verdicts_on(&self, row: Row, make: Make) -> Vec<String> {
        let median = |who| self.of(row, who).map(|range| range.median);
        let Some(ours) = median(make.name()) else { return Vec::new() };
        let word = |met| if met { "met" } else { "MISSED" };
        let told = |what: &str, met: bool, aim: f64| {
            let (title, who) = (row.title(), make.name());
            format!("{title:<38} {who:<16} {what:<10} {:<7} ({ours:.2}, aim {aim:.2})", word(met))
        };
        let aim = aims::aim(row, make).map(|aim| match row.is_score() {
            true => told("at least", ours >= aim, aim),
            false => told("at most", ours <= aim, aim),
        });
        let near = aims::below_bound(row).zip(median(BOUND));
        let near = near.map(|(below, bound)| told("by bound", ours >= bound - below, bound - below));
        let rival = median(Make::Baresip.name()).map(|theirs| {
            let better = if row.is_score() { ours >= theirs } else { ours <= theirs };
            told("by baresip", better, theirs)
        });
        // Nobody else processes.
        let rival = rival.filter(|_| make == Make::Sidetone);
        [aim, near, rival].into_iter().flatten().collect()
    }

    /// The table, and every score with its recording, into `folder`.
    pub(super) fn save(&self, folder: &Path, name: &str) -> Result<(), Trouble> {
        let verdicts = self.rows().into_iter().flat_map(|row| self.verdicts(row));
        let lines: Vec<String> = self.table().into_iter().chain([String::new()]).chain(verdicts).collect();
        let file = folder.join(format!("{name}.md"));
        fs::write(&file, lines.join("\n") + "\n")?;
        let told = json!({ "command": "bench voice", "scores": self.told, "disturbed": self.disturbed });
        fs::write(file.with_extension("json"), told.to_string())?;
        console::note(&format!("kept: {}, and every score beside it", file.display()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_lab::impair::Network;

    fn told(who: &str, score: f64) -> String {
        json!({"who": who, "score": score, "row": "loss10", "seed": 1}).to_string() + "\n"
    }

    #[test]
    fn scores_become_medians_and_verdicts() {
        let mut scores = Scores::default();
        let (row, ours) = (Row::Heard(Network::Loss(10)), Make::Sidetone.name());
        let lines = ["bound", ours].map(|who| told(who, 3.4) + &told(who, 3.6) + &told(who, 3.5));
        scores.add_scored(row, &(lines.concat() + "{\"who\":\"baresip\"}\nnonsense\n"));
        assert_eq!(scores.ears(), [ours, "bound"]);
        assert!(scores.line(row).ends_with("3.40 - 3.50 - 3.60, bound 3.40 - 3.50 - 3.60"));
        assert!(scores.verdicts(row).iter().all(|line| line.contains("met")));
        scores.add_scored(row, &["bound", "bound", "bound", "bound"].map(|who| told(who, 4.0)).concat());
        assert!(scores.verdicts(row)[1].contains("MISSED"), "{:?}", scores.verdicts(row));
    }

    #[test]
    fn of_a_cost_less_is_better() {
        let mut scores = Scores::default();
        let row = Row::Cost(crate::bench::voice::row::Cost::Delay);
        scores.add(row, Make::Sidetone.name(), 90.0);
        scores.add(row, Make::Baresip.name(), 80.0);
        let verdicts = scores.verdicts(row);
        assert!(verdicts[0].contains("met") && verdicts[1].contains("MISSED"), "{verdicts:?}");
    }
}
