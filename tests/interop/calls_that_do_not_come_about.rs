//! Calls that end before they begin: refused, cancelled by either side, to nobody.

use crate::rig::{Baresip, Sidetone, speech};

#[test]
fn baresip_refuses() {
    let mut baresip = Baresip::start("opus", &speech("customer-echo"));
    let mut phone = Sidetone::direct("bob").args(["--call", &baresip.uri("udp")]).start();
    baresip.event("CALL_INCOMING");
    baresip.tell("hangup", "");
    let ended = phone.event("ended");
    assert_eq!((ended["cause"].as_str(), ended["code"].as_u64()), (Some("refused"), Some(486)), "{ended}");
    assert_eq!(phone.ends(), Some(1));
}

#[test]
fn baresip_cancels_while_we_ring() {
    let mut phone = Sidetone::direct("bob").start();
    let mut baresip = Baresip::start("opus", &speech("customer-echo"));
    baresip.tell("dial", &format!("sip:bob@{}", phone.address()));
    phone.event("incoming");
    baresip.event("CALL_RINGING");
    baresip.tell("hangup", "");
    let ended = phone.event("ended");
    assert_eq!(ended["cause"], "cancelled", "{ended}");
}

#[test]
fn we_cancel_while_baresip_rings() {
    for transport in ["udp", "tcp"] {
        let mut baresip = Baresip::start("opus", &speech("customer-echo"));
        let mut phone = Sidetone::direct("bob")
            .args(["--transport", transport, "--call", &baresip.uri(transport)])
            .start();
        baresip.event("CALL_INCOMING");
        phone.event("ringing");
        phone.interrupt();
        baresip.event("CALL_CLOSED");
        assert_eq!(phone.ends(), Some(1), "{transport}");
    }
}

#[test]
fn nobody_is_there() {
    for transport in ["udp", "tcp"] {
        let uri = format!("sip:alice@127.0.0.1:9;transport={transport}");
        let mut phone = Sidetone::direct("bob").args(["--transport", transport, "--call", &uri]).start();
        let ended = phone.event("ended");
        assert_ne!(ended["cause"], "party", "{transport}: {ended}");
        assert_eq!(phone.ends(), Some(1), "{transport}");
    }
}
