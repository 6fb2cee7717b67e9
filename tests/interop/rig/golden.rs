//! Ladders that are kept: what a phone sent and received in a story, held against `golden/<name>.txt`. Another order or
//! another message is a change that somebody must have meant. `SIDETONE_WRITE_GOLDEN=1` writes them anew.

use super::root;
use std::fs;

/// Fails unless these lines are those of the kept ladder of this name.
pub(crate) fn assert_golden(name: &str, ladder: &[String]) {
    let file = root().join("tests/interop/golden").join(name).with_extension("txt");
    let text = ladder.join("\n") + "\n";
    if std::env::var_os("SIDETONE_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, text, "the ladder of {name} is another one than the one kept in {file:?}");
}

/// The messages of a log, registrations and repeated messages left out: `-> INVITE 1` went out, `<- 200 INVITE 1` came in.
pub(crate) fn ladder(log: &str) -> Vec<String> {
    let mut ladder: Vec<String> = Vec::new();
    for line in log.lines().filter(|line| line.contains("sidetone_net::trace") && line.contains("SIP")) {
        let field = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let (Some(what), Some(cseq)) = (field("what"), field("cseq")) else { continue };
        let arrow = if line.contains("direction=Out") { "->" } else { "<-" };
        let (number, method) = cseq.split_once(' ').unwrap_or((cseq, ""));
        // Some begin to count anywhere.
        let number = if number.len() > 3 { "n" } else { number };
        let is_status = what.starts_with(|first: char| first.is_ascii_digit());
        let label = if is_status { format!("{what} {method} {number}") } else { format!("{what} {number}") };
        let shown = format!("{arrow} {label}");
        if !cseq.ends_with("REGISTER") && !ladder.contains(&shown) {
            ladder.push(shown);
        }
    }
    ladder
}
