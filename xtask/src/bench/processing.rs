//! `cargo xtask bench processing`: what is done to the agent's voice in noise 5 dB below it, by wideband PESQ
//! (ITU-T P.862.2), and what it does to a voice without noise.

use super::figures::Range;
use super::voice::{self, Python, speech};
use crate::console::{self, Trouble};
use crate::{run, setup};
use serde_json::Value;
use sidetone_lab::process;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who babbles: the practice exchange's customers, whom no scored sentence is from.
const OTHERS: [&str; 8] =
    ["back", "billing", "delivery", "echo", "impatient", "keypad", "number", "password"];

pub(super) fn run() -> Result<(), Trouble> {
    setup::ensure(setup::Purpose::Listen)?;
    let folder = voice::folder();
    let python = Python::ensure(&folder)?;
    let speech = speech::ensure(&python, &folder)?;
    console::step("the listening tests' own program");
    run::all_of(&mut run::cargo(&["build", "--package", "sidetone-listening"]))?;
    console::step(&format!("{} recordings in noise, and what is done to them", speech.len()));
    let others = OTHERS.map(|name| run::root().join(format!("assets/speech/customer-{name}.wav")));
    let scored = python.score(&heard(&folder, &speech, &others)?)?;
    console::step("PESQ, wideband: least - median - most");
    table(&scored).iter().for_each(|line| console::say(line));
    Ok(())
}

fn heard(folder: &Path, speech: &[PathBuf], others: &[PathBuf]) -> Result<String, Trouble> {
    let mut command = std::process::Command::new(run::built("sidetone-listening"));
    command.args(["processing", "--lead-in", &speech::LEAD_IN_SECONDS.to_string()]);
    command.arg("--folder").arg(folder.join("processed"));
    command.arg("--speech").args(speech).arg("--others").args(others);
    Ok(process::output_of(&mut command)?)
}

/// A row for each treatment, a column for each noise, both as they came.
fn table(scored: &str) -> Vec<String> {
    let (mut noises, mut treatments) = (Vec::new(), Vec::new());
    let mut scores: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for line in scored.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let (Some(noise), Some(treatment), Some(score)) =
            (line["row"].as_str(), line["who"].as_str(), line["score"].as_f64())
        else {
            continue;
        };
        for (names, name) in [(&mut noises, noise), (&mut treatments, treatment)] {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        scores.entry((treatment.to_owned(), noise.to_owned())).or_default().push(score);
    }
    let row = |first: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!(" {cell:<18} |")).collect();
        format!("| {first:<20} |{}", cells.concat())
    };
    let mut lines = vec![row("", noises.clone()), row("---", vec!["---".to_owned(); noises.len()])];
    for treatment in &treatments {
        let cell = |noise: &String| {
            let range = scores.get(&(treatment.clone(), noise.clone())).and_then(|values| Range::of(values));
            range.map_or("-".to_owned(), |range| range.to_string())
        };
        lines.push(row(treatment, noises.iter().map(cell).collect()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_stand_where_they_belong() {
        let scored = r#"{"row": "white", "who": "nothing", "score": 1.5}
{"row": "white", "who": "removal", "score": 2.5}
{"row": "pink", "who": "nothing", "score": 1.25}
{"row": "pink", "who": "nothing", "score": null}"#;
        let lines = table(scored);
        assert_eq!(lines.len(), 4);
        assert!(lines[0].contains("white") && lines[0].contains("pink"));
        assert!(lines[2].contains("1.50 - 1.50 - 1.50") && lines[2].contains("1.25 - 1.25 - 1.25"));
        assert!(lines[3].contains("2.50") && lines[3].contains("| - "));
    }
}
