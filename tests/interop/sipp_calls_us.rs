//! sipp calls us and asks us things.

use crate::rig::{Sidetone, Sipp, speech};

fn serving() -> Sidetone {
    Sidetone::direct("bob").arg("--auto-answer").speaking(&speech("agent-greeting")).start()
}

#[test]
fn ten_calls_one_after_the_other() {
    let mut phone = serving();
    Sipp::caller("uac-basic", phone.address(), 10).succeeds();
    for call in 1..=10 {
        let ended = phone.event("ended");
        assert_eq!((ended["call"].as_u64(), ended["cause"].as_str()), (Some(call), Some("party")), "{ended}");
    }
}

#[test]
fn ten_calls_over_tcp() {
    let mut phone = serving();
    Sipp::start("uac-basic", &[phone.address(), "-m", "10", "-l", "1", "-r", "20", "-t", "t1"]).succeeds();
    for _ in 1..=10 {
        assert_eq!(phone.event("ended")["cause"], "party");
    }
}

#[test]
fn offers_anew_during_the_call() {
    let mut phone = serving();
    Sipp::caller("uac-reinvite", phone.address(), 1).succeeds();
    assert_eq!(phone.event("ended")["cause"], "party");
    assert_eq!(phone.count("connected"), 1, "a new offer in a call is no new call");
}

#[test]
fn calls_without_an_offer() {
    let mut phone = serving();
    Sipp::caller("uac-late-offer", phone.address(), 1).succeeds();
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "party");
}

#[test]
fn cancels() {
    let mut phone = Sidetone::direct("bob").start();
    Sipp::caller("uac-cancel", phone.address(), 1).succeeds();
    assert_eq!(phone.event("ended")["cause"], "cancelled");
}

#[test]
fn asks_what_we_can_do() {
    let phone = serving();
    Sipp::caller("options", phone.address(), 3).succeeds();
}

#[test]
fn sends_a_method_that_nobody_knows() {
    let phone = serving();
    Sipp::caller("unknown-method", phone.address(), 1).succeeds();
    // And we are still there.
    Sipp::caller("options", phone.address(), 1).succeeds();
}
