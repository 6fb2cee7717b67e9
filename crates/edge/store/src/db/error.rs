//! What can go wrong with the store, by what the caller can do about it.

use std::path::PathBuf;

/// Why something was not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be used. Permissions or a full disk: for the agent or the admin to mend.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A newer Sidetone wrote the file. Left as it is; update Sidetone.
    #[error("{} was written by a newer version", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
    },
    /// SQLite refused. The statement is never part of it: it may hold what an agent typed.
    #[error("the database refused: {code}")]
    Database {
        /// SQLite's own name for it.
        code: String,
    },
    /// What is in the file is not what was put in.
    #[error("a stored value cannot be read: {what}")]
    Value {
        /// Which column or setting.
        what: &'static str,
    },
    /// Too much waits to be written; ask again in a moment.
    #[error("the store is busy")]
    Busy,
    /// The store's thread is gone.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = match error.sqlite_error() {
            // The extended code, never the message, which may quote a value.
            Some(code) => rusqlite::ffi::code_to_str(code.extended_code).to_owned(),
            None => match error {
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
                    return StoreError::Value { what: "column" };
                }
                _ => "unexpected result".to_owned(),
            },
        };
        StoreError::Database { code }
    }
}
