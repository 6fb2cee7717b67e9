//! In a call: baresip puts us on hold and takes us back by re-INVITE (RFC 3264 section 8.4), and presses keys (RFC 4733).

use crate::rig::{Baresip, Sidetone, speech};
use serde_json::Value;

/// A second of speech.
const PACKETS: u64 = 50;

fn talking(codec: &str) -> (Sidetone, Baresip) {
    let mut phone = Sidetone::direct("bob").arg("--auto-answer").speaking(&speech("agent-greeting")).start();
    let mut baresip = Baresip::start(codec, &speech("customer-echo"));
    baresip.tell("dial", &format!("sip:bob@{}", phone.address()));
    phone.event("connected");
    baresip.event("CALL_ESTABLISHED");
    phone.talk(PACKETS);
    (phone, baresip)
}

fn sent(quality: &Value) -> u64 {
    quality["packets_sent"].as_u64().unwrap()
}

#[test]
fn on_hold_we_send_nothing_and_after_it_we_speak_again() {
    let (mut phone, mut baresip) = talking("opus");
    baresip.tell("hold", "");
    baresip.event("CALL_REMOTE_SDP");
    phone.skip_to_now();
    let held = phone.event("quality");
    let later = phone.event("quality");
    assert!(sent(&later) - sent(&held) <= 1, "we speak to somebody who put us on hold: {held} {later}");
    baresip.tell("resume", "");
    baresip.event("CALL_REMOTE_SDP");
    phone.talk(sent(&later) + PACKETS);
    assert_eq!(phone.count("ended"), 0);
    baresip.tell("hangup", "");
    phone.event("ended");
}

#[test]
fn every_key_is_heard_once() {
    for codec in ["opus", "PCMU"] {
        let (mut phone, mut baresip) = talking(codec);
        baresip.tell("sndcode", "159*0#");
        for key in "159*0#".chars() {
            let digit = phone.event("digit");
            assert_eq!(digit["key"], key.to_string(), "{codec}: {digit}");
        }
        baresip.tell("hangup", "");
        phone.event("ended");
        assert_eq!(phone.count("digit"), 6, "{codec}");
    }
}
