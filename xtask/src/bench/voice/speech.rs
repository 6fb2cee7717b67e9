//! What is said in listening tests: people, not machines, in wideband, a woman and a man, two stretches of each.
//!
//! Prompts of Asterisk as Debian packages them, under Creative Commons Attribution-ShareAlike 3.0: Allison Smith in
//! English, Carlo Flora in Italian. They are cut below `target`, and never become part of the project.

use super::python::Python;
use crate::console::{self, Trouble};
use std::fs;
use std::path::{Path, PathBuf};

/// What is heard before anything is scored: how a call sounds, not how it begins.
pub(in crate::bench) const LEAD_IN_SECONDS: f64 = 3.0;
/// What is scored: PESQ is made for 8 to 12 s.
const SCORED_SECONDS: f64 = 8.0;

const FOLDER: &str = "/usr/share/asterisk/sounds";

/// Its name here, the file, and from which second on.
const RECORDINGS: [(&str, &str, f64); 4] = [
    ("woman-1", "en_US_f_Allison/demo-congrats.g722", 4.0),
    ("man-1", "it_IT_m_Carlo/demo-congrats.g722", 4.0),
    ("woman-2", "en_US_f_Allison/basic-pbx-ivr-main.g722", 3.0),
    ("man-2", "it_IT_m_Carlo/vm-options.g722", 3.0),
];

/// The recordings as WAV files at 16 kHz, cut where they are not there yet.
pub(in crate::bench) fn ensure(python: &Python, folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let folder = folder.join("speech");
    fs::create_dir_all(&folder)?;
    let mut files = Vec::new();
    for (name, source, from) in RECORDINGS {
        let file = folder.join(format!("{name}.wav"));
        if !file.exists() {
            let source = Path::new(FOLDER).join(source);
            if !source.exists() {
                let remedy = "install Debian's asterisk-core-sounds-en-g722 and asterisk-core-sounds-it-g722";
                return Err(Trouble::new(format!("{} is not there", source.display())).with_remedy(remedy));
            }
            console::note(&format!("cutting {name}"));
            python.speech(&source, (from, LEAD_IN_SECONDS + SCORED_SECONDS), &file)?;
        }
        files.push(file);
    }
    Ok(files)
}
