//! We call baresip, it answers, both hear the other's sentence: every codec, both transports; we hang up.

use crate::rig::{Baresip, PACKETS_OF_SPEECH, Sidetone, assert_heard, assert_nearly_nothing_lost, speech};

fn call(codec: &str, transport: &str) {
    let (customer, agent) = (speech("customer-echo"), speech("agent-greeting"));
    let mut baresip = Baresip::start(codec, &customer);
    let mut phone = Sidetone::direct("bob")
        .args(["--transport", transport, "--call", &baresip.uri(transport)])
        .speaking(&agent)
        .start();
    baresip.event("CALL_INCOMING");
    phone.event("ringing");
    baresip.tell("accept", "");
    let connected = phone.event("connected");
    assert!(connected["codec"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(codec)), "{connected}");
    baresip.event("CALL_ESTABLISHED");
    let quality = phone.talk(PACKETS_OF_SPEECH);
    assert_nearly_nothing_lost(&quality);
    phone.interrupt();
    baresip.event("CALL_CLOSED");
    assert_eq!(phone.ends(), Some(0));
    assert_heard("sidetone", &customer, &agent, &phone.heard());
    assert_heard("baresip", &agent, &customer, &baresip.heard());
}

#[test]
fn with_opus_over_udp() {
    call("opus", "udp");
}

#[test]
fn with_opus_over_tcp() {
    call("opus", "tcp");
}

#[test]
fn with_g722_over_udp() {
    call("G722", "udp");
}

#[test]
fn with_pcmu_over_tcp() {
    call("PCMU", "tcp");
}

#[test]
fn with_pcma_over_udp() {
    call("PCMA", "udp");
}

#[test]
fn and_hang_up_after_the_time_asked_for() {
    let mut baresip = Baresip::start("opus", &speech("customer-echo"));
    let mut phone = Sidetone::direct("bob").args(["--call", &baresip.uri("udp"), "--duration", "1"]).start();
    baresip.event("CALL_INCOMING");
    baresip.tell("accept", "");
    phone.event("connected");
    let ended = phone.event("ended");
    assert_eq!(ended["cause"], "agent", "{ended}");
    baresip.event("CALL_CLOSED");
    assert_eq!(phone.ends(), Some(0));
}
