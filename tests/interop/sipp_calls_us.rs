//! sipp calls us and asks us things.

use crate::rig::{Sidetone, Sipp, assert_golden, speech};

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

/// A call by this scenario, which hangs up.
fn they_call(scenario: &str) {
    let mut phone = serving();
    Sipp::caller(scenario, phone.address(), 1).succeeds();
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "party");
    assert_golden(scenario, &phone.ladder());
}

#[test]
fn requires_reliable_ringing() {
    they_call("uac-reliable");
}

#[test]
fn changes_the_call_by_update() {
    they_call("uac-updating");
}

#[test]
fn offers_within_a_multipart_body() {
    they_call("uac-multipart");
}

#[test]
fn sends_a_digit_by_info() {
    let mut phone = serving();
    Sipp::caller("uac-sending-digits", phone.address(), 1).succeeds();
    assert_eq!(phone.event("digit")["key"], "5");
}

#[test]
fn wants_a_session_timer_that_is_too_short() {
    let phone = serving();
    Sipp::caller("uac-with-short-timer", phone.address(), 1).succeeds();
    assert_eq!(phone.count("connected"), 0);
}

#[test]
fn promises_to_refresh_and_does_not() {
    let mut phone = serving();
    Sipp::start("uac-with-timer", &[phone.address(), "-m", "1", "-timeout", "90s"]).succeeds_within(90);
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "broken");
}
