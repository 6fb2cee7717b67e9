//! What the tests share.
#![allow(dead_code, unreachable_pub)]

use sidetone_store::{Direction, HistoryRow, Outcome, WrapUpState};

/// A contact that was answered and has no wrap-up.
pub fn row(id: &str, started_ms: i64) -> HistoryRow {
    HistoryRow {
        id: id.to_owned(),
        direction: Direction::Inbound,
        party_name: Some("Ann Example".to_owned()),
        party_number: "+15550100".to_owned(),
        queue: Some("Sales".to_owned()),
        dnis: None,
        started_ms,
        connected_ms: None,
        ended_ms: None,
        outcome: (Outcome::Connected, None),
        wrap_up: WrapUpState::NotDue,
        reason: None,
        notes: String::new(),
        quality: None,
    }
}
