//! Calls with rtpengine between, as many servers have it: encrypted to us, and not on the other side, where baresip is.

use crate::rig::{
    Baresip, Besides, Kamailio, Manner, PACKETS_OF_SPEECH, Rtpengine, account_at, aor, assert_heard,
    assert_nearly_nothing_lost, registered, speech,
};

/// baresip calls bob, or bob calls; both hear the other's sentence, bob's side encrypted.
fn call(keys: &str, towards_bob: &'static str, we_call: bool) {
    let relay = Rtpengine::start();
    let besides = Besides::Relaying(relay.port(), towards_bob);
    let mut server = Kamailio::with(Manner { besides, ..Manner::default() });
    let (customer, agent) = (speech("customer-impatient"), speech("agent-greeting"));
    let mut carol = Baresip::registered(&mut server, "carol", "PCMU", &customer);
    let does = if we_call { "--control" } else { "--auto-answer" };
    let words = ["--encrypt", "require", "--keys", keys, does];
    let mut bob = registered(account_at(&server, "bob", "agent-greeting", &words));
    if we_call {
        bob.tell(&format!("call {}", aor("carol")));
        carol.event("CALL_INCOMING");
        carol.tell("accept", "");
    } else {
        carol.tell("dial", &aor("bob"));
    }
    bob.event_that("privacy", |event| event["privacy"] == "weak");
    assert_nearly_nothing_lost(&bob.talk(PACKETS_OF_SPEECH));
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_heard("baresip", &agent, &customer, &carol.heard());
}

#[test]
fn keys_in_the_description_where_they_call() {
    call("sdes", "RTP/SAVP DTLS=off", false);
}

#[test]
fn keys_in_the_description_where_we_call() {
    call("sdes", "RTP/SAVP DTLS=off", true);
}

#[test]
fn keys_by_a_handshake_where_they_call() {
    call("dtls", "UDP/TLS/RTP/SAVP SDES-off", false);
}

#[test]
fn keys_by_a_handshake_where_we_call() {
    call("dtls", "UDP/TLS/RTP/SAVP SDES-off", true);
}
