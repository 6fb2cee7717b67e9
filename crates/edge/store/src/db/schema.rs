//! The tables, version by version. A version that was released is never edited: the next one changes it.

use super::history::search_text;
use rusqlite::Transaction;
use rusqlite_migration::{HookResult, M, Migrations};

/// 1: everything there is.
const FIRST: &str = "
    CREATE TABLE history (
        id            TEXT PRIMARY KEY NOT NULL,
        direction     TEXT NOT NULL,
        party_name    TEXT,
        party_number  TEXT NOT NULL,
        queue         TEXT,
        dnis          TEXT,
        started_ms    INTEGER NOT NULL,
        connected_ms  INTEGER,
        ended_ms      INTEGER,
        outcome       TEXT NOT NULL,
        ended_by      TEXT,
        wrap_up       TEXT NOT NULL,
        reason        TEXT,
        notes         TEXT NOT NULL,
        codec         TEXT,
        loss_percent  REAL,
        jitter_ms     REAL,
        round_trip_ms REAL
    ) STRICT;
    CREATE INDEX history_by_time ON history (started_ms DESC, id DESC);
    CREATE INDEX history_pending ON history (wrap_up) WHERE wrap_up = 'pending';

    CREATE TABLE draft (
        id      TEXT PRIMARY KEY NOT NULL,
        version INTEGER NOT NULL,
        reason  TEXT,
        notes   TEXT NOT NULL,
        summary TEXT NOT NULL
    ) STRICT;

    CREATE TABLE setting (
        key   TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    ) STRICT;
";

/// 2: searching ignores case in every script, which SQLite's own LIKE does for English only.
const SEARCH: &str = "ALTER TABLE history ADD COLUMN search TEXT NOT NULL DEFAULT '';";

/// 3: what people would say of a call's sound, the other direction, and what was wrong.
const SOUND: &str = "
    ALTER TABLE history ADD COLUMN mos REAL;
    ALTER TABLE history ADD COLUMN remote_loss_percent REAL;
    ALTER TABLE history ADD COLUMN delay_ms REAL;
    ALTER TABLE history ADD COLUMN problem TEXT;
    ALTER TABLE history ADD COLUMN problem_s INTEGER;
";

/// From any version to the newest.
pub(super) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![M::up(FIRST), M::up_with_hook(SEARCH, fill_search), M::up(SOUND)])
}

fn fill_search(transaction: &Transaction<'_>) -> HookResult {
    let mut read =
        transaction.prepare("SELECT rowid, party_name, party_number, queue, notes FROM history")?;
    let mut write = transaction.prepare("UPDATE history SET search = ?2 WHERE rowid = ?1")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (name, number): (Option<String>, String) = (row.get(1)?, row.get(2)?);
        let (queue, notes): (Option<String>, String) = (row.get(3)?, row.get(4)?);
        let text = search_text(&[name.as_deref(), Some(&number), queue.as_deref(), Some(&notes)]);
        write.execute((row.get::<_, i64>(0)?, text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn every_version_follows_from_the_one_before() {
        migrations().validate().unwrap();
    }

    #[test]
    fn rows_of_version_1_can_be_searched_after_the_migration() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations().to_version(&mut connection, 1).unwrap();
        let insert = "INSERT INTO history (id, direction, party_name, party_number, started_ms, outcome, wrap_up, notes)
            VALUES ('a', 'inbound', 'Łucja ŻÓŁĆ', '100', 1, 'connected', 'submitted', 'Rückruf')";
        connection.execute(insert, []).unwrap();
        migrations().to_latest(&mut connection).unwrap();
        let text: String = connection.query_row("SELECT search FROM history", [], |row| row.get(0)).unwrap();
        assert!(text.contains("łucja żółć") && text.contains("rückruf") && text.contains("100"), "{text}");
    }
}
