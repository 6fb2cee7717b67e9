//! CALL-10: running calls on disk.
#![allow(clippy::unwrap_used)]

use sidetone_store::CallFolder;
use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_kept_is_found_at_the_next_start_and_what_is_over_is_not() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("calls");
    let (calls, found) = CallFolder::open(&folder).unwrap();
    assert_eq!(found, []);
    calls.keep("A1", Some("first".into()));
    calls.keep("B2", Some("second".into()));
    calls.keep("A1", Some("changed".into()));
    calls.keep("B2", None);
    drop(calls);
    assert_eq!(names(&folder), ["A1.call", "alive"], "nothing half-written is left");
    let (calls, found) = CallFolder::open(&folder).unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].text.as_str()), (1, "A1", "changed"));
    assert!(found[0].age < Duration::from_secs(20), "{:?}", found[0].age);
    calls.keep("A1", None);
    drop(calls);
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn the_age_is_since_the_program_was_last_alive() {
    let place = tempfile::tempdir().unwrap();
    let (calls, _) = CallFolder::open(place.path()).unwrap();
    calls.keep("A1", Some("text".into()));
    drop(calls);
    let set = |name: &str, ago: u64| {
        let file = File::options().write(true).open(place.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(ago)).unwrap();
    };
    set("A1.call", 3600);
    set("alive", 40);
    let (_, found) = CallFolder::open(place.path()).unwrap();
    assert!((40..60).contains(&found[0].age.as_secs()), "{:?}", found[0].age);
}

#[test]
fn what_is_no_call_of_ours_is_cleared_away() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("A1.new"), "half").unwrap();
    fs::write(place.path().join("B2.call"), [0xff, 0xfe]).unwrap();
    let (calls, found) = CallFolder::open(place.path()).unwrap();
    assert_eq!(found, []);
    calls.keep("../escape", Some("text".into()));
    calls.keep("", Some("text".into()));
    drop(calls);
    assert_eq!(names(place.path()), [""; 0]);
    assert!(!place.path().parent().unwrap().join("escape.call").exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("calls");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let (calls, _) = CallFolder::open(&folder).unwrap();
    calls.keep("A1", Some("text".into()));
    drop(calls);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("A1.call"))), (0o700, 0o600));
}
