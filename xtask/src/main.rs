//! `cargo xtask`: everything the project can do, in one command, with all set-up included.
//!
//! It is built before anything is installed, so it and what it depends on need nothing but cargo and a linker.

mod bench;
mod console;
mod front_end;
mod fuzz;
mod generate;
mod practice;
mod run;
mod setup;
mod test;

use clap::{Parser, Subcommand};
use console::Trouble;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Everything the project can do, in one command")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Open Sidetone with the practice exchange; without a display, let a scripted agent take one whole call.
    Practice(practice::Arguments),
    /// Everything that must hold: front end, format, lints, tests.
    Test(test::Arguments),
    /// How quick, light and close `sidetone-cli` is, beside baresip.
    Bench(bench::Arguments),
    /// Look for messages and packets that bring something down.
    Fuzz(fuzz::Arguments),
    /// Build installers for this system.
    Package(generate::PackageArguments),
    /// Write `ui/src/bindings.ts` anew from the Rust types.
    Bindings,
    /// Install what is missing to build, run and test.
    Setup(setup::Arguments),
    /// Say what is there and what is missing; change nothing.
    Doctor,
}

fn main() -> ExitCode {
    let interrupted = ctrlc::set_handler(|| {
        sidetone_lab::process::stop_all();
        std::process::exit(130);
    });
    if let Err(error) = interrupted {
        console::note(&format!("an interrupt will not end what was started: {error}"));
    }
    match carry_out(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            console::trouble(&trouble);
            ExitCode::FAILURE
        }
    }
}

fn carry_out(task: Task) -> Result<(), Trouble> {
    match task {
        Task::Practice(arguments) => practice::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Package(arguments) => generate::package(&arguments),
        Task::Bindings => generate::bindings(),
        Task::Setup(arguments) => setup::run(&arguments),
        Task::Doctor => setup::doctor(),
    }
}
