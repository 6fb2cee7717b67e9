//! The keychain: a real one on a private bus, none at all, and one that never answers. Each is tried by a child
//! process of its own, since the bus is known by environment variables.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use sidetone_store::{Keychain, KeychainError, Secret};
use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

/// Tells the child what to do.
const ROLE: &str = "SIDETONE_TEST_KEYCHAIN";

/// What a child does; nothing in the run of the tests themselves.
#[test]
fn child_that_asks() {
    match std::env::var(ROLE).as_deref() {
        Ok("use") => uses(),
        Ok("miss") => misses(),
        Ok(_) | Err(_) => {}
    }
}

fn uses() {
    let keychain = Keychain::system();
    let (ann, bob) = ("sip:ann@example.org", "sip:bob@example.org");
    assert_eq!(keychain.get(ann), Err(KeychainError::NotFound));
    keychain.set(ann, &Secret::new("pässwörd")).unwrap();
    keychain.set(bob, &Secret::new("other")).unwrap();
    keychain.set(ann, &Secret::new("newer")).unwrap();
    assert_eq!(keychain.get(ann).unwrap().reveal(), "newer");
    assert_eq!(keychain.get(bob).unwrap().reveal(), "other");
    keychain.delete(ann).unwrap();
    assert_eq!(keychain.get(ann), Err(KeychainError::NotFound));
    assert_eq!(keychain.delete(ann), Err(KeychainError::NotFound));
    assert_eq!(keychain.get(bob).unwrap().reveal(), "other");
}

fn misses() {
    let keychain = Keychain::system();
    let missed = keychain.get("sip:ann@example.org").unwrap_err();
    assert!(matches!(missed, KeychainError::NotAvailable { .. }), "{missed}");
    println!("{missed}");
    // The second try is told the same.
    assert_eq!(keychain.set("sip:ann@example.org", &Secret::new("hunter2")), Err(missed));
}

/// Runs the child in an empty home, after `before`, a shell command that ends in `exec "$0" "$@"`.
fn child(role: &str, before: &str, home: &Path, bus: &str) -> Output {
    Command::new("sh")
        .args(["-c", before])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_asks", "--nocapture"])
        .env(ROLE, role)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap()
}

fn passed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    found.is_ok_and(|output| output.status.success())
}

#[test]
fn passwords_are_kept_by_a_real_keychain() {
    if !has("dbus-run-session") || !has("gnome-keyring-daemon") {
        eprintln!("no gnome-keyring here: not tried");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    // An empty line is the new keyring's password. The daemon leaves when its bus does.
    let session = r#"exec dbus-run-session -- sh -c '
        printf "\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$0" "$@"' "$0" "$@""#;
    passed(&child("use", session, home.path(), ""));
}

#[test]
fn without_a_bus_the_agent_is_told_at_once_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = format!("unix:path={}", home.path().join("nothing").display());
    let started = Instant::now();
    let said = passed(&child("miss", r#"exec "$0" "$@""#, home.path(), &nowhere));
    assert!(said.contains("start one, for example gnome-keyring-daemon or KWallet"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn a_bus_that_never_answers_is_given_up() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("silent");
    // Connections are taken by the system's backlog, and nobody ever reads.
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let started = Instant::now();
    let said =
        passed(&child("miss", r#"exec "$0" "$@""#, home.path(), &format!("unix:path={}", socket.display())));
    assert!(said.contains("did not answer within 5 seconds"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
