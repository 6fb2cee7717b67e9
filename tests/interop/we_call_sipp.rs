//! We call sipp.

use crate::rig::{Sidetone, Sipp, speech};

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
}
