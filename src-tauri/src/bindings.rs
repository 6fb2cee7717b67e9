//! The window's typed bindings: what the front end may call and hear, generated as `ui/src/bindings.ts`. The test here
//! fails when that file is not what the code says.

use crate::commands;
use crate::views::{AppChanged, AudioChanged, DeskChanged, GreetingsChanged, LevelsChanged};
use tauri_specta::{Builder, collect_commands, collect_events};

/// Every command and event.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        // What goes out and what comes in looks the same here: one type each, not two.
        .disable_serde_phases()
        .commands(collect_commands![
            commands::snapshot,
            commands::send,
            commands::sign_in,
            commands::history,
            commands::audio,
            commands::greetings,
            commands::practice,
            commands::set_shape,
        ])
        .events(collect_events![DeskChanged, AudioChanged, GreetingsChanged, LevelsChanged, AppChanged])
}

#[cfg(test)]
mod tests {
    use super::builder;
    use specta_typescript::Typescript;
    use std::path::Path;

    const HEADER: &str = "// Generated from Rust: `cargo xtask bindings` writes it anew. Do not edit.\n";

    #[test]
    fn bindings_are_what_the_code_says() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        builder().export(Typescript::default().header(HEADER), &fresh).unwrap();
        let fresh = std::fs::read_to_string(fresh).unwrap();
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bindings.ts");
        if std::env::var_os("SIDETONE_WRITE_BINDINGS").is_some() {
            std::fs::write(&kept, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(kept).unwrap();
        assert!(kept == fresh, "ui/src/bindings.ts is not what the code says: run `cargo xtask bindings`");
    }
}
