//! macOS, Windows, and Linux without apt or dnf: it says what to install, and goes on.

use super::has_program;
use super::needs::{Need, Purpose};
use crate::console;

/// What can be seen to be missing: programs. Libraries show when they are linked.
pub(super) fn missing(needs: &[&'static Need]) -> Vec<&'static Need> {
    let linux = cfg!(target_os = "linux");
    let own =
        |need: &&Need| linux || matches!(need.program, "cmake" | "baresip" | "sipp" | "sox" | "espeak-ng");
    let unseen = |need: &&Need| !need.program.is_empty() && !has_program(need.program);
    needs.iter().copied().filter(own).filter(unseen).collect()
}

/// Says how to get it.
pub(super) fn tell(needs: &[&'static Need]) {
    let names = needs.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    console::note(&format!("not found: {names}"));
    if cfg!(target_os = "macos") {
        console::note("to build: xcode-select --install; brew install cmake");
        console::note("to test with other people's phones: brew install baresip sipp sox espeak-ng");
    } else if cfg!(windows) {
        console::note("to build: the C++ workload of Visual Studio Build Tools, WebView2, and");
        console::note("          winget install Kitware.CMake");
    } else {
        console::note(
            "install them, and the development files of these libraries, with your package manager:",
        );
        let libraries = super::needs_for(Purpose::Build).into_iter().filter(|need| need.program.is_empty());
        console::note(&libraries.map(|need| need.what).collect::<Vec<_>>().join(", "));
    }
    console::note("going on without them");
}
