//! Lets Tauri read its configuration at build time, and names every command the window may call: a command that is not
//! named here and granted in `capabilities/desk.json` is refused by Tauri itself.

use tauri_build::{AppManifest, Attributes};

const COMMANDS: &[&str] =
    &["snapshot", "send", "sign_in", "history", "audio", "greetings", "practice", "set_shape"];

fn main() {
    let attributes = Attributes::new().app_manifest(AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
