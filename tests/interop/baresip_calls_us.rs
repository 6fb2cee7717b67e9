//! baresip calls, we answer, both hear the other's sentence: every codec, both transports.

use crate::rig::{Baresip, PACKETS_OF_SPEECH, Sidetone, assert_heard, assert_nearly_nothing_lost, speech};

fn call(codec: &str, transport: &str) {
    let (customer, agent) = (speech("customer-impatient"), speech("agent-greeting"));
    let mut phone = Sidetone::direct("bob").arg("--auto-answer").speaking(&agent).start();
    let mut baresip = Baresip::start(codec, &customer);
    baresip.tell("dial", &format!("sip:bob@{};transport={transport}", phone.address()));
    phone.event("incoming");
    let connected = phone.event("connected");
    assert!(connected["codec"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(codec)), "{connected}");
    baresip.event("CALL_ESTABLISHED");
    let quality = phone.talk(PACKETS_OF_SPEECH);
    assert_nearly_nothing_lost(&quality);
    baresip.tell("hangup", "");
    let ended = phone.event("ended");
    assert_eq!(ended["cause"], "party", "{ended}");
    phone.interrupt();
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
fn with_pcmu_over_udp() {
    call("PCMU", "udp");
}

#[test]
fn with_g722_over_udp() {
    call("G722", "udp");
}

#[test]
fn with_pcma_over_tcp() {
    call("PCMA", "tcp");
}
