//! The SQLite file: history, drafts, the agent's last state, settings.

mod drafts;
mod error;
mod history;
mod open;
mod row;
mod schema;
mod settings;
mod thread;

pub use error::StoreError;
pub use history::{Cursor, Filter, HistoryPage, HistoryQuery, Recent};
pub use open::{MovedAside, Opened, Store};
pub use row::{Direction, Draft, EndedBy, HistoryRow, Outcome, Quality, WrapUpState};
pub use thread::{Reply, StoreThread};
