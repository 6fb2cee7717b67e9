//! Between the desk's words and the store's: rows, drafts, pages. Both say the same things, each for itself, since an
//! edge decides nothing and a core knows no disk.

use crate::engine::Draft;
use crate::quality;
use crate::view::{HistoryFilter, HistoryPage, HistoryQuery, HistoryRowView, OutcomeView};
use sidetone_desk::view::{self as shown, CodeId, CodeView, ContactId, UnixMillis};
use sidetone_desk::{self as desk, HistoryRow, Party, Pii, RowId, Times, WrapUpRecord};
use sidetone_store as store;

/// A row on its way to the disk.
pub(crate) fn to_disk(row: &HistoryRow) -> store::HistoryRow {
    let party = row.party.reveal();
    store::HistoryRow {
        id: row.id.0.clone(),
        direction: match row.direction {
            shown::Direction::Inbound => store::Direction::Inbound,
            shown::Direction::Outbound => store::Direction::Outbound,
        },
        party_name: party.name.as_ref().map(|name| name.reveal().clone()),
        party_number: party.number.reveal().clone(),
        queue: row.queue.clone(),
        dnis: row.dnis.clone(),
        started_ms: row.times.started.0,
        connected_ms: row.times.connected.map(|at| at.0),
        ended_ms: row.times.ended.map(|at| at.0),
        outcome: (outcome_to_disk(row.outcome), row.ended_by.map(ended_by_to_disk)),
        wrap_up: match row.wrap_up.state {
            desk::WrapUpState::NotDue => store::WrapUpState::NotDue,
            desk::WrapUpState::Pending => store::WrapUpState::Pending,
            desk::WrapUpState::Submitted => store::WrapUpState::Submitted,
            desk::WrapUpState::Expired => store::WrapUpState::Expired,
        },
        reason: row.wrap_up.reason.as_ref().map(|reason| reason.0.clone()),
        notes: row.wrap_up.notes.reveal().clone(),
        quality: row.sounded.as_ref().map(quality::to_disk),
    }
}

/// A row from the disk. Its contact's id is of this run: `contact`.
pub(crate) fn from_disk(row: store::HistoryRow, contact: ContactId) -> HistoryRow {
    HistoryRow {
        id: RowId(row.id),
        contact,
        direction: direction(row.direction),
        party: party(row.party_name, row.party_number),
        queue: row.queue,
        dnis: row.dnis,
        times: Times {
            started: UnixMillis(row.started_ms),
            connected: row.connected_ms.map(UnixMillis),
            ended: row.ended_ms.map(UnixMillis),
        },
        outcome: outcome_from_disk(row.outcome.0),
        ended_by: row.outcome.1.map(ended_by_from_disk),
        sounded: row.quality.map(quality::from_disk),
        wrap_up: WrapUpRecord {
            state: match row.wrap_up {
                store::WrapUpState::NotDue => desk::WrapUpState::NotDue,
                store::WrapUpState::Pending => desk::WrapUpState::Pending,
                store::WrapUpState::Submitted => desk::WrapUpState::Submitted,
                store::WrapUpState::Expired => desk::WrapUpState::Expired,
            },
            reason: row.reason.map(CodeId),
            notes: Pii::new(row.notes),
        },
    }
}

/// A draft on its way to the disk.
pub(crate) fn draft_to_disk(draft: &Draft) -> store::Draft {
    store::Draft {
        id: draft.row.0.clone(),
        version: draft.version,
        reason: draft.reason.as_ref().map(|reason| reason.0.clone()),
        notes: draft.notes.reveal().clone(),
        summary: String::new(),
    }
}

/// More than this nobody looks for.
const LONGEST_QUERY: usize = 200;

/// What the window asks, in the store's words. A cursor that is not one starts from the newest.
pub(crate) fn query_to_disk(query: &HistoryQuery) -> store::HistoryQuery {
    store::HistoryQuery {
        before: query.before.as_deref().and_then(store::Cursor::from_text),
        limit: usize::from(query.limit.clamp(1, 200)),
        filter: match query.filter {
            HistoryFilter::All => store::Filter::All,
            HistoryFilter::Missed => store::Filter::Missed,
            HistoryFilter::Answered => store::Filter::Answered,
            HistoryFilter::Placed => store::Filter::Placed,
        },
        text: query.text.chars().take(LONGEST_QUERY).collect(),
    }
}

/// How a page is shown: reasons by the admin's words, numbers masked where the admin wants that (OFFER-2).
pub(crate) fn page(page: store::HistoryPage, config: &desk::Config) -> HistoryPage {
    let rows = page.rows.into_iter().map(|row| HistoryRowView {
        outcome: outcome_shown(&row),
        reason: row.reason.map(|id| label(&config.wrap_up.reasons, id)),
        key: row.id,
        direction: direction(row.direction),
        party: desk::party_shown(config, &party(row.party_name, row.party_number)),
        queue: row.queue,
        started_at: UnixMillis(row.started_ms),
        connected_at: row.connected_ms.map(UnixMillis),
        ended_at: UnixMillis(row.ended_ms.unwrap_or(row.started_ms)),
        notes: row.notes,
        sounded: row.quality.map(quality::from_disk),
    });
    HistoryPage { rows: rows.collect(), next: page.next.map(|cursor| cursor.to_text()) }
}

fn party(name: Option<String>, number: String) -> Pii<Party> {
    Pii::new(Party { name: name.map(Pii::new), number: Pii::new(number) })
}

/// A reason that the configuration no longer knows is shown by its id.
fn label(reasons: &[CodeView], id: String) -> String {
    reasons.iter().find(|reason| reason.id.0 == id).map_or(id, |reason| reason.label.clone())
}

fn outcome_shown(row: &store::HistoryRow) -> OutcomeView {
    use store::Outcome as O;
    match (row.outcome.0, row.direction) {
        (O::Connected, store::Direction::Inbound) => OutcomeView::Answered,
        (O::Connected, store::Direction::Outbound) => OutcomeView::Placed,
        (O::Missed | O::Refused, _) => OutcomeView::Missed,
        (O::Declined | O::Rescinded, _) => OutcomeView::Declined,
        (O::AnsweredElsewhere, _) => OutcomeView::AnsweredElsewhere,
        (O::Abandoned, _) => OutcomeView::Abandoned,
        (O::Cancelled, _) => OutcomeView::NotAnswered,
        (O::Failed, store::Direction::Outbound) => OutcomeView::NotAnswered,
        (O::Failed, store::Direction::Inbound) => OutcomeView::Failed,
    }
}

fn direction(direction: store::Direction) -> shown::Direction {
    match direction {
        store::Direction::Inbound => shown::Direction::Inbound,
        store::Direction::Outbound => shown::Direction::Outbound,
    }
}

macro_rules! both_ways {
    ($to:ident, $from:ident, $type:ident: $($word:ident)+) => {
        fn $to(word: desk::$type) -> store::$type {
            match word { $(desk::$type::$word => store::$type::$word,)+ }
        }

        fn $from(word: store::$type) -> desk::$type {
            match word { $(store::$type::$word => desk::$type::$word,)+ }
        }
    };
}

both_ways! { outcome_to_disk, outcome_from_disk, Outcome:
Connected Missed Declined Rescinded AnsweredElsewhere Abandoned Refused Cancelled Failed }
both_ways! { ended_by_to_disk, ended_by_from_disk, EndedBy: Agent Party Failure }
