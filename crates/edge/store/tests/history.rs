//! The history: kept by id, paged, filtered, searched; drafts beside it.
#![allow(clippy::unwrap_used)]

mod common;

use common::row;
use sidetone_store::{
    Cursor, Direction, Draft, EndedBy, Filter, HistoryQuery, HistoryRow, Outcome, Quality, Store,
    StoreThread, WrapUpState,
};
use std::time::{Duration, Instant};

fn ids(store: &Store, query: &HistoryQuery) -> Vec<String> {
    store.history(query).unwrap().rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn a_row_is_replaced_by_a_later_one_and_keeps_its_quality() {
    let mut store = Store::in_memory().unwrap();
    let mut first = row("a", 1000);
    first.wrap_up = WrapUpState::Pending;
    let quality = Quality {
        codec: "opus".into(),
        mos: Some(4.2),
        loss_percent: 0.5,
        remote_loss_percent: Some(1.5),
        jitter_ms: 3.0,
        round_trip_ms: Some(20.0),
        delay_ms: None,
        problem: Some(("delay".into(), 7)),
    };
    first.quality = Some(quality.clone());
    store.put_contact(&first).unwrap();
    let mut last = HistoryRow { quality: None, ..first.clone() };
    last.connected_ms = Some(2000);
    last.ended_ms = Some(3000);
    last.outcome = (Outcome::Connected, Some(EndedBy::Party));
    last.wrap_up = WrapUpState::Submitted;
    last.reason = Some("sale".into());
    last.notes = "Ring back\nłódź".into();
    store.put_contact(&last).unwrap();
    last.quality = Some(quality);
    assert_eq!(store.contact("a").unwrap(), Some(last.clone()));
    assert_eq!(store.history(&HistoryQuery::default()).unwrap().rows, [last]);
}

#[test]
fn ten_thousand_rows_are_paged_quickly_each_once_newest_first() {
    let mut thread_store = Store::in_memory().unwrap();
    for number in 0..10_000_i64 {
        // Ten share each moment: the cursor must not skip among equals.
        thread_store.put_contact(&row(&format!("{number:05}"), number / 10)).unwrap();
    }
    let (mut seen, mut query) = (Vec::new(), HistoryQuery { limit: 100, ..HistoryQuery::default() });
    let mut slowest = Duration::ZERO;
    loop {
        let started = Instant::now();
        let page = thread_store.history(&query).unwrap();
        slowest = slowest.max(started.elapsed());
        seen.extend(page.rows.iter().map(|row| (row.started_ms, row.id.clone())));
        let Some(next) = page.next else { break };
        query.before = Cursor::from_text(&next.to_text());
        assert_eq!(query.before, Some(next));
    }
    let mut expected = seen.clone();
    expected.sort();
    expected.dedup();
    expected.reverse();
    assert_eq!(seen.len(), 10_000);
    assert_eq!(seen, expected);
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
    let query = HistoryQuery { text: "nobody-of-this-name".into(), ..HistoryQuery::default() };
    let started = Instant::now();
    assert!(ids(&thread_store, &query).is_empty());
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[test]
fn filters_and_search_find_what_they_say() {
    let mut store = Store::in_memory().unwrap();
    let outcomes = [
        ("answered", Direction::Inbound, Outcome::Connected),
        ("missed", Direction::Inbound, Outcome::Missed),
        ("abandoned", Direction::Inbound, Outcome::Abandoned),
        ("elsewhere", Direction::Inbound, Outcome::AnsweredElsewhere),
        ("placed", Direction::Outbound, Outcome::Connected),
        ("cancelled", Direction::Outbound, Outcome::Cancelled),
    ];
    for (at, (id, direction, outcome)) in outcomes.into_iter().enumerate() {
        let mut row = row(id, i64::try_from(at).unwrap());
        (row.direction, row.outcome) = (direction, (outcome, None));
        row.notes = "ŻÓŁĆ 100% sure_thing".into();
        store.put_contact(&row).unwrap();
    }
    let with = |filter| HistoryQuery { filter, ..HistoryQuery::default() };
    assert_eq!(ids(&store, &with(Filter::All)).len(), 6);
    assert_eq!(ids(&store, &with(Filter::Missed)), ["abandoned", "missed"]);
    assert_eq!(ids(&store, &with(Filter::Answered)), ["answered"]);
    assert_eq!(ids(&store, &with(Filter::Placed)), ["cancelled", "placed"]);
    for (text, found) in
        [("żółć", 6), ("THING 100%", 6), ("sureXthing", 0), ("'; DROP TABLE history", 0), ("  ", 6)]
    {
        let query = HistoryQuery { text: text.into(), ..HistoryQuery::default() };
        assert_eq!(ids(&store, &query).len(), found, "{text}");
    }
}

#[test]
fn recents_are_each_number_once_with_its_latest_name() {
    let mut store = Store::in_memory().unwrap();
    for (at, number, name) in [(1, "100", Some("Old")), (2, "200", None), (3, "100", Some("New"))] {
        let mut row = row(&at.to_string(), at);
        (row.party_number, row.party_name) = (number.into(), name.map(str::to_owned));
        store.put_contact(&row).unwrap();
    }
    let recents = store.recents(10).unwrap();
    let short: Vec<_> = recents
        .iter()
        .map(|recent| (recent.number.as_str(), recent.name.as_deref(), recent.last_ms))
        .collect();
    assert_eq!(short, [("100", Some("New"), 3), ("200", None, 2)]);
    assert_eq!(store.recents(1).unwrap().len(), 1);
}

#[test]
fn a_draft_outlives_the_desk_until_its_wrap_up_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut store = Store::open(&path).unwrap().store;
    let mut contact = row("a", 1);
    contact.wrap_up = WrapUpState::Pending;
    store.put_contact(&contact).unwrap();
    let draft = |version, notes: &str| Draft {
        id: "a".into(),
        version,
        reason: Some("sale".into()),
        notes: notes.into(),
        summary: "{}".into(),
    };
    store.put_draft(&draft(1, "R")).unwrap();
    store.put_draft(&draft(3, "Ring back")).unwrap();
    store.put_draft(&draft(2, "Ring")).unwrap();
    drop(store);
    let mut store = Store::open(&path).unwrap().store;
    assert_eq!(store.drafts().unwrap(), [draft(3, "Ring back")]);
    let pending = store.pending_wrap_ups().unwrap();
    assert_eq!((pending[0].notes.as_str(), pending[0].reason.as_deref()), ("Ring back", Some("sale")));
    (contact.notes, contact.reason) = ("Ring back".into(), Some("sale".into()));
    store.put_contact(&contact).unwrap();
    assert!(store.drafts().unwrap().is_empty(), "the row holds what the draft held");
    store.put_draft(&draft(1, "Ring back today")).unwrap();
    assert_eq!(store.pending_wrap_ups().unwrap()[0].notes, "Ring back today", "versions begin anew");
    contact.wrap_up = WrapUpState::Submitted;
    store.put_contact(&contact).unwrap();
    assert!(store.drafts().unwrap().is_empty() && store.pending_wrap_ups().unwrap().is_empty());
}

#[test]
fn settings_and_the_agents_state_are_kept() {
    let mut store = Store::in_memory().unwrap();
    assert_eq!(store.agent_state::<String>().unwrap(), None);
    store.put_agent_state("idle").unwrap();
    store.put_setting("volume", &80).unwrap();
    store.put_setting("volume", &70).unwrap();
    assert_eq!(store.agent_state::<String>().unwrap().as_deref(), Some("idle"));
    assert_eq!(store.setting::<u32>("volume").unwrap(), Some(70));
    assert!(store.setting::<String>("volume").is_err());
    store.remove_setting("volume").unwrap();
    assert_eq!(store.setting::<u32>("volume").unwrap(), None);
}

#[test]
fn nothing_personal_is_printed() {
    let mut contact = row("id-1", 1);
    contact.notes = "private".into();
    let query = HistoryQuery { text: "private".into(), ..HistoryQuery::default() };
    let printed = format!("{contact:?} {query:?}");
    for secret in ["private", &contact.party_number, contact.party_name.as_deref().unwrap()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn the_threads_work_is_done_in_order_and_finished_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let thread = StoreThread::open(&path).unwrap();
    for number in 0..100 {
        drop(thread.run(move |store| store.put_contact(&row(&format!("{number:03}"), number))));
    }
    let page = thread.run(|store| store.history(&HistoryQuery { limit: 500, ..HistoryQuery::default() }));
    assert_eq!(page.wait().unwrap().rows.len(), 100);
    drop(thread.run(|store| store.put_contact(&row("last", 1000))));
    drop(thread);
    assert!(Store::open(&path).unwrap().store.contact("last").unwrap().is_some());
}

#[test]
fn a_thread_that_is_far_behind_refuses_more_and_recovers() {
    let thread = StoreThread::in_memory().unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let held = thread.run(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    let replies: Vec<_> = (0..2000).map(|_| thread.run(|_| Ok(()))).collect();
    go.send(()).unwrap();
    held.wait().unwrap();
    let refused = replies.into_iter().map(sidetone_store::Reply::wait).filter(Result::is_err).count();
    assert!((900..1000).contains(&refused), "{refused}");
    thread.run(|_| Ok(())).wait().unwrap();
}
