//! The file: private, broken, of another version, and a process that is killed while it writes.

mod common;

use common::row;
use sidetone_store::{HistoryQuery, Store, StoreError};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("store.db");
    let mut store = Store::open(&path).unwrap().store;
    store.put_contact(&row("a", 1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(store);
    Store::open(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_broken_file_is_kept_aside_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    fs::write(
        &path,
        "this is no database at all, and it is longer than a header of one hundred bytes would be .......",
    )
    .unwrap();
    let before = fs::read(&path).unwrap();
    let mut opened = Store::open(&path).unwrap();
    let aside = opened.moved_aside.unwrap();
    assert_eq!(fs::read(&aside.to).unwrap(), before);
    assert!(aside.reason.contains("SQLite") || aside.reason.contains("database"), "{}", aside.reason);
    opened.store.put_contact(&row("a", 1)).unwrap();
    drop(opened.store);
    let again = Store::open(&path).unwrap();
    assert!(again.moved_aside.is_none());
    assert!(again.store.contact("a").unwrap().is_some());
}

#[test]
fn a_file_with_torn_pages_is_found_broken_at_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut store = Store::open(&path).unwrap().store;
    for number in 0..500 {
        store.put_contact(&row(&number.to_string(), number)).unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[8192..end].fill(0x5A);
    fs::write(&path, bytes).unwrap();
    let opened = Store::open(&path).unwrap();
    assert!(opened.moved_aside.unwrap().to.exists());
    assert!(opened.store.history(&HistoryQuery::default()).unwrap().rows.is_empty());
}

#[test]
fn a_newer_versions_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(Store::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = Store::open(&path);
    assert!(matches!(refused, Err(StoreError::Newer { path: of }) if of == path));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing moved");
}

#[test]
fn a_place_that_cannot_be_used_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Store::open(&file.join("store.db")), Err(StoreError::File { .. })));
    assert!(matches!(Store::open(folder.path()), Err(StoreError::File { .. })));
}

/// Set for the child of the test below: where to write.
const CHILD: &str = "SIDETONE_TEST_WRITES_TO";

/// Writes until it is killed, and says what is kept.
#[test]
fn child_that_writes() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut opened = Store::open(Path::new(&path)).unwrap();
    assert!(opened.moved_aside.is_none());
    let run = std::process::id();
    for number in 0.. {
        let id = format!("{run}-{number}");
        opened.store.put_contact(&row(&id, number)).unwrap();
        println!("kept {id}.");
    }
}

#[test]
fn whatever_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut kept = Vec::new();
    for kill in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_writes", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0;
        let mut note = |line: String| {
            let Some(id) = line.split_once("kept ").and_then(|(_, id)| id.strip_suffix('.')) else {
                return 0;
            };
            kept.push(id.to_owned());
            1
        };
        // Each time elsewhere in its work.
        while acknowledged < 5 + kill * 3 {
            acknowledged += note(lines.next().expect("the child ended by itself").unwrap());
        }
        child.kill().unwrap();
        // What it said before it died counts too, but for a line torn in the middle: each ends with its dot.
        for line in lines.map_while(Result::ok) {
            note(line);
        }
        child.wait().unwrap();
        let opened = Store::open(&path).unwrap();
        assert!(opened.moved_aside.is_none());
        for id in &kept {
            assert!(opened.store.contact(id).unwrap().is_some(), "{id} is lost");
        }
    }
    assert!(kept.len() >= 20 * 5);
}
