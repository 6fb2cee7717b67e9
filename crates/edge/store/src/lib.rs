//! What is kept: the history and what was typed ([`Store`], SQLite), what the admin and the agent set
//! ([`config`], TOML by layers), and passwords ([`Keychain`]). Decides nothing about calls.

mod calls;
pub mod config;
mod db;
mod keychain;
mod place;
mod recordings;

pub use calls::{CallFolder, FoundCall};
pub use db::{
    Cursor, Direction, Draft, EndedBy, Filter, HistoryPage, HistoryQuery, HistoryRow, MovedAside, Opened,
    Outcome, Quality, Recent, Reply, Store, StoreError, StoreThread, WrapUpState,
};
pub use keychain::{Keychain, KeychainError, Secret};
pub use place::data_folder;
pub use recordings::{
    GreetingFolder, Recording, RecordingEvent, RecordingFolder, RecordingTrouble, read_recording,
};
