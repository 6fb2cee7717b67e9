//! What is typed after a contact, kept while it is typed (WRAPUP-3).

use super::{
    error::StoreError,
    history::read_row,
    open::Store,
    row::{Draft, HistoryRow},
};

impl Store {
    /// Keeps a draft; one with a lower version than the kept one changes nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let sql = "INSERT INTO draft (id, version, reason, notes, summary) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, reason = excluded.reason,
                notes = excluded.notes, summary = excluded.summary
            WHERE excluded.version >= draft.version";
        let values = (&draft.id, draft.version, &draft.reason, &draft.notes, &draft.summary);
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// All drafts.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT id, version, reason, notes, summary FROM draft ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Draft {
                id: row.get(0)?,
                version: row.get(1)?,
                reason: row.get(2)?,
                notes: row.get(3)?,
                summary: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets a draft.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove_draft(&mut self, id: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// The contacts whose wrap-up was not done when the desk last stopped, oldest first, with what was typed since
    /// their row was last kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn pending_wrap_ups(&self) -> Result<Vec<HistoryRow>, StoreError> {
        let sql = "SELECT * FROM history WHERE wrap_up = 'pending' ORDER BY started_ms, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], read_row)?;
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        let drafts = self.drafts()?;
        for row in &mut rows {
            if let Some(draft) = drafts.iter().find(|draft| draft.id == row.id) {
                row.reason.clone_from(&draft.reason);
                row.notes.clone_from(&draft.notes);
            }
        }
        Ok(rows)
    }
}
