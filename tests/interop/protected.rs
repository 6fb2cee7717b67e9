//! Calls whose sound is encrypted: with baresip, both ways, by every way to agree on keys; and what is refused.

use crate::rig::{
    Baresip, Besides, Kamailio, Manner, PACKETS_OF_SPEECH, Setup, Sidetone, account_at, aor, assert_heard,
    assert_nearly_nothing_lost, registered, speech,
};

fn phone(policy: &str, keys: &str) -> Setup {
    Sidetone::direct("bob").args(["--encrypt", policy, "--keys", keys])
}

/// baresip calls, or we do; both hear the other's sentence, and the call is as private as the signalling lets it be.
fn call(policy: &str, keys: &str, theirs: &str, we_call: bool) {
    let (customer, agent) = (speech("customer-impatient"), speech("agent-greeting"));
    let mut baresip = Baresip::protecting("PCMU", &customer, theirs);
    let setup = phone(policy, keys).speaking(&agent);
    let mut phone = match we_call {
        true => setup.args(["--call", &baresip.uri("udp")]).start(),
        false => setup.arg("--auto-answer").start(),
    };
    if we_call {
        baresip.event("CALL_INCOMING");
        baresip.tell("accept", "");
    } else {
        baresip.tell("dial", &format!("sip:bob@{};transport=udp", phone.address()));
    }
    phone.event_that("privacy", |event| event["privacy"] == "weak");
    assert_nearly_nothing_lost(&phone.talk(PACKETS_OF_SPEECH));
    phone.interrupt();
    assert_eq!(phone.ends(), Some(0));
    assert_heard("sidetone", &customer, &agent, &phone.heard());
    assert_heard("baresip", &agent, &customer, &baresip.heard());
}

#[test]
fn keys_in_the_description_where_baresip_calls() {
    call("offer", "sdes", "srtp-mand", false);
}

#[test]
fn keys_in_the_description_where_baresip_calls_best_effort() {
    call("require", "sdes", "srtp", false);
}

#[test]
fn keys_in_the_description_offered_best_effort_by_us() {
    call("offer", "sdes", "srtp", true);
}

#[test]
fn keys_in_the_description_demanded_by_us() {
    call("require", "sdes", "srtp-mand", true);
}

#[test]
fn who_cannot_encrypt_is_refused_where_it_is_demanded() {
    let mut baresip = Baresip::start("PCMU", &speech("customer-impatient"));
    let mut phone = phone("require", "sdes").arg("--auto-answer").start();
    baresip.tell("dial", &format!("sip:bob@{};transport=udp", phone.address()));
    let closed = baresip.event("CALL_CLOSED");
    assert!(closed["param"].as_str().is_some_and(|why| why.starts_with("488")), "{closed}");
    assert_eq!(phone.count("connected"), 0);
    phone.interrupt();
    assert_eq!(phone.ends(), Some(1));
}

#[test]
fn keys_by_a_handshake_where_baresip_calls() {
    call("offer", "dtls", "dtls_srtp", false);
}

#[test]
fn keys_by_a_handshake_demanded_by_us() {
    call("require", "dtls", "dtls_srtp", true);
}

/// Somebody between announces another certificate than baresip's.
fn call_past_a_forger(we_call: bool) {
    let mut server = Kamailio::with(Manner { besides: Besides::Forging, ..Manner::default() });
    let customer = speech("customer-impatient");
    let mut carol = Baresip::registered_with(&mut server, "carol", "PCMU", &customer, ";mediaenc=dtls_srtp");
    let does = if we_call { "--control" } else { "--auto-answer" };
    let words = ["--encrypt", "require", "--keys", "dtls", does];
    let mut bob = registered(account_at(&server, "bob", "agent-greeting", &words));
    if we_call {
        bob.tell(&format!("call {}", aor("carol")));
        carol.event("CALL_INCOMING");
        carol.tell("accept", "");
    } else {
        carol.tell("dial", &aor("bob"));
    }
    let ended = bob.event("ended");
    assert_eq!(ended["cause"], "wrong_key", "{ended}");
    carol.event("CALL_CLOSED");
    assert_eq!(bob.count("privacy"), 0, "no lock was ever shown");
    bob.interrupt();
    bob.ends();
}

#[test]
fn who_calls_with_another_certificate_than_announced_is_hung_up_on() {
    call_past_a_forger(false);
}

#[test]
fn who_answers_with_another_certificate_than_announced_is_hung_up_on() {
    call_past_a_forger(true);
}
