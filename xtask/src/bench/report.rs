//! The table, ready to be put into a document, and what it says about our aims.

use super::aims;
use super::figures::{Figure, Figures, Range};
use super::phone::Make;
use crate::console;
use serde_json::{Value, json};

/// Prints it all; the last line is one JSON object, for machines.
pub(super) fn print(figures: &Figures) {
    console::step("figures: least - median - most");
    table(figures).iter().for_each(|line| console::say(line));
    console::step("aims, by medians");
    for verdict in aims::judge(figures) {
        let word = match verdict.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not measured",
        };
        console::note(&format!("{:<36} {word:<8} ({})", verdict.aim, verdict.detail));
    }
    console::say(&line(figures).to_string());
}

/// A Markdown table.
fn table(figures: &Figures) -> Vec<String> {
    let row = |cells: [&str; 3]| format!("| {:<44} | {:<26} | {:<26} |", cells[0], cells[1], cells[2]);
    let mut lines = vec![row(["", Make::Sidetone.name(), Make::Baresip.name()]), row(["---"; 3])];
    let shown = |range: Option<Range>| range.map_or_else(|| "-".to_owned(), |range| range.to_string());
    for figure in Figure::ALL {
        let [ours, theirs] = Make::ALL.map(|make| shown(figures.of(figure, make)));
        lines.push(row([figure.name(), &ours, &theirs]));
    }
    let rig = shown(figures.rig_alone());
    lines.push(row(["mouth to ear, the rig alone, ms", &rig, &rig]));
    lines
}

fn line(figures: &Figures) -> Value {
    let range = |range: Range| json!([range.least, range.median, range.most, range.count]);
    let of = |make| {
        let values = Figure::ALL
            .into_iter()
            .filter_map(|figure| figures.of(figure, make).map(|it| (figure.name().to_owned(), range(it))));
        Value::Object(values.collect())
    };
    json!({
        "command": "bench",
        "sidetone": of(Make::Sidetone),
        "baresip": of(Make::Baresip),
        "rig_delay_ms": figures.rig_alone().map(range),
    })
}
