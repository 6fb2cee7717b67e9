//! Strangers by the thousand, while the phone is registered: it answers few, keeps nothing, and its exchange still
//! reaches it. A smaller one than `cargo xtask bench flood`, which measures.

use crate::rig::{SOON, Sidetone};
use sidetone_lab::flood::{Exchange, HalfOpen, Invites};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What a debug build may have grown by afterwards, in kB.
const MOST_GROWN: u64 = 10 * 1024;

fn registered(exchange: &Exchange) -> (Sidetone, SocketAddr) {
    let mut phone = Sidetone::at(&format!("sip:agent@{}", exchange.address()))
        .env("SIDETONE_TEST_PASSWORD", "secret")
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--transport", "udp", "--mic", "none"])
        .start();
    phone.event("registered");
    let address = phone.address().parse().unwrap();
    (phone, address)
}

/// The phone is there, says its exchange. Asked again where a datagram was lost among the others.
fn is_there(exchange: &Exchange) -> bool {
    (0..5).any(|_| exchange.ask(Duration::from_secs(2)).unwrap().is_some())
}

fn resident_kb(phone: &Sidetone) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", phone.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn two_thousand_calls_of_strangers_are_borne() {
    let exchange = Exchange::start().unwrap();
    let (phone, address) = registered(&exchange);
    assert!(is_there(&exchange));
    let before = resident_kb(&phone);
    let invites = Invites::send(address, 1_000, Duration::from_secs(2)).unwrap();
    // 50 at once and 50 a second; a busy machine takes longer over it.
    assert!(invites.sent > 1_000 && (1..500).contains(&invites.answered), "{invites:?}");
    assert!(is_there(&exchange));
    assert!(resident_kb(&phone) < before + MOST_GROWN, "{before} kB, then {} kB", resident_kb(&phone));
    assert_eq!((phone.count("error"), phone.count("incoming")), (0, 0));
}

#[test]
fn five_hundred_connections_that_say_nothing_are_borne() {
    let exchange = Exchange::start().unwrap();
    let (phone, address) = registered(&exchange);
    assert!(is_there(&exchange));
    let before = resident_kb(&phone);
    let mut crowd = HalfOpen::open(address, 500);
    assert!(crowd.opened() > 250, "{} were made", crowd.opened());
    // So many may stay until they are found to say nothing, the others are closed.
    let deadline = Instant::now() + SOON;
    while crowd.drip() > 200 {
        assert!(Instant::now() < deadline, "{} are still open", crowd.drip());
        std::thread::yield_now();
    }
    assert!(is_there(&exchange));
    assert!(resident_kb(&phone) < before + MOST_GROWN, "{before} kB, then {} kB", resident_kb(&phone));
    assert_eq!(phone.count("error"), 0);
}
