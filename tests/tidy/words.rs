//! What stands in no text file: promises for later, paths of somebody's machine, addresses of package registries.

use crate::tree::{Finding, TextFile};

/// Spelled in two halves, so that this file does not find itself.
const PROMISES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
const HOMES: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Use", "rs/"), concat!("/wo", "rk/")];
const REGISTRIES: [&str; 3] =
    [concat!("registry.", "npmjs.org"), concat!("registry.", "yarnpkg.com"), concat!("static.", "crates.io")];

pub(crate) fn check_promises(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for word in PROMISES.into_iter().filter(|word| stands_alone(line, word)) {
            findings.push(Finding::at(
                &file.path,
                number,
                word,
                "do it now, or write an issue and leave the word out",
            ));
        }
    }
    findings
}

pub(crate) fn check_places(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for home in HOMES.into_iter().filter(|home| begins_path(line, home)) {
            findings.push(Finding::at(
                &file.path,
                number,
                home,
                "paths are relative to the project or asked of the system",
            ));
        }
        for registry in REGISTRIES.into_iter().filter(|registry| line.contains(registry)) {
            findings.push(Finding::at(
                &file.path,
                number,
                registry,
                "which registry is used is the machine's setting",
            ));
        }
        if file.path.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\": \"http") {
            let remedy = "write the lock file with `npm install --omit-lockfile-registry-resolved`";
            findings.push(Finding::at(&file.path, number, "an address of a registry", remedy));
        }
    }
    findings
}

/// Whether `word` stands in `line` with neither letter, digit nor underscore beside it.
fn stands_alone(line: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

/// Whether a path begins with `home` here, and does not merely contain it.
fn begins_path(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || "/._-~*}$".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(path: &str, line: &str) -> TextFile {
        TextFile::sample(path, line)
    }

    #[test]
    fn every_promise_is_found() {
        for word in PROMISES {
            assert_eq!(check_promises(&sample("a.md", &format!("a\n// {word} later"))).len(), 1, "{word}");
        }
        let inside = concat!("a_TO", "DO_b");
        assert_eq!(check_promises(&sample("a.md", inside)).len(), 0);
    }

    #[test]
    fn every_machine_and_registry_is_found() {
        for place in HOMES.into_iter().chain(REGISTRIES) {
            assert_eq!(check_places(&sample("a.toml", &format!("x = \"{place}b\""))).len(), 1, "{place}");
        }
        let route = format!("https://example.org{}a", HOMES[3]);
        assert_eq!(check_places(&sample("a.md", &route)).len(), 0);
        let lock = "  \"resolved\": \"https://mirror.example/a.tgz\",";
        assert_eq!(check_places(&sample("ui/package-lock.json", lock)).len(), 1);
        assert_eq!(check_places(&sample("ui/other.json", lock)).len(), 0);
    }
}
