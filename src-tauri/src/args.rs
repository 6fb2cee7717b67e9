//! The command line of the window's program. Agents never need it; tests and demonstrations do.

use clap::Parser;
use sidetone_phone::Options;
use std::path::PathBuf;

/// Sidetone, the agent's softphone.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    /// Keep history, drafts and settings in this folder instead of the user's own.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Write what happens into this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// In practice, write what each customer hears into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub practice_recordings: Option<PathBuf>,
}

impl Args {
    /// How the phone starts.
    pub(crate) fn phone_options(&self) -> Options {
        Options { data: self.data.clone(), ..Options::default() }
    }
}
