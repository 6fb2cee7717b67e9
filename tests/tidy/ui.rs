//! The window's rules: small components, layers (`parts` know no telephony <- `components` <- `views`), colours only as
//! tokens, tests that do not sleep.

use crate::tree::{Finding, TextFile};

const COMPONENT_LINES: usize = 200;
const TOKENS: &str = "ui/src/tokens.css";
/// From the bottom up: a layer uses itself and those before it.
const LAYERS: [&str; 3] = ["ui/src/parts/", "ui/src/components/", "ui/src/views/"];
/// What knows telephony, so that no part may know it.
const TELEPHONY: [&str; 3] = ["ui/src/bindings", "ui/src/desk", "ui/src/state"];
const COLOUR_FUNCTIONS: [&str; 9] =
    ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "oklch(", "oklab(", "lch(", "lab("];

pub(crate) fn check_size(file: &TextFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if !file.path.ends_with(".svelte") || lines <= COMPONENT_LINES {
        return Vec::new();
    }
    let what = format!("{lines} lines, at most {COMPONENT_LINES}");
    vec![Finding::at(&file.path, 1, what, "draw a part of it in a component of its own")]
}

pub(crate) fn check_layers(file: &TextFile) -> Vec<Finding> {
    let Some(own) = LAYERS.iter().position(|layer| file.path.starts_with(layer)) else { return Vec::new() };
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let Some(target) = imported(line).map(|name| resolve(&file.path, name)) else { continue };
        let above = LAYERS.iter().skip(own + 1).any(|layer| target.starts_with(layer));
        if above {
            let remedy = "parts <- components <- views: hand it down as a property or a snippet";
            findings.push(Finding::at(&file.path, number, format!("imports {target}"), remedy));
        }
        if own == 0 && TELEPHONY.iter().any(|known| target.starts_with(known)) {
            let remedy = "a part knows no telephony: give it plain properties, or make it a component";
            findings.push(Finding::at(&file.path, number, format!("imports {target}"), remedy));
        }
    }
    findings
}

pub(crate) fn check_colours(file: &TextFile) -> Vec<Finding> {
    let drawn = file.path.starts_with("ui/") && file.ends_with(&[".svelte", ".css"]) && file.path != TOKENS;
    if !drawn {
        return Vec::new();
    }
    let coloured = file.lines().filter(|(_, line)| has_colour(line));
    let remedy = "name the colour in ui/src/tokens.css, for light, dark and high contrast, and use var(--..)";
    coloured.map(|(number, line)| Finding::at(&file.path, number, line.trim(), remedy)).collect()
}

pub(crate) fn check_sleep(file: &TextFile) -> Vec<Finding> {
    let test =
        file.ends_with(&[".test.ts", ".spec.ts", ".test.svelte.ts"]) || file.path.starts_with("ui/tests/");
    let sleeps = file.lines().filter(|(_, line)| test && line.contains("sleep("));
    let remedy = "wait for what is to happen (findBy.., waitFor), or use fake timers";
    sleeps.map(|(number, _)| Finding::at(&file.path, number, "sleeps", remedy)).collect()
}

/// What a line imports, as it is written.
fn imported(line: &str) -> Option<&str> {
    let line = line.trim();
    let import = line.starts_with("import ") || line.starts_with("export ") || line.starts_with("} from ");
    let quoted = line.trim_end_matches(';').trim_end_matches(['"', '\'']);
    let begins = quoted.rfind(['"', '\''])?;
    import.then(|| &quoted[begins + 1..])
}

/// An import's place in the tree; what is not relative stays as it is.
fn resolve(from: &str, name: &str) -> String {
    if let Some(rest) = name.strip_prefix("$lib/").or_else(|| name.strip_prefix("@/")) {
        return format!("ui/src/{rest}");
    }
    if !name.starts_with('.') {
        return name.to_owned();
    }
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for step in name.split('/') {
        match step {
            "." => {}
            ".." => drop(folders.pop()),
            folder => folders.push(folder),
        }
    }
    folders.join("/")
}

/// Whether a colour is written out: `#` with 3, 4, 6 or 8 hexadecimal digits as a value, or a colour function.
fn has_colour(line: &str) -> bool {
    let hex = line.match_indices('#').any(|(at, _)| {
        let before = &line[..at];
        let digits = line[at + 1..].chars().take_while(char::is_ascii_hexdigit).count();
        let ends =
            !line[at + 1 + digits..].starts_with(|next: char| next.is_alphanumeric() || "-_".contains(next));
        let value = before.ends_with([' ', ':', ',', '(', '"', '\'']) && before.contains([':', '=']);
        let link = before.trim_end_matches(['"', '\'']).ends_with("href=");
        matches!(digits, 3 | 4 | 6 | 8) && ends && value && !link
    });
    hex || COLOUR_FUNCTIONS.iter().any(|function| calls(line, function))
}

fn calls(line: &str, function: &str) -> bool {
    line.match_indices(function).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "-_.".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_component_is_found() {
        let large = TextFile::sample("ui/src/views/A.svelte", &"<p>\n".repeat(201));
        assert_eq!(check_size(&large).len(), 1);
        assert_eq!(check_size(&TextFile::sample("ui/src/a.ts", &large.text)).len(), 0);
    }

    #[test]
    fn looking_up_a_layer_is_found() {
        let count = |path: &str, line: &str| check_layers(&TextFile::sample(path, line)).len();
        assert_eq!(count("ui/src/parts/A.svelte", "import B from '../components/B.svelte';"), 1);
        assert_eq!(count("ui/src/parts/A.svelte", "} from \"../bindings\""), 1);
        assert_eq!(count("ui/src/components/A.svelte", "  import { B } from '$lib/views/B.svelte';"), 1);
        assert_eq!(count("ui/src/components/call/A.svelte", "import B from '../../views/B.svelte'"), 1);
        assert_eq!(count("ui/src/components/A.svelte", "import B from '../parts/B.svelte';"), 0);
        assert_eq!(count("ui/src/views/A.svelte", "import B from '../components/B.svelte';"), 0);
        assert_eq!(count("ui/src/components/A.svelte", "import { onMount } from 'svelte';"), 0);
    }

    #[test]
    fn a_colour_outside_the_tokens_is_found() {
        let count = |line: &str| check_colours(&TextFile::sample("ui/src/parts/A.svelte", line)).len();
        let bads = [
            "color: #fff;",
            "border: 1px solid #a1B2c3;",
            "fill=\"#123\"",
            "background: rgb(0 0 0);",
            "color: oklch(50% 0 0)",
        ];
        for bad in bads {
            assert_eq!(count(bad), 1, "{bad}");
        }
        for good in
            ["{#each a as b}", "color: var(--text);", "<a href=\"#add\">", "#bad { margin: 0 }", "label(a)"]
        {
            assert_eq!(count(good), 0, "{good}");
        }
        assert_eq!(check_colours(&TextFile::sample(TOKENS, "--a: #fff;")).len(), 0);
    }

    #[test]
    fn a_test_of_the_window_that_sleeps_is_found() {
        assert_eq!(check_sleep(&TextFile::sample("ui/src/a.test.ts", "await sleep(5)")).len(), 1);
        assert_eq!(check_sleep(&TextFile::sample("ui/src/a.ts", "await sleep(5)")).len(), 0);
    }
}
