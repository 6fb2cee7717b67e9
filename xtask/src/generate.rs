//! What is made from the source: the window's typed bindings, and installers.

use crate::console::{self, Trouble};
use crate::{front_end, run, setup};
use clap::Args;

/// The command line tool that packs; the same release as the shell's.
const TAURI_CLI: &str = "@tauri-apps/cli@2";

#[derive(Debug, Args)]
pub(crate) struct PackageArguments {
    /// Which installers, separated by commas: deb, rpm, dmg, msi. Without it, what this system can make.
    #[arg(long)]
    bundles: Option<String>,
}

/// Lets the test that compares the bindings write them first.
pub(crate) fn bindings() -> Result<(), Trouble> {
    setup::ensure(setup::Purpose::Build)?;
    let mut command = run::cargo(&["test", "--package", "sidetone", "bindings"]);
    run::all_of(command.env("SIDETONE_WRITE_BINDINGS", "1"))?;
    console::note("ui/src/bindings.ts is what the code says");
    Ok(())
}

/// Builds installers in release.
pub(crate) fn package(arguments: &PackageArguments) -> Result<(), Trouble> {
    setup::ensure(setup::Purpose::Build)?;
    front_end::packages()?;
    let own = if cfg!(windows) {
        "msi"
    } else if cfg!(target_os = "macos") {
        "dmg"
    } else if setup::has_program("dpkg") {
        "deb"
    } else {
        "rpm"
    };
    let bundles = arguments.bundles.as_deref().unwrap_or(own);
    run::all_of(&mut run::script("npx", &run::root(), &["--yes", TAURI_CLI, "build", "--bundles", bundles]))?;
    console::note(&format!("the installers are in {}", run::target().join("release/bundle").display()));
    Ok(())
}
