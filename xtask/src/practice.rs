//! `cargo xtask practice`: Sidetone with the practice exchange. With a display, the window opens for whoever sits there;
//! without one, a scripted agent takes one whole call in the same window on a virtual display and a virtual headset.

mod call;
mod events;
mod folder;
mod proof;

use crate::console::{self, Trouble};
use crate::setup::Purpose;
use crate::{front_end, run, setup};
use clap::Args;
use std::process::Command;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Let the scripted agent take the call on virtual devices, although there is a display.
    #[arg(long)]
    scripted: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let scripted = arguments.scripted || !has_display();
    if scripted && cfg!(not(target_os = "linux")) {
        return Err(Trouble::new(
            "the scripted agent needs Linux: elsewhere there is no WebDriver for web views",
        ));
    }
    setup::ensure(if scripted { Purpose::Lab } else { Purpose::Build })?;
    console::step("build: the front end, then the program");
    front_end::packages()?;
    front_end::build()?;
    run::all_of(&mut run::cargo(&["build", "--package", "sidetone", "--features", "custom-protocol"]))?;
    if scripted { call::take_one() } else { open() }
}

/// Opens the window here and waits until it is closed.
fn open() -> Result<(), Trouble> {
    console::step("Sidetone is open: choose Practice in its window; close it to end");
    run::all_of(Command::new(run::built("sidetone")).current_dir(run::root()))
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
