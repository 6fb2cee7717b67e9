//! We call sipp.

use crate::rig::{Sidetone, Sipp, assert_golden, speech};

#[test]
fn it_rings_answers_and_hangs_up() {
    let mut sipp = Sipp::callee("uas-basic", 1);
    let mut phone = Sidetone::direct("bob")
        .args(["--call", &sipp.uri("udp")])
        .speaking(&speech("agent-greeting"))
        .start();
    phone.event("ringing");
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "party");
    assert_eq!(phone.ends(), Some(0));
    sipp.succeeds();
}

#[test]
fn it_answers_and_we_hang_up() {
    let mut sipp = Sipp::callee("uas-hung-up", 1);
    let mut phone = Sidetone::direct("bob").args(["--call", &sipp.uri("udp"), "--duration", "1"]).start();
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "agent");
    assert_eq!(phone.ends(), Some(0));
    sipp.succeeds();
}

#[test]
fn it_is_busy() {
    let mut sipp = Sipp::callee("uas-busy", 1);
    let mut phone = Sidetone::direct("bob").args(["--call", &sipp.uri("udp")]).start();
    let ended = phone.event("ended");
    assert_eq!((ended["cause"].as_str(), ended["code"].as_u64()), (Some("refused"), Some(486)), "{ended}");
    assert_eq!(phone.ends(), Some(1));
    sipp.succeeds();
    assert_golden("uas-busy", &phone.ladder());
}

/// A call to this scenario, which ends as the scenario wants: they hang up.
fn they_hang_up(scenario: &str) {
    let mut sipp = Sipp::callee(scenario, 1);
    let mut phone = Sidetone::direct("bob").args(["--call", &sipp.uri("udp")]).start();
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "party");
    assert_eq!(phone.ends(), Some(0));
    sipp.succeeds();
    assert_golden(scenario, &phone.ladder());
}

#[test]
fn it_rings_reliably() {
    they_hang_up("uas-reliable");
}

#[test]
fn it_changes_early_media_by_update() {
    they_hang_up("uas-updating-early");
}

#[test]
fn it_changes_the_call_by_update() {
    they_hang_up("uas-updating");
}

#[test]
fn it_wants_longer_sessions() {
    they_hang_up("uas-wanting-longer-sessions");
}

#[test]
fn two_phones_answer_and_one_of_them_is_sent_away() {
    they_hang_up("uas-forking");
}

#[test]
fn it_holds_in_every_style_and_goes_on() {
    they_hang_up("uas-holding");
}

#[test]
fn it_sends_us_elsewhere() {
    let mut there = Sipp::callee("uas-basic", 1);
    let mut moved = Sipp::serving("uas-redirecting", &["-m", "1", "-key", "elsewhere", &there.uri("udp")]);
    let mut phone = Sidetone::direct("bob").args(["--call", &moved.uri("udp")]).start();
    phone.event("connected");
    assert_eq!(phone.event("ended")["cause"], "party");
    assert_eq!(phone.ends(), Some(0));
    moved.succeeds();
    there.succeeds();
    assert_golden("uas-redirecting", &phone.ladder());
}

#[test]
fn it_answers_when_we_give_up() {
    let mut sipp = Sipp::callee("uas-late-to-ring", 1);
    let mut phone = Sidetone::direct("bob").args(["--call", &sipp.uri("udp")]).start();
    phone.event("ringing");
    phone.interrupt();
    assert_eq!(phone.ends(), Some(1));
    sipp.succeeds();
    assert_golden("uas-late-to-ring", &phone.ladder());
}

#[test]
fn both_change_the_call_at_the_same_time() {
    let mut sipp = Sipp::callee("uas-glare", 1);
    let mut phone = Sidetone::direct("bob").arg("--control").start();
    phone.tell(&format!("call {}", sipp.uri("udp")));
    phone.event("connected");
    phone.tell("hold");
    phone.event("held");
    assert_eq!(phone.event("ended")["cause"], "party");
    sipp.succeeds();
    assert_golden("uas-glare", &phone.ladder());
}

#[test]
fn we_send_it_to_somebody_else() {
    let mut sipp = Sipp::callee("uas-transferred", 1);
    let mut phone = Sidetone::direct("bob").arg("--control").start();
    phone.tell(&format!("call {}", sipp.uri("udp")));
    phone.event("connected");
    phone.tell("transfer sip:carol@127.0.0.1:9");
    phone.event("transferred");
    phone.event("ended");
    sipp.succeeds();
}

#[test]
fn we_send_it_into_another_call_of_ours() {
    let mut customer = Sipp::callee("uas-transferred-to-a-call", 1);
    let mut colleague = Sipp::callee("uas-hung-up", 1);
    let mut phone = Sidetone::direct("bob").arg("--control").start();
    phone.tell(&format!("call {}", customer.uri("udp")));
    phone.event("connected");
    phone.tell(&format!("call {}", colleague.uri("udp")));
    phone.event("connected");
    phone.tell("attended 1 2");
    phone.event("transferred");
    phone.event("ended");
    customer.succeeds();
    phone.tell("hangup 2");
    colleague.succeeds();
}
