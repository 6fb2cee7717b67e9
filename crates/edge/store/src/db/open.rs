//! Opening the file: for its owner only, checked, brought to the newest version. A broken one is kept aside, and said
//! to be.

use super::{error::StoreError, schema::migrations};
use rusqlite::{Connection, ErrorCode};
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The open file. One thread at a time; see [`StoreThread`](super::StoreThread).
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
}

/// An open store, and what had to be done for it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The file was broken and a new one begun: to be told to the agent.
    pub moved_aside: Option<MovedAside>,
}

/// A broken file, kept for whoever can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedAside {
    /// Where it is now.
    pub to: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Why a file cannot be opened as it is.
enum Trouble {
    Broken(String),
    Error(StoreError),
}

impl Store {
    /// Opens the file at `path`, making it and its folder where they are missing.
    ///
    /// # Errors
    /// [`StoreError::File`] where the place cannot be used, [`StoreError::Newer`] where a newer version wrote it,
    /// [`StoreError::Database`] where another program holds it.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        let reason = match open(path) {
            Ok(store) => return Ok(Opened { store, moved_aside: None }),
            Err(Trouble::Error(error)) => return Err(error),
            Err(Trouble::Broken(reason)) => reason,
        };
        let to = move_aside(path).map_err(|source| file_error(path, source))?;
        tracing::error!(reason, "the store was broken; it was moved aside and a new one begun");
        match open(path) {
            Ok(store) => Ok(Opened { store, moved_aside: Some(MovedAside { to, reason }) }),
            Err(Trouble::Error(error)) => Err(error),
            Err(Trouble::Broken(code)) => Err(StoreError::Database { code }),
        }
    }

    /// A store that is gone with the process, for practice.
    ///
    /// # Errors
    /// [`StoreError::Database`] when SQLite has no memory.
    pub fn in_memory() -> Result<Store, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrations().to_latest(&mut connection).map_err(migration_error)?;
        Ok(Store { connection })
    }
}

fn open(path: &Path) -> Result<Store, Trouble> {
    make_private(path).map_err(|source| Trouble::Error(file_error(path, source)))?;
    let prepared = Connection::open(path).and_then(|connection| prepare(&connection).map(|()| connection));
    let mut connection = prepared.map_err(trouble)?;
    match migrations().to_latest(&mut connection) {
        Ok(()) => Ok(Store { connection }),
        Err(rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        )) => Err(Trouble::Error(StoreError::Newer { path: path.to_owned() })),
        Err(rusqlite_migration::Error::RusqliteError { err, .. }) => Err(trouble(err)),
        Err(other) => Err(Trouble::Error(migration_error(other))),
    }
}

/// What was acknowledged survives the process (WAL) and the machine (FULL: the log is flushed at every commit).
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What was deleted is overwritten: notes about people must not linger in free pages.
    connection.pragma_update(None, "secure_delete", "ON")?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(verdict)))
}

fn trouble(error: rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Trouble::Broken(StoreError::from(error).to_string())
        }
        _ => Trouble::Error(error.into()),
    }
}

fn migration_error(error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        _ => StoreError::Database { code: "the tables are of no known version".to_owned() },
    }
}

fn file_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), source }
}

/// Makes folder and file for their owner alone, before SQLite writes the first byte; it gives its other files the
/// same permissions.
fn make_private(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

/// Renames the file and its log, which belong together, to a name that is free.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let with = |base: &Path, tail: &str| {
        let mut name = OsString::from(base);
        name.push(tail);
        PathBuf::from(name)
    };
    let mut to = with(path, &format!(".broken-{now}"));
    for more in 1..1000 {
        if !to.exists() {
            break;
        }
        to = with(path, &format!(".broken-{now}-{more}"));
    }
    fs::rename(path, &to)?;
    for tail in ["-wal", "-shm"] {
        match fs::rename(with(path, tail), with(&to, tail)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(to)
}
