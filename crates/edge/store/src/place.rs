//! Where the agent's own data is, by the system's custom.

use std::path::PathBuf;

/// The folder for history, drafts and settings; `None` where the system names no home.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "sidetone").map(|places| places.data_local_dir().to_owned())
}
