//! Listening tests for `cargo xtask bench voice` and `bench processing`, which gives the speech, has the results scored, and makes the table.
//!
//! It is no part of any phone. The sender is plain libopus, and shares no code with our own media.

mod bound;
mod offline;
mod processing;
mod sender;
mod session;
mod stream;

use clap::Parser;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "sidetone-listening", about = "Listening tests")]
enum Task {
    /// In virtual time: our media, and the same packets decoded with perfect buffering.
    Offline(offline::Arguments),
    /// Speech to the packets of the far end.
    Encode(stream::EncodeArguments),
    /// Packets to sound, as if each that ever came had been there in time.
    Decode(stream::DecodeArguments),
    /// Speech in noise, before and after what is done to it.
    Processing(processing::Arguments),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Offline(arguments) => offline::run(&arguments),
        Task::Encode(arguments) => stream::encode(&arguments),
        Task::Decode(arguments) => stream::decode(&arguments),
        Task::Processing(arguments) => processing::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sidetone-listening: {error}");
            ExitCode::FAILURE
        }
    }
}
