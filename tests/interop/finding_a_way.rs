//! ICE with other people's software: baresip's agent checks with ours, and coturn relays where nothing else is allowed.

use super::rig::{
    Baresip, By, Coturn, PACKETS_OF_SPEECH, Sidetone, assert_heard, assert_nearly_nothing_lost, speech,
};

fn two_phones_talk_through_a_relay_and_nowhere_else(by: By) {
    let (customer, agent) = (speech("customer-echo"), speech("agent-greeting"));
    let relay = Coturn::start(by);
    let callee = Sidetone::direct("alice").args(["--auto-answer", "--relay-only"]).speaking(&customer);
    let mut callee = relay.helps(callee).start();
    let target = format!("sip:alice@{}", callee.address());
    let caller = Sidetone::direct("bob").args(["--call", &target, "--relay-only"]).speaking(&agent);
    let mut caller = relay.helps(caller).start();
    caller.event("connected");
    let path = caller.event("path");
    assert_eq!((&path["local"], &path["remote"]), (&"relay".into(), &"relay".into()), "{path}");
    assert_nearly_nothing_lost(&caller.talk(PACKETS_OF_SPEECH));
    callee.talk(PACKETS_OF_SPEECH);
    caller.interrupt();
    callee.event("ended");
    assert_eq!(caller.ends(), Some(0));
    callee.interrupt();
    callee.ends();
    assert_heard("the caller", &customer, &agent, &caller.heard());
    assert_heard("the callee", &agent, &customer, &callee.heard());
    assert!(relay.said("ALLOCATE processed, success") >= 2, "both have a relay");
    assert!(relay.said("CHANNEL_BIND processed, success") >= 1, "media goes with short headers");
}

#[test]
fn by_udp_two_phones_talk_through_a_relay_and_nowhere_else() {
    two_phones_talk_through_a_relay_and_nowhere_else(By::Udp);
}

#[test]
fn by_tcp_two_phones_talk_through_a_relay_and_nowhere_else() {
    two_phones_talk_through_a_relay_and_nowhere_else(By::Tcp);
}

#[test]
fn by_tls_two_phones_talk_through_a_relay_and_nowhere_else() {
    two_phones_talk_through_a_relay_and_nowhere_else(By::Tls);
}

#[test]
fn baresip_and_we_find_a_way_by_checks() {
    let (customer, agent) = (speech("customer-echo"), speech("agent-greeting"));
    let mut baresip = Baresip::with_ice("opus", &customer);
    let mut phone =
        Sidetone::direct("bob").args(["--ice", "--call", &baresip.uri("udp")]).speaking(&agent).start();
    baresip.event("CALL_INCOMING");
    baresip.tell("accept", "");
    phone.event("connected");
    // Their candidates are not on loopback, where they come from: to us that is peer-reflexive, or host.
    let path = phone.event("path");
    assert_eq!(path["local"], "host", "{path}");
    assert_nearly_nothing_lost(&phone.talk(PACKETS_OF_SPEECH));
    phone.interrupt();
    baresip.event("CALL_CLOSED");
    assert_eq!(phone.ends(), Some(0));
    assert_heard("sidetone", &customer, &agent, &phone.heard());
    assert_heard("baresip", &agent, &customer, &baresip.heard());
}
#[test]
fn baresip_that_offers_ice_is_answered_in_kind_without_being_asked_to() {
    // It sends and plays nothing before its checks are done, and so for ever where nobody answers them.
    let (customer, agent) = (speech("customer-impatient"), speech("agent-greeting"));
    let mut phone = Sidetone::direct("bob").arg("--auto-answer").speaking(&agent).start();
    let mut baresip = Baresip::with_ice("opus", &customer);
    baresip.tell("dial", &format!("sip:bob@{}", phone.address()));
    phone.event("connected");
    baresip.event("CALL_ESTABLISHED");
    phone.event("path");
    assert_nearly_nothing_lost(&phone.talk(PACKETS_OF_SPEECH));
    baresip.tell("hangup", "");
    phone.event("ended");
    phone.interrupt();
    assert_eq!(phone.ends(), Some(0));
    assert_heard("sidetone", &customer, &agent, &phone.heard());
    assert_heard("baresip", &agent, &customer, &baresip.heard());
}
