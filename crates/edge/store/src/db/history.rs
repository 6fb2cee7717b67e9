//! The history of contacts (DIR-2): kept by id, read by pages, newest first.

use super::{
    error::StoreError,
    open::Store,
    row::{HistoryRow, Quality},
};
use rusqlite::{Row, named_params};

/// A place in the history: what was already shown begins here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    started_ms: i64,
    id: String,
}

impl Cursor {
    /// As text, to be handed through a window and back.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}:{}", self.started_ms, self.id)
    }

    /// From [`Cursor::to_text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Cursor> {
        let (started, id) = text.split_once(':')?;
        Some(Cursor { started_ms: started.parse().ok()?, id: id.to_owned() })
    }
}

/// Which contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Came, and were not answered by this agent: missed, abandoned, declined or refused.
    Missed,
    /// Came, and were answered.
    Answered,
    /// Were placed by this agent.
    Placed,
}

impl Filter {
    /// As SQL.
    const fn condition(self) -> &'static str {
        match self {
            Filter::All => "1",
            Filter::Missed => {
                "direction = 'inbound' AND outcome IN ('missed', 'abandoned', 'declined', 'refused')"
            }
            Filter::Answered => "direction = 'inbound' AND outcome = 'connected'",
            Filter::Placed => "direction = 'outbound'",
        }
    }
}

/// A question to the history.
#[derive(Clone, Default)]
pub struct HistoryQuery {
    /// Only what is older; a page's [`HistoryPage::next`].
    pub before: Option<Cursor>,
    /// How many at most; 0 stands for 50, more than 500 for 500.
    pub limit: usize,
    /// Which.
    pub filter: Filter,
    /// Only those that contain every word of this in name, number, queue or notes, in any case.
    pub text: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// Newest first.
    pub rows: Vec<HistoryRow>,
    /// Where the next page begins; `None` after the last row.
    pub next: Option<Cursor>,
}

/// Someone talked to lately.
#[derive(Clone, PartialEq, Eq)]
pub struct Recent {
    /// The name, where one was ever known.
    pub name: Option<String>,
    /// The number or address.
    pub number: String,
    /// When last.
    pub last_ms: i64,
}

impl Store {
    /// Keeps a contact, in place of an earlier row with the same id. A row is complete, so whatever draft there was of
    /// it is gone, in the same transaction: the versions of a later draft begin anew. When this returns, it is on
    /// disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_contact(&mut self, row: &HistoryRow) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let quality = row.quality.as_ref();
        let search = search_text(&[
            row.party_name.as_deref(),
            Some(&row.party_number),
            row.queue.as_deref(),
            Some(&row.notes),
        ]);
        let values = named_params! {
            ":id": row.id, ":direction": row.direction, ":party_name": row.party_name,
            ":party_number": row.party_number, ":queue": row.queue, ":dnis": row.dnis,
            ":started_ms": row.started_ms, ":connected_ms": row.connected_ms, ":ended_ms": row.ended_ms,
            ":outcome": row.outcome.0, ":ended_by": row.outcome.1, ":wrap_up": row.wrap_up,
            ":reason": row.reason, ":notes": row.notes,
            ":codec": quality.map(|quality| &quality.codec),
            ":loss_percent": quality.map(|quality| quality.loss_percent),
            ":jitter_ms": quality.map(|quality| quality.jitter_ms),
            ":round_trip_ms": quality.and_then(|quality| quality.round_trip_ms),
            ":mos": quality.and_then(|quality| quality.mos),
            ":remote_loss_percent": quality.and_then(|quality| quality.remote_loss_percent),
            ":delay_ms": quality.and_then(|quality| quality.delay_ms),
            ":problem": quality.and_then(|quality| quality.problem.as_ref().map(|(word, _)| word)),
            ":problem_s": quality.and_then(|quality| quality.problem.as_ref().map(|(_, seconds)| seconds)),
            ":search": search,
        };
        transaction.prepare_cached(UPSERT)?.execute(values)?;
        transaction.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([&row.id])?;
        Ok(transaction.commit()?)
    }

    /// One page of the history.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, StoreError> {
        let limit = if query.limit == 0 { 50 } else { query.limit.min(500) };
        let words: Vec<String> = query.text.split_whitespace().take(16).map(str::to_lowercase).collect();
        // One more than asked for says whether there is a next page.
        let mut sql = format!("SELECT * FROM history WHERE {}", query.filter.condition());
        let mut values: Vec<&dyn rusqlite::ToSql> = Vec::new();
        if let Some(cursor) = &query.before {
            sql.push_str(" AND (started_ms, id) < (?, ?)");
            values.extend([&cursor.started_ms as &dyn rusqlite::ToSql, &cursor.id]);
        }
        for word in &words {
            sql.push_str(" AND instr(search, ?) > 0");
            values.push(word);
        }
        sql.push_str(" ORDER BY started_ms DESC, id DESC LIMIT ?");
        let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        values.push(&more);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(values.as_slice(), read_row)?;
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let last = rows.last().map(|row| Cursor { started_ms: row.started_ms, id: row.id.clone() });
        Ok(HistoryPage { rows, next: last.filter(|_| !is_last) })
    }

    /// One contact.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn contact(&self, id: &str) -> Result<Option<HistoryRow>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT * FROM history WHERE id = ?1")?;
        let mut rows = statement.query_map([id], read_row)?;
        Ok(rows.next().transpose()?)
    }

    /// Whom this agent dealt with lately, newest first, each number once.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn recents(&self, limit: usize) -> Result<Vec<Recent>, StoreError> {
        // The bare columns beside max() come from the row that has it (SQLite, "Bare columns in an aggregate query").
        let sql = "SELECT party_name, party_number, max(started_ms) AS last FROM
                (SELECT party_name, party_number, started_ms FROM history ORDER BY started_ms DESC LIMIT 1000)
            GROUP BY party_number ORDER BY last DESC LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Recent { name: row.get(0)?, number: row.get(1)?, last_ms: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Keeps the quality that is there when the new row brings none: it may be known before.
const UPSERT: &str = "
    INSERT INTO history (id, direction, party_name, party_number, queue, dnis, started_ms, connected_ms, ended_ms,
        outcome, ended_by, wrap_up, reason, notes, codec, loss_percent, jitter_ms, round_trip_ms, mos,
        remote_loss_percent, delay_ms, problem, problem_s, search)
    VALUES (:id, :direction, :party_name, :party_number, :queue, :dnis, :started_ms, :connected_ms, :ended_ms,
        :outcome, :ended_by, :wrap_up, :reason, :notes, :codec, :loss_percent, :jitter_ms, :round_trip_ms, :mos,
        :remote_loss_percent, :delay_ms, :problem, :problem_s, :search)
    ON CONFLICT (id) DO UPDATE SET
        direction = excluded.direction, party_name = excluded.party_name, party_number = excluded.party_number,
        queue = excluded.queue, dnis = excluded.dnis, started_ms = excluded.started_ms,
        connected_ms = excluded.connected_ms, ended_ms = excluded.ended_ms, outcome = excluded.outcome,
        ended_by = excluded.ended_by, wrap_up = excluded.wrap_up, reason = excluded.reason, notes = excluded.notes,
        codec = coalesce(excluded.codec, codec), loss_percent = coalesce(excluded.loss_percent, loss_percent),
        jitter_ms = coalesce(excluded.jitter_ms, jitter_ms),
        round_trip_ms = coalesce(excluded.round_trip_ms, round_trip_ms), mos = coalesce(excluded.mos, mos),
        remote_loss_percent = coalesce(excluded.remote_loss_percent, remote_loss_percent),
        delay_ms = coalesce(excluded.delay_ms, delay_ms), problem = coalesce(excluded.problem, problem),
        problem_s = coalesce(excluded.problem_s, problem_s), search = excluded.search";

/// What is searched: lower case in every script, parts kept apart.
pub(super) fn search_text(parts: &[Option<&str>]) -> String {
    let parts: Vec<&str> = parts.iter().flatten().copied().collect();
    parts.join("\n").to_lowercase()
}

/// One row of `SELECT *`.
pub(super) fn read_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    let codec: Option<String> = row.get("codec")?;
    let quality = match codec {
        Some(codec) => Some(Quality {
            codec,
            loss_percent: row.get("loss_percent")?,
            jitter_ms: row.get("jitter_ms")?,
            round_trip_ms: row.get("round_trip_ms")?,
            mos: row.get("mos")?,
            remote_loss_percent: row.get("remote_loss_percent")?,
            delay_ms: row.get("delay_ms")?,
            problem: row.get::<_, Option<String>>("problem")?.zip(row.get("problem_s")?),
        }),
        None => None,
    };
    Ok(HistoryRow {
        id: row.get("id")?,
        direction: row.get("direction")?,
        party_name: row.get("party_name")?,
        party_number: row.get("party_number")?,
        queue: row.get("queue")?,
        dnis: row.get("dnis")?,
        started_ms: row.get("started_ms")?,
        connected_ms: row.get("connected_ms")?,
        ended_ms: row.get("ended_ms")?,
        outcome: (row.get("outcome")?, row.get("ended_by")?),
        wrap_up: row.get("wrap_up")?,
        reason: row.get("reason")?,
        notes: row.get("notes")?,
        quality,
    })
}

impl std::fmt::Debug for HistoryQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryQuery")
            .field("limit", &self.limit)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recent").field("last_ms", &self.last_ms).finish_non_exhaustive()
    }
}
