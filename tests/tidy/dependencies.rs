//! Who may know whom, over `cargo metadata`: cores know nobody, edges know cores, the phone knows both, the shell knows
//! the phone. A new crate is unknown here until it has a room.

use crate::tree::{Finding, TextFile, Tree};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// What belongs to the shell alone.
const SHELL_ONLY: [&str; 4] = ["tauri", "specta", "wry", "tao"];
/// What touches the world, and so belongs to no core.
const WORLDLY: [&str; 13] = [
    "tokio",
    "mio",
    "socket2",
    "async-std",
    "smol",
    "cpal",
    "rodio",
    "rusqlite",
    "keyring",
    "hickory-resolver",
    "rustls",
    "reqwest",
    "ureq",
];

/// One crate of ours and whom it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) name: String,
    /// Its folder in the tree.
    pub(crate) folder: String,
    pub(crate) needs: Vec<Need>,
}

/// One line of a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    pub(crate) name: String,
    pub(crate) for_tests: bool,
    pub(crate) optional: bool,
}

/// The rooms as cargo reads them.
pub(crate) fn rooms() -> Result<Vec<Room>, cargo_metadata::Error> {
    let manifest = Tree::root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
    let root = metadata.workspace_root.clone();
    let rooms = metadata.packages.into_iter().map(|package| {
        let folder = package.manifest_path.parent().and_then(|it| it.strip_prefix(&root).ok());
        let needs = package.dependencies.iter().map(|dependency| Need {
            name: dependency.name.clone(),
            for_tests: dependency.kind == DependencyKind::Development,
            optional: dependency.optional,
        });
        Room {
            name: package.name.to_string(),
            folder: folder.map(|it| it.as_str().replace('\\', "/")).unwrap_or_default(),
            needs: needs.collect(),
        }
    });
    Ok(rooms.collect())
}

/// Our crates that one in `folder` may use, and those that only its tests may use; `None` for an unknown room.
fn may_know(folder: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    const CORES: &[&str] = &["sidetone-sip", "sidetone-media", "sidetone-desk"];
    const HOUSE: &[&str] = &[
        "sidetone-sip",
        "sidetone-media",
        "sidetone-desk",
        "sidetone-net",
        "sidetone-audio",
        "sidetone-store",
    ];
    const TOOLS: &[&str] = &["sidetone-sim", "sidetone-lab"];
    const ALL: &[&str] = &[
        "sidetone-sip",
        "sidetone-media",
        "sidetone-desk",
        "sidetone-net",
        "sidetone-audio",
        "sidetone-store",
        "sidetone-phone",
        "sidetone-practice",
        "sidetone-sim",
        "sidetone-lab",
    ];
    Some(match folder {
        "crates/phone" => (HOUSE, TOOLS),
        // Its tests call a real phone: the phone itself never knows the exchange.
        "crates/practice" => (
            &["sidetone-sip", "sidetone-media", "sidetone-net"],
            &["sidetone-sim", "sidetone-lab", "sidetone-phone"],
        ),
        "crates/sim" => (CORES, &[]),
        "crates/lab" | "tests/tidy" => (&[], &[]),
        "crates/listening" => (&["sidetone-lab", "sidetone-media"], &[]),
        "src-tauri" => (&["sidetone-phone", "sidetone-practice", "sidetone-desk"], TOOLS),
        "tests" => (ALL, ALL),
        "tests/fuzz" => (CORES, &[]),
        "xtask" => (&["sidetone-lab"], &[]),
        core if core.starts_with("crates/core/") => (&[], &["sidetone-sim"]),
        edge if edge.starts_with("crates/edge/") => (CORES, TOOLS),
        _ => return None,
    })
}

pub(crate) fn check(rooms: &[Room]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in rooms {
        let place = format!("{}/Cargo.toml", room.folder);
        let mut report = |what: String, remedy| findings.push(Finding::at(&place, 1, what, remedy));
        let Some((may, tests_may)) = may_know(&room.folder) else {
            report(
                format!("{} has no room", room.name),
                "say in tests/tidy/dependencies.rs and docs/architecture.md whom it may know",
            );
            continue;
        };
        for need in &room.needs {
            let name = need.name.as_str();
            let ours = rooms.iter().any(|room| room.name == need.name);
            if ours && !may.contains(&name) && !(need.for_tests && tests_may.contains(&name)) {
                report(
                    format!("{} knows {name}", room.name),
                    "see the dependency rules in docs/architecture.md",
                );
            }
            if let Some((what, remedy)) = foreign(room, need) {
                report(what, remedy);
            }
        }
    }
    findings
}

/// What is wrong with a need for somebody else's crate.
fn foreign(room: &Room, need: &Need) -> Option<(String, &'static str)> {
    let of = |family: &str| need.name == family || need.name.starts_with(&format!("{family}-"));
    // The types that cross to the window are described where they stand, and only when the shell asks.
    let crosses = matches!(room.name.as_str(), "sidetone-desk" | "sidetone-phone");
    let described = crosses && need.name == "specta" && need.optional;
    let what = format!("{} knows {}", room.name, need.name);
    if room.folder != "src-tauri" && !described && SHELL_ONLY.into_iter().any(of) {
        return Some((what, "only the shell (src-tauri) knows the window's tool kit"));
    }
    let core = room.folder.starts_with("crates/core/") && !need.for_tests;
    (core && WORLDLY.into_iter().any(of))
        .then_some((what, "a core touches no world: this belongs to an edge"))
}

/// The architecture document is the map: every crate stands on it.
pub(crate) fn check_named(rooms: &[Room], map: &str) -> Vec<Finding> {
    let missing =
        rooms.iter().filter(|room| !map.contains(&room.name) && !map.contains(&format!("`{}`", room.folder)));
    let remedy = "put it on the code map, in the commit that adds it";
    missing
        .map(|room| Finding::at("docs/architecture.md", 1, format!("{} is missing", room.name), remedy))
        .collect()
}

/// `unsafe` is forbidden and the rest agreed on in one place: each crate takes it from there.
pub(crate) fn check_lints(manifest: &TextFile) -> Option<Finding> {
    let workspace = manifest.text.contains("[workspace]");
    let wanted = if workspace { "unsafe_code = \"forbid\"" } else { "[lints]\nworkspace = true" };
    let remedy = "[lints] workspace = true in a crate, unsafe_code = \"forbid\" in the workspace";
    (!manifest.text.contains(wanted))
        .then(|| Finding::at(&manifest.path, 1, "goes without the common lints", remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMS: [(&str, &str); 10] = [
        ("sidetone-sip", "crates/core/sip"),
        ("sidetone-desk", "crates/core/desk"),
        ("sidetone-net", "crates/edge/net"),
        ("sidetone-audio", "crates/edge/audio"),
        ("sidetone-phone", "crates/phone"),
        ("sidetone-practice", "crates/practice"),
        ("sidetone-lab", "crates/lab"),
        ("sidetone-sim", "crates/sim"),
        ("sidetone", "src-tauri"),
        ("xtask", "xtask"),
    ];

    /// Findings when `who` takes `whom` as well.
    fn with(who: &str, whom: &str, for_tests: bool, optional: bool) -> usize {
        let rooms = ROOMS.map(|(name, folder)| Room {
            name: name.to_owned(),
            folder: folder.to_owned(),
            needs: (name == who)
                .then(|| Need { name: whom.to_owned(), for_tests, optional })
                .into_iter()
                .collect(),
        });
        check(&rooms).len()
    }

    #[test]
    fn a_forbidden_acquaintance_is_found() {
        let bads = [
            ("sidetone-sip", "sidetone-net"),
            ("sidetone-desk", "sidetone-sip"),
            ("sidetone-sip", "tokio"),
            ("sidetone-desk", "tauri"),
            ("sidetone-desk", "specta"),
            ("sidetone-net", "sidetone-audio"),
            ("sidetone-phone", "sidetone-practice"),
            ("sidetone-phone", "tauri-specta"),
            ("sidetone-phone", "sidetone-lab"),
            ("sidetone-practice", "sidetone-phone"),
            ("sidetone-practice", "sidetone-desk"),
            ("sidetone", "sidetone-sip"),
            ("sidetone", "sidetone-net"),
            ("xtask", "sidetone-phone"),
            ("sidetone-lab", "sidetone-phone"),
        ];
        for (who, whom) in bads {
            assert_eq!(with(who, whom, false, false), 1, "{who} -> {whom}");
        }
        assert_eq!(with("sidetone-phone", "sidetone-practice", true, false), 1);
    }

    #[test]
    fn what_is_allowed_is_not_found() {
        let goods = [
            ("sidetone-net", "sidetone-sip"),
            ("sidetone-phone", "sidetone-net"),
            ("sidetone", "sidetone-phone"),
            ("sidetone", "tauri"),
            ("sidetone-practice", "sidetone-net"),
            ("xtask", "sidetone-lab"),
        ];
        for (who, whom) in goods {
            assert_eq!(with(who, whom, false, false), 0, "{who} -> {whom}");
        }
        assert_eq!(with("sidetone-desk", "specta", false, true), 0);
        assert_eq!(with("sidetone-phone", "sidetone-lab", true, false), 0);
    }

    #[test]
    fn a_crate_without_room_map_or_lints_is_found() {
        let stray = Room { name: "stray".to_owned(), folder: "crates/stray".to_owned(), needs: Vec::new() };
        assert_eq!(check(std::slice::from_ref(&stray)).len(), 1);
        assert_eq!(check_named(std::slice::from_ref(&stray), "nothing of it").len(), 1);
        assert_eq!(check_named(&[stray], "in `crates/stray` ...").len(), 0);
        assert!(check_lints(&TextFile::sample("a/Cargo.toml", "[package]\nname = \"a\"\n")).is_some());
        assert!(check_lints(&TextFile::sample("Cargo.toml", "[workspace]\n")).is_some());
    }
}
